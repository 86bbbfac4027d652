# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of moves: the order, what changes, what is announced, and what stops it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._report.operation_text import operation_text
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import PlanError, differences
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_model import MoveOptions, New, Old
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_plan import plan_moves
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.moving import Selection
from tests.support.small_world import NOW, identifier, instance, look, schema_text

TTL = "{ ttl = { type = 'integer', default = 5 } }"
TOKEN = "{ token = { type = 'string', encrypted = true } }"
SHOP = {"id": identifier(50)}
DIGEST = "sha256:" + "c" * 64


def plan(
    instances: list[dict[str, Any]],
    *,
    name: str = "probe-v2",
    old: str = TTL,
    new: str = TTL,
    top: str = "",
    there: tuple[dict[str, Any], ...] = (),
    fleet: list[dict[str, Any]] | None = None,
    **options: Any,
) -> dict[str, Any]:
    text = schema_text(new, name=name, top=top)
    wanted = Wanted.read({"name": name, "directory": f"plugins/{name}", "schema": text, "digest": DIGEST})
    hosts = [ready("dp1"), ready("dp2")] if fleet is None else fleet
    nodes = [{"id": f"id-{one['host']}", "hostname": one["host"], "last_ping": NOW - 5} for one in hosts]
    return plan_moves(
        Old("probe", schema_text(old), instances),
        New(wanted, text, there),
        {"id": identifier(99), "name": "demo", "cluster_type": "", "nodes": nodes, "now": NOW},
        hosts,
        [],
        MoveOptions(key=b"test", **options),
    ).to_dict()


def ready(host: str) -> dict[str, Any]:
    """A node that has both plugins enabled."""
    plugins = {"probe-v2": {"loads": "/opt/probe-v2", "digest": DIGEST, "schema": ""}}
    return look(host, None, DIGEST, enabled=["bundled", "probe", "probe-v2"], plugins=plugins)


def moves(document: dict[str, Any]) -> list[dict[str, Any]]:
    return list(document["plugins"][0]["moves"])


def problems(document: dict[str, Any]) -> list[str]:
    return [one["text"] for one in document["problems"]]


def test_what_reaches_least_moves_first_and_alone_and_the_global_instance_last() -> None:
    document = plan(
        [
            instance({"ttl": 1}, 1),
            instance({"ttl": 1}, 2, service=SHOP),
            instance({"ttl": 1}, 3, route={"id": identifier(51)}, consumer={"id": identifier(52)}),
        ]
    )
    assert [one["id"] for one in moves(document)] == [identifier(3), identifier(2), identifier(1)]
    assert document["plugins"][0]["batches"] == [[identifier(3)], [identifier(2), identifier(1)]]
    assert [step["name"] for step in document["steps"]] == ["window", "moves", "close"]
    assert (document["ok"], document["changes"], document["warnings"]) == (True, 3, [])


def test_a_plan_with_nothing_to_move_has_no_step() -> None:
    there = (instance({"ttl": 1}, 1, name="probe-v2"),)
    document = plan([], there=there)
    assert (document["ok"], document["changes"], document["steps"]) == (True, 0, [])
    assert "Nothing to do" in operation_text(document)


def test_a_node_that_has_not_got_the_new_plugin_stops_it() -> None:
    document = plan([instance({"ttl": 1})], fleet=[ready("dp1"), look("dp2", None, DIGEST)])
    assert len(problems(document)) == 1
    assert "dp2 do not have probe-v2 enabled" in problems(document)[0]
    assert plan([instance({"ttl": 1})], fleet=[look("dp2", None, DIGEST)], expect_files=False)["ok"]


def test_moments_are_announced_for_what_is_enabled_alone() -> None:
    rows = [instance({"ttl": 1}, 1), instance({"ttl": 1}, 2, service=SHOP, enabled=False)]
    assert plan(rows)["warnings"] == []
    told = plan(rows, handover="gap")["warnings"]
    assert [one["what"].partition(":")[0] for one in told] == ["1 scope(s) have a moment of about 2 s each"]
    assert "neither version is enabled" in told[0]["why"]


def test_fields_that_the_new_schema_lost_go_and_no_secret_is_in_the_plan() -> None:
    document = plan([instance({"ttl": 1, "token": "s3cret"})], old=f"{TTL}, {TOKEN}")
    assert [(one["op"], one["path"]) for one in moves(document)[0]["edits"]] == [("remove", "config.token")]
    assert "s3cret" not in json.dumps(document) + operation_text(document)


def test_a_secret_that_the_new_schema_needs_is_asked_for_by_its_path() -> None:
    needed = TOKEN.replace("encrypted", "required = true, encrypted")
    told = problems(plan([instance({"ttl": 1})], new=f"{TTL}, {needed}"))
    assert len(told) == 1
    assert '{"instance_values": {"probe-v2": {"*": {"config.token": "THE-VALUE"}}}}' in told[0]
    answered = plan([instance({"ttl": 1})], new=f"{TTL}, {needed}", answers={"*": {"config.token": "s3cret"}})
    assert answered["ok"]
    assert "s3cret" not in json.dumps(answered)


