# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that the documents have no cell for: every row of update-paths.md section 2, second table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.small_world import Small, instance, paths, rules, schema_text, small

OTHER = '{ other = { type = "string" } }'


@dataclass(frozen=True)
class Row:
    """Config fields before and after, what was sent, the evidence, and the changes that the plan must name."""

    name: str
    old: str
    new: str
    sent: dict[str, Any]
    evidence: str
    names: set[tuple[str, str]]
    answers: dict[str, Any] = field(default_factory=dict)
    more_old: dict[str, str] = field(default_factory=dict)
    more_new: dict[str, str] = field(default_factory=dict)


def one(name: str, declared: str) -> str:
    return f"{{ {name} = {{ {declared} }} }}"


def quoted(name: str, declared: str) -> str:
    """A field with a name that Lua takes in quotes alone."""
    return one(f'["{name}"]', declared)


A = "config.a"
STRING = 'type = "string"'
INTEGER = 'type = "integer"'
NEST = 'type = "record", fields = {{ {{ x = {{ type = "string" }} }}, {{ y = {{ {y} }} }} }}'
NEST_ONLY_X = 'type = "record", fields = { { x = { type = "string" } } }'
LIST = 'type = "array", elements = {{ type = "record", fields = {{ {{ x = {{ type = "string" }} }}{more} }} }}'

