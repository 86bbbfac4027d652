# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shorthand keys: other spellings of fields, consumed before a record is filled (kong-data-plane.md 2).

What a shorthand sets is decided by a Lua function and cannot be told; its own value can be judged, and whether an old
spelling contradicts the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    soften,
)

_SETS = Unchecked("not checked: the fields that this shorthand sets (a Lua function decides)")
_MISMATCH = "both deprecated and new field are used but their values mismatch"


Kept = Mapping[Any, "frozenset[Any] | None"]
"""By field, what no shorthand of the record can change: all of its value (None), or these keys of it."""


@dataclass(frozen=True)
class Consumed:
    """Left in a filled record in the place of a shorthand key: what Kong says about its value, and what it keeps."""

    problem: Problem
    kept: Kept


def take_consumed(table: dict[Any, Any], shorthands: list[str], errors: dict[Any, Problem]) -> Kept | None:
    """Moves what was found about shorthand keys from the table to the errors; None where there was none."""
    found: Kept | None = None
    for name in shorthands:
        value = table.get(name)
        if isinstance(value, Consumed):
            del table[name]
            errors[name] = value.problem
            # One that keeps less than another has the last word.
            found = value.kept if found is None or len(value.kept) < len(found) else found
    return found


def kept_beside(declared: Field, table: Mapping[Any, Any]) -> Kept:
    """What a shorthand cannot change of the record it is in: a deprecated one only fills what is absent or null, in a
    table key by key; any other overwrites (kong-data-plane.md 2)."""
    if not declared.attributes.get("deprecation"):
        return {}
    return {
        name: frozenset(key for key, inner in value.items() if inner is not None) if isinstance(value, dict) else None
        for name, value in table.items()
        if value is not None and not isinstance(value, list)
    }


def has_shorthand(problem: Any) -> bool:
    """Whether a shorthand key is somewhere among the fields that a problem is about."""
    return any(map(has_shorthand, problem.values())) if isinstance(problem, dict) else problem is _SETS


def soften_unless_kept(problem: Problem, name: Any, kept: Kept) -> Problem:
    """The problem of a field beside a shorthand, which may set what is not ``kept``."""
    if name not in kept:
        return soften(problem)
    keys = kept[name]
    if keys is None:
        return problem
    if isinstance(problem, dict):
        return {key: one if key in keys else soften(one) for key, one in problem.items()}
    return soften(problem)


def shorthand_problem(declared: Field, judge: Judge, value: Any, table: dict[Any, Any]) -> Problem:
    """What is to be said about the value of a shorthand key beside the other values of its record."""
    problem = judge(value)
    if problem is not None and is_error(problem):
        return problem
    contradiction = _contradiction(declared, value, table)
    return contradiction or _SETS


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
