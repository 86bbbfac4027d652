# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the results of a step's tasks come to: done, failed or inconclusive, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import (
    DONE,
    FAILED,
    INCONCLUSIVE,
    MAX_REASON,
)
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import Outcome

# A node's verdicts (architecture.md, Proof) and what each means for the rollout.
MEANING = {
    "accepted": DONE,
    "loaded": DONE,
    "unchanged": DONE,
    "staged": DONE,
    "in_sync": DONE,
    "rejected": FAILED,
    "failed": FAILED,
    "stale": FAILED,
    "silent": INCONCLUSIVE,
    "inconclusive": INCONCLUSIVE,
}


def outcome_of(results: Iterable[Mapping[str, Any]], error: str | None = None) -> Outcome:
    """The outcome of a step from its tasks' results (registered variables) in the order of the tasks.

    The worst result decides; among good ones the last verdict is kept, being the strongest. A verdict that is not known
    is inconclusive: what we do not understand is no proof. ``error`` is what a rescue caught.
    """
    found = [_of_one(result) for result in results if result and not result.get("skipped")]
    if error:
        found.append(Outcome(FAILED, _clean(error)))
    for event in (FAILED, INCONCLUSIVE):
        bad = [outcome for outcome in found if outcome.event == event]
        if bad:
            return bad[0]
    return found[-1] if found else Outcome(DONE)


def _of_one(result: Mapping[str, Any]) -> Outcome:
    if result.get("unreachable"):
        return Outcome(FAILED, f"unreachable: {_clean(result.get('msg'))}", {"verdict": "unreachable"})
    verdict = str(result["verdict"]) if result.get("verdict") else None
    facts = {"verdict": verdict} if verdict else {}
    if result.get("failed"):
        return Outcome(FAILED, _clean(result.get("msg")), facts)
    if verdict is None:
        return Outcome(DONE)
    event = MEANING.get(verdict, INCONCLUSIVE)
    reason = None if event == DONE else _clean(result.get("reason") or result.get("msg") or verdict)
    return Outcome(event, reason, facts)


def _clean(text: object) -> str:
    """One line without control characters; what nodes and servers say is not trusted."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", str(text or "no message")).strip()[:MAX_REASON]
