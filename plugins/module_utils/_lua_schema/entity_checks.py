# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks across the fields of one record (schema-messages.md), compiled to functions of its filled values.

They run after the fields were judged, in the order of the text, whatever the fields said, save that some stay away from
fields already refused.  A message goes under ``@entity`` of the record; a field that a check cannot do without is
reported under that field instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.defaults import ABSENT
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import (
    format_once,
    is_nonempty,
    is_reference,
    quoted,
    table_key,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import EntityCheck, Field, Unknown
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import (
    ENTITY,
    REQUIRED,
    Problem,
    Unchecked,
    is_error,
)

Table = Mapping[Any, Any]
Errors = dict[Any, Problem]
Run = Callable[[Table, Errors], None]
Judge = Callable[[Any], Problem]
Lookup = Callable[[str], "Field | None"]
Overlay = Callable[[str, Mapping[str, Any]], "Judge | None"]
"""Compiles the field of that (dotted) name with some of its attributes replaced."""

_MISSING = "field required for entity check"
_AT_LEAST_ONE = "at least one of these fields must be non-empty: {}"


@dataclass(frozen=True)
class _Kind:
    """How one check behaves around its own rule.

    ``make(args, overlay)`` gives the rule, a function of (values, errors); ``sources`` are the arguments that name
    fields (None: the argument is itself the list of names), ``needed`` those whose fields have to be there.
    """

    make: Callable[[Any, Overlay], Callable[[Table, Errors], Any]]
    sources: tuple[str, ...] | None = None
    needed: tuple[str, ...] = ()
    with_missing: bool = False
    with_invalid: bool = False


def compile_check(check: EntityCheck, lookup: Lookup, overlay: Overlay) -> Run:
    """The function that runs one entity check on a record and adds what it finds to its errors."""
    kind = _KINDS.get(check.name)
    args = check.args
    if kind is None or isinstance(args, Unknown):
        reason = args.reason if isinstance(args, Unknown) else "only Kong knows it"
        return _reporting(Unchecked(f"not checked: entity check '{check.name}': {reason}"))
    if args is None or args is False:
        return lambda _values, _errors: None
    try:
        rule = kind.make(args, overlay)
        names = _names(kind, args)
    except (TypeError, KeyError, AttributeError, ValueError):
        return _reporting(Unchecked(f"not checked: entity check '{check.name}' has arguments that Kong cannot use"))
    if any(lookup(name) is None for name in names):
        return _reporting(Unchecked(f"not checked: entity check '{check.name}' names a field that is not declared"))
    return _guarded(kind, args, rule, names, lookup)


def names_of(check: EntityCheck) -> list[str] | None:
    """The (dotted) names of the fields that a check looks at, in the record that declares it; None where that cannot
    be told."""
    kind = _KINDS.get(check.name)
    if kind is None or isinstance(check.args, Unknown):
        return None
    try:
        return _names(kind, check.args) if check.args else []
    except (TypeError, KeyError, AttributeError, ValueError):
        return None


def _names(kind: _Kind, args: Any) -> list[str]:
    if kind.sources is None:
        listed = list(args)
    else:
        listed = []
        for source in kind.sources:
            named = args.get(source)
            listed += [named] if isinstance(named, str) else named or []
    if not all(isinstance(name, str) for name in listed):
        raise TypeError(listed)
    return listed


def _guarded(kind: _Kind, args: Any, rule: Callable[[Table, Errors], Any], names: list[str], lookup: Lookup) -> Run:
    own = args if isinstance(args, dict) else {}
    with_missing = kind.with_missing or own.get("run_with_missing_fields") is True
    with_invalid = kind.with_invalid or own.get("run_with_invalid_fields") is True
    if kind.sources is None:
        needed = set(names)
    else:
        needed = {name for source in kind.needed for name in _listed(args.get(source))}
    paths = [(name, tuple(name.split("."))) for name in names]
    references = {name for name in names if _holds_references(lookup(name))}

    def run(values: Table, errors: Errors) -> None:
        found = [(name, path, value_at(values, path)) for name, path in paths]
        if any(name in references and is_reference(value) for name, _path, value in found):
            return
        if not with_invalid and any(is_error(errors.get(name)) for name in names):
            return
        absent = [(name, path) for name, path, value in found if value is ABSENT]
        if len(absent) == len(found) and not kind.with_missing:
            return
        lacking = [path for name, path in absent if name in needed] if not with_missing else []
        for path in lacking:
            put(errors, path, _MISSING)
        if lacking:
            return
        if any(isinstance(value, Unknown) for _name, _path, value in found):
            _insert(errors, Unchecked("not checked: an entity check looks at a default that could not be read"))
            return
        outcome = rule(values, errors)
        if outcome is not None:
            _insert(errors, outcome)

    return run


def _listed(named: Any) -> list[str]:
    return [named] if isinstance(named, str) else list(named or ())


def _holds_references(field: Field | None) -> bool:
    return field is not None and field.type == "string" and field.attributes.get("referenceable") is True


def _reporting(outcome: Unchecked) -> Run:
    return lambda _values, errors: _insert(errors, outcome)


def value_at(values: Any, path: tuple[str, ...]) -> Any:
    """The value under nested names; `ABSENT` where something on the way is absent, null or no table."""
    for name in path:
        if not isinstance(values, Mapping):
            return ABSENT
        values = values.get(name, ABSENT)
    return values


def put(errors: Errors, path: tuple[str, ...], problem: Problem) -> None:
    """Sets the problem of the field under nested names."""
    for name in path[:-1]:
        below = errors.get(name)
        if not isinstance(below, dict):
            below = errors[name] = {}
        errors = below
    errors[path[-1]] = problem


def _insert(errors: Errors, outcome: str | Unchecked) -> None:
    errors.setdefault(ENTITY, []).append(outcome)


def _set_among(names: list[str]) -> Callable[[Table], list[str]]:
    paths = [(name, tuple(name.split("."))) for name in names]

    def those_set(values: Table) -> list[str]:
        return [name for name, path in paths if _is_set(value_at(values, path))]

    return those_set


def _is_set(value: Any) -> bool:
    return value is not ABSENT and is_nonempty(value)


def _counted(message: str, fine: Callable[[int, int], bool]) -> Callable[[Any, Overlay], Any]:
    """A check that only counts how many of its fields are set."""

    def make(names: list[str], _overlay: Overlay) -> Callable[[Table, Errors], Any]:
        those_set, text = _set_among(names), message.format(quoted(names))
        return lambda values, _errors: None if fine(len(those_set(values)), len(names)) else text

    return make


def _distinct(names: list[str], _overlay: Overlay) -> Callable[[Table, Errors], Any]:
    paths = [tuple(name.split(".")) for name in names]
    text = f"values of these fields must be distinct: {quoted(names)}"

    def rule(values: Table, _errors: Errors) -> str | None:
        seen = [table_key(value) for value in (value_at(values, path) for path in paths) if _is_set(value)]
        return None if len(set(seen)) == len(seen) else text

    return rule


def _mutually_exclusive_sets(args: dict[str, Any], _overlay: Overlay) -> Callable[[Table, Errors], Any]:
    of_one, of_other = _set_among(args["set1"]), _set_among(args["set2"])

    def rule(values: Table, _errors: Errors) -> str | None:
        one, other = of_one(values), of_other(values)
        return f"these sets are mutually exclusive: ({quoted(one)}), ({quoted(other)})" if one and other else None

    return rule


def _conditional(args: dict[str, Any], overlay: Overlay) -> Callable[[Table, Errors], Any]:
    if_name, then_name = args["if_field"], args["then_field"]
    if_path, then_path = tuple(if_name.split(".")), tuple(then_name.split("."))
    changed = _attributes(args["then_match"])
    if_match, then_match = _declared(overlay, if_name, args["if_match"]), _declared(overlay, then_name, changed)
    text = f"failed conditional validation given value of field '{if_name}'"
    own_text = format_once(args["then_err"], if_name) if isinstance(args.get("then_err"), str) else text
    demanded = changed.get("required") is True

    def rule(values: Table, errors: Errors) -> str | Unchecked | None:
        matched = if_match(value_at(values, if_path))
        if is_error(matched):
            return None
        value = value_at(values, then_path)
        value = None if value is ABSENT else value
        if demanded and value is None:
            problem, message = REQUIRED, text
        else:
            problem, message = then_match(value), own_text
        if problem is None:
            return None
        if matched is not None or not is_error(problem):
            return Unchecked(f"not checked: whether the condition on '{if_name}' holds for '{then_name}'")
        put(errors, then_path, problem)
        return message

    return rule


def _conditional_at_least_one_of(args: dict[str, Any], overlay: Overlay) -> Callable[[Table, Errors], Any]:
    if_name = args["if_field"]
    if_path = tuple(if_name.split("."))
    branches = [(_declared(overlay, if_name, args["if_match"]), *_one_of_branch(args, "then"))]
    if args.get("else_match") is not None:
        branches.append((_declared(overlay, if_name, args["else_match"]), *_one_of_branch(args, "else_then")))

    def rule(values: Table, _errors: Errors) -> str | Unchecked | None:
        value = value_at(values, if_path)
        if value is ABSENT:
            return None
        for matches, those_set, message in branches:
            matched = matches(value)
            if is_error(matched):
                continue
            if those_set(values):
                return None
            return message if matched is None else Unchecked(f"not checked, for '{if_name}' is not: {message}")
        return None

    return rule


def _declared(overlay: Overlay, name: str, match: Any) -> Judge:
    """What judges a field under a condition; `compile_check` drops a check that names one which is not declared."""
    return cast(Judge, overlay(name, _attributes(match)))


def _attributes(match: Any) -> dict[str, Any]:
    """The attributes that a condition replaces; an empty table is read as a list."""
    return dict(match) if match else {}


def _one_of_branch(args: dict[str, Any], prefix: str) -> tuple[Callable[[Table], list[str]], str]:
    names = args[f"{prefix}_at_least_one_of"]
    err = args.get(f"{prefix}_err")
    message = format_once(err, quoted(names)) if isinstance(err, str) else _AT_LEAST_ONE.format(quoted(names))
    return _set_among(names), message


def _custom(_args: Any, _overlay: Overlay) -> Callable[[Table, Errors], Any]:
    return lambda _values, _errors: Unchecked("not checked: a Lua function of the schema decides (custom_entity_check)")


_KINDS: dict[str, _Kind] = {
    "at_least_one_of": _Kind(
        _counted(_AT_LEAST_ONE, lambda count, _all: count > 0), with_missing=True, with_invalid=True
    ),
    "conditional_at_least_one_of": _Kind(
        _conditional_at_least_one_of,
        sources=("if_field", "then_at_least_one_of", "else_then_at_least_one_of"),
        with_missing=True,
        with_invalid=True,
    ),
    "only_one_of": _Kind(
        _counted("exactly one of these fields must be non-empty: {}", lambda count, _all: count == 1), with_invalid=True
    ),
    "distinct": _Kind(_distinct, with_invalid=True),
    "conditional": _Kind(_conditional, sources=("if_field", "then_field"), needed=("if_field",), with_invalid=True),
    "custom_entity_check": _Kind(_custom, sources=("field_sources",), needed=("field_sources",)),
    "mutually_required": _Kind(
        _counted("all or none of these fields must be set: {}", lambda count, every: count in (0, every)),
        with_missing=True,
    ),
    "mutually_exclusive": _Kind(
        _counted("only one or none of these fields must be set: {}", lambda count, _all: count < 2), with_missing=True
    ),
    "mutually_exclusive_sets": _Kind(_mutually_exclusive_sets, sources=("set1", "set2"), with_missing=True),
}


def compile_transformation(transformation: Any, lookup: Lookup) -> Run:
    """The check that a transformation brings with it: where one of its inputs is set, all of its fields must be."""
    if not isinstance(transformation, dict):
        return _reporting(Unchecked("not checked: transformations could not be read"))
    inputs, needs = _listed(transformation.get("input")), _listed(transformation.get("needs"))
    names = [*inputs, *needs]
    if not all(isinstance(name, str) and lookup(name) for name in names):
        return _reporting(Unchecked("not checked: a transformation names a field that is not declared"))
    inputs_set, all_set = _set_among(inputs), _set_among(names)
    text = f"all or none of these fields must be set: {quoted(names)}"

    def run(values: Table, errors: Errors) -> None:
        if inputs_set(values) and len(all_set(values)) != len(names):
            _insert(errors, text)

    return run
