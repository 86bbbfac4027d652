# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a configuration: Kong's tree of errors, and the flat list that callers see.

A problem is a message, an `Unchecked`, or a dict of problems by field name (``@entity`` holds a list) or by position in
a list, from 1.  A dict may hold nothing but `Unchecked`: then Kong may well accept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

ENTITY: Final = "@entity"
REQUIRED: Final = "required field missing"
UNKNOWN_FIELD: Final = "unknown field"


@dataclass(frozen=True)
class Violation:
    """One finding: ``path`` such as ``config.list[1].h`` (positions from 1, keys of maps not shown), ``message`` in
    Kong's words.  ``checked`` is False where nobody but Kong can tell: the finding is then no refusal, only a limit."""

    path: str
    message: str
    checked: bool = True


@dataclass(frozen=True)
class Unchecked:
    """Something that only Kong can judge, and why."""

    reason: str


Problem = Any
"""``str | Unchecked | dict[str | int, Problem | list[str | Unchecked]]``"""


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
