# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a rollout ended, in one word and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.gate import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import DONE, FAILED, INCONCLUSIVE
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import State

SUCCEEDED = "succeeded"


@dataclass(frozen=True)
class Result:
    """``outcome`` is succeeded, failed, inconclusive or incomplete; ``untouched`` are hosts that were not reached.

    ``observed`` has, for each host whose log could be read, the number of payloads that it rejected.
    """

    outcome: str
    failures: list[dict[str, Any]]
    steps: dict[str, str]
    hosts: dict[str, dict[str, str]]
    untouched: list[str]
    observed: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return dict(self.__dict__)


def result_of(wanted: Wanted, state: State, error: str | None = None) -> Result:
    """The result of the newest attempt. Incomplete means that nothing failed, yet something planned did not happen.

    ``error`` is what went wrong outside of the steps, such as in the clean-up. A plan without steps began nothing, so
    what the journal holds is of an earlier attempt and says nothing of this one.
    """
    state = state if wanted.steps else State()
    failures = [
        {"step": step, **({"host": host} if host else {}), "reason": reason} for step, host, reason in state.failures()
    ]
    if error:
        failures.append({"step": "close", "reason": error})
    events = {outcome.event for outcome in [*state.steps.values(), *state.hosts.values()]}
    missing = [
        (step, host)
        for step in wanted.steps
        for host in wanted.hosts.get(step, {None})
        if (state.hosts.get((step, host)) if host else state.steps.get(step)) is None
    ]
    if FAILED in events or error:
        outcome = FAILED
    elif INCONCLUSIVE in events:
        outcome = INCONCLUSIVE
    elif missing or events - {DONE}:
        outcome = "incomplete"
    else:
        outcome = SUCCEEDED
    hosts: dict[str, dict[str, str]] = {}
    observed: dict[str, int] = {}
    for (step, host), noted in sorted(state.hosts.items()):
        hosts.setdefault(host, {})[step] = noted.facts.get("verdict", noted.event)
        if "rejections" in noted.facts:
            observed[host] = int(noted.facts["rejections"])
    return Result(
        outcome=outcome,
        failures=failures,
        steps={step: noted.event for step, noted in state.steps.items()},
        hosts=hosts,
        untouched=sorted({host for _step, host in missing if host}),
        observed=observed,
    )
