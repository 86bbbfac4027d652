# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 3: what is set, removed, renamed and converted in an instance, and what is asked of the operator."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Edit, Plan, PlanError, apply_edits
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.own_answers import answers_for
from tests.support.small_world import NAME, Small, identifier, instance, schema_text, small, stored

TTL = '{ ttl = { type = "integer", required = true } }'
TEXT = 'type = "string"'


def edits(plan: Plan, at: int = 0) -> list[str]:
    found = plan.to_dict()["plugins"][0]["instances"][at]["edits"]
    return [" ".join(str(one[key]) for key in ("op", "path", "to", "how", "value") if key in one) for one in found]


def carried_out(world: Small, plan: Plan, answers: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The plan's edits as read back from its JSON, applied to the stored instances."""
    listed = plan.to_dict()["plugins"][0]["instances"]
    return [
        apply_edits(one, tuple(Edit.from_dict(edit) for edit in told["edits"]), answers or {})
        for one, told in zip(world.instances, listed, strict=True)
    ]


TIGHTER = ', required = true, default = "d"'
INSIDE = '{ type = "record", fields = { { k = { type = "string" } }, { h = { type = "string"%s } } } }'
IN_A_LIST = f'{{ l = {{ type = "array", elements = {INSIDE} }} }}'
IN_A_MAP = f'{{ m = {{ type = "map", keys = {{ type = "string" }}, values = {INSIDE} }} }}'
CASES = {
    "removed": (f"{TTL}, {{ a = {{ {TEXT} }} }}", TTL, {"ttl": 1, "a": "v"}, ["remove config.a"], {"ttl": 1}),
    "renamed": (
        f"{{ token_name = {{ {TEXT} }} }}", f"{{ name_of_token = {{ {TEXT} }} }}", {"token_name": "v"},
        ["rename config.token_name config.name_of_token"], {"name_of_token": "v"},
    ),
    "converted": (
        '{ a = { type = "boolean" } }', f"{{ a = {{ {TEXT} }} }}", {"a": True}, ["convert config.a to a string"],
        {"a": "true"},
    ),
    "converted in a list": (
        '{ a = { type = "array", elements = { type = "string" } } }',
        '{ a = { type = "array", elements = { type = "integer" } } }',
        {"a": ["7", "8"]},
        ["convert config.a[1] to an integer", "convert config.a[2] to an integer"],
        {"a": [7, 8]},
    ),
    "a number beyond what floats can hold": (
        '{ a = { type = "number" } }', f"{{ a = {{ {TEXT} }} }}", {"a": 10**400}, ["convert config.a to a string"],
        {"a": str(10**400)},
    ),
    "a number beyond what floats can hold, as an integer": (
        f'{{ a = {{ type = "number" }} }}, {{ b = {{ {TEXT} }} }}', '{ a = { type = "integer" } }',
        {"a": 10**400, "b": "v"}, ["remove config.b"], {"a": 10**400},
    ),
    "a null that takes the default": (
        f"{{ a = {{ {TEXT} }} }}", f'{{ a = {{ {TEXT}, required = true, default = "d" }} }}', {}, ["set config.a d"],
        {"a": "d"},
    ),
    "a null that takes the default beside another that is gone": (
        f"{{ a = {{ {TEXT} }} }}, {{ b = {{ {TEXT} }} }}",
        f'{{ b = {{ {TEXT}, required = true, default = "d" }} }}', {}, ["remove config.a", "set config.b d"],
        {"b": "d"},
    ),
    "a null in a list that takes the default": (
        IN_A_LIST % "", IN_A_LIST % TIGHTER, {"l": [{"k": "v"}, {"h": "own"}]},
        ["set config.l[1].h d"], {"l": [{"k": "v", "h": "d"}, {"h": "own"}]},
    ),
    "a null in a map that takes the default, beside a conversion": (
        f"{{ c = {{ {TEXT} }} }}, {IN_A_MAP}" % "",
        f'{{ c = {{ type = "integer" }} }}, {IN_A_MAP}' % TIGHTER,
        {"c": "1", "m": {"x": {"k": "v"}}}, ["convert config.c to an integer", "set config.m.x.h d"],
        {"c": 1, "m": {"x": {"k": "v", "h": "d"}}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sent", "told", "config"), CASES.values(), ids=CASES)
def test_what_becomes_of_an_instance_is_told_and_can_be_carried_out_from_the_plan(
    old: str, new: str, sent: dict[str, Any], told: list[str], config: dict[str, Any]
) -> None:
    world = small(schema_text(old), schema_text(new), [sent])
    plan = world.plan()

    assert edits(plan) == told
    assert carried_out(world, plan) == [config]


def test_a_missing_answer_is_asked_for_by_name_with_an_example_that_is_accepted() -> None:
    world = small(schema_text('{ kept = { type = "string" } }'), schema_text(f"{{ kept = {{ {TEXT} }} }}, {TTL}"))

    asked = world.plan().to_dict()

    assert [one["path"] for one in asked["plugins"][0]["missing"]] == ["config.ttl"]
    assert (
        "config.ttl needs a value in 1 instance(s) (one-1 (global)): required field missing"
        in asked["problems"][0]["text"]
    )
    assert asked["path"]["effective"] == "sync"
    answered = world.plan(**asked["plugins"][0]["missing"][0]["example"])
    assert not answered.problems
    assert answered.requests() == {NAME: {identifier(1): {"ttl": 1}}}


def test_an_answer_for_everyone_fills_what_is_unset_and_one_by_name_always_applies() -> None:
    old = schema_text(f'{{ ttl = {{ type = "integer" }} }}, {{ gone = {{ {TEXT} }} }}')
    world = small(old, schema_text(TTL), [{"gone": "v"}, {"gone": "v", "ttl": 5}, {"gone": "v", "ttl": 5}])
    values = {NAME: {"*": {"config.ttl": 30}, "one-3": {"config.ttl": 60}}}

    sent = world.plan(instance_values=values).requests()[NAME]

    assert [one["ttl"] for one in sent.values()] == [30, 5, 60]


def test_an_answer_reaches_every_element_of_a_list() -> None:
    inner = '{ list = { type = "array", elements = { type = "record", fields = { { x = { type = "string" } }%s } } } }'
    old, new = schema_text(inner % ""), schema_text(inner % ', { h = { type = "string", required = true } }')
    world = small(old, new, [{"list": [{"x": "1"}, {"x": "2"}]}])

    plan = world.plan(instance_values={NAME: {"*": {"config.list[].h": "v"}}})

    assert not plan.problems
    assert edits(plan) == ["set config.list[1].h v", "set config.list[2].h v"]


def test_a_secret_answer_is_not_in_the_plan_and_is_needed_again_to_carry_it_out() -> None:
    old = schema_text('{ kept = { type = "string" } }')
    new = schema_text(
        '{ kept = { type = "string" } }, { key = { type = "string", required = true, encrypted = true } }'
    )
    world = small(old, new, [{}])
    plan = world.plan(instance_values={NAME: {"*": {"config.key": "s3cr3t-value"}}})

    assert "s3cr3t-value" not in str(plan.to_dict())
    with pytest.raises(ValueError, match=r"config\.key is secret"):
        carried_out(world, plan)
    assert carried_out(world, plan, {"config.key": "s3cr3t-value"}) == [{"key": "s3cr3t-value"}]


def test_a_rejection_that_quotes_a_secret_is_told_without_it() -> None:
    old = schema_text('{ key = { type = "string", encrypted = true } }')
    new = schema_text('{ key = { type = "string", encrypted = true, match = "^%d+$" } }')

    told = small(old, new, [{"key": "hunter-two"}]).plan().to_dict()

    assert told["path"]["evidence"] == "long"
    assert "hunter-two" not in str(told)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"other": {}}, "other is not a plugin of this plan"),
        ({NAME: {"nobody": {"config.ttl": 1}}}, "has no instance nobody"),
        ({NAME: {"*": {"config.tll": 1}}}, "config.tll is not a field of probe's new schema"),
        ({NAME: {"*": {"ttl": 1}}}, "paths start with config."),
        ({NAME: {"*": {"config.ttl[0]": 1}}}, "not a field path: config.ttl[0] (positions count from 1)"),
    ],
)
def test_an_answer_that_fits_nothing_stops_the_plan(values: dict[str, Any], message: str) -> None:
    world = small(schema_text(TTL), schema_text(TTL), [{"ttl": 1}])

    assert [message in str(one) for one in world.plan(instance_values=values).problems] == [True]


