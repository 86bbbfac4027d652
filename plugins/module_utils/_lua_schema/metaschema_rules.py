# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a schema may say: the attributes of fields, entity checks and the rest, with their own types, as data.

From kong-data-plane.md section 2; which version has which attribute from the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import quoted
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.versions import version_key

# In the order of Kong's message.
TYPES = "set, string, integer, json, number, function, foreign, array, boolean, record, map"
_NOT_SHORTHAND = ("record", "foreign", "function")


Fault = Callable[[Collection[str]], "str | None"]


@dataclass(frozen=True)
class Scalar:
    """``kind`` is a Lua-side type, ``any`` (all that is there), or ``self`` (a value of the field being described)."""

    kind: str
    required: bool = False
    len_min: int = 1
    len_max: int | None = None
    one_of: str = ""


@dataclass(frozen=True)
class List:
    """A sequence of ``of``."""

    of: Spec
    length: int | None = None
    required: bool = False


@dataclass(frozen=True)
class OneKey:
    """A table with one key, whose value is ``of``."""

    of: Spec


@dataclass(frozen=True)
class Record:
    """A table with these keys and no others; ``keys`` is called late, since fields contain fields.

    ``faults`` are what holds between its keys: functions of those that are not empty, which answer Kong's text or None.
    """

    keys: Callable[[], Mapping[str, Spec]] = field(compare=False)
    required: bool = False
    faults: tuple[Fault, ...] = ()


Spec: TypeAlias = "Scalar | List | OneKey | Record"

STRING, BOOLEAN, INTEGER = Scalar("string"), Scalar("boolean"), Scalar("integer")
NUMBER, FUNCTION, ANY = Scalar("number"), Scalar("function"), Scalar("any")
STRINGS = List(STRING)


def _record(keys: Mapping[str, Spec], *faults: Fault) -> Record:
    return Record(lambda: keys, faults=faults)


def _some_of(*names: str) -> Fault:
    message = f"at least one of these fields must be non-empty: {quoted(list(names))}"
    return lambda given: None if any(name in given for name in names) else message


def _one_of(*names: str) -> Fault:
    message = f"exactly one of these fields must be non-empty: {quoted(list(names))}"
    return lambda given: None if sum(name in given for name in names) == 1 else message


def _all_or_none_of(*names: str) -> Fault:
    message = f"all or none of these fields must be set: {quoted(list(names))}"
    return lambda given: None if sum(name in given for name in names) in (0, len(names)) else message


def _not_together(one: Sequence[str], other: Sequence[str]) -> Fault:
    def fault(given: Collection[str]) -> str | None:
        ours, theirs = [name for name in one if name in given], [name for name in other if name in given]
        told = f"these sets are mutually exclusive: ({quoted(ours)}), ({quoted(theirs)})"
        return told if ours and theirs else None

    return fault


_PATTERNS = List(_record({"pattern": Scalar("string", required=True), "err": STRING}))
VALIDATORS: Mapping[str, Spec] = {
    "between": List(NUMBER, length=2),
    "eq": ANY,
    "ne": ANY,
    "gt": NUMBER,
    "len_eq": INTEGER,
    "len_min": INTEGER,
    "len_max": INTEGER,
    "match": STRING,
    "not_match": STRING,
    "match_all": _PATTERNS,
    "match_none": _PATTERNS,
    "match_any": _record({"patterns": List(STRING, required=True), "err": STRING}),
    "starts_with": STRING,
    "one_of": List(ANY),
    "not_one_of": List(ANY),
    "contains": ANY,
    "is_regex": BOOLEAN,
    "timestamp": BOOLEAN,
    "uuid": BOOLEAN,
    "custom_validator": FUNCTION,
    "mutually_exclusive_subsets": List(STRINGS),
}
_PLAIN: Mapping[str, Spec] = {
    "required": BOOLEAN,
    "reference": STRING,
    "description": Scalar("string", len_min=10, len_max=500),
    "auto": BOOLEAN,
    "unique": BOOLEAN,
    "unique_across_ws": BOOLEAN,
    "on_delete": Scalar("string", one_of="restrict, cascade, null"),
    "default": Scalar("self"),
    "abstract": BOOLEAN,
    "generate_admin_api": BOOLEAN,
    "immutable": BOOLEAN,
    "err": STRING,
    "encrypted": BOOLEAN,
    "referenceable": BOOLEAN,
}
_REPLACED_WITH = List(_record({"path": List(STRING, required=True), "reverse_mapping_function": FUNCTION}))
_DEPRECATION: Mapping[str, Spec] = {
    "message": Scalar("string", required=True),
    "removal_in_version": Scalar("string", required=True),
    "old_default": ANY,
}

