# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a rollout: what its value says, and who may take it.  Pure; where the value lies is others' business.

A control plane has no compare-and-set, so a lock that was written has to settle: whoever reads itself back twice, some
time apart, holds it.  The value is ``<owner>.<expiry>``, within what a Konnect label takes (63 characters of letters,
digits, dash, dot and underscore).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LABEL = "rollout-lock"
# How long a lock is good without being renewed, in seconds. Every wait of a rollout is shorter than half of it.
LIFE = 1800
_VALUE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,48})\.(\d{1,13})")


@dataclass(frozen=True)
class Lock:
    """``owner`` is the id of a rollout, ``expires`` epoch seconds by the clock of the control plane."""

    owner: str
    expires: int

    def __str__(self) -> str:
        return f"{self.owner}.{self.expires}"

    def expired(self, now: float) -> bool:
        """Whether anybody may take it over."""
        return now >= self.expires


class LockError(ValueError):
    """The lock cannot be had or was lost; the message says who has it and what to do."""


def read_lock(value: str | None) -> Lock | None:
    """The lock that a value stands for; None for no value.

    :raises LockError: somebody else uses the place for something of their own.
    """
    if not value:
        return None
    match = _VALUE.fullmatch(value)
    if match is None:
        raise LockError(
            f"The place of the lock holds {value[:63]!r}, which no rollout wrote. Remove it if it is not needed, or "
            "choose another place: lock: file."
        )
    return Lock(match[1], int(match[2]))


def wanted_lock(
    current: Lock | None, owner: str, now: float, *, break_lock: str | None = None, dead: frozenset[str] = frozenset()
) -> Lock:
    """The lock to write in order to take or renew it.

    ``break_lock`` names the owner that the operator saw and knows to be dead, ``dead`` those whose process on this very
    machine is known to be; any other owner is not touched before its time is over.

    :raises LockError: somebody else holds it.
    """
    free = current is None or current.expired(now) or current.owner in {owner, break_lock} | dead
    if current is not None and not free:
        raise LockError(
            f"The rollout {current.owner} holds the lock for another {int(current.expires - now)} s. Wait for it, or "
            f"look at its journal; if it is dead, take its lock with break_lock: {current.owner}."
        )
    return Lock(owner, int(now) + LIFE)


def ensure_held(current: Lock | None, owner: str, now: float) -> Lock:
    """The lock, still ours.

    :raises LockError: it is gone, expired or somebody else's; nothing may be written any more.
    """
    if current is None:
        raise LockError(f"The lock of {owner} is gone: somebody removed it. Nothing more is written.")
    if current.owner != owner:
        raise LockError(f"The lock of {owner} was taken over by {current.owner}. Nothing more is written.")
    if current.expired(now):
        raise LockError(f"The lock of {owner} has expired, so another rollout may have begun. Nothing more is written.")
    return current
