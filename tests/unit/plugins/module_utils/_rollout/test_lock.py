# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock between rollouts, in process: every order of two lockers' moves, dead owners, clocks, places."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._module.controller_process import is_dead, process_facts
from ansible_collections.kongops.konnect.plugins.module_utils._module.lock_places import (
    FilePlace,
    acquire,
    hold,
    release,
)
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.lock import (
    LIFE,
    Lock,
    LockError,
    ensure_held,
    read_lock,
    wanted_lock,
)

NOW = 1_800_000_000


@dataclass
class Memory:
    """A place whose clock may be another than ours; ``before`` is called ahead of each access."""

    lock: Lock | None = None
    clock: float = NOW
    before: Callable[[], None] = field(default=lambda: None)

    def read(self) -> Lock | None:
        self.before()
        return self.lock

    def write(self, lock: Lock | None) -> None:
        self.before()
        self.lock = lock

    def now(self) -> float:
        return self.clock


def no_sleep(_seconds: float) -> None:
    """Time is not what is tested."""


def test_a_lock_survives_being_written_and_read() -> None:
    assert read_lock(str(Lock("5f0c8a1e93b2-1-ab12", NOW))) == Lock("5f0c8a1e93b2-1-ab12", NOW)
    assert read_lock(None) is None
    assert len(str(Lock("5f0c8a1e93b2-999-ab12", NOW))) <= 63


def test_something_that_is_no_lock_is_never_overwritten() -> None:
    with pytest.raises(LockError, match="no rollout wrote"):
        read_lock("somebody elses label")


def test_a_held_lock_is_refused_with_its_owner_and_how_to_break_it() -> None:
    with pytest.raises(LockError, match="break_lock: other-1-0000"):
        wanted_lock(Lock("other-1-0000", NOW + 60), "mine-1-0000", NOW)


@pytest.mark.parametrize(
    ("current", "options"),
    [
        (Lock("other-1-0000", NOW), {}),
        (Lock("other-1-0000", NOW + 60), {"break_lock": "other-1-0000"}),
        (Lock("other-1-0000", NOW + 60), {"dead": frozenset({"other-1-0000"})}),
        (Lock("mine-1-0000", NOW + 60), {}),
        (None, {}),
    ],
)
def test_an_expired_a_broken_a_dead_and_ones_own_lock_can_be_taken(current: Lock | None, options: dict) -> None:
    assert wanted_lock(current, "mine-1-0000", NOW, **options) == Lock("mine-1-0000", NOW + LIFE)


def test_breaking_one_owners_lock_does_not_break_anothers() -> None:
    with pytest.raises(LockError):
        wanted_lock(Lock("third-1-0000", NOW + 60), "mine-1-0000", NOW, break_lock="other-1-0000")


@pytest.mark.parametrize("current", [None, Lock("other-1-0000", NOW + 60), Lock("mine-1-0000", NOW)])
def test_a_lock_that_is_gone_taken_or_expired_is_not_held(current: Lock | None) -> None:
    with pytest.raises(LockError, match="Nothing more is written"):
        ensure_held(current, "mine-1-0000", NOW)


def test_a_lock_is_renewed_once_half_of_its_life_is_over() -> None:
    place = Memory()
    acquire(place, "mine-1-0000", sleep=no_sleep)
    first = place.lock
    place.clock += LIFE / 2 - 10
    hold(place, "mine-1-0000")
    assert place.lock == first
    place.clock += 20
    hold(place, "mine-1-0000")
    assert place.lock is not None
    assert place.lock.expires == place.clock + LIFE


def test_a_wrong_clock_of_ours_does_not_matter() -> None:
    """The place's clock decides; two controllers need not agree on the time."""
    place = Memory(clock=NOW - 86400)
    acquire(place, "mine-1-0000", sleep=no_sleep)
    with pytest.raises(LockError):
        acquire(place, "other-1-0000", sleep=no_sleep)


def test_release_leaves_somebody_elses_lock_alone() -> None:
    place = Memory(Lock("other-1-0000", NOW + 60))
    assert not release(place, "mine-1-0000")
    assert place.lock is not None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.booleans(), min_size=10, max_size=10))
def test_whatever_the_order_of_two_lockers_moves_at_most_one_may_write_afterwards(order: list[bool]) -> None:
    """Each locker makes one access to the place at a time, in the drawn order; then the rest in turn."""
    moves = {"one-1-0000": threading.Semaphore(0), "two-1-0000": threading.Semaphore(0)}
    moved = threading.Semaphore(0)
    shared = Memory()
    outcome: dict[str, bool] = {}

    def run(owner: str) -> None:
        def before() -> None:
            moved.release()
            moves[owner].acquire()

        mine = _View(shared, before)
        try:
            acquire(mine, owner, sleep=no_sleep)
            outcome[owner] = True
        except LockError:
            outcome[owner] = False
        moved.release()

    threads = {owner: threading.Thread(target=run, args=(owner,)) for owner in moves}
    for thread in threads.values():
        thread.start()
        moved.acquire()
    for owner in [*("one-1-0000" if first else "two-1-0000" for first in order), *list(moves) * 6]:
        if owner not in outcome:
            moves[owner].release()
            moved.acquire()
    for thread in threads.values():
        thread.join(10)
    assert set(outcome) == set(moves)
    may_write = [owner for owner, took in outcome.items() if took and _holds(shared, owner)]
    assert len(may_write) <= 1


@dataclass
class _View:
    """One locker's access to the shared place."""

    shared: Memory
    before: Callable[[], None]

    def read(self) -> Lock | None:
        self.before()
        return self.shared.lock

    def write(self, lock: Lock | None) -> None:
        self.before()
        self.shared.lock = lock

    def now(self) -> float:
        return self.shared.clock


def _holds(place: Memory, owner: str) -> bool:
    try:
        hold(place, owner)
    except LockError:
        return False
    return True


def test_a_file_keeps_a_lock_like_any_other_place(tmp_path: Path) -> None:
    place = FilePlace(tmp_path / "deep" / "cp.lock")
    acquire(place, "mine-1-0000", sleep=no_sleep)
    with pytest.raises(LockError, match="mine-1-0000"):
        acquire(place, "other-1-0000", sleep=no_sleep)
    assert release(place, "mine-1-0000")
    acquire(place, "other-1-0000", sleep=no_sleep)


def test_a_living_process_is_not_dead_and_an_unknown_one_is_not_taken_for_dead() -> None:
    mine = process_facts(threading.get_native_id())
    assert not is_dead(mine)
    assert is_dead({**mine, "started": mine["started"] - 1})
    assert not is_dead({**mine, "boot": "another machine"})
    assert not is_dead({})
