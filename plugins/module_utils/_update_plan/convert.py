# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversions of a stored value to another datatype, only where nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Field

_INTEGER = re.compile(r"-?\d{1,15}\Z")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?\Z")


def has_type(value: Any, kind: str | None) -> bool:
    """Whether Kong takes the value for that type; an integral number is an integer."""
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "string":
        return isinstance(value, str)
    if kind in ("number", "integer"):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and (kind == "number" or _is_integral(value))
    if kind in ("array", "set"):
        return isinstance(value, list) or value == {}
    if kind in ("record", "map"):
        return isinstance(value, dict)
    return True


def _is_integral(value: float) -> bool:
    """JSON's integers have no bound, floats have one: only what is a float already is asked as one."""
    return isinstance(value, int) or value.is_integer()


def _text_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(int(value)) if _is_integral(value) else repr(value)
    return None


def _integer_of(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and _INTEGER.match(value) else None


def _number_of(value: Any) -> float | int | None:
    if not isinstance(value, str) or not _NUMBER.match(value):
        return None
    return float(value) if "." in value else int(value)


def _boolean_of(value: Any) -> bool | None:
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


# The name goes into the plan; the same name converts again when the plan is carried out.
CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "to a string": _text_of,
    "to an integer": _integer_of,
    "to a number": _number_of,
    "to a boolean": _boolean_of,
    "to a list of one": lambda value: [value] if isinstance(value, (str, int, float, bool)) else None,
    "to its only element": lambda value: value[0] if isinstance(value, list) and len(value) == 1 else None,
}
_BY_TYPE = {
    "string": "to a string",
    "integer": "to an integer",
    "number": "to a number",
    "boolean": "to a boolean",
    "array": "to a list of one",
    "set": "to a list of one",
}


def convert(value: Any, field: Field) -> tuple[str, Any] | None:
    """The name of a conversion to the field's type and the converted value; None where there is no safe one."""
    for how in (_BY_TYPE.get(field.type or ""), "to its only element"):
        if how is None:
            continue
        found = CONVERSIONS[how](value)
        if found is None or not has_type(found, field.type):
            continue
        if isinstance(found, list) and field.elements is not None and not has_type(found[0], field.elements.type):
            continue
        return how, found
    return None
