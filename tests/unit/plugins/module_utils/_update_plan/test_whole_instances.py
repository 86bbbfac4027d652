# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field verdicts do not add up: whole instances decide, against every schema that is still on a node."""

from __future__ import annotations

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Plan, PlanError
from tests.support.small_world import NAME, Small, instance, paths, schema_text, small, stored

TTL = '{ ttl = { type = "integer", required = true, default = 30 } }'
TRIES = '{ max_tries = { type = "integer", required = true, default = 3 } }'
KEPT = '{ kept = { type = "string" } }'
GONE = '{ gone = { type = "string" } }'
OLD, NEW = schema_text(f"{KEPT}, {TTL}"), schema_text(f"{KEPT}, {TRIES}")


def step_names(plan: Plan) -> list[str]:
    return [one["name"] for one in plan.to_dict()["steps"]]


def test_one_field_removed_and_one_added_with_a_default_is_documented_long_and_effective_sync() -> None:
    plan = small(OLD, NEW, [{}, {"ttl": 5}], nodes=3).plan()
    told = plan.to_dict()

    assert paths(plan) == ("long", "sync", "sync")
    assert step_names(plan) == ["window", "schema", "validate", "stage", "instances", "nodes", "close"]
    assert told["announced"] == {"dp1": 1, "dp2": 1, "dp3": 1}
    assert told["gap"]["hosts"] == ["dp1", "dp2", "dp3"]
    assert "config.max_tries: unknown field" in told["path"]["reason"]
    assert "Two rollouts, add first" in [one["title"] for one in told["advice"]]
    assert told["nudge"] is False


def test_code_alone_takes_no_path_and_goes_to_the_nodes_only() -> None:
    plan = small(OLD, OLD, [{}]).but(code_differs=True).plan()

    assert paths(plan) == ("none", "none", "none")
    assert step_names(plan) == ["window", "nodes", "close"]
    assert plan.changes == 2


def test_nothing_to_do_is_a_plan_without_steps() -> None:
    plan = small(OLD, OLD, [{}]).plan()

    assert (step_names(plan), plan.changes, paths(plan)[2]) == ([], 0, "none")


def test_a_comment_in_the_schema_is_still_uploaded_and_short() -> None:
    plan = small(OLD, f"-- {'a comment'}\n{OLD}", [{}]).plan()

    assert paths(plan) == ("short", "short", "short")
    assert plan.to_dict()["does"]["schema"]


def test_a_disabled_instance_counts_as_nodes_validate_it_too() -> None:
    old, new = schema_text(f"{KEPT}, {GONE}"), schema_text(KEPT)
    off = instance(stored(old, {"gone": "v"}), enabled=False)

    assert paths(Small(new, old, {"dp1": old}, (off,)).plan())[1] == "long"


def test_a_plugin_without_an_instance_goes_by_the_table_and_is_told_so() -> None:
    plan = Small(schema_text(KEPT), OLD, {"dp1": OLD}).plan(allow_missing=[NAME])

    assert paths(plan) == ("long", "short", "long")
    assert "instances" not in step_names(plan)
    assert ["the plugin has no instance" in str(one) for one in plan.warnings] == [True]
    assert not plan.problems


def test_a_plugin_without_an_instance_stops_a_plan_that_would_change_it_until_it_is_allowed_by_name() -> None:
    unused = Small(schema_text(KEPT), OLD, {"dp1": OLD})

    assert ["the plugin has no instance" in str(one) for one in unused.plan().problems] == [True]
    assert '{"allow_missing": ["probe"]}' in str(unused.plan().problems[0])
    assert not Small(OLD, OLD, {"dp1": OLD}).plan().problems


