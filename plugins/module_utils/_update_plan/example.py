# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Example values: what a plan shows an operator whose answer it needs, and judges with until the answer comes."""

from __future__ import annotations

from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Field

_BY_TYPE: dict[str | None, Any] = {
    "string": "value",
    "boolean": True,
    "number": 1,
    "integer": 1,
    "map": {},
    "record": {},
}


def example_for(field: Field | None) -> Any:
    """A value of the field's type that respects its simple validators where that is easy to see."""
    if field is None:
        return "value"
    attributes = field.attributes
    if attributes.get("default") is not None:
        return attributes["default"]
    if attributes.get("eq") is not None:
        return attributes["eq"]
    choices = attributes.get("one_of")
    if isinstance(choices, list) and choices:
        return choices[0]
    if field.type in ("array", "set"):
        return [example_for(field.elements)]
    if field.type == "record":
        return {
            one.name: example_for(one) for one in field.fields or () if one.required is True and not one.has_default
        }
    if field.type in ("number", "integer"):
        return _number(field)
    if field.type == "string" and isinstance(attributes.get("len_min"), int):
        return "value".ljust(attributes["len_min"], "-")
    return _BY_TYPE.get(field.type, "value")


def _number(field: Field) -> Any:
    between = field.attributes.get("between")
    if isinstance(between, list) and between:
        return between[0]
    above = field.attributes.get("gt")
    return int(above) + 1 if isinstance(above, (int, float)) else 1
