# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controllers that do not last: journals and undo data on a host of the inventory, as under AWX."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from tests.support.site import Site

UNDER_AWX = {"JOB_ID": "7", "AWX_HOST": "https://awx"}


def keeping(site: Site, folder: Path) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Arguments and variables of a run whose journals are kept on the host ``keeper``."""
    inventory = site.folder / "keeper.yml"
    inventory.write_text("all: {hosts: {keeper: {ansible_connection: local}}}\n")
    given = ("--inventory", str(site.world.inventory), "--inventory", str(inventory))
    return given, {"journal_host": "keeper", "journal_host_dir": str(folder)}


@pytest.mark.slow
def test_other_controllers_go_on_tell_and_go_back(fresh_site: Site, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    given, named = keeping(fresh_site, kept)
    before = fresh_site.configs()
    key = tmp_path / "key"
    key.write_text("a-password\n")
    named["undo_vault_password_file"] = str(key)

    def controller(name: str) -> dict[str, Any]:
        return {**named, "journal_dir": str(tmp_path / name), "env": UNDER_AWX}

    named["plugin_path"] = str(release("2.0.0"))
    planned = fresh_site.playbook("plan", *given, plan_kept=True, **controller("zero"))
    (approved,) = set(re.findall(r"sha256:[0-9a-f]{64}", planned.output.partition("Plan")[2]))
    named["plan_digest"] = approved

    killed = fresh_site.start("update", *given, env=UNDER_AWX, **named)
    fresh_site.kill_when(killed, "instances", "started")
    (undo,) = kept.glob("*.undo.json")
    assert undo.stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in undo.read_text()

    resumed = fresh_site.playbook("update", *given, **controller("two"))
    assert resumed.status == 0, resumed.output
    assert set(fresh_site.on_disk().values()) == {"2.0.0"}
    status = fresh_site.playbook("status", *given, **controller("three"))
    assert "attempt 2, closed" in status.unwrapped, status.output
    back = fresh_site.playbook("rollback", *given, **controller("four"))
    assert back.status == 0, back.output
    assert fresh_site.configs() == before
    assert set(fresh_site.on_disk().values()) == {"1.0.0"}


def test_a_journal_host_that_cannot_be_reached_stops_before_anything(fresh_site: Site, tmp_path: Path) -> None:
    given, named = keeping(fresh_site, tmp_path / "file" / "kept")
    (tmp_path / "file").write_text("no folder")
    run = fresh_site.playbook("update", *given, plugin_path=str(release("1.1.0")), **named)
    assert run.status != 0
    assert "name another in journal_host_dir" in run.unwrapped, run.output
    assert set(fresh_site.on_disk().values()) == {"1.0.0"}


@pytest.mark.slow
def test_what_one_controller_removed_another_restores(fresh_site: Site, tmp_path: Path) -> None:
    given, named = keeping(fresh_site, tmp_path / "kept")
    key = tmp_path / "key"
    key.write_text("a-password\n")
    before = fresh_site.configs()
    named |= {"plugin_name": "edge-hints", "undo_vault_password_file": str(key), "env": UNDER_AWX}
    gone = fresh_site.playbook(
        "remove", *given, confirm_removal="edge-hints", journal_dir=str(tmp_path / "one"), **named
    )
    assert gone.status == 0, gone.output
    assert fresh_site.configs() == {}
    assert not [file for file in (tmp_path / "kept").rglob("*") if file.is_file() and b"s3cret" in file.read_bytes()]
    back = fresh_site.playbook("restore", *given, journal_dir=str(tmp_path / "two"), **named)
    assert back.status == 0, back.output
    assert fresh_site.configs() == before
    assert set(fresh_site.on_disk().values()) == {"1.0.0"}
