# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that turn the configuration of an instance into another one: rename, convert, default, set, remove. Pure.

A path is written ``a.b`` for records and maps and ``list[].a`` for every element of a list; it is below ``config``, and
a leading ``config.`` is allowed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_STEP = re.compile(r"[^.\[\]]+|\[\]")
_PATH = re.compile(r"[^.\[\]]+(\[\])*(\.[^.\[\]]+(\[\])*)*")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


class RuleError(ValueError):
    """A rule that cannot be read, or a value that it cannot convert."""


@dataclass(frozen=True)
class Rules:
    """What to do, in this order: rename, convert, default, set, remove.

    convert: path to the name of a type (integer, number, string, boolean, array, set), or to a mapping of old to new
    values (a value that is not in it stays).
    """

    rename: Mapping[str, str] = field(default_factory=dict)
    convert: Mapping[str, Any] = field(default_factory=dict)
    default: Mapping[str, Any] = field(default_factory=dict)
    set: Mapping[str, Any] = field(default_factory=dict)
    remove: Sequence[str] = ()

    def check(self) -> None:
        """Raises RuleError for a path or a conversion that cannot be read, before anything is fetched."""
        for text in [*self.rename, *self.rename.values(), *self.convert, *self.default, *self.set, *self.remove]:
            steps(text)
        for source, target in self.rename.items():
            if steps(source)[:-1] != steps(target)[:-1]:
                raise RuleError(f"rename {source} to {target}: a field can only be renamed beside itself.")
        for text, how in self.convert.items():
            if not isinstance(how, Mapping) and how not in CONVERSIONS:
                raise RuleError(
                    f"convert {text}: {how!r} is neither one of {', '.join(sorted(CONVERSIONS))} nor a mapping of old "
                    "values to new ones."
                )

    def apply(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A new configuration; RuleError when a value cannot be converted."""
        result: dict[str, Any] = copy.deepcopy(dict(config))
        for source, target in self.rename.items():
            for parent, key in _places(result, steps(source)):
                if key in parent:
                    parent[steps(target)[-1]] = parent.pop(key)
        for text, how in self.convert.items():
            for parent, key in _places(result, steps(text)):
                if _present(parent, key):
                    parent[key] = _converted(parent[key], how, text)
        for text, value in self.default.items():
            for parent, key in _places(result, steps(text), make=True):
                if not _present(parent, key):
                    parent[key] = copy.deepcopy(value)
        for text, value in self.set.items():
            for parent, key in _places(result, steps(text), make=True):
                parent[key] = copy.deepcopy(value)
        for text in self.remove:
            for parent, key in _places(result, steps(text)):
                if isinstance(parent, dict):
                    parent.pop(key, None)
        return result


def steps(text: str) -> list[str]:
    """The steps of a path below ``config``; RuleError when it is not one."""
    if not isinstance(text, str) or not _PATH.fullmatch(text):
        raise RuleError(f"{str(text)[:80]!r} is not a path such as ttl, limits.second or servers[].port.")
    found = _STEP.findall(text)
    found = found[1:] if found[0] == "config" and len(found) > 1 else found
    if found[0] == "[]":
        raise RuleError(f"{text!r} is not a path below config.")
    return found


def _places(config: Any, path: Sequence[str], *, make: bool = False) -> Iterator[tuple[Any, Any]]:
    """Every (container, key or index) that a path leads to; with ``make``, missing records on the way are made."""
    step, rest = path[0], path[1:]
    if step == "[]":
        for index, item in enumerate(config if isinstance(config, list) else []):
            if rest:
                yield from _places(item, rest, make=make)
            else:
                yield config, index
    elif isinstance(config, dict):
        if not rest:
            yield config, step
            return
        if make and config.get(step) is None and rest[0] != "[]":
            config[step] = {}
        if config.get(step) is not None:
            yield from _places(config[step], rest, make=make)


def _present(parent: Any, key: Any) -> bool:
    return (parent.get(key) if isinstance(parent, dict) else parent[key]) is not None


def _converted(value: Any, how: Any, text: str) -> Any:
    if isinstance(how, Mapping):
        return next((new for old, new in how.items() if old == value or str(old) == str(value)), value)
    try:
        return CONVERSIONS[how](value)
    except (TypeError, ValueError):
        raise RuleError(f"convert {text}: a value of type {type(value).__name__} cannot become {how}.") from None


def _integer(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _number(value: Any) -> float | int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    if not isinstance(value, str):
        raise TypeError
    return float(value) if any(mark in value for mark in ".eE") else int(value)


def _string(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        raise TypeError
    return str(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError
    return word in _TRUE


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "string": _string,
    "boolean": _boolean,
    "array": _list,
    "set": _list,
}
