# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The copy of a plugin on disk: whole or not at all, and never over somebody's work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from tests.support.konnect_lab import Run, run_module

SOURCE = release("1.0.0")


def copied(dest: Path, check: bool = False, **options: Any) -> Run:
    return run_module("plugin_copy", {"source": str(SOURCE), "dest": str(dest), **options}, check=check, diff=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_copy_is_made_once_and_left_alone_when_it_was_worked_on(tmp_path: Path) -> None:
    dest = tmp_path / "plugins" / "edge-hints-v2"
    assert copied(dest, check=True).changed
    assert not dest.parent.exists()
    run = copied(dest)
    assert run.changed
    assert [spot["why"] for spot in run["renamed"]] == ["a module of the plugin", "the name in the schema"]
    assert set(contents(dest)) == set(contents(SOURCE))
    assert list(dest.parent.iterdir()) == [dest]
    assert not copied(dest).changed

    (dest / "handler.lua").write_text("return {}\n")
    kept = copied(dest)
    assert (kept.changed, kept["kept"]) == (False, True)
    assert (dest / "handler.lua").read_text() == "return {}\n"
    assert copied(dest, force=True).changed
    assert b"edge-hints-v2.directives" in contents(dest)["handler.lua"]
    assert not copied(dest, force=True).changed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dest": "edge-hints"}, "needs a name of its own, such as edge-hints-v2"),
        ({"dest": "edge hints"}, "may hold only letters, digits"),
        ({"source": "/nowhere"}, "/nowhere: no such plugin directory"),
        ({"name": "edge-cues"}, "'edge-hints', not 'edge-cues'"),
        ({"change_too": ["handler.lua:1:1"]}, "no doubtful place is there"),
    ],
)
def test_what_cannot_be_copied_is_said_and_nothing_is_written(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    dest = tmp_path / str(options.pop("dest", "edge-hints-v2"))
    run = copied(dest, **options)
    assert run.failed
    assert message in run.message
    assert list(tmp_path.iterdir()) == []
