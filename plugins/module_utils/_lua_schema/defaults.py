# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong makes of a configuration before it looks at it: defaults, nulls, whole records (update-paths.md 2).

- An absent field takes its default, else null; a required one without a default stays absent, and is missed later.
- An explicit null stays null, also where there is a default.  (Konnect's control plane decodes a null in a request as
  absent, so there it means "the default": drop nulls before calling, to see it so.)
- A record that is absent but required is built from its fields; records directly inside ``config`` and inside one
  another are required unless they say otherwise, those inside lists and maps are not.
- A set keeps the first of equal values.  A shorthand key is consumed.
- A default is taken as it is written: the records in a default list, and a default of a record that is not required,
  are filled when the instance is saved again, or at once inside a record that is absent but required.

Fields are compiled to functions once: `Filling` makes them, and its two hooks say what differs between storing a
configuration and judging one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import is_sequence, table_key
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.memo import PerSchema
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Field, Schema, Unknown

Fill = Callable[[Any], Any]
FillRecord = Callable[[dict[Any, Any]], dict[Any, Any]]
Missing = Callable[[], Any]


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""Lua's ``nil``, where ``None`` is JSON's null."""

# Stands in for the moment of saving, so that the same configuration is always filled alike.
_SAVED_AT = 1


def fill_defaults(schema: Schema, config: Any) -> Any:
    """The configuration that the control plane stores when it is sent ``config``; ``config`` itself is not changed.

    What the control plane makes up (``auto`` fields: UUIDs, random strings, times) is stood in for by a value that is
    always the same.  A default that could not be read stays absent.
    """
    return _filled(schema)(config)


def implicitly_required(field: Field, implied: bool) -> Any:
    """``required`` as Kong sees it: records are required unless they say otherwise, save inside lists and maps."""
    if implied and field.type == "record":
        return field.attributes.get("required", True)
    return field.attributes.get("required")


def is_named(field: Field) -> bool:
    """Whether this is a field at all, not the place of some that could not be read."""
    return bool(field.name) or field.unknown is None


def clone(value: Any) -> Any:
    """A copy of JSON data that shares no list and no dict with it, however deep they go."""
    if not isinstance(value, (dict, list)):
        return value
    copied = value.copy()
    unfinished: list[Any] = [copied]
    while unfinished:
        holder = unfinished.pop()
        for key, one in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if isinstance(one, (dict, list)):
                holder[key] = one.copy()
                unfinished.append(holder[key])
    return copied


def as_table(value: dict[Any, Any] | list[Any]) -> dict[Any, Any]:
    """A JSON list or object as the table of names and positions that a record is; a new dict."""
    return dict(value) if isinstance(value, dict) else dict(enumerate(value, 1))


class Filling:
    """Compiles fields to functions that fill values."""

    def shorthands(self, declared: tuple[Field, ...]) -> Callable[[dict[Any, Any]], None] | None:
        """What happens to shorthand keys of a record, in place: they are consumed."""
        names = [one.name for one in declared]
        if not names:
            return None

        def consume(table: dict[Any, Any]) -> None:
            for name in names:
                table.pop(name, None)

        return consume

    def unknown_default(self, default: Unknown) -> Any:
        """What an absent field takes whose default could not be read."""
        return ABSENT

    def present(self, field: Field, implied: bool = False) -> Fill:
        """A function that fills a value of ``field`` and copies it."""
        if field.attributes.get("abstract"):
            return clone
        if field.type == "record" and field.fields is not None:
            return self._record_value(field, field.fields, implied)
        if field.type in ("array", "set") and field.elements is not None:
            return _list_value(self.present(field.elements), distinct=field.type == "set")
        if field.type == "map" and field.values is not None:
            return _map_value(self.present(field.values))
        return clone

    def missing(self, field: Field, implied: bool = False) -> Missing:
        """A function that makes the value of an absent ``field``: its default, null, or `ABSENT`."""
        if field.attributes.get("abstract"):
            return _absent
        if "default" in field.attributes:
            return self._default(field, implied)
        required = implicitly_required(field, implied)
        if required is not True:
            return _null
        if field.type == "record" and field.fields is not None:
            record = self.record(field.fields, field.shorthand_fields, implied)
            return lambda: record(record({}))  # Kong makes it of nothing, then fills what it made
        return _absent

    def record(self, fields: Iterable[Field], shorthand_fields: tuple[Field, ...], implied: bool) -> FillRecord:
        """A function that fills the fields of one record; it returns a new dict."""
        consume = self.shorthands(shorthand_fields)
        # Names in the order of the text; of two fields with one name the first fills an absent value.
        steps = [(one.name, self.present(one, implied), self._new(one, implied)) for one in fields if is_named(one)]
        names = frozenset(name for name, _present, _new in steps)

        def fill(table: dict[Any, Any]) -> dict[Any, Any]:
            filled = {key: value if key in names else clone(value) for key, value in table.items()}
            if consume is not None:
                consume(filled)
            for name, present, new in steps:
                value = filled.get(name, ABSENT)
                if value is ABSENT:
                    made = new()
                    if made is not ABSENT:
                        filled[name] = made
                elif value is not None:
                    filled[name] = present(value)
            return filled

        return fill

    def _new(self, field: Field, implied: bool) -> Missing:
        if field.attributes.get("auto") is True:
            made = _made_up(field)
            if made is not ABSENT:
                return lambda: made
        return self.missing(field, implied)

    def _default(self, field: Field, implied: bool) -> Missing:
        default = field.attributes["default"]
        if isinstance(default, Unknown):
            return lambda: self.unknown_default(default)
        if not isinstance(default, (dict, list)):
            return lambda: default
        if field.type == "record" and field.fields is not None and implicitly_required(field, implied) is True:
            record = self.record(field.fields, field.shorthand_fields, implied)
            return lambda: record(as_table(default))
        return lambda: clone(default)

    def _record_value(self, field: Field, fields: Iterable[Field], implied: bool) -> Fill:
        record = self.record(fields, field.shorthand_fields, implied)
        missing = self.missing(field, implied)
        required = implicitly_required(field, implied)

        def fill(value: Any) -> Any:
            if isinstance(value, (dict, list)):
                return record(as_table(value))
            if value is False:
                # Lua's `value or default`: false counts as nothing here.
                made = missing()
                return None if made is ABSENT and required is not True else made
            return value

        return fill


def _list_value(element: Fill, distinct: bool) -> Fill:
    def fill(value: Any) -> Any:
        if isinstance(value, list):
            items = _distinct(value) if distinct else value
            return [None if one is None else element(one) for one in items]
        if isinstance(value, dict):
            return [] if is_sequence(value) else {key: element(one) for key, one in value.items()}
        return value

    return fill


def _map_value(inner: Fill) -> Fill:
    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: None if one is None else inner(one) for key, one in value.items()}
        if isinstance(value, list):
            return [None if one is None else inner(one) for one in value]
        return value

    return fill


def _distinct(values: list[Any]) -> list[Any]:
    first: dict[Any, Any] = {}
    for one in values:
        first.setdefault(table_key(one), one)
    return list(first.values())


def _made_up(field: Field) -> Any:
    if field.attributes.get("uuid") is True:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, field.name))
    if field.type == "string":
        return uuid.uuid5(uuid.NAMESPACE_OID, field.name).hex
    if field.name in ("created_at", "updated_at") and field.type in ("number", "integer"):
        return _SAVED_AT
    return ABSENT


def _null() -> None:
    return None


def _absent() -> _Absent:
    return ABSENT


def _compile_config(schema: Schema, _key: object) -> Fill:
    return clone if schema.config is None else Filling().present(schema.config, implied=True)


_filled: PerSchema[Fill] = PerSchema(_compile_config)
