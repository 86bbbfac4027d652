# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of a removal, what stops it, and what it leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import differences
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import PlanError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.removal import (
    Known,
    RemovalOptions,
    plan_removal,
)
from tests.support.fleet import DIGEST, OTHER, SCHEMA, control_plane, host, released, unreachable

STORED = ({"id": "1", "label": "shop (service 1)", "before": "d", "after": "d"},)
USED = Known("tally", SCHEMA, STORED)
CONFIRMED = RemovalOptions(confirmed=("tally",))
ORDER = ["window", "keep_files", "keep", "delete_instances", "delete_schema", "nodes", "close"]


def plan(known: Known, *hosts: dict[str, Any], options: RemovalOptions = CONFIRMED) -> Any:
    return plan_removal([known], control_plane(*(one["host"] for one in hosts)), list(hosts), options)


def steps(operation: Any) -> list[str]:
    return [one.name for one in operation.steps]


def installed(name: str, digest: str = DIGEST) -> dict[str, Any]:
    return host(name, enabled=True, plugin=released(digest))


@settings(max_examples=80, deadline=None)
@given(
    schema=st.booleans(),
    stored=st.booleans(),
    nodes=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=5),
)
def test_whatever_is_there_goes_in_one_order_and_is_kept_first(
    schema: bool, stored: bool, nodes: list[tuple[bool, bool]]
) -> None:
    known = Known("tally", SCHEMA if schema else None, STORED if schema and stored else ())
    hosts = [
        host(f"dp{number}", enabled=enabled, plugin=released() if files else None)
        for number, (enabled, files) in enumerate(nodes)
    ]
    operation = plan(known, *hosts)
    found = steps(operation)
    assert found == [name for name in ORDER if name in found]
    assert ("delete_schema" in found) == ("keep" in found) == schema
    visited = [one for step in operation.steps if step.name == "nodes" for one in step.hosts or ()]
    assert visited == [one["host"] for one, there in zip(hosts, nodes, strict=True) if any(there)]


def test_everything_at_once() -> None:
    operation = plan(USED, installed("dp1"), installed("dp2"), installed("dp3", OTHER))
    assert steps(operation) == ORDER
    assert operation.changes == 1 + 1 + 3
    copies = operation.to_dict()["plugins"][0]["copies"]
    assert [(one["digest"], one["host"]) for one in copies] == [(DIGEST, "dp1"), (OTHER, "dp3")]


def test_nothing_anywhere_is_nothing_to_do() -> None:
    operation = plan(Known("tally"), host("dp1"))
    assert (steps(operation), operation.problems, operation.changes) == ([], (), 0)


@pytest.mark.parametrize(
    ("known", "options", "told"),
    [
        (USED, RemovalOptions(), "confirm_removal: tally"),
        (Known("tally", SCHEMA, STORED, secret=True), CONFIRMED, "undo_vault_password_file"),
        (Known("tally", taken="bundled"), CONFIRMED, "comes with Kong"),
        (Known("tally", taken="streaming"), CONFIRMED, "streaming plugin"),
    ],
)
def test_what_stops_a_removal(known: Known, options: RemovalOptions, told: str) -> None:
    (problem,) = plan(known, installed("dp1"), options=options).problems
    assert told in str(problem)


def test_secret_values_may_go_once_there_is_a_key() -> None:
    known = Known("tally", SCHEMA, STORED, secret=True)
    assert plan(known, installed("dp1"), options=RemovalOptions(("tally",), has_key=True)).problems == ()


def test_nodes_keep_what_another_member_of_the_group_uses() -> None:
    operation = plan(Known("tally", SCHEMA, STORED, elsewhere=("shop-b",)), installed("dp1"))
    assert "nodes" not in steps(operation)
    assert "delete_schema" in steps(operation)
    assert "shop-b" in str(operation.warnings[0])


def test_a_node_that_is_away_is_left_over_and_a_later_run_has_only_it_to_do() -> None:
    allowing = RemovalOptions(("tally",), allow_missing=("dp2",))
    first = plan(USED, installed("dp1"), unreachable("dp2"), options=allowing)
    assert first.problems == ()
    assert "dp2: is left over" in str(first.warnings[0])
    later = plan(Known("tally"), host("dp1"), installed("dp2"))
    assert steps(later) == ["window", "nodes", "close"]
    assert later.steps[1].hosts == ("dp2",)


def test_a_copy_that_no_release_visit_made_is_named() -> None:
    stray = "/usr/local/share/lua/5.1/kong/plugins/tally"
    operation = plan(USED, host("dp1", enabled=True, plugin=released(copies=[stray])))
    assert stray in str(operation.warnings[0])


def test_no_plugin_is_no_plan() -> None:
    with pytest.raises(PlanError):
        plan_removal([], control_plane(), [], CONFIRMED)


@pytest.mark.parametrize(
    ("known", "node"),
    [
        (USED, installed("dp1")),
        (Known("tally", SCHEMA), installed("dp1")),
        (Known("tally"), installed("dp1")),
        (Known("tally"), host("dp1", plugin=released())),
        (Known("tally"), host("dp1")),
    ],
    ids=["nothing yet", "the instances", "the schema", "the settings", "the files"],
)
def test_an_approved_removal_stays_valid_through_its_own_steps(known: Known, node: dict[str, Any]) -> None:
    assert differences(plan(USED, installed("dp1")).to_dict(), plan(known, node).to_dict()) == []


def test_an_approved_removal_takes_no_instance_and_no_host_that_it_did_not_list() -> None:
    more = Known("tally", SCHEMA, (*STORED, {"id": "2", "label": "late", "before": "e", "after": "e"}))
    now = plan(more, installed("dp1"), installed("dp2"))
    found = [str(one) for one in differences(plan(USED, installed("dp1")).to_dict(), now.to_dict())]
    assert ["instance late was not there" in found[0], "host dp2 was not there" in found[1]] == [True, True]