def test_what_a_cut_run_left_is_finished_and_not_moved_again() -> None:
    left = instance({"ttl": 1}, 7, name="probe-v2", instance_name="one-1.moving-to-probe-v2", service=SHOP)
    alone = plan([], there=(left,))
    assert (alone["changes"], alone["plugins"][0]["unfinished"]) == (1, [identifier(7)])
    with_old = plan([instance({"ttl": 1}, 1, service=SHOP)], there=(left,), handover="overlap")
    assert (with_old["changes"], with_old["ok"], with_old["plugins"][0]["unfinished"]) == (1, True, [])


def test_what_no_value_could_change_is_said_as_such() -> None:
    rows = [instance({"ttl": 1}, 1, service=SHOP)]
    told = problems(plan(rows, top="{ service = typedefs.no_service }"))
    assert len(told) == 1
    assert "does not take 1 instance(s)" in told[0]
    assert "instance_values" not in told[0]


def test_one_plugin_is_not_moved_to_itself() -> None:
    with pytest.raises(PlanError, match="probe is both the old and the new plugin: give the new one a name of its own"):
        plan([instance({"ttl": 1})], name="probe")


def test_names_of_nobody_and_plugins_of_nobody_are_said() -> None:
    selection = Selection(names=("x",), tags=("t",), scopes={"service:shop": ("service", SHOP["id"])})
    told = problems(plan([instance({})], selection=selection))
    assert [one.partition(". ")[0] for one in told] == [
        "probe: no instance is on service:shop",
        "probe: no instance carries the tag t",
        "probe: no instance is called x",
    ]
    # What is moved already was not misspelt.
    there = (instance({}, 1, name="probe-v2"),)
    assert plan([instance({}, 2, service=SHOP)], there=there, selection=Selection(names=("one-1",)))["ok"]


def test_an_approved_plan_of_moves_stays_valid_while_they_are_made() -> None:
    rows = [instance({"ttl": 1, "token": "s3cret"}, 1), instance({"ttl": 2}, 2, service=SHOP)]
    texts = {"old": f"{TTL}, {TOKEN}"}
    planned = plan(rows, **texts)
    moved = {**instance({"ttl": 2}, 2, service=SHOP), "name": "probe-v2", "updated_at": NOW}
    assert differences(planned, plan(rows[:1], there=(moved,), **texts)) == []
    last = {**rows[0], "name": "probe-v2", "config": {"ttl": 1}}
    assert differences(planned, plan([], there=(moved, last), **texts)) == []

    other = {**moved, "config": {"ttl": 3}}
    (told,) = differences(planned, plan(rows[:1], there=(other,), **texts))
    assert "neither as planned nor as the plan leaves it" in str(told)


def test_an_approved_plan_moves_nothing_else_and_in_no_other_way() -> None:
    rows = [instance({"ttl": 1}, 1), instance({"ttl": 2}, 2, service=SHOP)]
    planned = plan(rows, selection=Selection(names=("one-1",)))
    (more,) = differences(planned, plan(rows))
    assert "what is to be done with one-2" in str(more)
    (other,) = differences(planned, plan(rows, selection=Selection(names=("one-1",)), handover="gap"))
    assert "what is to be done with one-1" in str(other)


def test_an_answer_for_a_list_of_secrets_is_not_in_the_plan() -> None:
    tokens = "{ tokens = { type = 'array', required = true, elements = { type = 'string', referenceable = true } } }"
    asked = plan([instance({"ttl": 1})], new=f"{TTL}, {tokens}")
    assert '{"config.tokens": ["THE-VALUE"]}' in problems(asked)[0]

    document = plan([instance({"ttl": 1})], new=f"{TTL}, {tokens}", answers={"*": {"config.tokens": ["c4nary"]}})
    assert (document["ok"], [one["secret"] for one in moves(document)[0]["edits"]]) == (True, [True])
    assert "c4nary" not in json.dumps(document) + operation_text(document)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"*": {"config.tll": 30}}, "config.tll is not a field of probe-v2's new schema"),
        ({"*": {"ttl": 30}}, "paths start with config."),
        ({"config.ttl": {"config.ttl": 30}}, "probe has no instance config.ttl"),
        ({"nobody": {"config.ttl": 30}}, "probe has no instance nobody"),
    ],
)
def test_an_answer_that_fits_nothing_stops_it(answers: dict[str, Any], told: str) -> None:
    (problem,) = problems(plan([instance({"ttl": 1})], answers=answers))
    assert told in problem


@pytest.mark.parametrize("who", ["*", "one-1", identifier(1)])
@pytest.mark.parametrize("handover", ["one_write", "overlap", "gap"])
def test_an_answer_for_an_instance_that_has_moved_by_now_fits(who: str, handover: str) -> None:
    options: dict[str, Any] = {"answers": {who: {"config.ttl": 30}}, "handover": handover}
    (move,) = moves(plan([instance({"ttl": 1})], **options))
    moved = instance({"ttl": 30}, name="probe-v2", id=move["becomes"])
    assert plan([], there=(moved,), **options)["ok"]
