# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lua patterns, matched within a bound on steps.

Subjects and patterns are ``str`` of bytes, as everywhere in the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MAX_STEPS = 400_000
MAX_CAPTURES = 32
MAX_DEPTH = 150  # of our own recursion: captures, and choices that hang on what follows
SPECIALS = frozenset("^$*+?.([%-")

_OPEN, _POSITION = -1, -2
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset("0123456789")
_GRAPHIC = frozenset(map(chr, range(33, 127)))
_CLASSES = {
    "a": _LETTERS,
    "d": _DIGITS,
    "l": frozenset("abcdefghijklmnopqrstuvwxyz"),
    "u": frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "s": frozenset(" \t\n\v\f\r"),
    "w": _LETTERS | _DIGITS,
    "x": frozenset("0123456789abcdefABCDEF"),
    "p": _GRAPHIC - _LETTERS - _DIGITS,
    "c": frozenset(map(chr, [*range(32), 127])),
    "g": _GRAPHIC,
    "z": frozenset("\0"),
}


class PatternError(Exception):
    """A pattern that Lua refuses, in Lua's words."""


class PatternLimit(Exception):
    """The match takes more steps, or nests deeper, than is allowed."""


class Match:
    """One match: ``start`` and ``end`` (exclusive), and the ``captures`` (strings, or positions from 1)."""

    def __init__(self, subject: str, start: int, end: int, marks: list[tuple[int, int]]) -> None:
        self.subject = subject
        self.start = start
        self.end = end
        self.marks = marks

    @property
    def captures(self) -> list[Any]:
        """Raises `PatternError` for one that was not closed; Lua, too, minds only when they are asked for."""
        return [self._capture(start, length) for start, length in self.marks]

    def _capture(self, start: int, length: int) -> Any:
        if length == _OPEN:
            raise PatternError("unfinished capture")
        return start + 1 if length == _POSITION else self.subject[start : start + length]


