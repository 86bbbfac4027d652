# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which writes must wait, what a foreign write would do at each step, and advice that keeps what it promises."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Plan
from lab.kong.vm import KongVM
from tests.support.small_world import Small, instance, paths, schema_text, small

KEPT = '{ kept = { type = "string" } }'
TTL = '{ ttl = { type = "integer", required = true } }'
TTL_DEFAULT = '{ ttl = { type = "integer", required = true, default = 30 } }'


def exposed(plan: Plan) -> list[tuple[str, str, str, list[str], list[str]]]:
    told = plan.to_dict()["exposure"]
    return [(one["write"], one["from"], one["until"], one["hosts"], one["reasons"]) for one in told]


def test_on_short_a_save_must_wait_for_the_last_node() -> None:
    plan = small(schema_text(KEPT), schema_text(f"{KEPT}, {TTL_DEFAULT}"), [{}]).plan()

    assert exposed(plan) == [("save", "schema", "nodes", ["dp1", "dp2"], ["config.ttl: unknown field"])]
    assert plan.nudge


def test_on_sync_every_write_is_rejected_between_the_instances_and_the_nodes() -> None:
    plan = small(schema_text(f"{KEPT}, {TTL}"), schema_text(KEPT), [{"ttl": 5}]).plan()

    assert exposed(plan) == [
        ("any", "instances", "nodes", ["dp1", "dp2"], ["config.ttl: required field missing"]),
        ("save", "schema", "nodes", ["dp1", "dp2"], ["config.ttl: required field missing"]),
    ]
    assert not plan.nudge


def test_a_node_that_is_ahead_rejects_every_write_until_the_instances_are_saved() -> None:
    old, new = schema_text(f"{KEPT}, {TTL_DEFAULT}"), schema_text(KEPT)

    plan = small(old, new, [{}]).but(nodes={"dp1": old, "dp2": new}).plan()

    assert paths(plan)[2] == "long"
    assert ("any", "window", "instances", ["dp2"], ["config.ttl: unknown field"]) in exposed(plan)
    assert not any(plan.announced.values())


def rejected(moments: list[dict[str, Any]], kind: str) -> dict[tuple[str, str | None], list[tuple[str, list[str]]]]:
    """(step, node): for each group of instances, one of them and the hosts that reject them."""
    return {
        (one["step"], one["node"]): [(group["instances"][0], group["hosts"]) for group in one[kind]] for one in moments
    }


def test_a_rehearsal_lists_what_a_foreign_write_at_each_step_and_node_would_cause() -> None:
    moments = small(schema_text(f"{KEPT}, {TTL}"), schema_text(KEPT), [{"ttl": 5}]).plan().rehearsal()

    one = "one-1 (global)"
    before = {(step, None): [] for step in ("window", "schema", "validate", "stage", "close")}
    assert rejected(moments, "other") == {
        **before,
        ("instances", None): [(one, ["dp1", "dp2"])],
        ("nodes", "dp1"): [(one, ["dp2"])],
        ("nodes", "dp2"): [],
    }
    saves = rejected(moments, "save")
    assert saves["window", None] == []
    assert saves["schema", None] == saves["validate", None] == saves["stage", None] == [(one, ["dp1", "dp2"])]
    assert saves["instances", None] == saves["nodes", "dp1"] == saves["close", None] == []


def advice(plan: Plan, title: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in plan.to_dict()["advice"] if one["title"] == title)
    return found


def test_the_shorthand_to_paste_makes_a_rename_short() -> None:
    old = schema_text(f'{KEPT}, {{ token_name = {{ type = "string", required = true }} }}')
    fields = f'{KEPT}, {{ name_of_token = {{ type = "string", required = true }} }}'
    plan = small(old, schema_text(fields), [{"token_name": "v"}]).plan()
    lua = advice(plan, "Keep the old name as a shorthand field")["lua"]
    inside = lua.split("shorthand_fields = {", 1)[1].rsplit("},", 1)[0]
    pasted = schema_text(fields, shorthands=inside)

    node = KongVM("data_plane")
    node.load_schema_text(pasted)

    assert paths(plan)[1] == "sync"
    assert node.validate_plugin(instance({"kept": None, "token_name": "v"})) is None
    assert paths(small(old, pasted, [{"token_name": "v"}]).plan()) == ("short", "short", "short")


ROUTES = {
    "Two rollouts, add first": [
        f"{KEPT}, {TTL_DEFAULT}",
        f'{KEPT}, {TTL_DEFAULT}, {{ tries = {{ type = "integer", default = 3 }} }}',
        f'{KEPT}, {{ tries = {{ type = "integer", default = 3 }} }}',
    ],
    "Optional first, removed later": [f"{KEPT}, {TTL}", f'{KEPT}, {{ ttl = {{ type = "integer" }} }}', KEPT],
}


@pytest.mark.parametrize("title", ROUTES)
def test_the_advised_way_around_a_gap_has_none(title: str) -> None:
    first, middle, last = (schema_text(one) for one in ROUTES[title])
    begin = small(first, last, [{"ttl": 5}])

    assert paths(begin.plan())[1] == "sync"
    assert title in [one["title"] for one in begin.plan().to_dict()["advice"]]
    to_middle = begin.but(new=middle)
    assert paths(to_middle.plan())[1] == "short"
    reached = Small(last, middle, dict.fromkeys(begin.nodes, middle), begin.instances)
    assert paths(reached.plan())[1] == "long"


def test_a_plan_without_a_gap_gives_no_advice() -> None:
    plan = small(schema_text(KEPT), schema_text(f"{KEPT}, {TTL_DEFAULT}"), [{}]).plan()

    assert plan.advice == ()
