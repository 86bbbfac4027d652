# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shorthand keys: other spellings of fields, consumed before a record is filled (kong-data-plane.md 2).

What a shorthand sets is decided by a Lua function and cannot be told; its own value can be judged, and whether an old
spelling contradicts the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.defaults import ABSENT
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.entity_checks import Judge, value_at
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import same, tostring
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Field, LuaFunction, Unknown
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import (
    Problem,
    SecretText,
    Unchecked,
    is_error,
)

_MISMATCH = "both deprecated and new field are used but their values mismatch"


@dataclass(frozen=True)
class Consumed:
    """Left in a filled record in the place of a shorthand key: what Kong says about its value."""

    problem: Problem


def take_consumed(table: dict[Any, Any], shorthands: list[str], errors: dict[Any, Problem]) -> bool:
    """Moves what was found about shorthand keys from the table to the errors; whether any was there."""
    consumed = False
    for name in shorthands:
        value = table.get(name)
        if isinstance(value, Consumed):
            del table[name]
            errors[name] = value.problem
            consumed = True
    return consumed


def shorthand_problem(declared: Field, judge: Judge, value: Any, table: dict[Any, Any]) -> Problem:
    """What is to be said about the value of a shorthand key beside the other values of its record."""
    problem = judge(value)
    if problem is not None and is_error(problem):
        return problem
    contradiction = _contradiction(declared, value, table)
    return contradiction or Unchecked("not checked: the fields that this shorthand sets (a Lua function decides)")


def _contradiction(declared: Field, value: Any, table: dict[Any, Any]) -> str | None:
    """Kong's refusal of an old and a new spelling that do not say the same (deprecation.replaced_with)."""
    deprecation = declared.attributes.get("deprecation")
    replaced_with = deprecation.get("replaced_with") if isinstance(deprecation, dict) else None
    if value is None or not isinstance(replaced_with, list):
        return None
    for one in replaced_with:
        path = one.get("path") if isinstance(one, dict) else None
        if not isinstance(path, list) or isinstance(one.get("reverse_mapping_function"), (LuaFunction, Unknown)):
            continue
        new = value_at(table, tuple(map(str, path)))
        if new is not ABSENT and new is not None and new is not False and not _deep_same(new, value):
            spelled = ".".join(map(str, path))
            message = SecretText(f"{_MISMATCH}: {declared.name} = {tostring(value)} vs {spelled} = {tostring(new)}")
            message.shown = f"{_MISMATCH}: {declared.name} vs {spelled}"
            return message
    return None


def _deep_same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_deep_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_deep_same, one, other))
    return same(one, other)
