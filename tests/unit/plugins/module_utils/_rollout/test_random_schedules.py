# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts at random: several at once, killed anywhere, frozen for longer than a lock lasts, nodes that fail, people
who write. Whatever happened, the same command again ends all new, with nothing lost.

``KONGOPS_SEED=123`` plays the schedule of one seed alone.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.gate import Decision
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import JournalError, read_journal
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.lock import LockError
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import State, fold
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import Need, UndoError
from tests.support import rollouts
from tests.support.rollouts import NODES, TEXTS, Report, Runs, World
from tests.support.schedules import Actor, Stage

RELEASES = ("code", "short", "long", "sync")
GIVEN = os.environ.get("KONGOPS_SEED")

MATRIX = {
    "test_thousands_of_schedules_end_all_new_or_as_told": lambda thousand: (
        "in process",
        "any",
        "a thousand random schedules: runs, kills, frozen controllers, ill nodes, people who write",
        "never two writers; again: all new, nothing lost",
    ),
    "test_schedules_find_out": lambda rule: ("in process", "any", f"a broken rule: {rule}", "found by the schedules"),
}


def schedule(seed: int, folder: Path) -> None:
    """One schedule, and what must be true of it."""
    random.seed(seed)  # how long a lock settles is drawn there
    stage = Stage(seed)
    world, draw = World.furnished(), stage.random
    runs = Runs(stage, world, folder, ills=draw.choice([0, 0, 0.1, 0.3]))
    wanted = draw.choice(RELEASES)
    others = draw.choice([0, 0, 0, 0.5])
    controllers = draw.choice([["one"], ["one"], ["one", "two"]])
    killing = draw.choice([0, 0.5, 0.9])
    written: dict[str, str] = {}
    before = world.picture()

    for number in range(draw.randint(1, 4)):
        what = draw.choice(RELEASES) if draw.random() < others else wanted
        options = {
            "on_failure": draw.choice(["undo", "undo", "keep"]),
            "budget": draw.choice([0, 0, 1]),
            "where": draw.choice(controllers),
        }
        stage.enter(
            f"run-{number}",
            lambda actor, what=what, options=options: runs.update(actor, what, **options),
            after=draw.choice([0, draw.uniform(0, 10), draw.uniform(0, 4000)]),
            doom=draw.randint(1, 70) if draw.random() < killing else None,
        )
    for number in range(draw.choice([0, 0, 1, 3])):
        stage.enter(f"person-{number}", lambda actor: runs.write_something(actor, written), after=draw.uniform(0, 60))
    stage.run()
    for report in runs.reports:
        assert_told_truly(report, alone=len(runs.reports) == 1 and not (stage.anybody_died or world.foreign))
    came_back = bool(runs.reports) and (runs.reports[-1].undo or {}).get("outcome") == "undone"
    if came_back and not (world.foreign or others or len(controllers) > 1 or stage.anybody_died):
        assert world.picture() == before

    last = ended(runs, wanted)
    assert last.after["nodes"] == dict.fromkeys(NODES, wanted)
    assert world.schema == TEXTS[wanted]
    # Only the dead leave a lock, which expires.
    assert world.label is None or (world.label_of and world.label_of.died)
    kept = {identity: one["config"]["kept"] for identity, one in world.instances.items()}
    assert kept == {identity: written.get(identity, before["configs"][identity]["kept"]) for identity in kept}
    assert set(kept) == set(before["configs"])
    for path in folder.glob("*/*.jsonl"):
        JournalFile(path).state()


def ended(runs: Runs, wanted: str) -> Report:
    """The same command, on a healed fleet, until it has nothing more to do; the locks of the dead expire meanwhile."""
    runs.ills = runs.pauses = 0
    found: list[Report] = []

    def again(actor: Actor) -> None:
        while not found or not found[-1].succeeded:
            assert len(found) < 4, found[-1]
            found.append(runs.update(actor, wanted, on_failure="keep"))

    runs.stage.enter("again", again, after=4000)
    runs.stage.run()
    return found[-1]


def assert_told_truly(report: Report, *, alone: bool) -> None:
    """What a run says of itself is so; of several at once each tells what it saw."""
    if report.refused or report.result is None or not alone:
        return
    told: dict[str, Any] = report.undo or {}
    if report.result.outcome == "failed" and report.on_failure == "undo":
        assert told.get("outcome") in ("undone", "incomplete", "refused")
    if report.result.outcome == "succeeded":
        assert set(report.after["nodes"].values()) == {report.wanted}
        assert report.after["schema"] == TEXTS[report.wanted]
    elif told.get("outcome") == "undone":
        assert report.after == report.before
    elif told.get("outcome") == "kept":
        untouched = {host: report.before["nodes"][host] for host in report.result.untouched}
        assert untouched.items() <= report.after["nodes"].items()
        done = {host for host, steps in report.result.hosts.items() if steps.get("nodes") == "accepted"}
        assert all(report.after["nodes"][host] == report.wanted for host in done)


def play(seeds: range, folder: Path) -> None:
    for seed in [int(GIVEN)] if GIVEN else seeds:
        print(f"KONGOPS_SEED={seed}")  # pytest shows the last one where a schedule fails
        schedule(seed, folder / str(seed))


def test_a_hundred_schedules_end_all_new_or_as_told(tmp_path: Path) -> None:
    play(range(100), tmp_path)


@pytest.mark.faults
@pytest.mark.parametrize("thousand", [1, 2])
def test_thousands_of_schedules_end_all_new_or_as_told(tmp_path: Path, thousand: int) -> None:
    play(range(1000 * thousand, 1000 * thousand + 1000), tmp_path)


class CredulousJournal(JournalFile):
    """Believes what an older attempt notes after a newer one began."""

    def state(self) -> State:
        entries = read_journal(self.path.read_text()) if self.path.exists() else []
        newest = max((entry.attempt for entry in entries), default=0)
        return fold(replace(entry, attempt=newest) for entry in entries)


BROKEN = {
    "a lock that is not looked at": ("hold", lambda place, owner: None),
    "a gate that lets everything pass": ("may_start", lambda *given: Decision(True)),
    "undo data that is written over": ("keeps", lambda *_given: False),
    "a foreign write that is not seen": ("differences", lambda planned, now: []),
    "a failure that needs no undoing": ("need_of", lambda *given, **more: Need(False)),
    "a late word that counts": ("JournalFile", CredulousJournal),
}


@pytest.mark.faults
@pytest.mark.parametrize("rule", BROKEN)
def test_schedules_find_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    """The schedules can fail: each of these rules, broken, is found."""
    monkeypatch.setattr(rollouts, *BROKEN[rule])
    with pytest.raises((AssertionError, JournalError, UndoError, LockError)):
        play(range(2000), tmp_path)
