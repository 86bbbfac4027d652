# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking of every schema only what differs between them gives the judgements that asking everything gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.compare import compare
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.focus import judge_all, shared_fields
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.judge import Judge
from tests.support.small_world import instance, schema_text


def test_the_recorded_changes_are_judged_alike_both_ways(shared: Path) -> None:
    focused = 0
    for line in (shared / "kong-verdicts" / "changes.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        old, new = read_schema(case["old"]), read_schema(case["new"])
        changes, kept = compare(old, new), instance(case["b0"])
        focused += bool(shared_fields([old, new]))
        (one,) = judge_all(new, {"old": old}, changes, [kept], {})
        whole = Judge(new, {"old": old}, changes).judge(kept, {})
        assert one == whole
    assert focused > 100


SHORTHAND = '{ c = { type = "string", func = function(v) return { a = v } end } }'
TOP = 'return { name = "probe", fields = { { config = { type = "record", fields = { { a = { type = "string" } }, '
TOP += '{ b = { type = "string" } } } } } }'
A, B = '{ a = { type = "string" } }', '{ b = { type = "string" } }'


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (schema_text(f"{A}, {B}"), {"a", "b"}),
        (schema_text(f'{A}, {{ b = {{ type = "integer" }} }}'), {"a"}),
        (schema_text(f"{A}, {B}", checks='{ at_least_one_of = { "a", "c" } }'), {"b"}),
        (schema_text(f"{A}, {B}", shorthands=SHORTHAND), {"a", "b"}),
        (schema_text(f"{A}, {B}, {A}"), {"b"}),
        (f"{TOP}, entity_checks = {{ {{ at_least_one_of = {{ 'config.b' }} }} }} }}", {"a"}),
        (f"{TOP}, entity_checks = {{ {{ at_least_one_of = {{ 'config' }} }} }} }}", set()),
        (f"{TOP}, transformations = {{ {{ input = {{ 'config.a' }}, on_write = function() end }} }} }}", set()),
    ],
)
def test_only_fields_that_all_declare_alike_and_that_nothing_else_looks_at_are_shared(
    text: str, names: set[str]
) -> None:
    assert shared_fields([read_schema(schema_text(f"{A}, {B}")), read_schema(text)]) == names


CHECKS = (
    '{ at_least_one_of = { "a", "b" } }',
    '{ mutually_required = { "a", "n" } }',
    '{ conditional = { if_field = "n", if_match = { gt = 1 }, then_field = "a", then_match = { required = true } } }',
    '{ custom_entity_check = { field_sources = { "b" }, fn = function() return true end } }',
)
BASE = """
    { a = { type = "string" } }, { b = { type = "string", len_max = 3, default = "x" } }, { n = { type = "integer" } },
    { kept = { type = "record", fields = { { p = { type = "string", default = "p" } }, { q = { type = "number" } } } } }
"""
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "a": st.sampled_from(["", "y", None, 1]),
        "b": st.sampled_from(["y", "long", None]),
        "n": st.sampled_from([1, 2, None, "2"]),
        "old": st.sampled_from(["y", None]),
        "kept": st.sampled_from([None, {}, {"p": None}, {"p": "s", "q": 1.5}, {"z": 1}, []]),
    },
)


@given(
    before=st.sets(st.sampled_from(CHECKS), max_size=2),
    after=st.sets(st.sampled_from(CHECKS), max_size=3),
    configs=st.lists(CONFIGS, min_size=1, max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_entity_checks_are_asked_with_the_fields_that_they_name(
    before: set[str], after: set[str], configs: list[dict[str, Any]]
) -> None:
    old = read_schema(schema_text(f'{BASE}, {{ old = {{ type = "string" }} }}', checks=", ".join(sorted(before))))
    new = read_schema(schema_text(BASE, checks=", ".join(sorted(after)), shorthands=SHORTHAND))
    changes, kept = compare(old, new), [instance(one, at) for at, one in enumerate(configs, 1)]

    found = judge_all(new, {"old": old}, changes, kept, {})

    assert found == tuple(Judge(new, {"old": old}, changes).judge(one, {}) for one in kept)
