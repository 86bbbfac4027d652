# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lua's values inside the interpreter.

nil is ``None``, booleans and numbers are Python's (an integral number is an ``int``), a string is a ``str`` of bytes
(latin-1), a table is a `LuaTable`, a function is one of the classes in `FUNCTIONS`, ``ngx.null`` is `NULL`.  A value
that cannot be told is an `Unknown`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_numbers import (
    BoxedNumber,
    normal,
    show_number,
    to_number,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import is_number
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import NamedValidator, Unknown


class LuaError(Exception):
    """An error that ``pcall`` would catch; ``value`` is the Lua value, ``token`` where it arose."""

    def __init__(self, value: Any, token: int = -1, positioned: bool = True) -> None:
        super().__init__(value)
        self.value = value
        self.token = token
        self.positioned = positioned


class Null:
    """The type of ``ngx.null``."""

    def __repr__(self) -> str:
        return "null"


NULL = Null()


@dataclass(frozen=True, eq=False)
class Builtin:
    """A function of Lua's library: arguments in, results out."""

    name: str
    call: Callable[[list[Any]], Any]


@dataclass(frozen=True, eq=False)
class Closure:
    """A function of the schema's text; ``token`` and ``end`` are its first and last token."""

    parameters: tuple[str, ...]
    is_vararg: bool
    body: tuple[int, ...]
    scope: Any
    token: int
    end: int


FUNCTIONS = (Builtin, Closure, NamedValidator)


class LuaTable:
    """A Lua table: ``array`` is 1..n, ``hash`` the rest in order of insertion.

    ``where`` holds the token of each key written in a constructor, ``token`` that of the constructor.  A table that
    code we cannot follow may have changed carries the reason in ``taint``: what it lacks is then unknown, not nil.
    """

    __slots__ = ("array", "hash", "metatable", "taint", "token", "where")

    def __init__(self, token: int = -1) -> None:
        self.array: list[Any] = []
        self.hash: dict[Any, Any] = {}
        self.metatable: LuaTable | None = None
        self.taint: Unknown | None = None
        self.token = token
        self.where: dict[Any, int] = {}

    def get(self, key: Any) -> Any:
        """The raw value; None (nil) where there is none."""
        kind = type(key)
        if kind is int:
            if 0 < key <= len(self.array):
                return self.array[key - 1]
        elif kind is bool:
            key = (key,)
        elif kind is float:
            key = normal(key)
            if isinstance(key, int):
                return self.get(key)
            key = key or 0
        return self.hash.get(key)

    def set(self, key: Any, value: Any) -> None:
        """Stores (or with None removes); raises `LuaError` for the keys Lua refuses."""
        kind = type(key)
        if kind is str:
            if value is None:
                self.hash.pop(key, None)
            else:
                self.hash[key] = value
            return
        if key is None:
            raise LuaError("table index is nil")
        if kind is float:
            if math.isnan(key):
                raise LuaError("table index is NaN")
            key = normal(key)
            key = 0 if key == 0 else key
            kind = type(key)
        if kind is int:
            self._set_integer(key, value)
            return
        if kind is bool:
            key = (key,)
        if value is None:
            self.hash.pop(key, None)
        else:
            self.hash[key] = value

    def _set_integer(self, key: int, value: Any) -> None:
        size = len(self.array)
        if 0 < key <= size:
            if value is not None:
                self.array[key - 1] = value
            elif key == size:
                self.array.pop()
            else:
                # a hole: what lies above it moves to the hash part, as Lua's border is then the hole
                for place, moved in enumerate(self.array[key:], key + 1):
                    self.hash[place] = moved
                del self.array[key - 1 :]
        elif key == size + 1 and value is not None:
            self.array.append(value)
            self.hash.pop(key, None)
            while self.hash and size + 2 in self.hash:
                self.array.append(self.hash.pop(size + 2))
                size += 1
        elif value is None:
            self.hash.pop(key, None)
        else:
            self.hash[key] = value

    def keys(self) -> Iterator[Any]:
        """All keys, 1..n first."""
        yield from range(1, len(self.array) + 1)
        for key in self.hash:
            yield key[0] if isinstance(key, tuple) else key

    def items(self) -> Iterator[tuple[Any, Any]]:
        yield from enumerate(self.array, 1)
        for key, value in self.hash.items():
            yield (key[0] if isinstance(key, tuple) else key), value

    def __len__(self) -> int:
        return len(self.array) + len(self.hash)

    def __bool__(self) -> bool:
        return True


def type_name(value: Any) -> str:
    """As Lua's ``type``."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, LuaTable):
        return "table"
    if isinstance(value, FUNCTIONS):
        return "function"
    return "cdata" if isinstance(value, BoxedNumber) else "userdata"


def truth(value: Any) -> bool:
    return value is not None and value is not False


def as_number(value: Any) -> int | float | None:
    """A number, or a string that reads as one; else None."""
    if is_number(value):
        return value  # type: ignore[no-any-return]
    return to_number(value) if isinstance(value, str) else None


def as_text(value: Any) -> str | None:
    """A string, or a number as text; else None."""
    if isinstance(value, str):
        return value
    return show_number(value) if is_number(value) else None


def same(left: Any, right: Any) -> bool:
    """Lua's raw ``==``."""
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return isinstance(left, bool) is isinstance(right, bool) and left == right
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return left is right


def text_of(value: str) -> str:
    """A Lua string as Python text."""
    return value if value.isascii() else value.encode("latin-1").decode("utf-8", "surrogateescape")
