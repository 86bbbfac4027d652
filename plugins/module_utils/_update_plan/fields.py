# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a field is for the documented table, and whether a changed validator became tighter or looser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Field, Unknown

VALIDATORS = frozenset(
    {
        "between",
        "eq",
        "ne",
        "gt",
        "len_eq",
        "len_min",
        "len_max",
        "match",
        "not_match",
        "match_all",
        "match_none",
        "match_any",
        "starts_with",
        "one_of",
        "not_one_of",
        "contains",
        "is_regex",
        "timestamp",
        "uuid",
        "custom_validator",
        "mutually_exclusive_subsets",
        "json_schema",
    }
)


def is_required(field: Field, *, implicit: bool) -> bool:
    """Kong's reading of ``required``: a record is required unless it says otherwise, except inside arrays and maps."""
    if field.required is None and field.type == "record":
        return implicit
    return field.required is True


def fills_itself(field: Field, *, implicit: bool = True) -> bool:
    """Whether an absent field gets a value: its own default, or, for a required record, those of all it requires."""
    if field.has_default:
        return field.attributes["default"] is not None
    if field.type != "record" or not is_required(field, implicit=implicit):
        return False
    return all(fills_itself(one) for one in field.fields or () if is_required(one, implicit=True))


def column_of(field: Field, *, implicit: bool = True) -> str:
    """The column of the documented table that a field belongs to."""
    required = "required" if is_required(field, implicit=implicit) else "optional"
    return f"{required}-default" if fills_itself(field, implicit=implicit) else required


def is_secret(field: Field | None) -> bool:
    """Values of such a field are never shown.  A field that is not known counts as secret."""
    return field is None or any(field.attributes.get(name) for name in ("encrypted", "referenceable"))


def _loosened_set(old: Any, new: Any) -> bool:
    return isinstance(old, list) and isinstance(new, list) and all(one in new for one in old)


def _loosened_range(old: Any, new: Any) -> bool:
    numbers = [*(old if isinstance(old, list) else ()), *(new if isinstance(new, list) else ())]
    if len(numbers) != 4 or not all(isinstance(one, (int, float)) for one in numbers):
        return False
    return bool(new[0] <= old[0] and new[1] >= old[1])


def _is_number(*values: Any) -> bool:
    return all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in values)


_LOOSENED: dict[str, Callable[[Any, Any], bool]] = {
    "one_of": _loosened_set,
    "not_one_of": lambda before, after: _loosened_set(after, before),
    "between": _loosened_range,
    "gt": lambda old, new: _is_number(old, new) and new <= old,
    "len_min": lambda old, new: _is_number(old, new) and new <= old,
    "len_max": lambda old, new: _is_number(old, new) and new >= old,
}


def validator_change(name: str, old: Field, new: Field) -> str | None:
    """``tightened``, ``loosened``, ``changed`` or None, for the validator ``name`` of a field in both schemas."""
    before, after = old.attributes.get(name), new.attributes.get(name)
    if before == after:
        return None
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        return "changed"
    if before is None:
        return "tightened"
    if after is None:
        return "loosened"
    looser = _LOOSENED.get(name)
    if looser is None:
        return "changed"
    if looser(before, after):
        return "loosened"
    return "tightened" if looser(after, before) else "changed"
