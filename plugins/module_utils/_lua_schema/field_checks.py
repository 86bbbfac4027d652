# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields compiled to functions that judge a value: its type, what is inside, then the validators it declares.

Facts: kong-data-plane.md 1.3 and 2.  Values are filled before they are judged (`defaults`), except where a caller asks
for a configuration as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.defaults import (
    ABSENT,
    Filling,
    as_table,
    implicitly_required,
    is_named,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.entity_checks import (
    Judge,
    Run,
    compile_check,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.field_rules import Rule, compile_rules
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import (
    as_double,
    is_integral,
    is_number,
    is_reference,
    is_sequence,
    tostring,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import (
    EntityCheck,
    Field,
    Unknown,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.shorthands import (
    Consumed,
    has_shorthand,
    kept_beside,
    shorthand_problem,
    soften_unless_kept,
    take_consumed,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import (
    REQUIRED,
    UNKNOWN_FIELD,
    Problem,
    Unchecked,
    is_error,
    merge,
    soften,
    without_value,
)

DATA_PLANE: Final = "data_plane"
CONTROL_PLANE: Final = "control_plane"

# Kong never looks at this key of a record, declared or not.
_NEVER_JUDGED = "updated_at"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Judging:
    """Compiles fields for one role (``control_plane``, ``data_plane``), filling absent fields or not."""

    role: str
    fill: bool = True

    def field(self, field: Field, implied: bool = False, required: bool | None = None) -> Judge:
        """A function of a value of ``field`` (None is an explicit null) that answers its problem, or None.

        ``implied``: whether records are required unless they say otherwise; ``required`` overrules what is written.
        """
        must = implicitly_required(field, implied) if required is None else required
        unread = _unread(field.unknown)
        on_null = _on_null(field, must) or unread
        opaque = _opaque(field)
        if opaque is not None:
            return lambda value: on_null if value is None else opaque
        attributes = field.attributes
        if "eq" in attributes and attributes["eq"] is None:
            only_null = attributes.get("err", "value must be null")
            return lambda value: on_null if value is None else only_null
        if attributes.get("abstract"):
            return lambda value: on_null if value is None else ABSTRACT
        rules = compile_rules(field)
        if unread is not None:
            rules.append(lambda _value: unread)
        judge = self._typed(field, implied, rules, on_null)
        if _is_secret(field):
            judge = _secretive(judge)
        return _unread_default(judge) if isinstance(attributes.get("default"), Unknown) else judge

    def record(
        self,
        fields: tuple[Field, ...],
        entity_checks: tuple[EntityCheck, ...],
        shorthand_fields: tuple[Field, ...] = (),
        implied: bool = False,
        open_for: Unchecked | None = None,
    ) -> Callable[[dict[Any, Any]], dict[Any, Problem]]:
        """A function of a table that answers the problems of its fields; ``open_for`` says why keys that are not
        declared cannot be told from mistakes."""
        unread = next((one.unknown for one in fields if not is_named(one)), None)
        open_for = _unread(unread) or open_for
        fields = tuple(filter(is_named, fields))
        judges = {one.name: self.field(one, implied) for one in fields}
        required = [one.name for one in fields if implicitly_required(one, implied) is True]
        unsure = [one for one in fields if isinstance(one.required, Unknown)]
        lent = lent_to_containers(fields)
        checks = [self._entity_check(one, fields, implied) for one in entity_checks]
        shorthands = [one.name for one in shorthand_fields]
        fill = _Filling(self).record(fields, shorthand_fields, implied) if self.fill else None
        consume = None if self.fill else _Filling(self).shorthands(shorthand_fields)
        unknown_key = self._unknown_key(open_for)
        names = judges.keys()

        def judge(table: dict[Any, Any]) -> dict[Any, Problem]:
            if fill is not None and not names <= table.keys():
                table = fill(table)
            if consume is not None:
                table = dict(table)
                consume(table)
            errors: dict[Any, Problem] = {}
            kept = take_consumed(table, shorthands, errors) if shorthands else None
            for key, value in table.items():
                known = judges.get(key)
                problem = unknown_key(key, value) if known is None else known(value)
                if problem is not None and key != _NEVER_JUDGED:
                    if known is not None and kept is not None:
                        problem = soften_unless_kept(problem, key, kept)
                    errors[key] = problem
            late: dict[Any, Problem] = {}
            for name in required:
                if table.get(name) is None:
                    late[name] = REQUIRED
            for name, container in lent:
                if table.get(name) is None and isinstance(table.get(container), (dict, list)):
                    late[name] = REQUIRED
            for one in unsure:
                if table.get(one.name) is None:
                    late[one.name] = Unchecked(f"not checked: 'required' is not known: {one.required.reason}")
            errors.update(late if kept is None else soften(late))
            if checks:
                _run_checks(checks, table, errors, has_shorthand(errors))
            return errors

        return judge

    def overlay(self, field: Field, changed: Mapping[str, Any], implied: bool) -> Judge:
        """Judges ``field`` with some attributes replaced, as the conditional entity checks do."""
        merged = {**field.attributes, **changed}
        must = changed.get("required", implicitly_required(field, implied))
        kind = merged.pop("type", field.type)
        return self.field(replace(field, type=kind, attributes=merged), implied, must)

    def _entity_check(self, check: EntityCheck, fields: tuple[Field, ...], implied: bool) -> Run:
        def overlay(name: str, changed: Mapping[str, Any]) -> Judge | None:
            found = lookup(fields, name)
            return None if found is None else self.overlay(found, changed, implied)

        return compile_check(check, lambda name: lookup(fields, name), overlay)

    def _unknown_key(self, open_for: Unchecked | None) -> Callable[[Any, Any], Problem]:
        problem = UNKNOWN_FIELD if open_for is None else open_for
        if self.role == DATA_PLANE:
            return lambda _key, value: None if value is None else problem
        return lambda _key, _value: problem

    def _typed(self, field: Field, implied: bool, rules: list[Rule], on_null: Problem) -> Judge:
        kind = field.type
        if kind == "string":
            return _string(rules, on_null, field.attributes.get("referenceable") is True)
        if kind in ("number", "integer"):
            return _number(rules, on_null, kind == "integer")
        if kind == "boolean":
            return _container(lambda value: None if isinstance(value, bool) else "expected a boolean", rules, on_null)
        inside: Judge
        if kind in ("array", "set"):
            inside = self._elements(field)
        elif kind == "map":
            inside = self._entries(field)
        elif kind == "record":
            inside = self._record(field, implied)
        elif kind == "foreign":
            # Kong looks up what a key refers to for the fields of a record only.
            inside = _primary_key if field.name else _anything
        else:
            message = f"expected a {kind}" if kind == "function" else f"invalid type: {kind}"
            return _container(lambda _value: message, rules, on_null)
        return _container(inside, rules, on_null)

    def _elements(self, field: Field) -> Judge:
        element = self._within(field, field.elements)
        message = "expected an array" if field.type == "array" else "expected a set"

        def judge(value: Any) -> Problem:
            if not is_sequence(value):
                return message
            problems = {at: problem for at, one in enumerate(value, 1) if (problem := element(one)) is not None}
            return problems or None

        return judge

    def _entries(self, field: Field) -> Judge:
        of_key, of_value = self._within(field, field.keys), self._within(field, field.values)

        def judge(value: Any) -> Problem:
            if not isinstance(value, (dict, list)):
                return "expected a map"
            doubt: Problem = None
            for key, one in as_table(value).items():
                for problem in (of_key(key), of_value(one)):
                    if problem is not None:
                        if is_error(problem):
                            return problem  # Kong stops at the first, too
                        doubt = merge(doubt, problem)
            return doubt

        return judge

    def _within(self, field: Field, inner: Field | None) -> Judge:
        """What judges each entry; `_opaque` has answered for a field that lacks its contents."""
        return self.field(_as_secret_as(field, cast(Field, inner)), required=True)

    def _record(self, field: Field, implied: bool) -> Judge:
        fields = cast("tuple[Field, ...]", field.fields)
        judge_table = self.record(fields, field.entity_checks, field.shorthand_fields, implied, _unread(field.unknown))

        def judge(value: Any) -> Problem:
            if not isinstance(value, (dict, list)):
                return "expected a record"
            return judge_table(value if isinstance(value, dict) else as_table(value)) or None

        return judge


ABSTRACT: Final = "error in schema definition: abstract field was not specialized"


class _Filling(Filling):
    """Filling for a verdict: shorthand keys are judged where they are consumed, and unread defaults stay visible."""

    def __init__(self, judging: Judging) -> None:
        self.judging = judging

    def shorthands(self, declared: tuple[Field, ...]) -> Callable[[dict[Any, Any]], None] | None:
        judges = [(one, self.judging.field(one)) for one in declared]
        if not judges:
            return None

        def consume(table: dict[Any, Any]) -> None:
            for one, judge in judges:
                value = table.get(one.name, ABSENT)
                if value is not ABSENT and not isinstance(value, Consumed):
                    problem = shorthand_problem(one, judge, value, table)
                    table[one.name] = Consumed(problem, kept_beside(one, table))

        return consume

    def unknown_default(self, default: Unknown) -> Any:
        return default


def filling(judging: Judging) -> Filling:
    """The way to fill a configuration before ``judging`` judges it."""
    return _Filling(judging)


def lookup(fields: tuple[Field, ...], name: str) -> Field | None:
    """The declared field under a dotted name."""
    head, _dot, rest = name.partition(".")
    found = next((one for one in reversed(fields) if one.name == head), None)
    return found if found is None or not rest else lookup(found.fields or (), rest)


def lent_to_containers(fields: tuple[Field, ...]) -> list[tuple[str, str]]:
    """Fields whose Lua table is also the ``elements``, ``keys`` or ``values`` of a field beside them, with that field.

    Kong writes ``required = true`` into the table of what a list or map holds when it judges one, and so makes the
    field required, too (``f = typedefs.uuid`` beside ``values = typedefs.uuid``).
    """
    return [
        (one.name, container.name)
        for one in fields
        for container in fields
        for inner in (container.elements, container.keys, container.values)
        if inner is not None and one.table is not None and one.table == inner.table
    ]


def _on_null(field: Field, required: Any) -> Problem:
    attributes = field.attributes
    if "ne" in attributes and attributes["ne"] is None:
        return attributes.get("err", "value must not be null")
    if attributes.get("eq") is not None:
        wanted = attributes["eq"]
        return _unread(wanted) if isinstance(wanted, Unknown) else f"value must be {tostring(wanted)}"
    if isinstance(required, Unknown):
        return _unread(required)
    return REQUIRED if required else None


def _unread(unknown: Unknown | None) -> Unchecked | None:
    return None if unknown is None else Unchecked(f"not checked: the schema could not be read here: {unknown.reason}")


def _opaque(field: Field) -> Unchecked | None:
    """Why no value of the field can be judged, if so."""
    lacking = {
        "array": field.elements is None,
        "set": field.elements is None,
        "map": field.keys is None or field.values is None,
        "record": field.fields is None,
    }
    if field.type is None or lacking.get(field.type, False):
        return _unread(field.unknown) or Unchecked("not checked: the field's type or contents are not known")
    if field.type == "json":
        return Unchecked("not checked: a JSON schema decides")
    return None


def _string(rules: list[Rule], on_null: Problem, referenceable: bool) -> Judge:
    def judge(value: Any) -> Problem:
        if value is None:
            return on_null
        if not isinstance(value, str):
            return "expected a string"
        if referenceable and is_reference(value):
            return None
        return _apply(rules, value)

    return judge


def _number(rules: list[Rule], on_null: Problem, integral: bool) -> Judge:
    message = "expected an integer" if integral else "expected a number"

    def judge(value: Any) -> Problem:
        if value is None:
            return on_null
        if not is_number(value):
            return message
        number = as_double(value)
        if integral and not is_integral(number):
            return message
        return _apply(rules, number)

    return judge


def _is_secret(field: Field) -> bool:
    return field.attributes.get("encrypted") is True or field.attributes.get("referenceable") is True


def _as_secret_as(holder: Field, inner: Field) -> Field:
    return replace(inner, attributes={**inner.attributes, "encrypted": True}) if _is_secret(holder) else inner


def _secretive(judge: Judge) -> Judge:
    def checked(value: Any) -> Problem:
        problem = judge(value)
        return without_value(problem, value) if isinstance(problem, str) else problem

    return checked


def _container(inside: Judge, rules: list[Rule], on_null: Problem) -> Judge:
    def judge(value: Any) -> Problem:
        if value is None:
            return on_null
        problem = inside(value)
        if problem is not None and is_error(problem):
            return problem
        found = _apply(rules, value)
        return found if is_error(found) else merge(problem, found)

    return judge


def _apply(rules: list[Rule], value: Any) -> Problem:
    doubt: Problem = None
    for rule in rules:
        found = rule(value)
        if found is not None:
            if isinstance(found, str):
                return found
            doubt = doubt or found
    return doubt


def _unread_default(judge: Judge) -> Judge:
    def checked(value: Any) -> Problem:
        if isinstance(value, Unknown):
            return Unchecked(f"not checked: the default could not be read: {value.reason}")
        return judge(value)

    return checked


def _anything(_value: Any) -> Problem:
    return None


def _primary_key(value: Any) -> Problem:
    """A reference to another entity: ``{"id": UUID}``."""
    key = value.get("id") if isinstance(value, dict) else None
    if isinstance(value, dict) and "id" in value and key is None:
        return {"id": REQUIRED}
    if key is None or key is False:
        return {"id": "missing primary key"}
    if not isinstance(key, str):
        return {"id": "expected a string"}
    return None if _UUID.fullmatch(key) else {"id": "expected a valid UUID"}


def _run_checks(checks: list[Run], table: dict[Any, Any], errors: dict[Any, Problem], consumed: bool) -> None:
    before = dict(errors)
    for run in checks:
        run(table, errors)
    if consumed:
        for key, problem in errors.items():
            if problem is not before.get(key):
                errors[key] = soften(problem)
