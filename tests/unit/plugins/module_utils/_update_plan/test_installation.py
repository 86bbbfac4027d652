# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is missing decides the steps of an installation, and instances come last."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import differences
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.installation import (
    CREATE,
    NONE,
    Catalogue,
    Given,
    plan_installation,
)
from tests.support.fleet import OTHER, SCHEMA, control_plane, host, released, unreachable, wanted

ABSENT = Catalogue(schemas={"tally": None})
PRESENT = Catalogue(schemas={"tally": SCHEMA})


def instance(action: str = CREATE, **other: Any) -> Given:
    return Given({"name": "tally", "config": {"ttl": 1}, **other}, action)


def plan(catalogue: Catalogue, *hosts: dict[str, Any], instances: tuple[Given, ...] = (), **other: Any) -> Any:
    seen = control_plane(*(one["host"] for one in hosts), expected=other.pop("expected", None))
    return plan_installation([wanted()], seen, catalogue, list(hosts), instances, **other)


def steps(operation: Any) -> list[str]:
    return [one.name for one in operation.steps]


@pytest.mark.parametrize("schema", [False, True])
@pytest.mark.parametrize("enabled", [False, True])
@pytest.mark.parametrize("files", [False, True])
@pytest.mark.parametrize("action", [CREATE, NONE])
def test_only_what_is_missing_is_done(schema: bool, enabled: bool, files: bool, action: str) -> None:
    node = host("dp1", enabled=enabled, plugin=released() if files else None)
    operation = plan(PRESENT if schema else ABSENT, node, instances=(instance(action),))
    work = [
        *(["schema"] if not schema else []),
        *(["nodes"] if not (enabled and files) else []),
        *(["create", "accept"] if action == CREATE else []),
    ]
    assert steps(operation) == (["window", *work, "close"] if work else [])
    assert operation.problems == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6))
def test_no_instance_is_made_before_every_node_that_lacks_the_plugin_was_visited(
    fleet: list[tuple[bool, bool]],
) -> None:
    hosts = [
        host(f"dp{number}", enabled=enabled, plugin=released() if files else None)
        for number, (enabled, files) in enumerate(fleet)
    ]
    operation = plan(ABSENT, *hosts, instances=(instance(),))
    names = steps(operation)
    lacking = [one["host"] for one, (enabled, files) in zip(hosts, fleet, strict=True) if not (enabled and files)]
    visited = [one for step in operation.steps if step.name == "nodes" for one in step.hosts or ()]
    assert visited == lacking
    assert names.index("create") > max(names.index(name) for name in names if name in ("schema", "nodes"))


def test_a_node_whose_files_were_changed_on_disk_is_visited() -> None:
    operation = plan(PRESENT, host("dp1", enabled=True, plugin=released(drift=["handler.lua was changed"])))
    assert steps(operation) == ["window", "nodes", "close"]


def test_a_node_whose_settings_lost_the_plugin_since_its_reload_is_visited() -> None:
    cut = host("dp1", enabled=True, plugin=released(), enabled_next=["bundled"])
    assert steps(plan(PRESENT, cut)) == ["window", "nodes", "close"]


@pytest.mark.parametrize(("loaded", "work"), [(False, ["nodes"]), (True, []), (None, [])])
def test_a_node_whose_workers_do_not_run_what_is_on_its_disk_is_visited(loaded: bool | None, work: list[str]) -> None:
    cut = host("dp1", enabled=True, plugin=released(loaded=loaded, running=OTHER))
    assert steps(plan(PRESENT, cut)) == (["window", *work, "close"] if work else [])


def test_a_node_that_has_not_taken_what_is_stored_is_still_to_be_proven() -> None:
    there = {"id": "1", "label": "x (global)", "before": "d", "after": "d"}
    catalogue = Catalogue(schemas={"tally": SCHEMA}, stored={"tally": [there]})
    node = host("dp1", enabled=True, plugin=released())
    assert steps(plan(catalogue, node, expected="b" * 32)) == ["window", "accept", "close"]
    assert steps(plan(catalogue, node, expected="a" * 32)) == []


