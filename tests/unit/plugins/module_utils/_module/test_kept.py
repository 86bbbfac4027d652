# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a removal keeps can be read again, and a later run takes nothing from it."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._module.kept import (
    given_again,
    keep_files,
    kept_files,
    merged,
    read_record,
    record_of,
    write_private,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release

RELEASE = Release("tally", {"schema.lua": b"return {}\n", "handler.lua": b"return {}\n", "lib/a.lua": b"return 1\n"})


def instance(identity: str, **other: Any) -> dict[str, Any]:
    return {"id": identity, "name": "tally", "enabled": True, "config": {"ttl": 1}, "updated_at": 7, **other}


def record(*instances: dict[str, Any], created_at: int = 1, digest: str | None = RELEASE.digest) -> dict[str, Any]:
    return record_of("tally", {"lua_schema": "return {}", "created_at": created_at}, instances, digest)


def test_a_run_that_finds_less_adds_to_what_an_earlier_one_kept() -> None:
    kept = merged(record(instance("1"), instance("2")), record(instance("2"), digest=None))
    assert [one["id"] for one in kept["instances"]] == ["1", "2"]
    assert kept["digest"] == RELEASE.digest


def test_a_plugin_that_was_installed_anew_since_begins_a_new_record() -> None:
    kept = merged(record(instance("1")), record(instance("2"), created_at=2))
    assert [one["id"] for one in kept["instances"]] == ["2"]


def test_instances_come_back_with_their_ids_and_scopes_and_without_times() -> None:
    (given,) = given_again(record(instance("1", enabled=False, service={"id": "s"}, route=None, tags=["a"])))
    assert given == {
        "id": "1",
        "name": "tally",
        "enabled": False,
        "config": {"ttl": 1},
        "service": "s",
        "tags": ["a"],
    }


def test_a_record_is_read_as_it_was_written_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "plugin.json"
    write_private(file, json.dumps(record(instance("1"))).encode())
    assert read_record(file, None) == record(instance("1"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', "\x00"])
def test_what_is_no_record_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plugin.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"plugin\.json is not what a removal keeps"):
        read_record(file, None)


def test_an_encrypted_record_needs_its_password(tmp_path: Path) -> None:
    file = tmp_path / "plugin.json"
    file.write_text("$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    with pytest.raises(ValueError, match="undo_vault_password_file"):
        read_record(file, None)
    assert read_record(file, lambda _text: json.dumps(record())) == record()


def test_kept_files_are_whole_or_not_kept(tmp_path: Path) -> None:
    assert kept_files(tmp_path, "tally", RELEASE.digest) is None
    directory = keep_files(tmp_path, RELEASE)
    assert kept_files(tmp_path, "tally", RELEASE.digest) == directory
    (directory / "lib" / "a.lua").write_text("return 2\n")
    assert kept_files(tmp_path, "tally", RELEASE.digest) is None
    (directory / "schema.lua").unlink()
    assert kept_files(tmp_path, "tally", RELEASE.digest) is None
    assert keep_files(tmp_path, RELEASE) == directory
    assert kept_files(tmp_path, "tally", RELEASE.digest) == directory
