# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a removed plugin, in a folder on the controller: its files, its schema, its instances.

``<folder>/plugin.json`` holds schema and instances and may be encrypted; ``<folder>/<digest>/<plugin>/`` holds files.
A schema that was made anew since (its ``created_at`` differs) begins a new record; else a later run, which finishes
what an earlier one began and finds less, only adds to it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import SCOPES, WRITABLE
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release, read_release

FORMAT = 1
RECORD = "plugin.json"
_SEALED = "$ANSIBLE_VAULT;"
_UNKNOWN_TO_THE_MODULE = ("partials",)
Json = dict[str, Any]


def folder_of(journal_dir: str | Path, control_plane_id: str, plugin: str) -> Path:
    """Where a plugin of a control plane is kept."""
    return Path(journal_dir).expanduser() / "removed" / control_plane_id / plugin


def keepers(plan: Mapping[str, Any]) -> list[str]:
    """The ids of the control planes that a removal keeps its records for.

    What is restored goes back to where it was, so each member of a group has records of its own.
    """
    return [str(one["id"]) for one in plan["control_plane"].get("members") or [plan["control_plane"]]]


def record_of(
    plugin: str, schema: Mapping[str, Any], instances: Iterable[Mapping[str, Any]], digest: str | None
) -> Json:
    """The record of a plugin as it is now; ``schema`` as the control plane stores it."""
    return {
        "format": FORMAT,
        "plugin": plugin,
        "schema": {"text": schema["lua_schema"], "created_at": schema["created_at"]},
        "digest": digest,
        "instances": [{key: one[key] for key in WRITABLE if one.get(key) is not None} for one in instances],
    }


def merged(before: Json | None, now: Json) -> Json:
    """The record to keep when one of an earlier run is there."""
    if before is None or before["schema"]["created_at"] != now["schema"]["created_at"]:
        return now
    instances = {one["id"]: one for one in (*before["instances"], *now["instances"])}
    return {**now, "digest": now["digest"] or before["digest"], "instances": list(instances.values())}


def given_again(record: Json) -> list[Json]:
    """The instances as options of the module plugin_instance: scopes by id, everything else as it was."""
    return [
        {
            **{key: value for key, value in one.items() if key not in (*SCOPES, *_UNKNOWN_TO_THE_MODULE)},
            **{kind: one[kind]["id"] for kind in SCOPES if one.get(kind)},
        }
        for one in record["instances"]
    ]


def read_record(file: Path, decrypt: Callable[[str], str] | None) -> Json:
    """A record from its file.

    :raises ValueError: it is encrypted and there is no key, or it is no record.
    :raises OSError: it cannot be read.
    """
    text = file.read_text(encoding="utf-8")
    if text.startswith(_SEALED):
        if decrypt is None:
            raise ValueError(f"{file} is encrypted. Name the file with its password: undo_vault_password_file.")
        text = decrypt(text)
    try:
        record: Json = json.loads(text)
        if record["format"] != FORMAT:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{file} is not what a removal keeps (format {FORMAT}).") from None
    return record


def write_private(path: Path, content: bytes) -> None:
    """Puts a file in place for its owner alone, by one rename.

    :raises OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def keep_files(folder: Path, release: Release) -> Path:
    """Puts the files of a release under its digest, and returns the plugin's directory.

    :raises OSError: they cannot be written.
    """
    directory = folder / release.digest.removeprefix("sha256:") / release.name
    for path, content in release.files.items():
        write_private(directory / path, content)
    return directory


def kept_files(folder: Path, plugin: str, digest: str) -> Path | None:
    """The plugin's directory with the files of that digest; None where it is not there whole."""
    directory = folder / digest.removeprefix("sha256:") / plugin
    try:
        return directory if read_release(directory).digest == digest else None
    except ReleaseError:
        return None
