# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.plugin_copy) does: a plugin's directory under a new name, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.rename_plugin import (
    Renamed,
    Spot,
    rename_plugin,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release, check_name, read_release


def copy_plugin(params: Mapping[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """The copy at ``dest``, made if it is not there; what is there stays, since it may have been worked on.

    :raises ReleaseError: source or destination is no plugin's directory, or the destination cannot be written.
    :raises RenameError: the plugin cannot be copied under that name.
    """
    dest = Path(params["dest"])
    check_name(dest.name, str(dest))
    source = read_release(params["source"], params["name"])
    if source.name == dest.name:
        raise ReleaseError(f"{dest}: the copy needs a name of its own, such as {source.name}-v2")
    if dest.exists() and not params["force"]:
        ready = read_release(dest)
        return {"changed": False, "kept": True, "path": str(dest), "digest": ready.digest, **_spots((), ())}
    renamed = rename_plugin(source.files, source.name, dest.name, params["change_too"])
    copy = Release(dest.name, renamed.files)
    changed = not dest.is_dir() or read_release(dest).digest != copy.digest
    if changed and not check_mode:
        _write(dest, renamed)
    return {
        "changed": changed,
        "kept": False,
        "path": str(dest),
        "digest": copy.digest,
        **_spots(renamed.changed, renamed.doubtful),
        "diff": _diff(source, copy),
    }


def _spots(changed: tuple[Spot, ...], doubtful: tuple[Spot, ...]) -> dict[str, Any]:
    return {
        "renamed": [{**asdict(one), "place": one.place} for one in changed],
        "doubtful": [{**asdict(one), "place": one.place} for one in doubtful],
    }


def _write(dest: Path, renamed: Renamed) -> None:
    """All files beside ``dest`` first and then one rename, so that a cut run leaves no half of a plugin."""
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=dest.parent, prefix=f".{dest.name}-"))
        try:
            for name, data in renamed.files.items():
                file = temporary / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            temporary.chmod(0o777 & ~_umask())
            if dest.exists():
                shutil.rmtree(dest)
            temporary.rename(dest)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except OSError as error:
        raise ReleaseError(f"{error.filename or dest}: cannot be written: {error.strerror}") from None


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


def _diff(source: Release, copy: Release) -> list[dict[str, str]]:
    return [
        {
            "before_header": f"{source.name}/{name}",
            "after_header": f"{copy.name}/{name}",
            "before": source.text(name) or "",
            "after": copy.text(name) or "",
        }
        for name in sorted(copy.files)
        if source.files[name] != copy.files[name]
    ]
