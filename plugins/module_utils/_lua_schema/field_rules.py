# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The validators that a field declares (schema-messages.md), compiled to functions of a value.

A rule answers None, Kong's message, or `Unchecked`.  Kong runs them in one order, whatever the order of the text, and
stops at the first that refuses; `RULES` is that order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_match import compile_match
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import (
    is_number,
    length,
    quoted,
    same,
    to_int,
    tostring,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.regex import fault_in
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import (
    Field,
    LuaFunction,
    NamedValidator,
    Unknown,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.typedef_validators import TYPEDEF_VALIDATORS
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import Unchecked

Rule = Callable[[Any], "str | Unchecked | None"]

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class _Kind:
    """How one validator is made from its argument, and the types of field whose values it can look at."""

    make: Callable[[Any], Rule]
    types: frozenset[str]


def compile_rules(field: Field) -> list[Rule]:
    """The rules of ``field`` in Kong's order; ``err`` speaks instead of every message."""
    attributes = field.attributes
    rules = []
    for name, kind in RULES.items():
        if name in attributes:
            argument = attributes[name]
        elif name == "len_min" and field.type == "string":
            argument = 1  # an empty string is refused unless the schema allows it
        else:
            continue
        rules.append(_compile(name, kind, argument, field))
    err = attributes.get("err")
    return [_with_message(rule, err) for rule in rules] if isinstance(err, str) else rules


def _compile(name: str, kind: _Kind, argument: Any, field: Field) -> Rule:
    unread = _unread(argument)
    if unread is not None and name != "custom_validator":
        return _always(Unchecked(f"'{name}' is not known: {unread.reason}"))
    try:
        rule = kind.make(argument)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError):
        return _always(Unchecked(f"'{name}' has an argument that Kong cannot use"))
    return rule if field.type in kind.types else _cautious(name, rule)


def _cautious(name: str, rule: Rule) -> Rule:
    """For a validator on a type it is not made for, where Kong itself may fail."""

    def judge(value: Any) -> str | Unchecked | None:
        try:
            return rule(value)
        except (TypeError, AttributeError):
            return Unchecked(f"'{name}' cannot look at such a value")

    return judge


def _with_message(rule: Rule, err: str) -> Rule:
    def judge(value: Any) -> str | Unchecked | None:
        found = rule(value)
        return err if isinstance(found, str) else found

    return judge


def _always(answer: Unchecked) -> Rule:
    return lambda _value: answer


def _unread(argument: Any) -> Unknown | None:
    """The first unknown inside an argument."""
    if isinstance(argument, Unknown):
        return argument
    inside = argument.values() if isinstance(argument, dict) else argument if isinstance(argument, list) else ()
    return next((found for found in map(_unread, inside) if found is not None), None)


def _eq(wanted: Any) -> Rule:
    message = f"value must be {tostring(wanted)}"
    return lambda value: None if same(value, wanted) else message


def _ne(unwanted: Any) -> Rule:
    message = f"value must not be {tostring(unwanted)}"
    return lambda value: message if same(value, unwanted) else None


def _one_of(options: list[Any]) -> Rule:
    message = f"expected one of: {_listed(options)}"
    return lambda value: None if any(same(value, one) for one in options) else message


def _not_one_of(options: list[Any]) -> Rule:
    message = f"must not be one of: {_listed(options)}"
    return lambda value: message if any(same(value, one) for one in options) else None


def _listed(options: list[Any]) -> str:
    if not isinstance(options, list):
        raise TypeError(options)
    return ", ".join(map(tostring, options))


def _gt(limit: Any) -> Rule:
    message = f"value must be greater than {tostring(_number(limit))}"
    return lambda value: None if _number(value) > limit else message


def _between(limits: list[Any]) -> Rule:
    low, high = _number(limits[0]), _number(limits[1])
    message = f"value should be between {to_int(low)} and {to_int(high)}"
    return lambda value: None if not (_number(value) < low or value > high) else message


def _timestamp(_argument: Any) -> Rule:
    return lambda value: None if _number(value) > 0 else "expected a valid timestamp"


def _number(value: Any) -> Any:
    if not is_number(value):
        raise TypeError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _uuid(_argument: Any) -> Rule:
    return lambda value: None if _UUID.fullmatch(_text(value)) else "expected a valid UUID"


def _is_regex(_argument: Any) -> Rule:
    return lambda value: None if fault_in(_text(value)) is None else f"not a valid regex: {value}"


def _len_eq(wanted: Any) -> Rule:
    message = f"length must be {to_int(_number(wanted))}"
    return lambda value: None if length(value) == wanted else message


def _len_min(least: Any) -> Rule:
    message = f"length must be at least {to_int(_number(least))}"
    return lambda value: None if length(value) >= least else message


def _len_max(most: Any) -> Rule:
    message = f"length must be at most {to_int(_number(most))}"
    return lambda value: None if length(value) <= most else message


def _starts_with(prefix: Any) -> Rule:
    message = f"should start with: {_text(prefix)}"
    return lambda value: None if _text(value).startswith(prefix) else message


def _match(pattern: Any) -> Rule:
    found = compile_match(_text(pattern))

    def judge(value: Any) -> str | Unchecked | None:
        answer = found(_text(value))
        return answer if isinstance(answer, Unchecked) else None if answer else f"invalid value: {value}"

    return judge


def _not_match(pattern: Any) -> Rule:
    found = compile_match(_text(pattern))

    def judge(value: Any) -> str | Unchecked | None:
        answer = found(_text(value))
        return answer if isinstance(answer, Unchecked) else f"invalid value: {value}" if answer else None

    return judge


def _match_each(wanted: bool) -> Callable[[Any], Rule]:
    """``match_all`` (wanted) and ``match_none``: the first pattern that disagrees has its say."""

    def make(entries: list[dict[str, Any]]) -> Rule:
        patterns = [(compile_match(_text(one["pattern"])), one.get("err")) for one in entries]

        def judge(value: Any) -> str | Unchecked | None:
            for found, err in patterns:
                answer = found(_text(value))
                if isinstance(answer, Unchecked):
                    return answer
                if answer is not wanted:
                    return err if isinstance(err, str) else f"invalid value: {value}"
            return None

        return judge

    return make


def _match_any(argument: dict[str, Any]) -> Rule:
    patterns = [compile_match(_text(one)) for one in argument["patterns"]]
    err = argument.get("err")

    def judge(value: Any) -> str | Unchecked | None:
        answers = [found(_text(value)) for found in patterns]
        if True in answers:
            return None
        unsure = next((one for one in answers if isinstance(one, Unchecked)), None)
        return unsure or (err if isinstance(err, str) else f"invalid value: {value}")

    return judge


def _contains(wanted: Any) -> Rule:
    message = f"expected to contain: {tostring(wanted)}"

    def judge(value: Any) -> str | None:
        if not isinstance(value, (list, dict)):
            raise TypeError(value)
        return None if any(same(one, wanted) for one in value) else message

    return judge


def _custom_validator(validator: Any) -> Rule:
    if isinstance(validator, NamedValidator) and validator.name in TYPEDEF_VALIDATORS:
        return TYPEDEF_VALIDATORS[validator.name]
    if isinstance(validator, NamedValidator):
        return _always(Unchecked(f"not checked: only Kong has the validator of typedefs.{validator.name}"))
    if isinstance(validator, LuaFunction):
        return _always(Unchecked("not checked: a Lua function of the schema decides (custom_validator)"))
    if isinstance(validator, Unknown):
        return _always(Unchecked(f"not checked: custom_validator is not known: {validator.reason}"))
    raise TypeError(validator)


def _mutually_exclusive_subsets(subsets: list[list[Any]]) -> Rule:
    def judge(value: Any) -> str | None:
        hit: list[list[Any]] = []
        for one in value:
            # A value of several subsets belongs to the last of them.
            subset = next((each for each in reversed(subsets) if any(same(one, item) for item in each)), None)
            if subset is not None and not any(subset is each for each in hit):
                hit.append(subset)
        return f"these sets are mutually exclusive: {quoted(hit)}" if len(hit) > 1 else None

    return judge


_NUMBERS = frozenset({"number", "integer"})
_STRINGS = frozenset({"string"})
_SEQUENCES = frozenset({"array", "set"})
_SIZED = _STRINGS | _SEQUENCES | {"map"}
_ALL = _SIZED | _NUMBERS | {"boolean", "record", "foreign", "json", "function"}

RULES: dict[str, _Kind] = {
    "eq": _Kind(_eq, _ALL),
    "ne": _Kind(_ne, _ALL),
    "not_one_of": _Kind(_not_one_of, _ALL),
    "one_of": _Kind(_one_of, _ALL),
    "gt": _Kind(_gt, _NUMBERS),
    "timestamp": _Kind(_timestamp, _NUMBERS),
    "uuid": _Kind(_uuid, _STRINGS),
    "is_regex": _Kind(_is_regex, _STRINGS),
    "between": _Kind(_between, _NUMBERS),
    "len_eq": _Kind(_len_eq, _SIZED),
    "len_min": _Kind(_len_min, _SIZED),
    "len_max": _Kind(_len_max, _SIZED),
    "starts_with": _Kind(_starts_with, _STRINGS),
    "not_match": _Kind(_not_match, _STRINGS),
    "match_none": _Kind(_match_each(False), _STRINGS),
    "match": _Kind(_match, _STRINGS),
    "match_all": _Kind(_match_each(True), _STRINGS),
    "match_any": _Kind(_match_any, _STRINGS),
    "contains": _Kind(_contains, _SEQUENCES),
    "custom_validator": _Kind(_custom_validator, _ALL),
    "mutually_exclusive_subsets": _Kind(_mutually_exclusive_subsets, _SEQUENCES),
}
