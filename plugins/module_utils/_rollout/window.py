# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a maintenance window is opened, kept and closed: in which order lock, journal and undo data are written.

The order is such that a run can be cut anywhere: the lock is taken before the window is noted as open, and given back
before it is noted as closed, so that an open journal always means that there may be something to clean up.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import CLOSED, OPENED, STARTED
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.lock import Lock, ensure_held, wanted_lock
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import Record
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.result import SUCCEEDED, result_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import LOCK, WINDOW, State

SETTLE = (0.3, 0.9)


class Place(Protocol):
    """Somewhere to keep one lock; ``now`` is epoch seconds by the clock of the place.

    ``write`` refuses with a LockError where it can see that the place does not hold ``instead_of`` any more.
    """

    def read(self) -> Lock | None: ...

    def write(self, lock: Lock | None, *, instead_of: Lock | None) -> None: ...

    def now(self) -> float: ...


class Journal(Protocol):
    """Where the events of one rollout are noted; an event is durable when ``append`` returns."""

    def append(self, *, attempt: int, step: str, event: str, facts: dict | None = None) -> object: ...

    def state(self) -> State: ...


def begin(
    journal: Journal,
    place: Place | None,
    record_for: Callable[[int], Record],
    *,
    within: bool = False,
    save: Callable[[], None] = lambda: None,
    controller: Mapping[str, Any] | None = None,
    break_lock: str | None = None,
    dead: Callable[[Mapping[str, Any]], bool] = lambda facts: False,
    sleep: Callable[[float], None] = time.sleep,
) -> Record:
    """Take the lock and begin the next attempt; ``record_for`` makes its record from its number.

    ``within`` another window the lock is that one's, and must be held already: who lost it undoes nothing, since
    somebody else may have gone on from there.
    ``save`` reads what the rollout can be undone with, under the lock and before the window is open; what it raises
    gives the lock back. ``controller`` are facts of the process that runs this, and ``dead`` says of such facts
    whether that process is certainly gone.

    :raises LockError: somebody else holds the lock.
    """
    state = journal.state()
    record = record_for(state.attempt + 1)
    if place is not None and within:
        hold(place, record.owner)
    elif place is not None:
        facts = {"owner": record.owner, "place": record.lock, **(controller or {})}
        journal.append(attempt=record.attempt, step=LOCK, event=STARTED, facts=facts)
        gone = frozenset(owner for owner, told in state.owners.items() if dead(told))
        acquire(place, record.owner, break_lock=break_lock, dead=gone, sleep=sleep)
    try:
        save()
    except Exception:
        if place is not None and not within:
            release(place, record.owner)
        raise
    # Another run of the same command may have come and gone while this one waited for the lock.
    opened = replace(record_for(journal.state().attempt + 1), owner=record.owner)
    facts = {"plan": opened.plan, "steps": list(opened.steps)}
    journal.append(attempt=opened.attempt, step=WINDOW, event=OPENED, facts=facts)
    return opened


def end(journal: Journal, place: Place | None, record: Record) -> bool:
    """Give the lock back and note that the window is closed; False where this attempt's is not open any more."""
    state = journal.state()
    if not state.is_open or state.attempt != record.attempt:
        return False
    if place is not None:
        release(place, record.owner)
    finished = result_of(record.wanted, state).outcome == SUCCEEDED
    journal.append(attempt=record.attempt, step=WINDOW, event=CLOSED, facts={"finished": True} if finished else None)
    return True


def acquire(
    place: Place,
    owner: str,
    *,
    break_lock: str | None = None,
    dead: frozenset[str] = frozenset(),
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Take the lock, or renew it. There is no compare-and-set, so it is read back twice once it has settled.

    :raises LockError: somebody else holds it, or won the race for it.
    """
    current = place.read()
    place.write(wanted_lock(current, owner, place.now(), break_lock=break_lock, dead=dead), instead_of=current)
    for _turn in range(2):
        sleep(random.uniform(*SETTLE))
        hold(place, owner)


def hold(place: Place, owner: str) -> None:
    """Make sure that the lock is still ours, and renew it once half of its life is over.

    :raises LockError: it is not.
    """
    now = place.now()
    lock = ensure_held(place.read(), owner, now)
    renewed = wanted_lock(lock, owner, now)
    if lock.expires - now < (renewed.expires - now) / 2:
        place.write(renewed, instead_of=lock)


def release(place: Place, owner: str) -> bool:
    """Give the lock back if it is still ours; whether it was."""
    lock = place.read()
    if lock is None or lock.owner != owner:
        return False
    place.write(None, instead_of=lock)
    return True
