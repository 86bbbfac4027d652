# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that keeps journals, over a local connection: nothing is lost, whoever was cut."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader

from ansible_collections.kongops.konnect.plugins.action import maintenance_window
from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile
from ansible_collections.kongops.konnect.plugins.plugin_utils.journal_host import (
    JournalHost,
    JournalHostError,
    KeptJournal,
)

NAME = "0123456789ab.jsonl"


def keeper(folder: Path, host: str = "keeper") -> JournalHost:
    action: Any = SimpleNamespace(
        _play_context=PlayContext(), _shared_loader_obj=SimpleNamespace(connection_loader=connection_loader)
    )
    return JournalHost(action, host, str(folder), {"hostvars": {"keeper": {"ansible_connection": "local"}}})


def note(journal: JournalFile, step: str) -> None:
    journal.append(attempt=1, step=step, event="done")


def test_what_one_controller_noted_another_reads(tmp_path: Path) -> None:
    host = keeper(tmp_path / "it's kept here")
    journal = KeptJournal(tmp_path / "one" / NAME, host)
    for step in ("schema", "instances"):
        note(journal, step)
    journal.tell()
    journal.tell()
    undo = tmp_path / "one" / "0123456789ab.undo.json"
    undo.write_text('{"quoted": "it\'s"}')
    host.put(undo.parent, undo.name)
    host.fetch(tmp_path / "two")
    assert (tmp_path / "two" / NAME).read_bytes() == journal.path.read_bytes()
    assert (tmp_path / "two" / undo.name).read_text() == undo.read_text()
    kept = tmp_path / "it's kept here"
    assert {file.stat().st_mode & 0o777 for file in [*kept.iterdir(), *(tmp_path / "two").iterdir()]} == {0o600}
    assert kept.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_that_a_crash_cut_is_dropped_before_the_next(tmp_path: Path, cut: int) -> None:
    host, kept = keeper(tmp_path / "kept"), tmp_path / "kept" / NAME
    journal = KeptJournal(tmp_path / NAME, host)
    note(journal, "schema")
    note(journal, "instances")
    journal.tell()
    kept.write_bytes(kept.read_bytes()[:-cut])
    note(journal, "nodes")
    journal.tell()
    assert set(JournalFile(kept).state().steps) >= {"nodes"}
    assert JournalFile(kept).state().steps["nodes"].event == "done"


def test_what_the_host_did_not_hear_of_is_told_when_it_can_be_reached_again(tmp_path: Path) -> None:
    host, kept = keeper(tmp_path / "kept"), tmp_path / "kept" / NAME
    journal = KeptJournal(tmp_path / "one" / NAME, host)
    note(journal, "schema")
    journal.tell()
    note(JournalFile(journal.path), "instances")
    host.fetch(tmp_path / "one")
    assert kept.read_bytes() == journal.path.read_bytes()
    assert set(JournalFile(kept).state().steps) == {"schema", "instances"}


@pytest.mark.parametrize("cut", [1, 20, 60, 10_000])
def test_a_line_that_was_cut_on_the_host_is_whole_again_after_the_next_run_fetched(tmp_path: Path, cut: int) -> None:
    host, kept = keeper(tmp_path / "kept"), tmp_path / "kept" / NAME
    journal = KeptJournal(tmp_path / "one" / NAME, host)
    for step in ("schema", "instances"):
        note(journal, step)
    journal.tell()
    whole = journal.path.read_bytes()
    kept.write_bytes(whole[: max(len(whole) - cut, 5)])
    host.fetch(tmp_path / "one")
    assert (journal.path.read_bytes(), kept.read_bytes()) == (whole, whole)


def test_a_line_that_was_cut_on_the_host_is_not_taken_by_another_controller(tmp_path: Path) -> None:
    host, kept = keeper(tmp_path / "kept"), tmp_path / "kept" / NAME
    journal = KeptJournal(tmp_path / "one" / NAME, host)
    for step in ("schema", "instances"):
        note(journal, step)
    journal.tell()
    kept.write_bytes(kept.read_bytes()[:-20])
    host.fetch(tmp_path / "two")
    taken = KeptJournal(tmp_path / "two" / NAME, host)
    assert set(taken.state().steps) == {"schema"}
    note(taken, "nodes")
    taken.tell()
    assert kept.read_bytes() == taken.path.read_bytes()


