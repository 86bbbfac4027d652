# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a rollout stands: its journal folded into one state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import (
    CLOSED,
    FAILED,
    INCONCLUSIVE,
    OPENED,
    STARTED,
    Entry,
)

WINDOW = "window"
LOCK = "lock"
NODES = "nodes"


@dataclass(frozen=True)
class Outcome:
    """The last word on a step, or on a host within a step."""

    event: str
    reason: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """``steps`` and ``hosts`` hold what the newest attempt noted; ``finished_at`` is when one last ended with all done.

    ``owners`` has the lock's owner of every attempt, and the process on the controller that was to hold it.
    """

    attempt: int = 0
    opened_at: float | None = None
    closed_at: float | None = None
    finished_at: float | None = None
    steps: dict[str, Outcome] = field(default_factory=dict)
    hosts: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    owners: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """The window was opened and not closed since."""
        return self.opened_at is not None and self.closed_at is None

    def hosts_with(self, *events: str, step: str = NODES) -> list[str]:
        """The hosts whose last word in a step is one of these events, by name."""
        return sorted(host for (name, host), outcome in self.hosts.items() if name == step and outcome.event in events)

    def failures(self) -> list[tuple[str, str | None, str]]:
        """(step, host or None, reason) of all that failed or stayed inconclusive or unfinished in this attempt."""
        words = {FAILED: "failed", INCONCLUSIVE: "inconclusive", STARTED: "was begun and not finished"}
        found: list[tuple[str, str | None, str]] = [
            (step, None, outcome.reason or words[outcome.event])
            for step, outcome in self.steps.items()
            if outcome.event in words and step != WINDOW
        ]
        found += [
            (step, host, outcome.reason or words[outcome.event])
            for (step, host), outcome in sorted(self.hosts.items())
            if outcome.event in words
        ]
        return found


def fold(entries: Iterable[Entry]) -> State:
    """The state that a journal describes. A new attempt forgets the steps of the one before.

    What an attempt notes after a newer one began says nothing about the newer one: its run was frozen, lost its lock,
    and came to itself again.
    """
    attempt, opened_at, closed_at, finished_at = 0, None, None, None
    steps: dict[str, Outcome] = {}
    hosts: dict[tuple[str, str], Outcome] = {}
    owners: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.step == LOCK:
            owners[str((entry.facts or {}).get("owner"))] = entry.facts or {}
        elif entry.attempt < attempt:
            continue
        elif entry.step == WINDOW and entry.event == OPENED:
            attempt, opened_at, closed_at = entry.attempt, entry.at, None
            steps, hosts = {}, {}
        elif entry.step == WINDOW and entry.event == CLOSED:
            closed_at = entry.at
            finished_at = entry.at if (entry.facts or {}).get("finished") else finished_at
        else:
            outcome = Outcome(entry.event, entry.reason, entry.facts or {})
            if entry.host is None:
                steps[entry.step] = outcome
            else:
                hosts[(entry.step, entry.host)] = outcome
    return State(attempt, opened_at, closed_at, finished_at, steps, hosts, owners)
