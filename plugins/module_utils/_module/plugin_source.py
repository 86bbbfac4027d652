# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin directory as the linter takes it: read as far as it can be, with what is wrong noted instead of raised."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

try:
    import yaml

    HAS_YAML = True
except ImportError:  # only where ansible-core itself is not installed
    HAS_YAML = False

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint import IGNORE_FILE, Plugin
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import (
    MAX_FILE_BYTES,
    MAX_FILES,
    belongs,
    read_release,
)

LARGEST_IGNORE_FILE = 256 * 1024


def read_plugin(path: str) -> Plugin:
    """The plugin in a directory.  ReleaseError where there is none or it cannot be read."""
    top = Path(path)
    if not top.is_dir():
        hint = "" if top.is_absolute() else f" (a relative path begins at {Path.cwd()} here)"
        raise ReleaseError(f"{path}: no such plugin directory on the controller{hint}")
    top = top.resolve()
    found = _Found()
    try:
        for one in _walk(top, found):
            _take(top, one, found)
        refusal = None if found.links else _refusal(top)
        entries, lines, fault = read_ignores(top / IGNORE_FILE)
    except OSError as error:
        raise ReleaseError(f"{error.filename or path}: cannot be read: {error.strerror}") from None
    return Plugin(
        name=top.name,
        files=found.files,
        paths=frozenset(found.paths),
        links=found.links,
        refusal=refusal,
        ignores=entries,
        ignore_lines=lines,
        ignore_fault=fault,
    )


def read_ignores(file: Path) -> tuple[tuple[Any, ...], tuple[int, ...], str | None]:
    """The entries, the line of each, and why there are none though there is a file."""
    if not file.is_file():
        return (), (), None
    if file.stat().st_size > LARGEST_IGNORE_FILE:
        return (), (), f"more than {LARGEST_IGNORE_FILE} bytes"
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        data = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        where = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        return (), (), f"not YAML: {error.problem}{where}"
    except (yaml.YAMLError, RecursionError):
        return (), (), "not YAML"
    if node is None:
        return (), (), None
    if not isinstance(data, list):
        return (), (), "not a list of entries"
    return tuple(map(_entry, data)), tuple(one.start_mark.line + 1 for one in node.value), None


def _entry(data: Any) -> Any:
    """An entry with its line as a number; all scalars are read as text."""
    if isinstance(data, dict) and isinstance(data.get("line"), str) and data["line"].isdecimal():
        return {**data, "line": int(data["line"])}
    return data


@dataclass
class _Found:
    files: dict[str, str] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)


def _walk(top: Path, found: _Found) -> Iterator[str]:
    """Relative paths of the files that belong to a release; directories and links to them are noted."""
    for folder, folders, names in os.walk(top, onerror=_raise):
        here = Path(folder).relative_to(top)
        folders[:] = sorted(name for name in folders if belongs((here / name / "x").as_posix()))
        for name in folders:
            relative = (here / name).as_posix()
            found.paths.add(f"{relative}/")
            if (top / relative).is_symlink():
                found.links[relative] = "a link to a directory"
        for name in sorted(names):
            relative = (here / name).as_posix()
            if belongs(relative):
                if len(found.paths) >= MAX_FILES:
                    return
                found.paths.add(relative)
                yield relative


def _take(top: Path, relative: str, found: _Found) -> None:
    file = top / relative
    fault = _link_fault(top, file) if file.is_symlink() else None
    if fault is not None:
        found.links[relative] = fault
        return
    status = file.stat()
    if relative.endswith(".lua") and stat.S_ISREG(status.st_mode) and status.st_size <= MAX_FILE_BYTES:
        found.files[relative] = file.read_bytes().decode("utf-8", "surrogateescape")


def _link_fault(top: Path, link: Path) -> str | None:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # nothing there, or a loop
        return "a link to nothing"
    return None if target.is_relative_to(top) else "a link that leads out of the plugin's directory"


def _refusal(top: Path) -> str | None:
    try:
        read_release(top, name="plugin")  # the name has rules of its own
    except ReleaseError as error:
        return str(error).removeprefix(f"{top}: ")
    return None


def _raise(error: OSError) -> None:
    raise error