def test_a_line_that_was_cut_here_does_not_shift_what_the_host_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, journal = keeper(tmp_path / "kept"), JournalFile(tmp_path / "one" / NAME)
    note(journal, "schema")
    journal.path.write_bytes(journal.path.read_bytes()[:-20])
    action = maintenance_window.ActionModule.__new__(maintenance_window.ActionModule)
    monkeypatch.setattr(action, "_module", lambda *_arguments: note(journal, "instances") or {})
    action._noted(tmp_path / "one", host, {}, {})
    assert (tmp_path / "kept" / NAME).read_bytes() == journal.path.read_bytes()
    assert set(journal.state().steps) == {"instances"}


def test_a_file_that_a_full_disk_cut_without_a_word_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As base64 of busybox does: it exits with 0."""
    host, one, kept = keeper(tmp_path / "kept"), tmp_path / "one", tmp_path / "kept"
    name = "0123456789ab.undo.json"
    one.mkdir()
    (one / name).write_text("the good old one")
    host.put(one, name)
    tools = tmp_path / "bin"
    tools.mkdir()
    real = shutil.which("base64")
    (tools / "base64").write_text(f"#!/bin/sh\ncase $1 in -d) {real} -d | head -c 10 ;; *) {real} ;; esac\n")
    (tools / "base64").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    (one / name).write_text("another, of which the disk takes a part")
    with pytest.raises(JournalHostError, match=rf"{name} could not be written whole \(is the disk full\?\)"):
        host.put(one, name)
    assert [(file.name, file.read_text()) for file in kept.iterdir()] == [(name, "the good old one")]


def test_a_host_that_cannot_keep_it_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalHostError, match=r"keeper could not keep the journal .* in journal_host_dir"):
        keeper(tmp_path / "file" / "kept").append(NAME, b"{}\n")
    with pytest.raises(JournalHostError, match="'nobody' is not in the inventory"):
        keeper(tmp_path, "nobody")


def test_what_lies_beside_journals_comes_when_it_is_asked_for(tmp_path: Path) -> None:
    host, one, two = keeper(tmp_path / "kept"), tmp_path / "one", tmp_path / "two"
    removed = f"removed/{uuid.uuid4()}/edge-hints"
    files = {
        f"plans/{'a' * 64}.json": b"{}",
        f"{removed}/plugin.json": b"$ANSIBLE_VAULT;",
        f"{removed}/{'b' * 64}/edge-hints/lib/wide.lua": b"-- \xff\n" * 300_000,
        f"{removed}/{'b' * 64}/edge-hints/schema.lua": b"return {}",
    }
    for name, content in files.items():
        (one / name).parent.mkdir(parents=True, exist_ok=True)
        (one / name).write_bytes(content)
    host.put(one, "plans", removed)
    host.fetch(two)
    assert not list(two.rglob("*"))
    host.fetch(two, removed)
    host.fetch(two, "removed/nothing-like-it")
    host.fetch(two, f"plans/{'a' * 64}.json")
    assert {str(file.relative_to(two)): file.read_bytes() for file in two.rglob("*") if file.is_file()} == files
    assert {place.stat().st_mode & 0o777 for place in (two, tmp_path / "kept")} == {0o700}


def test_nothing_leaves_the_folder(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "plans"
    kept.mkdir(parents=True)
    (kept / "not-a-plan.json").write_text("{}")
    with pytest.raises(JournalHostError, match=r"no journal: 'plans/not-a-plan\.json'"):
        keeper(tmp_path / "kept").fetch(tmp_path / "one", "plans")


def test_nothing_but_journals_is_taken_from_the_host(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "other.jsonl").write_text("{}\n")
    with pytest.raises(JournalHostError, match=r"no journal: 'other\.jsonl'"):
        keeper(tmp_path / "kept").fetch(tmp_path / "one")


def test_the_program_passes_shellcheck(root: Path) -> None:
    shellcheck = root / ".venv/bin/shellcheck"
    if not shellcheck.exists():
        pytest.skip("shellcheck is not in the virtual environment")
    program = root / "plugins/plugin_utils/journal_host.sh"
    ran = subprocess.run([shellcheck, program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