@pytest.mark.parametrize("values", [[1], {NAME: 1}, {NAME: {"*": 1}}])
def test_answers_of_a_wrong_shape_are_refused_with_an_example(values: Any) -> None:
    world = small(schema_text(TTL), schema_text(TTL), [{"ttl": 1}])

    with pytest.raises(PlanError, match="wrong shape"):
        world.plan(instance_values=values)


def test_only_the_instances_that_the_new_schema_rejects_are_saved_again() -> None:
    old = schema_text(f"{TTL}, {{ a = {{ {TEXT} }} }}")
    kept = [instance(stored(old, {"ttl": at, **more}), at) for at, more in ((1, {"a": "v"}), (2, {}))]

    plan = Small(schema_text(TTL), old, {"dp1": old}, tuple(kept)).plan()

    assert list(plan.requests()[NAME]) == [identifier(1)]


def test_a_list_that_becomes_a_record_is_asked_for_as_a_whole() -> None:
    old = schema_text('{ a = { type = "array", elements = { type = "string" } } }')
    new = schema_text('{ a = { type = "record", fields = { { x = { type = "string", required = true } } } } }')
    world = small(old, new, [{"a": ["v"]}])

    (asked,) = world.plan().to_dict()["plugins"][0]["missing"]

    assert (asked["path"], asked["message"]) == ("config.a", "its value cannot be converted")
    answered = world.plan(**asked["example"])
    assert not answered.problems
    assert edits(answered) == ["remove config.a", "set config.a {'x': 'value'}"]


