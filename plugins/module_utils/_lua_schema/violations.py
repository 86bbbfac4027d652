# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a configuration: Kong's tree of errors, and the flat list that callers see.

A problem is a message, an `Unchecked`, or a dict of problems by field name (``@entity`` holds a list) or by position in
a list, from 1.  A dict may hold nothing but `Unchecked`: then Kong may well accept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import tostring

ENTITY: Final = "@entity"
REQUIRED: Final = "required field missing"
UNKNOWN_FIELD: Final = "unknown field"


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LONGEST_SHOWN = 300
_HIDDEN = "(hidden)"
# Shorter values are parts of ordinary words.
_TELLING = 4


class SecretText(str):
    """A message that repeats the value of an ``encrypted`` or ``referenceable`` field; ``shown`` does not."""

    __slots__ = ("shown",)
    shown: str


@dataclass(frozen=True)
class Violation:
    """One finding: ``path`` such as ``config.list[1].h`` (positions from 1, keys of maps not shown), ``message`` in
    Kong's words.  ``checked`` is False where nobody but Kong can tell: the finding is then no refusal, only a limit.

    Kong's words may repeat the value, and the value may be a secret or meant to confuse: show people `shown`.
    """

    path: str
    message: str
    checked: bool = True

    @property
    def shown(self) -> str:
        """The message without secrets and control characters, and not too long."""
        text = self.message.shown if isinstance(self.message, SecretText) else self.message
        text = _CONTROL.sub(" ", text)
        return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."

    def __repr__(self) -> str:
        return f"Violation({self.path!r}, {self.shown!r}, checked={self.checked})"


@dataclass(frozen=True)
class Unchecked:
    """Something that only Kong can judge, and why."""

    reason: str


Problem = Any
"""``str | Unchecked | dict[str | int, Problem | list[str | Unchecked]]``"""


def without_value(message: str, value: Any) -> str:
    """The message of a field that holds secrets; where it repeats ``value``, a `SecretText`."""
    spelled = tostring(value)
    if message.endswith(f": {spelled}"):
        shown = message[: len(message) - len(spelled)] + _HIDDEN
    elif f"'{spelled}'" in message:
        shown = message.replace(f"'{spelled}'", _HIDDEN)
    elif len(spelled) >= _TELLING and spelled in message:
        shown = message.replace(spelled, _HIDDEN)
    else:
        return message
    secret = SecretText(message)
    secret.shown = shown
    return secret


def is_error(problem: Problem) -> bool:
    """Whether Kong refuses: a message is anywhere in ``problem``."""
    if isinstance(problem, dict):
        return any(is_error(one) for one in problem.values())
    if isinstance(problem, list):
        return any(isinstance(one, str) for one in problem)
    return isinstance(problem, str)


def soften(problem: Problem) -> Problem:
    """The same problem with every message turned into `Unchecked`."""
    if isinstance(problem, dict):
        return {key: soften(one) for key, one in problem.items()}
    if isinstance(problem, list):
        return [soften(one) for one in problem]
    return Unchecked(f"{problem} (unless a shorthand field sets it)") if isinstance(problem, str) else problem


def merge(one: Problem, other: Problem) -> Problem:
    """Two problems of one field, neither of them an error."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **other}
    return other if isinstance(other, dict) or one is None else one


def flatten(problem: Problem, path: str = "") -> Iterator[Violation]:
    """The leaves of a problem, with their paths."""
    if isinstance(problem, dict):
        for key, one in problem.items():
            yield from flatten(one, _below(path, key))
    elif isinstance(problem, list):
        for one in problem:
            yield from flatten(one, path)
    elif isinstance(problem, Unchecked):
        yield Violation(path, problem.reason, checked=False)
    else:
        yield Violation(path, problem)


def _below(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
