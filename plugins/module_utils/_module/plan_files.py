# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans as files on the controller: written for their owner alone, read back as approved, and kept by their digest."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._report import as_json
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import FORMAT

Json = dict[str, Any]

# A result beyond this is hard on every callback, log and job database that it passes through.
LARGE_BYTES = 1_000_000
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})\Z")
_TOLD_OF_A_PLUGIN = ("name", "directory", "digest", "path", "uploads_schema")
_LONG = ("plugins", "nodes", "exposure", "coverage")


def keep_plan(path: str | Path, document: Mapping[str, Any]) -> None:
    """Writes the plan for its owner alone; UsageError where the file cannot be written."""
    file = Path(path).expanduser()
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR), "w") as stream:
            stream.write(as_json(document))
    except OSError as error:
        raise UsageError(f"plan_file {file} cannot be written: {error.strerror}.") from None


def approved_plan(path: str) -> Json:
    """A plan as `keep_plan` wrote it; UsageError where the file is none."""
    file = Path(path).expanduser()
    try:
        document = _read(file)
    except OSError as error:
        raise UsageError(f"approved_plan {file} cannot be read: {error.strerror}.") from None
    if document is None:
        raise UsageError(f"approved_plan {file} is not a plan of format {FORMAT}, as plan_file writes it.")
    return document


class PlanShelf:
    """The plans kept beside the journals, by their digest: what was approved can be carried out, and finished, by its
    digest alone."""

    def __init__(self, journal_dir: str) -> None:
        self.journals = Path(journal_dir).expanduser()
        self._folder = self.journals / "plans"

    def put(self, document: Mapping[str, Any]) -> Path:
        """Keeps a plan; the file that it lies in.  UsageError where that cannot be written."""
        file = cast(Path, self._file(document["digest"]))  # the digest of a plan is one
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"journal_dir: {self._folder} cannot be made: {error.strerror}.") from None
        keep_plan(file, document)
        return file

    def get(self, digest: str) -> Json | None:
        """The plan with that digest, or None where it was not kept here."""
        file = self._file(digest)
        try:
            found = _read(file) if file else None
        except OSError:
            return None
        return found if found and found.get("digest") == digest else None

    def name_of(self, digest: str) -> str | None:
        """The file of a plan, relative to the journals; None for what is no digest."""
        file = self._file(digest)
        return str(file.relative_to(self.journals)) if file else None

    def _file(self, digest: str) -> Path | None:
        found = _DIGEST.match(digest)
        return self._folder / f"{found.group(1)}.json" if found else None


def summary(document: Mapping[str, Any]) -> Json:
    """What of a large plan goes into a result: everything but its long lists, and how long they are."""
    plugins = [
        {
            **{key: one[key] for key in _TOLD_OF_A_PLUGIN},
            "changes": len(one["changes"]),
            "instances": len(one["instances"]),
            "rewrites": sum(item["action"] == "rewrite" for item in one["instances"]),
        }
        for one in document["plugins"]
    ]
    return {**{key: value for key, value in document.items() if key not in _LONG}, "plugins": plugins}


def _read(file: Path) -> Json | None:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return document if isinstance(document, dict) and document.get("format") == FORMAT and _is_whole(document) else None


def _is_whole(document: Json) -> bool:
    """Whether this is a plan, and not the `summary` of one."""
    control_plane, plugins = document.get("control_plane"), document.get("plugins")
    return (
        isinstance(control_plane, dict)
        and "id" in control_plane
        and isinstance(plugins, list)
        and all(isinstance(one, dict) and isinstance(one.get("instances"), list) for one in plugins)
        and isinstance(document.get("steps"), list)
    )
