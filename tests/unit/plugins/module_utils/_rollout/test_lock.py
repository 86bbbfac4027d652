# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock between rollouts, in process: every order of two lockers' moves, dead owners, clocks, places."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._module.controller_process import is_dead, process_facts
from ansible_collections.kongops.konnect.plugins.module_utils._module.lock_places import FilePlace
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.lock import (
    LIFE,
    Lock,
    LockError,
    ensure_held,
    read_lock,
    wanted_lock,
)
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.window import acquire, hold, release

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

    def write(self, lock: Lock | None, *, instead_of: Lock | None) -> None:
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


@pytest.mark.quick
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


# What two lockers find: nothing, what somebody left long ago, and what somebody left whose process is known to be gone.
FOUND = {
    "nothing": None,
    "an expired lock": Lock("third-1-0000", NOW - 60),
    "a dead one": Lock("third-1-0000", NOW + 60),
}
ACCESSES = 5
ORDERS = [[number in first for number in range(2 * ACCESSES)] for first in combinations(range(2 * ACCESSES), ACCESSES)]


MATRIX = {
    "test_in_every_order_of_two_lockers_accesses_at_most_one_may_write": lambda skew, found: (
        "in process",
        "window",
        f"two lockers in every order, who find {found}, with clocks that are off by {skew[0]} s and {skew[1]} s",
        "at most one may write",
    ),
    "test_a_locker_that_dies_at_any_access_leaves_a_lock_that_can_be_had": lambda access: (
        "in process",
        "window",
        "a locker dies at any access",
        "the next one has the lock once it has expired",
    ),
    "test_a_wrong_clock_of_ours_does_not_matter": lambda: (
        "in process",
        "window",
        "the controller's clock is a day off",
        "nobody takes a lock that is held",
    ),
}


@pytest.mark.quick
@pytest.mark.parametrize("found", FOUND)
@pytest.mark.parametrize("skew", [(0, 0), (-30, 30), (30, -30)])
def test_in_every_order_of_two_lockers_accesses_at_most_one_may_write(found: str, skew: tuple[int, int]) -> None:
    for order in ORDERS:
        shared = Memory(FOUND[found])
        took = interleaved(shared, order, skew)
        may_write = [owner for owner in took if _holds(shared, owner)]
        assert len(may_write) <= 1, order
        assert may_write or shared.lock is None or shared.lock.owner != "third-1-0000", order


@pytest.mark.quick
@pytest.mark.parametrize("access", range(ACCESSES + 1))
def test_a_locker_that_dies_at_any_access_leaves_a_lock_that_can_be_had(access: int) -> None:
    shared = Memory()
    interleaved(shared, [True] * access + [False], (0, 0), die=True)
    shared.clock += LIFE
    acquire(shared, "next-1-0000", sleep=no_sleep)
    assert _holds(shared, "next-1-0000")


def interleaved(shared: Memory, order: list[bool], skew: tuple[int, int], *, die: bool = False) -> list[str]:
    """Two lockers whose accesses come in an order (True: the first one's); who believes to have the lock.

    With ``die``, what does not come in the order never comes.
    """
    owners = ("one-1-0000", "two-1-0000")
    moves = {owner: threading.Semaphore(0) for owner in owners}
    moved = threading.Semaphore(0)
    ended: dict[str, bool] = {}

    def run(owner: str, ahead: int) -> None:
        def before() -> None:
            moved.release()
            moves[owner].acquire()
            if owner in ended:
                raise LockError("dead")

        try:
            acquire(_View(shared, before, ahead), owner, dead=frozenset({"third-1-0000"}), sleep=no_sleep)
            ended[owner] = True
        except LockError:
            ended[owner] = False
        moved.release()

    threads = [threading.Thread(target=run, args=given) for given in zip(owners, skew, strict=True)]
    for thread in threads:
        thread.start()
        moved.acquire()
    rest = [] if die else list(owners) * ACCESSES
    for owner in [*(owners[not first] for first in order), *rest]:
        if owner not in ended:
            moves[owner].release()
            moved.acquire()
    for owner in owners:
        if owner not in ended:
            ended[owner] = False
            moves[owner].release()
    for thread in threads:
        thread.join(10)
    return [owner for owner, took in ended.items() if took]


@dataclass
class _View:
    """One locker's access to the shared place, by a clock that is ``ahead``."""

    shared: Memory
    before: Callable[[], None]
    ahead: float

    def read(self) -> Lock | None:
        self.before()
        return self.shared.lock

    def write(self, lock: Lock | None, *, instead_of: Lock | None) -> None:
        self.before()
        found = self.shared.lock
        if found is not None and found != instead_of:
            raise LockError("somebody took it at this very moment")
        self.before()
        self.shared.lock = lock

    def now(self) -> float:
        return self.shared.clock + self.ahead


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
