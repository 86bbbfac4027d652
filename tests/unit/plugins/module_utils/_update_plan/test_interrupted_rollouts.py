# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed after steps 2, 3 and 4, the same command again: what is left is planned, and the stored plan stays valid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Plan, differences
from tests.support.small_world import NAME, Small, paths, schema_text, small

KEPT = '{ kept = { type = "string" } }'
TTL = '{ ttl = { type = "integer", required = true, default = 30 } }'
TRIES = '{ max_tries = { type = "integer", required = true, default = 3 } }'
OLD = schema_text(f"{KEPT}, {TTL}")
PATHS = {
    "short": schema_text(f"{KEPT}, {TTL}, {TRIES}"),
    "long": schema_text(KEPT),
    "sync": schema_text(f"{KEPT}, {TRIES}"),
}


def after_schema(world: Small) -> Small:
    return world.but(control_plane=world.new)


def after_instances(world: Small) -> Small:
    """Step 3 done: rewritten instances hold what the control plane stored, and were touched."""
    by_id = {one.instance["id"]: one.rewrite for one in world.plan().studies[0].judgements}
    saved = tuple(
        {**one, "config": rewrite.stored, "updated_at": 2} if (rewrite := by_id[one["id"]]) else one
        for one in world.instances
    )
    return after_schema(world).but(instances=saved)


def after_one_node(world: Small) -> Small:
    return after_instances(world).but(nodes={**world.nodes, "dp1": world.new})


def after_all_nodes(world: Small) -> Small:
    return after_instances(world).but(nodes=dict.fromkeys(world.nodes, world.new))


MOMENTS = {"2": after_schema, "3": after_instances, "4, one node": after_one_node, "4": after_all_nodes}
LEFT = {
    "2": {"schema": False, "instances": True, "nodes": ["dp1", "dp2"]},
    "3": {"schema": False, "instances": False, "nodes": ["dp1", "dp2"]},
    "4, one node": {"schema": False, "instances": False, "nodes": ["dp2"]},
    "4": {"schema": False, "instances": False, "nodes": []},
}


def left(plan: Plan) -> dict[str, Any]:
    told = plan.to_dict()
    hosts = [one["host"] for one in told["nodes"] if one["needs"]]
    return {"schema": told["does"]["schema"], "instances": told["does"]["instances"], "nodes": hosts}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_same_command_again_plans_what_is_left(path: str, moment: str) -> None:
    world = small(OLD, PATHS[path], [{}, {"ttl": 5}])
    plan = MOMENTS[moment](world).plan()

    expected = dict(LEFT[moment])
    expected["instances"] = expected["instances"] and path != "short"
    assert left(plan) == expected
    assert paths(plan)[2] == ("none" if moment == "4" else path)
    assert not plan.problems


@pytest.mark.parametrize("moment", ["3", "4, one node", "4"])
def test_no_rejection_is_announced_once_the_instances_are_saved(moment: str) -> None:
    plan = MOMENTS[moment](small(OLD, PATHS["sync"], [{}])).plan()

    assert not any(plan.announced.values())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("moment", [None, *MOMENTS])
def test_a_stored_plan_stays_valid_through_its_own_steps(path: str, moment: str | None) -> None:
    world = small(OLD, PATHS[path], [{}, {"ttl": 5}])
    planned = json.loads(json.dumps(world.plan().to_dict()))
    now = MOMENTS[moment](world) if moment else world

    assert differences(planned, now.plan().to_dict()) == []


def foreign(world: Small) -> dict[str, tuple[Small, str]]:
    first, *others = world.instances
    written = {**first, "config": {**first["config"], "kept": "foreign"}}
    third = schema_text(f'{KEPT}, {TTL}, {{ third = {{ type = "string" }} }}')
    return {
        "schema": (world.but(control_plane=third), "neither the old nor the new one"),
        "instance": (world.but(instances=(written, *others)), "one-1 (global) is neither as planned"),
        "instance gone": (world.but(instances=tuple(others)), "one-1 (global) is gone"),
        "node": (world.but(nodes={**world.nodes, "dp9": OLD}), "dp9 was not there"),
        "disabled": (world.but(instances=({**first, "enabled": False}, *others)), "one-1 (global) is neither"),
    }


@pytest.mark.parametrize("what", ["schema", "instance", "instance gone", "node", "disabled"])
def test_a_stored_plan_is_refused_when_an_input_differs_and_says_which(what: str) -> None:
    world = small(OLD, PATHS["long"], [{}, {}])
    changed, message = foreign(world)[what]

    told = [str(one) for one in differences(world.plan().to_dict(), changed.plan().to_dict())]

    assert len(told) == 1
    assert message in told[0]


@pytest.mark.parametrize(
    "option",
    [
        {"accept_risk": True},
        {"path_policy": "evidence"},
        {"instance_values": {NAME: {"*": {"config.kept": "not approved"}}}},
    ],
)
def test_a_stored_plan_is_refused_when_the_operator_wants_something_else_now(option: dict[str, Any]) -> None:
    world = small(OLD, PATHS["long"], [{}])
    planned = world.plan(binding_key=b"key").to_dict()

    (told,) = [str(one) for one in differences(planned, world.plan(binding_key=b"key", **option).to_dict())]

    assert f"{next(iter(option))} is not as it was when the plan was made" in told
    assert "not approved" not in str(planned) + told


def test_the_digest_of_a_plan_is_the_same_for_the_same_inputs_and_another_for_others() -> None:
    world = small(OLD, PATHS["long"], [{"kept": "v"}])
    other = small(OLD, PATHS["long"], [{"kept": "w"}])
    digest = world.plan().to_dict()["digest"]

    assert world.plan().to_dict()["digest"] == digest
    assert other.plan().to_dict()["digest"] != digest


def test_without_the_key_nothing_can_be_guessed_from_a_digest() -> None:
    world = small(OLD, PATHS["long"], [{"kept": "low entropy"}])

    def told(key: bytes) -> str:
        found: str = world.plan(binding_key=key).to_dict()["plugins"][0]["inputs"]["instances"][0]["before"]
        return found

    assert told(b"one key") != told(b"another key")
    assert told(b"") != told(b"")
    assert NAME in world.plan().to_dict()["plugins"][0]["name"]


def test_what_the_control_plane_makes_up_in_step_3_is_not_taken_for_a_foreign_write() -> None:
    token = '{ token = { type = "string", uuid = true, auto = true } }'
    record = f'{{ type = "record", fields = {{ {token} }} }}'
    inner = f'{{ list = {{ type = "array", elements = {record} }} }}, '
    inner += f'{{ map = {{ type = "map", keys = {{ type = "string" }}, values = {record} }} }}'
    old = schema_text(f"{KEPT}, {TTL}, {inner}")
    world = small(old, schema_text(f"{KEPT}, {inner}, {token}"), [{"kept": "v", "list": [{}], "map": {"k": {}}}])
    planned = world.plan().to_dict()
    (saved,) = after_instances(world).instances
    other = "6a1f7c0e-1111-4222-8333-444455556666"
    made_up = {**saved["config"], "token": other, "map": {"k": {"token": other}}}
    done = after_schema(world).but(instances=({**saved, "config": made_up},))
    foreign_one = done.but(instances=({**saved, "config": {**made_up, "kept": "w"}},))

    assert planned["plugins"][0]["inputs"]["made_up"] == [
        "config.list[].token",
        "config.map{}.token",
        "config.token",
    ]
    assert differences(planned, done.plan().to_dict()) == []
    assert len(differences(planned, foreign_one.plan().to_dict())) == 1
