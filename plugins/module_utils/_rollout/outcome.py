# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the results of a step's tasks come to: done, failed or inconclusive, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
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
    "rejected": FAILED,
    "failed": FAILED,
    "stale": FAILED,
    "silent": INCONCLUSIVE,
    "inconclusive": INCONCLUSIVE,
}


def outcome_of(
    results: Iterable[Mapping[str, Any]],
    failure: Mapping[str, Any] | None = None,
    put_back: Mapping[str, Any] | None = None,
) -> Outcome:
    """The outcome of a step from its tasks' results (registered variables) in the order of the tasks.

    The worst result decides; among good ones an accepted payload, else the last. Rejections are added up. A verdict
    that is not known is inconclusive: what we do not understand is no proof. ``failure`` is the result that a rescue
    caught; it counts where none of the others is the failed one. ``put_back`` is the result of the task that then took
    back what the step had written: where that failed too, the reason says so.
    """
    told = [one for result in results for one in _items(result)]
    if failure and not any(one.get("failed") or one.get("unreachable") for one in told):
        told += [{**one, "failed": True} for one in _items(failure) if one.get("failed", True)]
    found = [_of_one(one) for one in told]
    counts = [outcome.facts["rejections"] for outcome in found if "rejections" in outcome.facts]
    worst = next((one for event in (FAILED, INCONCLUSIVE) for one in found if one.event == event), None)
    accepted = next((one for one in found if one.facts.get("verdict") == "accepted"), None)
    decisive = worst or accepted or (found[-1] if found else Outcome(DONE))
    left = next((one for one in _items(put_back or {}) if one.get("failed")), None)
    if left is not None:
        first = (decisive.reason or "")[: MAX_REASON // 2]
        why = _clean(f"{first} What it had written could not be put back: {left.get('msg')}")
        decisive = replace(decisive, event=FAILED, reason=why)
    return replace(decisive, facts={**decisive.facts, "rejections": sum(counts)}) if counts else decisive


def _items(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A task's result as one, or as those of its loop; what was skipped says nothing."""
    parts = result.get("results")
    if not isinstance(parts, list):
        parts = [result]
    return [part for part in parts if part and not part.get("skipped")]


def _of_one(result: Mapping[str, Any]) -> Outcome:
    if result.get("unreachable"):
        return Outcome(FAILED, f"unreachable: {_clean(result.get('msg'))}", {"verdict": "unreachable"})
    verdict = result.get("verdict") or {}
    facts = {
        key: value
        for key, value in (("verdict", verdict.get("kind")), ("rejections", result.get("rejections")))
        if value is not None
    }
    event = MEANING.get(str(verdict["kind"]), INCONCLUSIVE) if verdict else DONE
    if result.get("failed"):
        # A task that failed without a verdict has failed; with one, the verdict tells failure from doubt.
        event = event if event != DONE else FAILED
    if event == DONE:
        return Outcome(DONE, None, facts)
    return Outcome(event, _clean(result.get("msg") or verdict.get("message")), facts)


def _clean(text: object) -> str:
    """One line without control characters; what nodes and servers say is not trusted."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", str(text or "no message")).strip()[:MAX_REASON]
