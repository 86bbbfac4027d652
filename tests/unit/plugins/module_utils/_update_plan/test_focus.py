# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking of every schema only what differs between them gives the judgements that asking everything gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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


A, B = '{ a = { type = "string" } }', '{ b = { type = "string" } }'


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (schema_text(f"{A}, {B}"), {"a", "b"}),
        (schema_text(f'{A}, {{ b = {{ type = "integer" }} }}'), {"a"}),
        (schema_text(f"{A}, {B}", checks='{ at_least_one_of = { "a", "b" } }'), set()),
        (
            schema_text(f"{A}, {B}", shorthands='{ c = { type = "string", func = function(v) return { a = v } end } }'),
            set(),
        ),
    ],
)
def test_only_fields_that_all_declare_alike_and_that_stand_alone_are_shared(text: str, names: set[str]) -> None:
    assert shared_fields([read_schema(schema_text(f"{A}, {B}")), read_schema(text)]) == names
