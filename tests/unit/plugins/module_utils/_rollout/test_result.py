# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is told to have come to."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.gate import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import INCONCLUSIVE
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.result import result_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import NODES, Outcome, State

IN_DOUBT = State(attempt=1, hosts={(NODES, "node1"): Outcome(INCONCLUSIVE, "the payload did not come")})


def wanted(*steps: str) -> Wanted:
    return Wanted(steps, {NODES: frozenset({"node1"})}, 0, 1)


def test_a_proof_in_doubt_is_no_success() -> None:
    assert result_of(wanted(NODES), IN_DOUBT).outcome == INCONCLUSIVE


def test_a_run_with_nothing_to_do_is_not_told_by_the_words_of_the_one_before() -> None:
    found = result_of(wanted(), IN_DOUBT)
    assert (found.outcome, found.failures) == ("succeeded", [])
    assert result_of(wanted(), IN_DOUBT, "node1 is not in sync").outcome == "failed"
