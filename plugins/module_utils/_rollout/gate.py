# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May this go on? The rules that every step and every node asks before it touches anything."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import (
    DONE,
    FAILED,
    INCONCLUSIVE,
    STARTED,
)
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import State


@dataclass(frozen=True)
class Decision:
    """Whether to go on, and why not."""

    proceed: bool
    reason: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What the plan wants of this rollout: its ``steps`` in order, ``hosts`` a step is for, the failure budget, and the
    number of the attempt at it (0: whichever is the newest)."""

    steps: tuple[str, ...]
    hosts: dict[str, frozenset[str]]
    budget: int = 0
    attempt: int = 0


def may_start(step: str, host: str | None, wanted: Wanted, state: State) -> Decision:
    """Whether a step (of a host) may start now.

    It may not when the window is not open, when the plan has no such step (for this host), when an earlier step of this
    attempt has failed, when the step itself has ended, or when the nodes done so far have spent the fleet-wide failure
    budget (field.md 3: the budget is the fleet's, not the batch's). An inconclusive proof pauses: it is never taken for
    success.
    """
    if not state.is_open:
        return Decision(False, "the maintenance window is not open")
    if wanted.attempt and wanted.attempt != state.attempt:
        return Decision(False, "another run of the same command has begun since")
    wish = is_wanted(step, host, wanted)
    if not wish.proceed:
        return wish
    for earlier in wanted.steps[: wanted.steps.index(step)]:
        trouble = _trouble_before(earlier, wanted, state)
        if trouble:
            return Decision(False, trouble)
    if host is not None:
        return _within_budget(step, wanted.budget, state)
    if step in state.steps and state.steps[step].event != STARTED:
        return Decision(False, "the step has ended in this attempt already")
    return Decision(True)


def is_wanted(step: str, host: str | None, wanted: Wanted) -> Decision:
    """Whether the plan has this step, for this host, whatever happened so far; all that check mode can tell."""
    if step not in wanted.steps:
        return Decision(False, "the plan has no such step")
    if host is not None and host not in wanted.hosts.get(step, frozenset()):
        return Decision(False, "the node already has what the plan wants")
    return Decision(True)


def _trouble_before(step: str, wanted: Wanted, state: State) -> str | None:
    hosts = wanted.hosts.get(step)
    if hosts is not None:
        missing = sorted(hosts - set(state.hosts_with(DONE, step=step)))
        return f"step '{step}' is not done on {', '.join(missing[:5])}" if missing else None
    outcome = state.steps.get(step)
    if outcome is None or outcome.event == STARTED:
        return f"step '{step}' is not done"
    if outcome.event != DONE:
        return f"step '{step}' {outcome.event}: {outcome.reason or 'no reason was noted'}"
    return None


def _within_budget(step: str, budget: int, state: State) -> Decision:
    unsure = state.hosts_with(INCONCLUSIVE, step=step)
    if unsure:
        return Decision(False, f"paused: the proof of {', '.join(unsure[:5])} is inconclusive")
    failed = state.hosts_with(FAILED, step=step)
    if len(failed) > budget:
        allowed = "none may fail" if budget == 0 else f"{budget} may fail"
        return Decision(False, f"stopped: {', '.join(failed[:5])} failed and {allowed}")
    return Decision(True)


def budget_of(max_failures: int | str, fleet: int) -> int:
    """How many nodes may fail: a number, or a percentage of the fleet rounded down.

    :raises ValueError: neither of the two, or negative.
    """
    text = str(max_failures).strip()
    try:
        number = math.floor(fleet * float(text[:-1]) / 100) if text.endswith("%") else int(text)
    except (ValueError, OverflowError):
        number = -1
    if number < 0:
        raise ValueError(f"{text[:40]!r} is neither a number of nodes nor a percentage such as 10%")
    return number
