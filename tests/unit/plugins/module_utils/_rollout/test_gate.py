# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a step may start, and what a rollout comes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.gate import Wanted, budget_of, may_start
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import (
    CLOSED,
    DONE,
    FAILED,
    INCONCLUSIVE,
    OPENED,
    STARTED,
    Entry,
)
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import record_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.result import result_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import State, fold

FLEET = frozenset({"dp-1", "dp-2", "dp-3"})
WANTED = Wanted(("schema", "instances", "nodes"), {"nodes": FLEET})


def state(*events: tuple[str, str] | tuple[str, str, str], attempt: int = 1) -> State:
    entries = [Entry(0, attempt, "window", OPENED)]
    entries += [Entry(1, attempt, event[0], event[1], *event[2:]) for event in events]
    return fold(entries)


def test_nothing_starts_outside_of_a_window() -> None:
    assert not may_start("schema", None, WANTED, fold([])).proceed
    closed = fold([Entry(0, 1, "window", OPENED), Entry(1, 1, "window", CLOSED)])
    assert not may_start("schema", None, WANTED, closed).proceed


def test_steps_start_in_the_documented_order() -> None:
    assert may_start("schema", None, WANTED, state()).proceed
    assert not may_start("instances", None, WANTED, state()).proceed
    assert not may_start("instances", None, WANTED, state(("schema", STARTED))).proceed
    assert may_start("instances", None, WANTED, state(("schema", DONE))).proceed
    assert not may_start("nodes", "dp-1", WANTED, state(("schema", DONE))).proceed
    assert may_start("nodes", "dp-1", WANTED, state(("schema", DONE), ("instances", DONE))).proceed


def test_a_failed_step_stops_all_later_ones_and_says_why() -> None:
    failed = fold([Entry(0, 1, "window", OPENED), Entry(1, 1, "schema", FAILED, None, "not accepted")])
    decision = may_start("nodes", "dp-1", WANTED, failed)
    assert not decision.proceed
    assert "not accepted" in (decision.reason or "")


def test_a_step_that_the_plan_does_not_have_is_not_started_and_does_not_stop_others() -> None:
    wanted = Wanted(("nodes",), {"nodes": FLEET})
    assert not may_start("instances", None, wanted, state()).proceed
    assert may_start("nodes", "dp-1", wanted, state()).proceed
    assert not may_start("nodes", "somebody-else", wanted, state()).proceed


BEFORE = (("schema", DONE), ("instances", DONE))


@pytest.mark.parametrize("event", [FAILED, INCONCLUSIVE])
def test_a_node_that_failed_or_is_unproved_keeps_the_next_batch_from_starting(event: str) -> None:
    after_canary = state(*BEFORE, ("nodes", event, "dp-1"))
    decision = may_start("nodes", "dp-2", WANTED, after_canary)
    assert not decision.proceed
    assert "dp-1" in (decision.reason or "")


def test_the_failure_budget_is_the_fleets() -> None:
    two = Wanted(WANTED.steps, WANTED.hosts, budget=1)
    one_failed = state(*BEFORE, ("nodes", FAILED, "dp-1"))
    assert may_start("nodes", "dp-2", two, one_failed).proceed
    two_failed = state(*BEFORE, ("nodes", FAILED, "dp-1"), ("nodes", DONE, "dp-2"), ("nodes", FAILED, "dp-3"))
    assert not may_start("nodes", "dp-2", two, two_failed).proceed


def test_instances_wait_for_every_staged_node() -> None:
    wanted = Wanted(("schema", "stage", "instances", "nodes"), {"stage": FLEET, "nodes": FLEET})
    partly = state(("schema", DONE), ("stage", DONE, "dp-1"), ("stage", DONE, "dp-2"), ("stage", FAILED, "dp-3"))
    decision = may_start("instances", None, wanted, partly)
    assert not decision.proceed
    assert "dp-3" in (decision.reason or "")


@pytest.mark.parametrize(
    ("text", "fleet", "budget"), [("0", 10, 0), (2, 10, 2), ("25%", 10, 2), ("10 %", 9, 0), ("100%", 3, 3)]
)
def test_a_budget_is_a_number_or_a_percentage_rounded_down(text: str | int, fleet: int, budget: int) -> None:
    assert budget_of(text, fleet) == budget


@pytest.mark.parametrize("text", ["-1", "many", "", "%", "nan%", "inf%", "1e400%"])
def test_a_budget_that_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number of nodes"):
        budget_of(text, 3)


PLAN = {
    "control_plane": {"id": "cp"},
    "plugins": [],
    "steps": [],
    "path": {"effective": "short"},
    "digest": "sha256:0",
    "nudge": False,
}


@pytest.mark.parametrize("size", ["12.5%", "ten", 0, "0%", -1, "", "1 2", True])
def test_a_batch_that_ansible_could_not_read_is_refused_before_anything_begins(size: int | str) -> None:
    with pytest.raises(ValueError, match="batches"):
        record_of(PLAN, journal_dir="/j", attempt=1, batches=[1, size])
    assert record_of(PLAN, journal_dir="/j", attempt=1, batches=[1, "25%", "3"]).batches == (1, "25%", "3")


def test_what_is_no_plan_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="'plan' is not a plan, it has no control_plane, plugins"):
        record_of({"changed": False, "plan": PLAN}, journal_dir="/j", attempt=1)


def test_a_rollout_succeeds_only_when_all_that_was_wanted_is_done() -> None:
    nodes = [("nodes", DONE, host) for host in sorted(FLEET)]
    assert result_of(WANTED, state(*BEFORE, *nodes)).outcome == "succeeded"
    partly = result_of(WANTED, state(*BEFORE, *nodes[:2]))
    assert (partly.outcome, partly.untouched) == ("incomplete", ["dp-3"])
    assert result_of(WANTED, state(*BEFORE, *nodes[:2], ("nodes", INCONCLUSIVE, "dp-3"))).outcome == "inconclusive"
    failed = result_of(WANTED, state(*BEFORE, ("nodes", FAILED, "dp-1")))
    assert (failed.outcome, failed.untouched) == ("failed", ["dp-2", "dp-3"])


def test_a_new_attempt_starts_with_a_clean_state_and_a_late_word_of_an_older_one_is_nobodys_business() -> None:
    first = [Entry(0, 1, "window", OPENED), Entry(1, 1, "schema", DONE), Entry(2, 1, "instances", STARTED)]
    late = [Entry(4, 1, "instances", DONE), Entry(5, 1, "nodes", FAILED, "dp-1"), Entry(6, 1, "window", CLOSED)]
    second = fold([*first, Entry(3, 2, "window", OPENED), *late])
    assert (second.attempt, second.is_open, second.steps, second.hosts) == (2, True, {}, {})


@given(st.lists(st.tuples(st.sampled_from(sorted(FLEET)), st.sampled_from([STARTED, DONE, FAILED, INCONCLUSIVE]))))
def test_whatever_happens_to_nodes_success_is_never_reported_with_an_open_question(events: list) -> None:
    noted = state(*BEFORE, *(("nodes", event, host) for host, event in events))
    last = dict(events)
    result = result_of(WANTED, noted)
    assert (result.outcome == "succeeded") == (set(last) == FLEET and set(last.values()) == {DONE})
    if FAILED in last.values():
        assert not any(may_start("nodes", host, WANTED, noted).proceed for host in FLEET)
