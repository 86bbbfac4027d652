# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented table: what happens to an instance that uses the field, and what the plan says about it."""

from __future__ import annotations

import pytest

from tests.support.small_world import paths, rules, schema_text, small

KEPT = '{ kept = { type = "string" } }'
ATTRIBUTES = {
    "required-default": 'required = true, default = "d"',
    "required": "required = true",
    "optional-default": 'default = "d"',
    "optional": "",
}
# scenario, column: documented, evidence (update-paths.md section 2, first table), rule
CELLS = {
    ("added", "required-default"): ("short", "short", "KPS112"),
    ("added", "required"): ("long", "sync", "KPS111"),
    ("added", "optional-default"): ("short", "short", "KPS113"),
    ("added", "optional"): ("short", "short", "KPS114"),
    ("removed", "required-default"): ("long", "long", "KPS102"),
    ("removed", "required"): ("sync", "sync", "KPS101"),
    ("removed", "optional-default"): ("long", "long", "KPS103"),
    ("removed", "optional"): ("long", "long", "KPS104"),
    ("retyped", "required-default"): ("sync", "sync", "KPS122"),
    ("retyped", "required"): ("sync", "sync", "KPS121"),
    ("retyped", "optional-default"): ("sync", "sync", "KPS123"),
    ("retyped", "optional"): ("sync", "sync", "KPS124"),
}


def field(kind: str, attributes: str) -> str:
    if kind == "integer":
        attributes = attributes.replace('"d"', "1")
    return f'{{ moved = {{ type = "{kind}", {attributes} }} }}'


def before_and_after(scenario: str, column: str) -> tuple[str, str]:
    declared = field("string", ATTRIBUTES[column])
    with_it, without = schema_text(f"{KEPT}, {declared}"), schema_text(KEPT)
    if scenario == "added":
        return without, with_it
    if scenario == "removed":
        return with_it, without
    return with_it, schema_text(f"{KEPT}, {field('integer', ATTRIBUTES[column])}")


@pytest.mark.parametrize(("scenario", "column"), CELLS)
def test_each_cell_is_documented_and_judged(scenario: str, column: str) -> None:
    old, new = before_and_after(scenario, column)
    documented, evidence, rule = CELLS[scenario, column]
    sent = {"kept": "k"} if scenario == "added" else {"kept": "k", "moved": "5"}

    plan = small(
        old, new, [sent], instance_values={"probe": {"*": {"config.moved": "v"}}} if scenario == "added" else {}
    ).plan()

    order = ["none", "short", "long", "sync"]
    assert paths(plan) == (documented, evidence, max(documented, evidence, key=order.index))
    assert rules(plan) == {(rule, "config.moved")}
    assert not plan.problems


@pytest.mark.parametrize("column", ["optional"])
@pytest.mark.parametrize(("scenario", "documented"), [("removed", "long"), ("retyped", "sync")])
def test_a_field_that_nobody_sets_is_lighter_than_documented(scenario: str, column: str, documented: str) -> None:
    old, new = before_and_after(scenario, column)
    world = small(old, new, [{"kept": "k"}])

    assert paths(world.plan()) == (documented, "short", documented)
    assert paths(world.plan(path_policy="evidence")) == (documented, "short", "short")


def test_a_removed_field_of_records_in_a_map_is_looked_up_in_each_of_them() -> None:
    def of(fields: str) -> str:
        record = f'{{ type = "record", fields = {{ {fields} }} }}'
        return schema_text(f'{{ m = {{ type = "map", keys = {{ type = "string" }}, values = {record} }} }}')

    old, new = of(f'{KEPT}, {{ a = {{ type = "string" }} }}'), of(KEPT)

    told = small(old, new, [{"m": {"x": {}, "y": {"a": "set"}}}]).plan().warnings

    assert "removed config.m{}.a: 1 of 1 instances set it" in str(told[0])


def test_the_plan_says_whether_the_faq_or_the_table_is_right_about_a_removed_optional_field() -> None:
    old, new = before_and_after("removed", "optional")

    unset, used = small(old, new, [{}]).plan(), small(old, new, [{"moved": "v"}]).plan()

    assert "the FAQ is right" in str(unset.warnings[0])
    assert "the table (long) applies" in str(used.warnings[0])
