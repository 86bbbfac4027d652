# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Laws that hold for every configuration."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import (
    Violation,
    fill_defaults,
    read_schema,
    validate,
    validate_instance,
)

SCHEMA = read_schema(
    """local typedefs = require "kong.db.schema.typedefs"
       return { name = "probe", fields = { { config = { type = "record", fields = {
         { a = { type = "string", required = true, len_max = 3, match = "^%a*$" } },
         { b = { type = "integer", between = { 1, 5 }, default = 2 } },
         { c = { type = "set", elements = { type = "number", gt = 0 }, len_min = 1 } },
         { d = { type = "map", keys = { type = "string" }, values = { type = "record", fields = {
             { a = { type = "boolean", default = true } }, { b = { type = "string", is_regex = true } } } } } },
         { e = { type = "record", fields = { { a = typedefs.host }, { b = { type = "array",
             elements = { type = "record", fields = { { a = typedefs.port { default = 80 } } } } } } },
             entity_checks = { { only_one_of = { "a", "b" } } } } },
       }, entity_checks = { { mutually_required = { "c", "d" } },
         { conditional = { if_field = "b", if_match = { gt = 3 },
                           then_field = "a", then_match = { one_of = { "a" } } } } }
       } } } }"""
)
NAMES = st.sampled_from(["a", "b", "c", "d", "e", "zz", "", "1"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 7)
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "a", "ab", "abcd", "(", "example.com", "{vault://env/k}"])
    | st.text(max_size=5)
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=25
)
CONFIGS = st.dictionaries(NAMES, ANYTHING, max_size=6)


def refusals(config: Any, role: str = "control_plane") -> set[Violation]:
    return {one for one in validate(SCHEMA, config, role=role) if one.checked}


@given(ANYTHING)
@settings(max_examples=80, deadline=None)
def test_no_configuration_makes_the_validator_fail_or_is_changed_by_it(config: Any) -> None:
    before = copy.deepcopy(config)
    for role in ("control_plane", "data_plane"):
        for fill in (True, False):
            validate(SCHEMA, config, role=role, fill_defaults=fill)
        validate_instance(SCHEMA, {"name": "probe", "config": config, "protocols": config}, role=role)
        validate_instance(SCHEMA, config, role=role)
    fill_defaults(SCHEMA, config)
    assert config == before


@given(CONFIGS)
@settings(max_examples=80, deadline=None)
def test_filling_what_is_filled_changes_nothing(config: dict[str, Any]) -> None:
    once = fill_defaults(SCHEMA, config)
    assert fill_defaults(SCHEMA, once) == once


@given(CONFIGS)
@settings(max_examples=80, deadline=None)
def test_a_filled_configuration_is_judged_as_the_one_it_came_from(config: dict[str, Any]) -> None:
    assert refusals(fill_defaults(SCHEMA, config)) == refusals(config)


@given(CONFIGS)
@settings(max_examples=80, deadline=None)
def test_a_node_refuses_nothing_that_its_control_plane_accepts(config: dict[str, Any]) -> None:
    on_control_plane, on_node = refusals(config), refusals(config, "data_plane")
    assert on_node <= on_control_plane
    assert {one.message for one in on_control_plane - on_node} <= {"unknown field"}


@given(CONFIGS, st.sampled_from(["yy", "x.y", "0"]))
@settings(max_examples=80, deadline=None)
def test_an_unknown_null_changes_nothing_for_a_node(config: dict[str, Any], name: str) -> None:
    assert refusals({**config, name: None}, "data_plane") == refusals(config, "data_plane")
