# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a schema's text into a `Schema`."""

from __future__ import annotations

from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import metaschema
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.interpreter import Interpreter
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import (
    NULL,
    Builtin,
    Closure,
    LuaTable,
    text_of,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import Tree, parse
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import (
    EntityCheck,
    Field,
    LuaFunction,
    Position,
    Schema,
    SchemaError,
    Unknown,
)

MAX_DEPTH = 40  # tables inside each other, from the schema's own down
MAX_VALUES = 200_000  # values a schema may hold; a table used twice counts twice
_NESTING = ("fields", "elements", "keys", "values", "entity_checks", "shorthand_fields", "type")


def read_schema(source: str, *, kong_version: str = "3.9") -> Schema:
    """The schema that ``source``, the text of a schema.lua, declares to a Kong of that version.

    Raises `SchemaError` for text that is not Lua, fails when evaluated, is refused by Kong's MetaSubSchema, or goes
    beyond the reader's limits.  What cannot be evaluated is an `Unknown` inside the result.
    """
    tree = parse(source)
    results = Interpreter(tree, kong_version).run()
    value = results if isinstance(results, Unknown) else results[0] if results else None
    if isinstance(value, Unknown):
        return Schema(value, kong_version=kong_version, source=source, unknowns=(value,), unknown=value)
    if value is None:
        raise SchemaError("invalid plugin schema: cannot be empty")
    if not isinstance(value, LuaTable):
        raise SchemaError("the schema must return a table")
    schema = _Reader(tree).schema(value, kong_version, source)
    metaschema.check(value, schema, tree)
    return schema


def field_of(table: LuaTable, tree: Tree) -> Field:
    """The field, without a name, that one table declares."""
    return _Reader(tree).field("", table, Position())


class _Reader:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.values = 0
        self.depth = 0
        self.unknowns: dict[Unknown, None] = {}

    def schema(self, table: LuaTable, kong_version: str, source: str) -> Schema:
        name = self.plain(table.get("name"))
        check = self.plain(table.get("check"))
        fields = self.fields(table.get("fields"), table)
        checks = self.checks(table.get("entity_checks"))
        shorthand = self.fields(table.get("shorthand_fields"), table)
        transformations = self.plain(table.get("transformations"))
        if table.taint is not None:
            self.note(table.taint)
        return Schema(
            name=name,
            fields=fields or (),
            entity_checks=checks,
            shorthand_fields=shorthand or (),
            transformations=transformations,
            check=check,
            kong_version=kong_version,
            source=source,
            unknowns=tuple(self.unknowns),
            unknown=table.taint,
        )

    def note(self, unknown: Unknown) -> Unknown:
        self.unknowns[unknown] = None
        return unknown

    def position(self, table: Any, key: Any = None) -> Position:
        if not isinstance(table, LuaTable):
            return Position()
        token = table.where.get(key, -1) if isinstance(key, str) else -1
        token = token if token >= 0 else table.token
        tokens = self.tree.tokens
        return Position(tokens.lines[token], tokens.columns[token]) if token >= 0 else Position()

    def enter(self) -> None:
        self.values += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SchemaError(f"the schema nests tables more than {MAX_DEPTH} deep")
        if self.values > MAX_VALUES:
            raise SchemaError(f"the schema holds more than {MAX_VALUES} values")

    def fields(self, value: Any, holder: LuaTable) -> tuple[Field, ...] | None:
        """The fields of a list of one-key tables; what cannot be told becomes one unknown field."""
        if value is None:
            return None
        if isinstance(value, Unknown):
            return (self.unknown_field(value),)
        if not isinstance(value, LuaTable):
            return ()
        self.enter()
        result = []
        for entry in value.array:
            if isinstance(entry, Unknown):
                result.append(self.unknown_field(entry))
            elif isinstance(entry, LuaTable):
                for name, one in entry.items():
                    result.append(self.field(str(name), one, self.position(entry, name)))
                if entry.taint is not None:
                    result.append(self.unknown_field(entry.taint))
        if value.taint is not None:
            result.append(self.unknown_field(value.taint))
        self.depth -= 1
        return tuple(result)

    def unknown_field(self, why: Unknown) -> Field:
        return Field("", None, position=Position(why.line, why.column), unknown=self.note(why))

    def field(self, name: str, value: Any, position: Position) -> Field:
        if isinstance(value, Unknown):
            return Field(text_of(name), None, position=position, unknown=self.note(value))
        if not isinstance(value, LuaTable):
            return Field(text_of(name), None, position=position)
        self.enter()
        kind = value.get("type")
        attributes: dict[str, Any] = {}
        for key, one in value.items():
            if isinstance(key, str) and key not in _NESTING:
                attributes[key] = self.shaped(one, value) if key == "default" else self.plain(one)
        unknown = value.taint or (kind if isinstance(kind, Unknown) else None)
        result = Field(
            name=text_of(name),
            type=kind if isinstance(kind, str) else None,
            attributes=attributes,
            fields=self.fields(value.get("fields"), value),
            elements=self.inner(value, "elements"),
            keys=self.inner(value, "keys"),
            values=self.inner(value, "values"),
            entity_checks=self.checks(value.get("entity_checks")),
            shorthand_fields=self.fields(value.get("shorthand_fields"), value) or (),
            position=position,
            unknown=self.note(unknown) if unknown is not None else None,
            table=id(value),
        )
        self.depth -= 1
        return result

    def inner(self, value: LuaTable, key: str) -> Field | None:
        one = value.get(key)
        return None if one is None else self.field("", one, self.position(value, key))

    def checks(self, value: Any) -> tuple[EntityCheck, ...]:
        if isinstance(value, Unknown):
            self.note(value)
            return (EntityCheck("", value),)
        if not isinstance(value, LuaTable):
            return ()
        result = []
        for entry in value.array:
            if isinstance(entry, Unknown):
                result.append(EntityCheck("", self.note(entry)))
            elif isinstance(entry, LuaTable):
                for name, one in entry.items():
                    result.append(EntityCheck(text_of(str(name)), self.plain(one), self.position(entry, name)))
        if value.taint is not None:
            result.append(EntityCheck("", self.note(value.taint)))
        return tuple(result)

    def shaped(self, value: Any, field: LuaTable) -> Any:
        """A default, in which an empty table is a list or a dict as the field's type says."""
        plain = self.plain(value)
        return _shape(plain, field, 0)

    def plain(self, value: Any) -> Any:
        """A Lua value as the model holds it."""
        if isinstance(value, str):
            return text_of(value)
        if isinstance(value, LuaTable):
            return self.plain_table(value)
        if value is NULL:
            return None
        if isinstance(value, Unknown):
            return self.note(value)
        if isinstance(value, Closure):
            return self.function(value)
        if isinstance(value, Builtin):
            return LuaFunction(value.name)
        return value

    def plain_table(self, table: LuaTable) -> Any:
        if table.taint is not None:
            return self.note(table.taint)
        self.enter()
        result: Any
        if table.hash:
            result = {self.plain(key): self.plain(one) for key, one in table.items() if not isinstance(key, LuaTable)}
        else:
            result = [self.plain(one) for one in table.array]
        self.depth -= 1
        return result

    def function(self, value: Closure) -> LuaFunction:
        tokens = self.tree.tokens
        text = " ".join(tokens.texts[value.token : value.end + 1])
        return LuaFunction(text_of(text), tokens.lines[value.token], tokens.columns[value.token])


def _shape(value: Any, field: LuaTable, depth: int) -> Any:
    kind = field.get("type")
    if value == [] and isinstance(value, list) and kind in ("map", "record", "json"):
        return {}
    inner = {"array": "elements", "set": "elements", "map": "values"}.get(kind if isinstance(kind, str) else "")
    below = field.get(inner) if inner else None
    if isinstance(below, LuaTable) and depth < MAX_DEPTH:
        if isinstance(value, list):
            return [_shape(one, below, depth + 1) for one in value]
        if isinstance(value, dict):
            return {key: _shape(one, below, depth + 1) for key, one in value.items()}
    if kind == "record" and isinstance(value, dict):
        return {key: _shape_member(key, one, field, depth) for key, one in value.items()}
    return value


def _shape_member(key: Any, value: Any, record: LuaTable, depth: int) -> Any:
    fields = record.get("fields")
    for entry in fields.array if isinstance(fields, LuaTable) else ():
        member = entry.get(key) if isinstance(entry, LuaTable) and isinstance(key, str) else None
        if isinstance(member, LuaTable):
            return _shape(value, member, depth + 1)
    return value
