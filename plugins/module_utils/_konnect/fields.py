# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The field tree that ``schemas/plugins/{name}`` answers with, and what instances need of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Field:
    """One field: its type, what is below it, and whether its values are secret.

    required: as written, None when the schema does not say.
    children: fields of a record; element: of an array, set or map (its values); None when the type has none.
    """

    type: str = "any"
    required: bool | None = None
    secret: bool = False
    default: Any = None
    children: Mapping[str, Field] = field(default_factory=dict)
    element: Field | None = None


def config_field(fields: Iterable[Mapping[str, Any]] | None) -> Field | None:
    """The record ``config`` of a plugin, or None when the control plane told no fields."""
    return _children(fields or []).get("config")


def _children(fields: Iterable[Mapping[str, Any]]) -> dict[str, Field]:
    """From the API's list of one-key objects; anything of another shape is left out rather than guessed."""
    found: dict[str, Field] = {}
    for entry in fields:
        if isinstance(entry, Mapping):
            found.update((str(name), _field(about)) for name, about in entry.items() if isinstance(about, Mapping))
    return found


def _field(about: Mapping[str, Any]) -> Field:
    element = about.get("elements") or about.get("values")
    children = about.get("fields")
    return Field(
        type=str(about.get("type") or "any"),
        required=about.get("required"),
        secret=bool(about.get("encrypted")) or bool(about.get("referenceable")),
        default=about.get("default"),
        children=_children(children) if isinstance(children, list) else {},
        element=_field(element) if isinstance(element, Mapping) else None,
    )