@pytest.mark.parametrize("stored_list", [[], [1, 2]])
def test_a_position_of_zero_reaches_no_element(stored_list: list[int]) -> None:
    old = schema_text('{ l = { type = "array", elements = { type = "integer" } } }')
    new = schema_text('{ l = { type = "array", elements = { type = "integer", gt = 5 } } }')
    plan = small(old, new, [{"l": stored_list}]).plan(instance_values={NAME: {"one-1": {"config.l[0]": 9}}})

    assert [one for one in edits(plan) if one.startswith("set")] == []
    assert "positions count from 1" in str(plan.problems[0])


LISTED = '{ l = { type = "array", elements = { type = "record", fields = { { x = { type = "string" } }%s } } } }'
SECRET_TOKEN = ', { token = { type = "string", required = true, encrypted = true, match = "^%u" } }'
EVERY, FIRST, SECOND = "config.l[].token", "config.l[1].token", "config.l[2].token"
OF_MANY = {
    "an instance's own before those for everyone": (
        {"*": {EVERY: "GENERAL"}, "one-1": {FIRST: "FIRST-ONLY"}},
        ["FIRST-ONLY", "GENERAL"],
    ),
    "an instance's own before later ones for everyone": (
        {"*": {FIRST: "GENERAL"}, "one-1": {EVERY: "OWN"}},
        ["OWN", "OWN"],
    ),
    "by name and by id": (
        {"one-1": {FIRST: "NAME", SECOND: "NAME"}, identifier(1): {FIRST: "ID"}},
        ["ID", "NAME"],
    ),
    "the last one of several": ({"one-1": {EVERY: "EVERY", SECOND: "SECOND"}}, ["EVERY", "SECOND"]),
    "the last one of several for everyone": ({"*": {EVERY: "EVERY", SECOND: "SECOND"}}, ["EVERY", "SECOND"]),
    "the last one, though it says less": ({"one-1": {SECOND: "SECOND", EVERY: "EVERY"}}, ["EVERY", "EVERY"]),
    "the last one where an earlier one is refused": ({"*": {FIRST: "no", EVERY: "YES"}}, ["YES", "YES"]),
}


@pytest.mark.parametrize(("values", "tokens"), OF_MANY.values(), ids=OF_MANY)
def test_a_secret_answer_is_carried_out_as_the_plan_took_it(values: dict[str, Any], tokens: list[str]) -> None:
    world = small(schema_text(LISTED % ""), schema_text(LISTED % SECRET_TOKEN), [{"l": [{"x": "1"}, {"x": "2"}]}])
    plan = world.plan(instance_values={NAME: values})

    assert not plan.problems
    assert [one["token"] for one in plan.requests()[NAME][identifier(1)]["l"]] == tokens
    (told,), (one,) = plan.to_dict()["plugins"][0]["instances"], world.instances
    done = apply_edits(one, tuple(map(Edit.from_dict, told["edits"])), *answers_for(one, values))
    assert [each["token"] for each in done["l"]] == tokens


def test_what_is_answered_is_not_told_as_a_default() -> None:
    required = f'{{ b = {{ {TEXT}, required = true, default = "d" }} }}'
    auth = (
        '{ auth = { type = "record", fields = { { user = { type = "string" } }, { port = { type = "integer"%s } } } } }'
    )
    old = f"{{ b = {{ {TEXT} }} }}, {auth}" % ""
    new = f"{required}, {TTL}, {auth}" % ", required = true, default = 80"
    world = small(schema_text(old), schema_text(new))
    values = {NAME: {"*": {"config.b": "x", "config.ttl": 1}}}

    assert edits(world.plan(instance_values=values)) == [
        "set config.b x",
        "set config.ttl 1",
        "set config.auth.port 80",
    ]
    # No example that stands in for an answer is told as an edit.
    assert edits(world.plan()) == ["set config.auth.port 80", "set config.b d"]


def test_what_the_control_plane_makes_up_is_left_to_it() -> None:
    key = "{ key = { type = 'string'%s } }, { nest = { type = 'record', required = false, fields = { %s } } }"
    inner = "{ n = { type = 'integer' } }"
    old = f"{{ a = {{ {TEXT} }} }}, {{ b = {{ {TEXT} }} }}, {key % ('', inner)}"
    inner = "{ n = { type = 'integer', default = 1 } }, { made = { type = 'string', uuid = true, auto = true } }"
    new = f"{{ b = {{ {TEXT}, required = true, default = 'd' }} }}, {key % (', auto = true', inner)}"
    world = small(schema_text(old), schema_text(new.replace("required = false", "required = true")), [{"a": "v"}])

    assert edits(world.plan()) == ["remove config.a", "set config.b d", "set config.nest {'n': 1}"]
