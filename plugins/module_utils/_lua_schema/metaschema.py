# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong's MetaSubSchema refuses, in its words.

The rules are data (`metaschema_rules`).  A finding is a text, or a dict of findings by key; Kong prints the tree, and
so does `message_of`.  What is unknown is passed over: it is never refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import metaschema_rules as rules
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.field_rules import compile_rules
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import (
    FUNCTIONS,
    NULL,
    LuaTable,
    text_of,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import is_reference
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.metaschema_text import message_of
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import Tree
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import (
    Field,
    Position,
    Schema,
    SchemaError,
    Unknown,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.validate import validate_value
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import Unchecked

Finding = Union[str, "dict[Any, Finding]"]

REQUIRED, UNKNOWN = "required field missing", "unknown field"
_CANNOT = "error in schema prevents from validating this field"
_EXPECTED = {
    "string": "expected a string", "boolean": "expected a boolean", "number": "expected a number",
    "integer": "expected an integer", "function": "expected a function",
}  # fmt: skip
# No validator of a field is asked about a value of another type.
_MISTYPED = {*_EXPECTED.values(), "expected an array", "expected a set", "expected a map", "expected a record"}


def check(table: LuaTable, schema: Schema, tree: Tree) -> None:
    """Raises `SchemaError` with Kong's text when a Kong of ``schema.kong_version`` refuses the schema.

    The position is that of the first finding.
    """
    checker = _Checker(schema, tree)
    found = checker.top(table)
    if found:
        where = checker.first
        raise SchemaError(message_of(found), where.line, where.column)


class _Checker:
    def __init__(self, schema: Schema, tree: Tree) -> None:
        self.schema = schema
        self.tree = tree
        self.first = Position()

    def at(self, table: Any, key: Any = None) -> None:
        """Notes a place with a finding; the first is kept, and what lies inside comes before what is around it."""
        token = table.where.get(key, -1) if isinstance(table, LuaTable) and isinstance(key, (str, int)) else -1
        if token < 0 and isinstance(table, LuaTable):
            token = table.token
        if token >= 0 and not self.first.line:
            self.first = Position(self.tree.tokens.lines[token], self.tree.tokens.columns[token])

    def top(self, table: LuaTable) -> dict[Any, Finding]:
        specs = rules.top_level(self.schema.kong_version)
        found = self.record(table, specs, None)
        if table.get("name") in (None, NULL) and table.taint is None:
            self.at(table)
            found["name"] = "field required for entity check"
        declared = table.get("fields")
        if declared is None and table.taint is None:
            self.at(table)
            found["fields"] = "'fields' must be a table"
        self.transformed(table.get("transformations"), table, found)
        self.shapes(declared, found)
        if not found:
            self.inherited(declared, found)
        return found

    # -- each attribute by its own type

    def value(self, value: Any, spec: rules.Spec, owner: Field | None) -> Finding | None:
        if isinstance(value, Unknown):
            return None
        if value is NULL:
            return REQUIRED if getattr(spec, "required", False) else None
        if isinstance(spec, rules.Scalar):
            return self.scalar(value, spec, owner)
        if isinstance(spec, rules.List):
            return self.listed(value, spec, owner)
        if not isinstance(value, LuaTable):
            return "expected a map" if isinstance(spec, rules.OneKey) else "expected a record"
        if isinstance(spec, rules.OneKey):
            return self.one_key(value, spec)
        found = self.record(value, spec.keys(), owner)
        told = (
            [one for one in (fault(_not_empty(value)) for fault in spec.faults) if one] if value.taint is None else []
        )
        if told:
            self.at(value)
            found["@entity"] = dict(enumerate(told, 1))
        return found or None

    def scalar(self, value: Any, spec: rules.Scalar, owner: Field | None) -> Finding | None:
        if spec.kind == "any":
            return None
        if spec.kind == "self":
            return self.default(owner)
        if not _is_kind(value, spec.kind):
            return _EXPECTED[spec.kind]
        if spec.kind == "string":
            if spec.one_of and value not in spec.one_of.split(", "):
                return f"expected one of: {spec.one_of}"
            if len(value) < spec.len_min:
                return f"length must be at least {spec.len_min}"
            if spec.len_max is not None and len(value) > spec.len_max:
                return f"length must be at most {spec.len_max}"
        return None

    def listed(self, value: Any, spec: rules.List, owner: Field | None) -> Finding | None:
        if not isinstance(value, LuaTable) or (value.hash and value.taint is None):
            return "expected an array"
        found: dict[Any, Finding] = {}
        for index, one in enumerate(value.array, 1):
            problem = self.value(one, spec.of, owner)
            if problem is not None:
                self.at(one if isinstance(one, LuaTable) else value)
                found[index] = problem
        if found:
            return found
        if spec.length is not None and len(value.array) != spec.length and value.taint is None:
            return f"length must be {spec.length}"
        return None

    def one_key(self, value: LuaTable, spec: rules.OneKey) -> Finding | None:
        for key, one in value.items():
            if not isinstance(key, str):
                return "expected a string"
            problem = self.value(one, spec.of, None)
            if problem is not None:
                self.at(value, key)
                return problem
        return None if len(value) == 1 or value.taint is not None else "length must be 1"

    def record(self, value: LuaTable, specs: Mapping[str, rules.Spec], owner: Field | None) -> dict[Any, Finding]:
        found: dict[Any, Finding] = {}
        for key, one in value.items():
            spec = specs.get(key) if isinstance(key, str) else None
            problem: Finding | None = UNKNOWN
            if spec is not None:
                problem = self.default_of(value) if key == "default" else self.value(one, spec, owner)
            if problem is not None:
                self.at(value, key)
                found[text_of(key) if isinstance(key, str) else key] = problem
        if value.taint is None:
            for key, spec in specs.items():
                if getattr(spec, "required", False) and value.get(key) is None:
                    self.at(value)
                    found[key] = REQUIRED
        return found

    # -- a default by its own field

    def default_of(self, table: LuaTable) -> Finding | None:
        return self.default(read_field(table, self.tree))

    def default(self, owner: Field | None) -> Finding | None:
        if owner is None or "default" not in owner.attributes:
            return None
        value = owner.attributes["default"]
        if _has_unknown(value) or isinstance(owner.attributes.get("type"), Unknown):
            return None
        if owner.type is None:
            return None if owner.unknown is not None else "invalid type: nil"
        if owner.type not in rules.TYPES.split(", "):
            return f"invalid type: {owner.type}"
        found: dict[Any, Finding] = {}
        for one in validate_value(owner, value):
            if one.checked:
                _put(found, one.path, one.message)
        refusal = found.get("", found) if found else None
        return refusal if isinstance(refusal, str) and refusal in _MISTYPED else _fault(owner, value) or refusal

    # -- each attribute by the type of its field

    def shapes(self, declared: Any, found: dict[Any, Finding]) -> None:
        if not isinstance(declared, LuaTable):
            return
        for entry in declared.array:
            if not isinstance(entry, LuaTable):
                continue
            for name, field in entry.items():
                if isinstance(field, LuaTable) and isinstance(name, str):
                    self.shape(text_of(name), field, found, entry)
                break

    def shape(self, name: str, field: LuaTable, found: dict[Any, Finding], entry: LuaTable) -> None:
        kind = field.get("type")
        if isinstance(kind, Unknown) or (kind is None and field.taint is not None):
            return
        problem = None
        if kind is None:
            problem = "missing type declaration"
        else:
            for needed in rules.REQUIRED_ATTRIBUTES.get(kind, ()) if isinstance(kind, str) else ():
                if field.get(needed) is None and field.taint is None:
                    problem = f"field of type '{kind}' must declare '{needed}'"
            for attribute in field.hash:
                types = rules.ATTRIBUTE_TYPES.get(attribute) if isinstance(attribute, str) else None
                if types is not None and kind not in types:
                    problem = f"field of type '{kind}' cannot have attribute '{attribute}'"
        if problem is not None:
            self.at(entry, name)
            found[name] = problem
            if kind is None:
                return
        for below in ("elements", "keys", "values"):
            inner = field.get(below)
            if isinstance(inner, LuaTable):
                self.shape(name, inner, found, entry)
        self.shapes(field.get("fields"), found)

    # -- what a transformation may name

    def transformed(self, declared: Any, plugin: LuaTable, found: dict[Any, Finding]) -> None:
        for number, one in enumerate(declared.array if isinstance(declared, LuaTable) else (), 1):
            for place in ("input", "needs") if isinstance(one, LuaTable) else ():
                named = one.get(place)
                for index, name in enumerate(named.array if isinstance(named, LuaTable) else (), 1):
                    if isinstance(name, str) and not _declares(plugin, name):
                        self.at(named)
                        _put(found, f"transformations.{place}[{number}][{index}]", f"invalid field name: {name}")

    # -- what a plugin may declare beside its configuration

    def inherited(self, declared: Any, found: dict[Any, Finding]) -> None:
        for entry in declared.array if isinstance(declared, LuaTable) else ():
            for name, field in entry.items() if isinstance(entry, LuaTable) else ():
                if name not in rules.TOP_LEVEL_FIELDS:
                    self.at(entry, name)
                    found[text_of(name)] = "cannot create a new field"
                elif isinstance(field, LuaTable) and isinstance(field.get("type"), str):
                    wanted = rules.TOP_LEVEL_FIELDS[name]
                    if field.get("type") != wanted:
                        self.at(entry, name)
                        found[name] = f"cannot change type in a specialized field: {wanted}"


def read_field(table: LuaTable, tree: Tree) -> Field:
    """The field a table declares; imported late, since the reader calls this module."""
    from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.read import field_of

    return field_of(table, tree)


def _not_empty(table: LuaTable) -> set[Any]:
    return {
        key
        for key, value in table.items()
        if value is not NULL and value != "" and not (isinstance(value, LuaTable) and not len(value))
    }


def _declares(table: Any, name: str) -> bool:
    """Whether a record declares a field of that (dotted) name; what is not known may."""
    head, _dot, rest = name.partition(".")
    fields = table.get("fields") if isinstance(table, LuaTable) else None
    if not isinstance(fields, LuaTable) or fields.taint is not None:
        return fields is not None
    for entry in fields.array:
        if not isinstance(entry, LuaTable) or entry.taint is not None:
            return True
        if head in dict(entry.items()):
            field = entry.get(head)
            trusted = not isinstance(field, LuaTable) or field.get("type") == "foreign"
            return not rest or trusted or _declares(field, rest)
    return False


def _is_kind(value: Any, kind: str) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "function":
        return isinstance(value, FUNCTIONS)
    return not isinstance(value, bool) and isinstance(value, int if kind == "integer" else (int, float))


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Unknown):
        return True
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_has_unknown, inside))


def _fault(owner: Field, value: Any) -> str | None:
    """Kong's text when one of its own validators would fail on the value, before another refuses it."""
    if owner.attributes.get("referenceable") is True and is_reference(value):
        return None
    for rule in compile_rules(owner):
        try:
            answer = rule(value)
        except (TypeError, AttributeError):
            return None  # of another type, and refused for it
        if isinstance(answer, Unchecked):
            if answer.reason.endswith(("cannot look at such a value", "has an argument that Kong cannot use")):
                return _CANNOT
        elif answer is not None:
            return None
    return None


def _put(found: dict[Any, Finding], path: str, message: str) -> None:
    """Files a violation's ``[1].h`` or ``a.b`` under its keys; the field itself has no name."""
    parts = path.replace("]", "").replace("[", ".").split(".")
    keys: list[Any] = [int(part) if part.isdigit() else part for part in parts if part]
    level = found
    for key in keys[:-1]:
        below = level.setdefault(key, {})
        if not isinstance(below, dict):
            return
        level = below
    level[keys[-1] if keys else ""] = message
