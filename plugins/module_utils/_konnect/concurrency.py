# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing the same thing to many items, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Generic, TypeVar

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError

Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: done with a value, failed with an error, or not begun because another failed."""

    item: Item
    done: bool = False
    value: Value | None = None
    error: KonnectError | None = None


def attempt_each(
    function: Callable[[Item], Value], items: Iterable[Item], limit: int, *, stop: bool = True
) -> list[Outcome[Item, Value]]:
    """``function`` on each item, ``limit`` at a time, in the order of the items.

    With ``stop``, nothing new is begun after the first KonnectError; what had begun is finished.
    """
    halted = Event()

    def attempt(item: Item) -> Outcome[Item, Value]:
        if halted.is_set():
            return Outcome(item)
        try:
            return Outcome(item, done=True, value=function(item))
        except KonnectError as error:
            if stop:
                halted.set()
            return Outcome(item, error=error)

    with ThreadPoolExecutor(max_workers=max(1, limit)) as pool:
        return list(pool.map(attempt, items))


def map_concurrently(function: Callable[[Item], Value], items: Iterable[Item], limit: int) -> list[Value]:
    """The values in the order of the items; raises the first error once the running calls have ended."""
    outcomes = attempt_each(function, items, limit)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return [outcome.value for outcome in outcomes]  # type: ignore[misc]  # every outcome is done here