@pytest.mark.parametrize(
    ("catalogue", "told"),
    [
        (Catalogue({"tally": None}, {"tally": "bundled"}), "comes with Kong"),
        (Catalogue({"tally": None}, {"tally": "streaming"}), "streaming plugin"),
        (Catalogue({"tally": SCHEMA.replace("integer", "string")}), "with another schema"),
    ],
)
def test_a_name_that_stands_for_something_else_is_refused(catalogue: Catalogue, told: str) -> None:
    (problem,) = plan(catalogue, host("dp1")).problems
    assert told in str(problem)


def test_another_plugin_of_that_name_on_a_node_is_refused_and_an_older_release_is_not() -> None:
    alien = released(OTHER, managed=False, loads="/usr/local/share/lua/5.1/kong/plugins/tally")
    (problem,) = plan(ABSENT, host("dp1", plugin=alien)).problems
    assert "/usr/local/share/lua/5.1/kong/plugins/tally" in str(problem)
    assert plan(ABSENT, host("dp1", plugin=released(OTHER))).problems == ()


def test_an_instance_that_the_schema_refuses_is_refused_without_its_secret() -> None:
    schema = SCHEMA.replace('type = "integer"', 'type = "integer", encrypted = true')
    refused = Given({"name": "tally", "config": {"ttl": "canary-of-a-secret"}}, CREATE)
    operation = plan_installation([wanted(schema=schema)], control_plane("dp1"), ABSENT, [host("dp1")], [refused])
    (problem,) = operation.problems
    assert "config.ttl" in str(problem)
    assert "canary" not in str(operation.to_dict())


def test_a_node_that_is_away_is_left_over_only_by_name() -> None:
    away = unreachable("dp2")
    assert plan(ABSENT, host("dp1"), away).problems
    operation = plan(ABSENT, host("dp1"), away, allow_missing=["dp2"])
    assert operation.problems == ()
    assert "dp2: is left over" in str(operation.warnings[0])


ROW = {"id": "1", "label": "one-1", "before": "d", "after": "d"}
USED = Catalogue(schemas={"tally": SCHEMA}, stored={"tally": [ROW]})
LACKING, READY = host("dp1"), host("dp1", enabled=True, plugin=released())


def asked(action: str = CREATE, choice: str = "asked") -> tuple[Given, ...]:
    return (Given({"id": "1", "name": "tally", "config": {"ttl": 1}}, action, choice),)


@pytest.mark.parametrize(
    ("catalogue", "node", "instances"),
    [
        (ABSENT, LACKING, asked()),
        (PRESENT, LACKING, asked()),
        (PRESENT, host("dp1", plugin=released()), asked()),
        (PRESENT, READY, asked()),
        (USED, READY, asked(NONE)),
        (USED, READY, asked()),
    ],
    ids=["nothing yet", "the schema", "files, not yet enabled", "the nodes", "the instances", "use by others"],
)
def test_an_approved_plan_stays_valid_through_its_own_steps(
    catalogue: Catalogue, node: dict[str, Any], instances: tuple[Given, ...]
) -> None:
    planned = plan(ABSENT, LACKING, instances=asked()).to_dict()
    assert differences(planned, plan(catalogue, node, instances=instances).to_dict()) == []


@pytest.mark.parametrize(
    ("catalogue", "nodes", "instances", "told"),
    [
        (Catalogue({"tally": SCHEMA.replace("integer", "string")}), [LACKING], asked(), "neither the old nor the new"),
        (USED, [LACKING], asked(), "instance one-1 was not there"),
        (ABSENT, [LACKING], asked(choice="other"), "what is to be done with"),
        (ABSENT, [host("dp1", enabled=True, plugin=released(OTHER))], asked(), "host dp1 is neither as planned"),
        (ABSENT, [LACKING, host("dp2")], asked(), "host dp2 was not there"),
    ],
)
def test_an_approved_plan_is_refused_when_an_input_differs_and_says_which(
    catalogue: Catalogue, nodes: list[dict[str, Any]], instances: tuple[Given, ...], told: str
) -> None:
    planned = plan(ABSENT, LACKING, instances=asked()).to_dict()
    found = [str(one) for one in differences(planned, plan(catalogue, *nodes, instances=instances).to_dict())]
    assert len(found) == 1
    assert told in found[0]
