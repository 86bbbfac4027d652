# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lua's string library."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import lua_patterns
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_numbers import show_number
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import (
    FUNCTIONS,
    Builtin,
    LuaError,
    LuaTable,
    as_number,
    as_text,
    truth,
    type_name,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Unknown

if TYPE_CHECKING:
    from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.interpreter import Interpreter

_DIRECTIVE = re.compile(r"%(?:%|([-+ #0]*)(\d{0,2})(?:\.(\d{0,2}))?([A-Za-z]?))")
_UPPER = {number: number - 32 for number in range(ord("a"), ord("z") + 1)}
_LOWER = {number: number + 32 for number in range(ord("A"), ord("Z") + 1)}
MAX_STRING = 1 << 20


class _Doubtful(Exception):
    """A part of the text to be made is unknown."""

    def __init__(self, why: Unknown) -> None:
        super().__init__(why.reason)
        self.why = why


def text_or_none(value: Any) -> str | None:
    """As ``tostring``, but None for what has an address only."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_text(value)


class Strings:
    """The functions; each takes the list of arguments and gives the list of results."""

    def __init__(self, lua: Interpreter) -> None:
        self.lua = lua

    def text(self, arguments: list[Any], index: int, name: str) -> str:
        value = arguments[index] if index < len(arguments) else None
        text = as_text(value)
        if text is None:
            raise self.bad(arguments, index, name, "string")
        return text

    def integer(self, arguments: list[Any], index: int, name: str, default: int | None = None) -> int:
        value = arguments[index] if index < len(arguments) else None
        if value is None and default is not None:
            return default
        number = as_number(value)
        if number is None:
            raise self.bad(arguments, index, name, "number")
        return int(number) if math.isfinite(number) else 0

    def bad(self, arguments: list[Any], index: int, name: str, expected: str) -> LuaError:
        got = type_name(arguments[index]) if index < len(arguments) else "no value"
        return self.lua.bad_argument(index, name, f"{expected} expected, got {got}")

    def made(self, text: str) -> list[Any]:
        self.lua.spend(len(text))
        return [text]

    def len(self, arguments: list[Any]) -> Any:
        return [len(self.text(arguments, 0, "len"))]

    def upper(self, arguments: list[Any]) -> Any:
        return self.made(self.text(arguments, 0, "upper").translate(_UPPER))

    def lower(self, arguments: list[Any]) -> Any:
        return self.made(self.text(arguments, 0, "lower").translate(_LOWER))

    def reverse(self, arguments: list[Any]) -> Any:
        return self.made(self.text(arguments, 0, "reverse")[::-1])

    def sub(self, arguments: list[Any]) -> Any:
        text = self.text(arguments, 0, "sub")
        start, end = _range(len(text), self.integer(arguments, 1, "sub"), self.integer(arguments, 2, "sub", -1))
        return self.made(text[start:end])

    def byte(self, arguments: list[Any]) -> Any:
        text = self.text(arguments, 0, "byte")
        first = self.integer(arguments, 1, "byte", 1)
        start, end = _range(len(text), first, self.integer(arguments, 2, "byte", first))
        if end - start >= 8000:
            raise LuaError("string slice too long", self.lua.token)
        return [ord(one) for one in text[start:end]]

    def char(self, arguments: list[Any]) -> Any:
        codes = [self.integer(arguments, index, "char") for index in range(len(arguments))]
        for index, code in enumerate(codes):
            if not 0 <= code <= 255:
                raise self.lua.bad_argument(index, "char", "invalid value")
        return self.made("".join(map(chr, codes)))

    def rep(self, arguments: list[Any]) -> Any:
        text, count = self.text(arguments, 0, "rep"), self.integer(arguments, 1, "rep")
        separator = self.text(arguments, 2, "rep") if len(arguments) > 2 and arguments[2] is not None else ""
        if max(count, 0) * (len(text) + len(separator)) > MAX_STRING:
            raise self.lua.limit(f"it makes a string of more than {MAX_STRING} bytes")
        return self.made(separator.join([text] * count) if count > 0 else "")

    def format(self, arguments: list[Any]) -> Any:
        template = self.text(arguments, 0, "format")
        at = 0

        def fill(found: re.Match[str]) -> str:
            nonlocal at
            if found.group() == "%%":
                return "%"
            at += 1
            text = self._directive(found, arguments, at)
            self.lua.spend(len(text))
            return text

        if "%" in _DIRECTIVE.sub("", template):
            raise LuaError("invalid option '%' to 'format'", token=self.lua.token)
        try:
            return self.made(_DIRECTIVE.sub(fill, template))
        except _Doubtful as doubt:
            return doubt.why

    def _directive(self, found: re.Match[str], arguments: list[Any], at: int) -> str:
        flags, width, precision, kind = found.groups()
        layout = f"{flags}{width}" + (f".{precision or 0}" if precision is not None else "")
        if kind == "s":
            value = arguments[at] if at < len(arguments) else None
            text = text_or_none(value)
            if at >= len(arguments):
                raise self.bad(arguments, at, "format", "string")
            if text is None:
                text = self._shown(value)
            return f"%{layout.replace('0', '', 1) if flags and '0' in flags else layout}s" % text
        if kind == "q":
            return _quoted(self.text(arguments, at, "format"))
        if kind == "c":
            return chr(self.integer(arguments, at, "format") & 255)
        number = as_number(arguments[at] if at < len(arguments) else None)
        if kind not in tuple("diuoxXeEfgGaA"):
            raise LuaError(f"invalid option '%{kind}' to 'format'", self.lua.token)
        if number is None:
            raise self.bad(arguments, at, "format", "number")
        if kind in "diuoxX":
            whole = int(number) if math.isfinite(number) else -(2**63)
            if kind in "ouxX" and whole < 0:
                whole += 2**64
            return f"%{layout}{'d' if kind in 'diu' else kind}" % whole
        if not math.isfinite(number):
            return f"%{flags.replace('0', '')}{width}s" % show_number(number)
        if kind in "aA":
            return number.hex() if isinstance(number, float) else float(number).hex()
        return f"%{layout}{kind}" % number

    def _shown(self, value: Any) -> str:
        shown = self.lua.call(self.lua.globals.get("tostring"), [value])
        if isinstance(shown, Unknown):
            raise _Doubtful(shown)
        if not shown or not isinstance(shown[0], str):
            raise LuaError("'tostring' must return a string to 'format'", self.lua.token)
        return shown[0]

    def find(self, arguments: list[Any]) -> Any:
        return self._find(arguments, "find")

    def match(self, arguments: list[Any]) -> Any:
        return self._find(arguments, "match")

    def _find(self, arguments: list[Any], name: str) -> Any:
        text, pattern = self.text(arguments, 0, name), self.text(arguments, 1, name)
        start = self.integer(arguments, 2, name, 1)
        start = max(start - 1 if start > 0 else len(text) + start if start else 0, 0)
        if start > len(text):
            return [None]
        plain = len(arguments) > 3 and truth(arguments[3])
        if name == "find" and (plain or not lua_patterns.SPECIALS & set(pattern)):
            at = text.find(pattern, start)
            return [None] if at < 0 else [at + 1, at + len(pattern)]
        found = self._search(lambda: lua_patterns.Matcher(text, pattern).search(start))
        if found is None:
            return [None]
        captures = self._captures(found)
        if name == "find":
            return [found.start + 1, found.end, *captures]
        return captures or [text[found.start : found.end]]

    def _search(self, search: Callable[[], Any]) -> Any:
        try:
            return search()
        except lua_patterns.PatternError as error:
            raise LuaError(str(error), self.lua.token) from None
        except lua_patterns.PatternLimit as bound:
            raise self.lua.limit(str(bound)) from None

    def _captures(self, found: lua_patterns.Match) -> list[Any]:
        captures: list[Any] = self._search(lambda: found.captures)
        return captures

    def gmatch(self, arguments: list[Any]) -> Any:
        text, pattern = self.text(arguments, 0, "gmatch"), self.text(arguments, 1, "gmatch")
        matcher = lua_patterns.Matcher(text, pattern)
        position = 0

        def step(_arguments: list[Any]) -> Any:
            nonlocal position
            while position <= len(text):
                start = position
                position += 1
                found = self._search(functools.partial(matcher.match_at, start))
                if found is not None:
                    position = max(found.end, position)
                    return self._captures(found) or [text[found.start : found.end]]
            return [None]

        return [Builtin("gmatch iterator", step)]

    def gsub(self, arguments: list[Any]) -> Any:
        text, pattern = self.text(arguments, 0, "gsub"), self.text(arguments, 1, "gsub")
        new = arguments[2] if len(arguments) > 2 else None
        if not isinstance(new, (LuaTable, *FUNCTIONS)) and as_text(new) is None:
            raise self.bad(arguments, 2, "gsub", "string/function/table")
        limit = self.integer(arguments, 3, "gsub") if len(arguments) > 3 and arguments[3] is not None else None
        unknown: list[Unknown] = []

        def replace(found: lua_patterns.Match, whole: str) -> str | None:
            self.lua.count()
            value = self._replacement(new, found, whole)
            if isinstance(value, Unknown):
                unknown.append(value)
                return ""
            if not truth(value):
                return None
            shown = as_text(value)
            if shown is None:
                raise LuaError(f"invalid replacement value (a {type_name(value)})", self.lua.token)
            self.lua.spend(len(shown))
            return shown

        result, count = self._search(lambda: lua_patterns.substitute(text, pattern, replace, limit))
        return unknown[0] if unknown else [*self.made(result), count]

    def _replacement(self, new: Any, found: lua_patterns.Match, whole: str) -> Any:
        if isinstance(new, LuaTable):
            return self.lua.index(new, found.captures[0] if found.marks else whole)
        if isinstance(new, FUNCTIONS):
            results = self.lua.call(new, found.captures or [whole])
            return results if isinstance(results, Unknown) else results[0] if results else None
        return _expand(as_text(new) or "", found, whole)


def _expand(template: str, found: lua_patterns.Match, whole: str) -> str:
    if "%" not in template:
        return template

    def expand(one: re.Match[str]) -> str:
        digit = one.group(1)
        if not digit.isdigit():
            return digit
        index = int(digit)
        if index == 0 or (index == 1 and not found.marks):
            return whole
        if index > len(found.marks):
            raise lua_patterns.PatternError("invalid capture index")
        return as_text(found.captures[index - 1]) or ""

    return re.sub(r"%((?s:.)|$)", expand, template)


def _range(length: int, first: int, last: int) -> tuple[int, int]:
    """Lua's inclusive range, either end counted from the back when negative, as a Python slice."""
    start = first if first > 0 else max(length + first + 1, 1) if first < 0 else 1
    end = min(last, length) if last >= 0 else length + last + 1
    return start - 1, max(end, start - 1)


def _quoted(text: str) -> str:
    body = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n").replace("\r", "\\r").replace("\0", "\\0")
    )
    return f'"{body}"'


def functions(lua: Interpreter) -> dict[str, Callable[[list[Any]], Any]]:
    """The library as a table of functions; a result is unknown when an argument is."""
    strings = Strings(lua)

    def strict(call: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
        return lambda arguments: next((one for one in arguments if isinstance(one, Unknown)), None) or call(arguments)

    names = (
        "byte",
        "char",
        "find",
        "format",
        "gmatch",
        "gsub",
        "len",
        "lower",
        "match",
        "rep",
        "reverse",
        "sub",
        "upper",
    )
    return {name: strict(getattr(strings, name)) for name in names}