def test_every_schema_on_a_node_has_a_say_not_only_that_of_the_control_plane() -> None:
    added = schema_text(f'{KEPT}, {{ extra = {{ type = "string", default = "d" }} }}')
    kept = (instance(stored(OLD, {})),)
    base = Small(schema_text(KEPT), OLD, {"dp1": OLD, "dp2": OLD}, kept)

    # dp2 still has a schema from before ttl was added: it refuses what is stored already.
    plan = base.but(nodes={"dp1": OLD, "dp2": added}).plan()

    assert paths(base.plan())[1] == "long"
    assert plan.to_dict()["plugins"][0]["schemas"][1]["holders"] == ["dp2"]
    refused = plan.to_dict()["plugins"][0]["instances"][0]["fleet_rejects_stored"]
    assert list(refused.values()) == [["config.ttl: unknown field"]]


def test_the_control_planes_schema_stands_for_nodes_that_were_not_seen() -> None:
    world = small(OLD, NEW, [{}], nodes=2)
    only_new = [one for one in world.but(nodes={"dp1": NEW, "dp2": NEW}).fleet() if one["host"] == "dp1"]

    plan = world.but(looks=only_new).plan(allow_missing=["dp2"])

    assert not plan.problems
    assert paths(plan)[1] == "sync"


@pytest.mark.parametrize(("wanted", "allowed"), [("none", False), ("short", False), ("long", False), ("sync", True)])
def test_an_operators_path_may_be_heavier_but_lighter_only_with_accepted_risk(wanted: str, allowed: bool) -> None:
    world = small(OLD, NEW, [{}])

    assert (not world.plan(update_path=wanted).problems) is allowed
    accepted = world.plan(update_path=wanted, accept_risk=True)
    assert not accepted.problems
    assert any("RISK ACCEPTED" in str(one) for one in accepted.warnings) is not allowed
    assert paths(accepted)[2] == wanted


def test_a_part_that_cannot_be_told_needs_an_explicit_path() -> None:
    odd = schema_text('{ kept = { type = "string", default = tostring(os.time()) } }')
    world = small(schema_text(KEPT), odd, [{"kept": "v"}])

    assert ["cannot be told without running it" in str(one) for one in world.plan().problems] == [True]
    assert not world.plan(update_path="sync").problems


def test_two_plugins_share_window_and_visit_and_a_payload_is_rejected_once() -> None:
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import make_plan

    worlds = {name: (OLD.replace(NAME, name), NEW.replace(NAME, name)) for name in ("first", "second")}
    digest = "sha256:" + "c" * 64
    plan = make_plan(
        [{"name": name, "schema": new, "digest": digest} for name, (_old, new) in worlds.items()],
        {
            "id": "cp",
            "name": "cp",
            "schemas": {name: old for name, (old, _new) in worlds.items()},
            "nodes": [{"id": "n", "hostname": "dp1", "last_ping": 100}],
            "now": 100,
        },
        [{"host": "dp1", "node_id": "n", "plugins": {name: {"schema": old} for name, (old, _) in worlds.items()}}],
        {name: [{**instance(stored(old, {})), "name": name}] for name, (old, _new) in worlds.items()},
    )

    told = plan.to_dict()
    assert told["announced"] == {"dp1": 1}
    assert [one["plugins"] for one in told["steps"] if one["name"] == "nodes"] == [["first", "second"]]
    assert told["nodes"] == [{"host": "dp1", "needs": {"first": digest, "second": digest}, "in_place": []}]
    assert plan.changes == 2 + 2 + 2


def test_a_plugin_that_the_control_plane_does_not_know_is_another_flow() -> None:
    world = small(OLD, NEW)
    with pytest.raises(PlanError, match="Install the plugin first"):
        world.but(control_plane=None).plan()  # type: ignore[arg-type]


def test_a_directory_named_otherwise_than_its_schema_is_refused_with_the_reason() -> None:
    world = small(OLD, NEW.replace(f'name = "{NAME}"', 'name = "other"'))
    with pytest.raises(PlanError, match=r"plugins/probe/schema\.lua: the schema's name is other"):
        world.plan()


def test_a_syntax_error_is_told_with_file_line_and_column() -> None:
    with pytest.raises(PlanError, match=r"^plugins/probe/schema\.lua:2:\d+: "):
        small(OLD, OLD).but(new="local a = 1\nreturn return\n").plan()
