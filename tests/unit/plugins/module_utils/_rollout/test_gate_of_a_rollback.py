# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One playbook has a play for the instances before the nodes and one after them; the gate opens one of the two."""

from __future__ import annotations

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.gate import Wanted, may_start
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import DONE, FAILED, STARTED
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import Outcome, State

HOSTS = {"nodes": frozenset({"n1"})}


def state(*, instances: str | None = None, node: str | None = None) -> State:
    return State(
        attempt=1,
        opened_at=1.0,
        steps={"instances": Outcome(instances)} if instances else {},
        hosts={("nodes", "n1"): Outcome(node)} if node else {},
    )


def test_nodes_first_leaves_the_instances_to_the_second_play() -> None:
    wanted = Wanted(("nodes", "instances"), HOSTS)
    assert not may_start("instances", None, wanted, state()).proceed
    assert may_start("instances", None, wanted, state(node=DONE)).proceed


@pytest.mark.parametrize("ended", [DONE, FAILED])
def test_instances_first_leaves_nothing_to_the_second_play(ended: str) -> None:
    wanted = Wanted(("instances", "nodes"), HOSTS)
    assert may_start("instances", None, wanted, state()).proceed
    assert not may_start("instances", None, wanted, state(instances=ended, node=DONE)).proceed


def test_a_step_that_was_cut_may_start_again() -> None:
    assert may_start("instances", None, Wanted(("instances", "nodes"), HOSTS), state(instances=STARTED)).proceed