ARRAYS_OF_NAMES = ("at_least_one_of", "only_one_of", "distinct", "mutually_required", "mutually_exclusive")
_CONDITION: Mapping[str, Spec] = {
    **VALIDATORS, "required": BOOLEAN, "elements": ANY, "keys": ANY, "values": ANY,
}  # fmt: skip
ENTITY_CHECKS: Mapping[str, Spec] = {
    **dict.fromkeys(ARRAYS_OF_NAMES, STRINGS),
    "conditional_at_least_one_of": _record(
        {
            "if_field": STRING,
            "if_match": _record(_CONDITION),
            "then_at_least_one_of": STRINGS,
            "then_err": STRING,
            "else_match": _record(_CONDITION),
            "else_then_at_least_one_of": STRINGS,
            "else_then_err": STRING,
        }
    ),
    "conditional": _record(
        {
            "if_field": STRING,
            "if_match": _record(_CONDITION),
            "then_field": STRING,
            "then_match": _record(_CONDITION),
            "then_err": STRING,
        }
    ),
    "custom_entity_check": _record(
        {
            "field_sources": STRINGS,
            "fn": FUNCTION,
            "run_with_missing_fields": BOOLEAN,
            "run_with_invalid_fields": BOOLEAN,
        }
    ),
    "mutually_exclusive_sets": _record({"set1": STRINGS, "set2": STRINGS}),
}
_TRANSFORMATION: Mapping[str, Spec] = {
    "input": STRINGS,
    "needs": STRINGS,
    "on_write": FUNCTION,
    "on_read": FUNCTION,
}

_JSON_SCHEMA: Mapping[str, Spec] = {
    "namespace": STRING, "parent_subschema_key": STRING, "optional": BOOLEAN, "inline": ANY, "default": ANY,
}  # fmt: skip

# What an attribute needs of its field's type, and a type of its attributes.
ATTRIBUTE_TYPES: Mapping[str, frozenset[str]] = {
    "between": frozenset(("integer", "number")),
    "len_eq": frozenset(("array", "set", "string", "map")),
    "match": frozenset(("string",)),
    "one_of": frozenset(("string", "number", "integer")),
    "contains": frozenset(("array", "set")),
    "is_regex": frozenset(("string",)),
    "timestamp": frozenset(("number", "integer")),
    "unique": frozenset(("string", "number", "integer", "foreign")),
    "unique_across_ws": frozenset(("string", "number", "integer", "foreign")),
    "abstract": frozenset(("string", "number", "integer", "record", "array", "set", "map")),
    "json_schema": frozenset(("json",)),
    "uuid": frozenset(("string",)),
}
REQUIRED_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "array": ("elements",),
    "set": ("elements",),
    "map": ("keys", "values"),
    "record": ("fields",),
    "json": ("json_schema",),
}
# The plugin entity's own fields: a plugin may narrow these and add none.
TOP_LEVEL_FIELDS: Mapping[str, str] = {
    "id": "string", "name": "string", "instance_name": "string", "created_at": "integer", "updated_at": "integer",
    "route": "foreign", "service": "foreign", "consumer": "foreign", "consumer_group": "foreign", "config": "record",
    "protocols": "set", "enabled": "boolean", "tags": "set", "ordering": "record",
}  # fmt: skip


def known_types(key: tuple[int, ...]) -> str:
    """The types that version has, as its message lists them."""
    return TYPES if key >= (3, 5) else TYPES.replace("json, ", "")


@lru_cache(maxsize=16)
def top_level(kong_version: str) -> Mapping[str, Spec]:
    """The keys of a schema for that version of Kong."""
    key = version_key(kong_version)
    attributes: dict[str, Spec] = {**_PLAIN, **VALIDATORS}
    deprecation = dict(_DEPRECATION)
    if key >= (3, 5):
        attributes["json_schema"] = _record(
            _JSON_SCHEMA,
            _some_of("inline", "namespace", "parent_subschema_key"),
            _all_or_none_of("namespace", "parent_subschema_key"),
            _not_together(["inline"], ["namespace", "parent_subschema_key", "optional"]),
        )
    if key >= (3, 6):
        attributes["examples"] = List(ANY)
    if key >= (3, 8):
        attributes["transient"] = BOOLEAN
        deprecation["replaced_with"] = _REPLACED_WITH
    if key >= (3, 7):
        attributes["deprecation"] = _record(deprecation)
    types = known_types(key)
    shorthand: dict[str, Spec] = {**attributes, "func": Scalar("function", required=True)}
    if (3, 6) <= key < (3, 9) or key >= (3, 10):
        shorthand["translate_backwards"] = STRINGS
    one_of = ", ".join(one for one in types.split(", ") if one not in _NOT_SHORTHAND)
    nested = Record(lambda: attributes)
    shorthand_fields = List(OneKey(Record(lambda: shorthand)))
    nesting: dict[str, Spec] = {
        "elements": nested,
        "keys": nested,
        "values": nested,
        "fields": List(OneKey(nested)),
        "entity_checks": List(_record(ENTITY_CHECKS, _one_of(*ENTITY_CHECKS))),
        "shorthand_fields": shorthand_fields,
    }
    attributes.update(nesting, type=Scalar("string", required=True, one_of=types))
    shorthand.update(nesting, type=Scalar("string", required=True, one_of=one_of))
    return {
        "name": STRING,
        "fields": nesting["fields"],
        "entity_checks": nesting["entity_checks"],
        "shorthand_fields": shorthand_fields,
        "transformations": List(_record(_TRANSFORMATION, _some_of("on_write", "on_read"))),
        "check": FUNCTION,
    }