class Matcher:
    """Matches one pattern against one subject; its steps add up over all attempts."""

    def __init__(self, subject: str, pattern: str, max_steps: int = MAX_STEPS) -> None:
        self.subject = subject
        self.pattern = pattern
        self.steps = max_steps
        self.starts: list[int] = []
        self.lengths: list[int] = []
        self.depth = 0

    def search(self, start: int = 0) -> Match | None:
        """The first match at or after ``start``; honours a leading ``^``."""
        anchored = self.pattern.startswith("^")
        position = start
        while position <= len(self.subject):
            found = self.match_at(position, 1 if anchored else 0)
            if found is not None or anchored:
                return found
            position += 1
        return None

    def match_at(self, position: int, pattern_start: int = 0) -> Match | None:
        """A match that begins exactly there."""
        self.starts, self.lengths = [], []
        end = self._match(position, pattern_start)
        if end is None:
            return None
        return Match(self.subject, position, end, list(zip(self.starts, self.lengths, strict=True)))

    def _match(self, s: int, p: int) -> int | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise PatternLimit("the pattern nests too deeply")
        try:
            return self._run(s, p)
        finally:
            self.depth -= 1

    def _run(self, s: int, p: int) -> int | None:
        pattern, subject = self.pattern, self.subject
        while p < len(pattern):
            self._step()
            one = pattern[p]
            if one == "(":
                return self._open(s, p)
            if one == ")":
                return self._close(s, p)
            if one == "$" and p + 1 == len(pattern):
                return s if s == len(subject) else None
            if one == "%" and p + 1 < len(pattern) and pattern[p + 1] in "bf0123456789":
                moved = self._special(s, p)
                if moved is None:
                    return None
                s, p = moved
                continue
            after = self._end_of_class(p)
            follow = pattern[after] if after < len(pattern) else ""
            if follow == "?":
                if s < len(subject) and self._single(subject[s], p, after):
                    end = self._match(s + 1, after + 1)
                    if end is not None:
                        return end
                p = after + 1
            elif follow == "*":
                return self._longest(s, p, after, 0)
            elif follow == "+":
                return self._longest(s, p, after, 1)
            elif follow == "-":
                return self._shortest(s, p, after)
            else:
                if s >= len(subject) or not self._single(subject[s], p, after):
                    return None
                s, p = s + 1, after
        return s

    def _step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise PatternLimit("the pattern takes too many steps")

    def _open(self, s: int, p: int) -> int | None:
        if len(self.starts) >= MAX_CAPTURES:
            raise PatternError("too many captures")
        is_position = self.pattern[p + 1 : p + 2] == ")"
        self.starts.append(s)
        self.lengths.append(_POSITION if is_position else _OPEN)
        end = self._match(s, p + (2 if is_position else 1))
        if end is None:
            self.starts.pop()
            self.lengths.pop()
        return end

    def _close(self, s: int, p: int) -> int | None:
        index = next((at for at in reversed(range(len(self.lengths))) if self.lengths[at] == _OPEN), None)
        if index is None:
            raise PatternError("invalid pattern capture")
        self.lengths[index] = s - self.starts[index]
        end = self._match(s, p + 1)
        if end is None:
            self.lengths[index] = _OPEN
        return end

    def _special(self, s: int, p: int) -> tuple[int, int] | None:
        kind = self.pattern[p + 1]
        if kind == "b":
            end = self._balanced(s, p + 2)
            return None if end is None else (end, p + 4)
        if kind == "f":
            if self.pattern[p + 2 : p + 3] != "[":
                raise PatternError("missing '[' after '%f' in pattern")
            after = self._end_of_class(p + 2)
            before = self.subject[s - 1] if s else "\0"
            here = self.subject[s] if s < len(self.subject) else "\0"
            matches = not self._set(before, p + 2, after - 1) and self._set(here, p + 2, after - 1)
            return (s, after) if matches else None
        index = int(kind) - 1
        if not 0 <= index < len(self.lengths) or self.lengths[index] == _OPEN:
            raise PatternError("invalid capture index")
        length = max(self.lengths[index], 0)
        text = self.subject[self.starts[index] : self.starts[index] + length]
        return (s + len(text), p + 2) if self.subject.startswith(text, s) else None

    def _balanced(self, s: int, p: int) -> int | None:
        if p + 1 >= len(self.pattern):
            raise PatternError("unbalanced pattern")
        opening, closing = self.pattern[p], self.pattern[p + 1]
        if s >= len(self.subject) or self.subject[s] != opening:
            return None
        level = 1
        for position in range(s + 1, len(self.subject)):
            self._step()
            one = self.subject[position]
            if one == closing:
                level -= 1
                if level == 0:
                    return position + 1
            elif one == opening:
                level += 1
        return None

    def _longest(self, s: int, p: int, after: int, least: int) -> int | None:
        end = s
        while end < len(self.subject) and self._single(self.subject[end], p, after):
            self._step()
            end += 1
        if after + 1 == len(self.pattern):
            return end if end - s >= least else None
        while end - s >= least:
            found = self._match(end, after + 1)
            if found is not None:
                return found
            end -= 1
        return None

    def _shortest(self, s: int, p: int, after: int) -> int | None:
        while True:
            self._step()
            found = self._match(s, after + 1)
            if found is not None:
                return found
            if s >= len(self.subject) or not self._single(self.subject[s], p, after):
                return None
            s += 1

    def _end_of_class(self, p: int) -> int:
        one = self.pattern[p]
        p += 1
        if one == "%":
            if p >= len(self.pattern):
                raise PatternError("malformed pattern (ends with '%')")
            return p + 1
        if one != "[":
            return p
        if self.pattern[p : p + 1] == "^":
            p += 1
        first = True
        while first or self.pattern[p : p + 1] != "]":
            first = False
            if p >= len(self.pattern):
                raise PatternError("malformed pattern (missing ']')")
            p += 2 if self.pattern[p] == "%" else 1
            if p > len(self.pattern):
                raise PatternError("malformed pattern (missing ']')")
        return p + 1

    def _single(self, one: str, p: int, after: int) -> bool:
        kind = self.pattern[p]
        if kind == ".":
            return True
        if kind == "%":
            return in_class(one, self.pattern[p + 1])
        if kind == "[":
            return self._set(one, p, after - 1)
        return kind == one

    def _set(self, one: str, p: int, last: int) -> bool:
        """Whether the set that opens at ``p`` and closes at ``last`` holds the character."""
        pattern = self.pattern
        wanted = True
        p += 1
        if pattern[p] == "^":
            wanted = False
            p += 1
        while p < last:
            if pattern[p] == "%":
                if in_class(one, pattern[p + 1]):
                    return wanted
                p += 2
            elif p + 2 < last and pattern[p + 1] == "-":
                if pattern[p] <= one <= pattern[p + 2]:
                    return wanted
                p += 3
            else:
                if pattern[p] == one:
                    return wanted
                p += 1
        return not wanted


def in_class(one: str, letter: str) -> bool:
    """Whether ``%letter`` takes the character."""
    members = _CLASSES.get(letter.lower())
    if members is None or not letter.isalpha():
        return letter == one
    return (one in members) is letter.islower()


def substitute(
    subject: str, pattern: str, replace: Callable[[Match, str], str | None], limit: int | None
) -> tuple[str, int]:
    """``string.gsub``: ``replace`` gets each match and its text, and answers None to keep it."""
    anchored = pattern.startswith("^")
    matcher = Matcher(subject, pattern)
    pieces: list[str] = []
    position = count = 0
    while limit is None or count < limit:
        found = matcher.match_at(position, 1 if anchored else 0)
        if found is not None:
            count += 1
            whole = subject[found.start : found.end]
            new = replace(found, whole)
            pieces.append(whole if new is None else new)
        if found is not None and found.end > position:
            position = found.end
        elif position < len(subject):
            pieces.append(subject[position])
            position += 1
        else:
            break
        if anchored:
            break
    pieces.append(subject[position:])
    return "".join(pieces), count