ROWS = [
    Row(
        "required to optional",
        one("a", 'type = "string", required = true'),
        one("a", 'type = "string"'),
        {"a": "v"},
        "short",
        {("KPS142", A)},
    ),
    Row(
        "optional to required, set",
        one("a", 'type = "string"'),
        one("a", 'type = "string", required = true'),
        {"a": "v"},
        "short",
        {("KPS141", A)},
    ),
    Row(
        "optional to required, unset",
        one("a", 'type = "string"'),
        one("a", 'type = "string", required = true'),
        {},
        "long",
        {("KPS141", A)},
        {"config.a": "v"},
    ),
    Row(
        "optional to required with a default, unset",
        one("a", 'type = "string"'),
        one("a", 'type = "string", required = true, default = "d"'),
        {},
        "long",
        {("KPS141", A), ("KPS144", A)},
    ),
    Row(
        "optional to required, default kept",
        one("a", 'type = "string", default = "d"'),
        one("a", 'type = "string", required = true, default = "d"'),
        {},
        "short",
        {("KPS141", A)},
    ),
    Row(
        "default changed",
        one("a", 'type = "string", default = "d"'),
        one("a", 'type = "string", default = "e"'),
        {},
        "short",
        {("KPS143", A)},
    ),
    Row(
        "default added to optional",
        one("a", 'type = "string"'),
        one("a", 'type = "string", default = "d"'),
        {},
        "short",
        {("KPS144", A)},
    ),
    Row(
        "default removed",
        one("a", 'type = "string", default = "d"'),
        one("a", 'type = "string"'),
        {},
        "short",
        {("KPS145", A)},
    ),
    Row(
        "one_of value removed, in use",
        one("a", 'type = "string", one_of = { "u", "v" }'),
        one("a", 'type = "string", one_of = { "u" }'),
        {"a": "v"},
        "long",
        {("KPS151", A)},
        {"config.a": "u"},
    ),
    Row(
        "one_of value removed, not in use",
        one("a", 'type = "string", one_of = { "u", "v" }'),
        one("a", 'type = "string", one_of = { "u" }'),
        {"a": "u"},
        "short",
        {("KPS151", A)},
    ),
    Row(
        "range tightened, violated",
        one("a", 'type = "integer", between = { 1, 10 }'),
        one("a", 'type = "integer", between = { 1, 5 }'),
        {"a": 9},
        "long",
        {("KPS151", A)},
        {"config.a": 5},
    ),
    Row(
        "len_min added, violated",
        one("a", 'type = "string"'),
        one("a", 'type = "string", len_min = 3'),
        {"a": "v"},
        "long",
        {("KPS151", A)},
        {"config.a": "vvv"},
    ),
    Row(
        "entity check added, violated",
        f"{one('a', STRING)}, {OTHER}",
        f"{one('a', STRING)}, {OTHER}",
        {},
        "long",
        {("KPS161", "config.@entity")},
        {"config.a": "v"},
        more_new={"checks": '{ at_least_one_of = { "a", "other" } }'},
    ),
    Row(
        "one_of value added",
        one("a", 'type = "string", one_of = { "u" }'),
        one("a", 'type = "string", one_of = { "u", "v" }'),
        {"a": "u"},
        "short",
        {("KPS152", A)},
    ),
    Row(
        "range loosened",
        one("a", 'type = "integer", between = { 1, 5 }'),
        one("a", 'type = "integer", between = { 1, 10 }'),
        {"a": 3},
        "short",
        {("KPS152", A)},
    ),
    Row(
        "validator removed",
        one("a", 'type = "string", len_max = 3'),
        one("a", 'type = "string"'),
        {"a": "v"},
        "short",
        {("KPS152", A)},
    ),
    Row(
        "one_of value replaced, in use",
        one("a", 'type = "string", one_of = { "u" }'),
        one("a", 'type = "string", one_of = { "v" }'),
        {"a": "u"},
        "sync",
        {("KPS153", A)},
        {"config.a": "v"},
    ),
    Row(
        "elements changed, list in use",
        one("a", 'type = "array", elements = { type = "string" }'),
        one("a", 'type = "array", elements = { type = "integer" }'),
        {"a": ["7"]},
        "sync",
        {("KPS124", "config.a[]")},
    ),
    Row(
        "elements changed, list empty",
        one("a", 'type = "array", elements = { type = "string" }'),
        one("a", 'type = "array", elements = { type = "integer" }'),
        {"a": []},
        "short",
        {("KPS124", "config.a[]")},
    ),
    Row(
        "map values changed, in use",
        one("a", 'type = "map", keys = { type = "string" }, values = { type = "string" }'),
        one("a", 'type = "map", keys = { type = "string" }, values = { type = "integer" }'),
        {"a": {"k": "7"}},
        "sync",
        {("KPS124", "config.a{}")},
    ),
    Row(
        "nested optional added",
        one("a", NEST_ONLY_X),
        one("a", NEST.format(y='type = "string"')),
        {},
        "short",
        {("KPS114", "config.a.y")},
    ),
    Row(
        "nested default added",
        one("a", NEST_ONLY_X),
        one("a", NEST.format(y='type = "string", default = "d"')),
        {},
        "short",
        {("KPS113", "config.a.y")},
    ),
    Row(
        "nested default added in a list of records",
        one("a", LIST.format(more="")),
        one("a", LIST.format(more=', { y = { type = "string", default = "d" } }')),
        {"a": [{"x": "v"}]},
        "short",
        {("KPS113", "config.a[].y")},
    ),
    Row(
        "nested required added",
        one("a", NEST_ONLY_X),
        one("a", NEST.format(y='type = "string", required = true')),
        {},
        "sync",
        {("KPS111", "config.a.y")},
        {"config.a.y": "v"},
    ),
    Row(
        "nested required added in an empty list",
        one("a", LIST.format(more="")),
        one("a", LIST.format(more=', { y = { type = "string", required = true } }')),
        {"a": []},
        "short",
        {("KPS111", "config.a[].y")},
    ),
    Row(
        "nested required added in a list in use",
        one("a", LIST.format(more="")),
        one("a", LIST.format(more=', { y = { type = "string", required = true } }')),
        {"a": [{"x": "v"}]},
        "sync",
        {("KPS111", "config.a[].y")},
        {"config.a[].y": "v"},
    ),
    Row(
        "nested optional removed, set",
        one("a", NEST.format(y='type = "string"')),
        one("a", NEST_ONLY_X),
        {"a": {"y": "v"}},
        "long",
        {("KPS104", "config.a.y")},
    ),
    Row(
        "nested required removed",
        one("a", NEST.format(y='type = "string", required = true')),
        one("a", NEST_ONLY_X),
        {"a": {"y": "v"}},
        "sync",
        {("KPS101", "config.a.y")},
    ),
    Row(
        "record with a default inside added",
        OTHER,
        f"{OTHER}, {one('a', NEST.format(y=INTEGER + ', default = 1'))}",
        {},
        "short",
        {("KPS112", A)},
    ),
    Row(
        "optional record added",
        OTHER,
        f"{OTHER}, {one('a', 'required = false, ' + NEST_ONLY_X)}",
        {},
        "short",
        {("KPS114", A)},
    ),
    Row(
        "record with a required field inside added",
        OTHER,
        f"{OTHER}, {one('a', NEST.format(y=INTEGER + ', required = true'))}",
        {},
        "sync",
        {("KPS111", A)},
        {"config.a.y": 1},
    ),
    Row("record removed, never set", f"{OTHER}, {one('a', NEST_ONLY_X)}", OTHER, {}, "long", {("KPS102", A)}),
    Row(
        "map becomes a record",
        one("a", 'type = "map", keys = { type = "string" }, values = { type = "string" }'),
        one("a", 'type = "record", fields = { { x = { type = "string", default = "d" } } }'),
        {"a": {"k": "v"}},
        "long",
        {("KPS122", A)},
    ),
    Row(
        "renamed",
        one("token_name", 'type = "string", required = true'),
        one("name_of_token", 'type = "string", required = true'),
        {"token_name": "v"},
        "sync",
        {("KPS131", "config.token_name")},
    ),
    Row(
        "renamed with a shorthand",
        one("token_name", 'type = "string"'),
        one("name_of_token", 'type = "string"'),
        {"token_name": "v"},
        "short",
        {("KPS132", "config.token_name")},
        more_new={
            "shorthands": '{ token_name = { type = "string", func = function(value) '
            "return { name_of_token = value } end } }"
        },
    ),
    Row(
        "integer to number",
        one("a", 'type = "integer"'),
        one("a", 'type = "number"'),
        {"a": 7},
        "short",
        {("KPS124", A)},
    ),
    Row(
        "number to integer, integral",
        one("a", 'type = "number"'),
        one("a", 'type = "integer"'),
        {"a": 7},
        "short",
        {("KPS124", A)},
    ),
    Row(
        "number to integer, not integral",
        one("a", 'type = "number"'),
        one("a", 'type = "integer"'),
        {"a": 7.5},
        "long",
        {("KPS124", A)},
        {"config.a": 7},
    ),
    Row(
        "array to set",
        one("a", 'type = "array", elements = { type = "string" }'),
        one("a", 'type = "set", elements = { type = "string" }'),
        {"a": ["v"]},
        "short",
        {("KPS124", A)},
    ),
    Row(
        "string to array",
        one("a", 'type = "string"'),
        one("a", 'type = "array", elements = { type = "string" }'),
        {"a": "v"},
        "sync",
        {("KPS124", A)},
    ),
    Row(
        "boolean to string",
        one("a", 'type = "boolean"'),
        one("a", 'type = "string"'),
        {"a": True},
        "sync",
        {("KPS124", A)},
    ),
    Row(
        "referenceable added",
        one("a", 'type = "string"'),
        one("a", 'type = "string", referenceable = true'),
        {"a": "v"},
        "short",
        {("KPS181", A)},
    ),
    Row(
        "referenceable removed, a reference in use",
        one("a", 'type = "string", referenceable = true'),
        one("a", 'type = "string"'),
        {"a": "{vault://env/x}"},
        "long",
        {("KPS182", A)},
        {"config.a": "v"},
    ),
    Row(
        "referenceable removed in a map, a reference in use",
        one("a", 'type = "map", keys = { type = "string" }, values = { type = "string", referenceable = true }'),
        one("a", 'type = "map", keys = { type = "string" }, values = { type = "string" }'),
        {"a": {"k": "{vault://env/x}", "l": "v"}},
        "long",
        {("KPS182", f"{A}{{}}")},
        {"config.a{}": "v"},
    ),
    Row(
        "referenceable removed, no reference",
        one("a", 'type = "string", referenceable = true'),
        one("a", 'type = "string"'),
        {"a": "v"},
        "short",
        {("KPS182", A)},
    ),
    Row(
        "encrypted added",
        one("a", 'type = "string"'),
        one("a", 'type = "string", encrypted = true'),
        {"a": "v"},
        "short",
        {("KPS183", A)},
    ),
    Row(
        "order of fields changed",
        f"{one('a', STRING)}, {OTHER}",
        f"{OTHER}, {one('a', STRING)}",
        {"a": "v"},
        "short",
        set(),
    ),
    Row(
        "no consumer any more",
        OTHER,
        OTHER,
        {},
        "short",
        {("KPS171", "consumer")},
        more_new={"top": "{ consumer = typedefs.no_consumer }"},
    ),
    Row(
        "consumer allowed again",
        OTHER,
        OTHER,
        {},
        "short",
        {("KPS172", "consumer")},
        more_old={"top": "{ consumer = typedefs.no_consumer }"},
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_change_is_named_and_judged(row: Row) -> None:
    old, new = schema_text(row.old, **row.more_old), schema_text(row.new, **row.more_new)

    plan = small(old, new, [row.sent], instance_values={"probe": {"*": row.answers}}).plan()

    assert (paths(plan)[1], rules(plan)) == (row.evidence, row.names)
    assert not plan.problems, [str(one) for one in plan.problems]


def test_an_instance_on_a_scope_that_the_new_schema_forbids_stops_the_plan() -> None:
    old, new = schema_text(OTHER), schema_text(OTHER, top="{ consumer = typedefs.no_consumer }")
    on_consumer = instance({"other": None}, consumer={"id": "00000007-0000-4000-8000-000000000000"})

    plan = Small(new, old, {"dp1": old}, (on_consumer,)).plan()

    assert ["consumer: value must be null" in str(one) for one in plan.problems] == [True]


def test_a_schema_that_a_node_is_too_old_for_stops_the_plan() -> None:
    world = small(schema_text(one("a", STRING)), schema_text("{ a = typedefs.cookie_name }"), [{"a": "v"}])
    aged = [{**node, "kong_version": "3.5.0"} for node in world.fleet()]

    assert not world.plan().problems
    problems = [str(one) for one in world.but(looks=aged).plan().problems]
    assert ["Kong 3.5 refuses the new schema" in text for text in problems] == [True]


def test_references_that_the_keys_of_a_map_no_longer_take_are_no_place_to_look() -> None:
    keys = 'type = "map", values = {{ type = "string" }}, keys = {{ type = "string"{more} }}'
    old = schema_text(one("a", keys.format(more=", referenceable = true")))

    plan = small(old, schema_text(one("a", keys.format(more=""))), [{"a": {"k": "v"}}]).plan()

    assert rules(plan) == {("KPS182", f"{A}{{key}}")}
    assert not plan.problems


def test_a_configuration_that_the_new_schema_does_not_have_at_all_is_counted() -> None:
    old = schema_text("").replace('{ config = { type = "record"', '{ config = { type = "record", required = false')
    old = old.replace("fields = {  }", f"fields = {{ {OTHER} }}")
    new = 'return { name = "probe", fields = { } }\n'
    kept = (instance({"other": "v"}, 1), {**instance({}, 2), "config": None})

    plan = Small(new, old, {"dp1": old}, kept).plan()

    assert rules(plan) == {("KPS104", "config")}
    assert ["1 of 2 instances set it" in str(one) for one in plan.warnings] == [True]


@pytest.mark.parametrize("name", ["a[b", "a}b", "a.b", "[1]"])
def test_a_removed_field_is_looked_for_by_its_name_whatever_that_holds(name: str) -> None:
    old, new = schema_text(f"{quoted(name, STRING)}, {OTHER}"), schema_text(OTHER)

    plan = small(old, new, [{name: "v"}, {}]).plan()

    assert rules(plan) == {("KPS104", f"config.{name}")}
    assert ["1 of 2 instances set it" in str(one) for one in plan.warnings] == [True]


@pytest.mark.parametrize("name", ["a[b", "a.b"])
def test_a_reference_is_looked_for_by_the_name_of_its_field_whatever_that_holds(name: str) -> None:
    old, new = (schema_text(quoted(name, f"{STRING}{more}")) for more in (", referenceable = true", ""))

    plan = small(old, new, [{name: "{vault://env/x}"}]).plan()

    assert ["the reference will no longer be looked up" in str(one) for one in plan.problems] == [True]


@pytest.mark.parametrize("name", ["a[b", "a.b"])
def test_a_field_that_the_control_plane_makes_up_may_have_any_name(name: str) -> None:
    made = quoted(name, 'type = "string", uuid = true, auto = true')

    plan = small(schema_text(made), schema_text(f"{made}, {OTHER}"), [{}]).plan()

    assert plan.to_dict()["ok"]
