# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a ``schema.lua`` declares, as plain frozen data.

Lua values inside attributes are Python's own: ``ngx.null`` is ``None``, an absent attribute is an absent key, an
integral Lua number is an ``int`` and any other a ``float``, a sequence is a ``list``, any other table a ``dict``.  A
function stays opaque (`LuaFunction`, or `NamedValidator` where it belongs to one of Kong's typedefs), and what could
not be evaluated is an `Unknown` in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


class SchemaError(Exception):
    """A schema that cannot be read, or that Kong would refuse.

    ``message`` is Kong's own text where Kong has one; ``line`` and ``column`` (from 1) are 0 where not known.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}" if self.line else self.message


@dataclass(frozen=True)
class Position:
    """A place in the schema's text; both count from 1, and 0 means not known."""

    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Unknown:
    """A value that cannot be told without running the plugin's code or Kong's."""

    reason: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class LuaFunction:
    """A function of the schema's author; two are the same when their normalised ``source`` is."""

    source: str
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


@dataclass(frozen=True)
class NamedValidator:
    """The function that one of Kong's typedefs carries, by the name of the typedef (``host``, ``ip``, ``path``)."""

    name: str


@dataclass(frozen=True)
class EntityCheck:
    """One entry of ``entity_checks``: its ``name`` and, as written, its argument (a list, or a dict for
    ``conditional``, ``conditional_at_least_one_of`` and ``custom_entity_check``)."""

    name: str
    args: Any
    position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True)
class Field:
    """One field; an element of a list and a key or value of a map are fields with the name ``""``.

    ``attributes`` holds every evaluated attribute except those that have an attribute of their own here; ``type`` is
    among neither when it is absent or unknown (``None``).  ``fields`` is ``None`` where no ``fields`` is written.
    ``table`` tells fields that are one and the same Lua table, since Kong changes such tables in place.
    """

    name: str
    type: str | None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[Field, ...] | None = None
    elements: Field | None = None
    keys: Field | None = None
    values: Field | None = None
    entity_checks: tuple[EntityCheck, ...] = ()
    shorthand_fields: tuple[Field, ...] = ()
    position: Position = field(default=Position(), compare=False)
    unknown: Unknown | None = None
    table: int | None = field(default=None, compare=False, repr=False)

    @property
    def required(self) -> Any:
        """``required`` as written: True, False, `Unknown`, or None where nothing is written."""
        return self.attributes.get("required")

    @property
    def has_default(self) -> bool:
        """Whether a default is written (``ngx.null`` counts)."""
        return "default" in self.attributes

    def child(self, name: str) -> Field | None:
        """The field of this record with that name; the last one wins, as in Kong."""
        return next((one for one in reversed(self.fields or ()) if one.name == name), None)


@dataclass(frozen=True)
class FlatField:
    """One field of a schema seen from the outside: ``config.a.b``, ``config.list[]``."""

    path: str
    type: str | None
    required: Any
    has_default: bool
    default: Any
    unknown: Unknown | None
    declared: Field = field(compare=False, repr=False)


@dataclass(frozen=True)
class Schema:
    """A plugin's schema.  ``fields`` are those of the top level (``config``, ``consumer``, ``protocols``, ...)."""

    name: str | Unknown
    fields: tuple[Field, ...] = ()
    entity_checks: tuple[EntityCheck, ...] = ()
    shorthand_fields: tuple[Field, ...] = ()
    transformations: Any = None
    check: LuaFunction | Unknown | None = None
    kong_version: str = "3.9"
    source: str = field(default="", compare=False, repr=False)
    unknowns: tuple[Unknown, ...] = ()
    unknown: Unknown | None = None

    @property
    def config(self) -> Field | None:
        """The ``config`` record; None where the schema has none."""
        return self.child("config")

    def child(self, name: str) -> Field | None:
        """The top-level field with that name; the last one wins, as in Kong."""
        return next((one for one in reversed(self.fields) if one.name == name), None)

    def flatten(self) -> list[FlatField]:
        """Every field in the order of the text, parents before children; shorthand fields are not among them."""
        return [flat for one in self.fields for flat in _flatten(one, one.name)]


def _flatten(one: Field, path: str) -> Iterator[FlatField]:
    yield FlatField(path, one.type, one.required, one.has_default, one.attributes.get("default"), one.unknown, one)
    for child in one.fields or ():
        yield from _flatten(child, f"{path}.{child.name}")
    for inner, suffix in ((one.elements, "[]"), (one.values, "{}")):
        if inner is not None and _holds_record(inner):
            yield from _flatten(inner, path + suffix)


def _holds_record(one: Field) -> bool:
    inner = one
    while True:
        if inner.fields is not None:
            return True
        below = inner.elements or inner.values
        if below is None:
            return False
        inner = below
