# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of Lua's library that a schema can use, and the names that only a running Kong has."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import lua_strings, typedefs
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_numbers import normal, to_number
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import (
    NULL,
    Builtin,
    LuaError,
    LuaTable,
    as_number,
    as_text,
    same,
    truth,
    type_name,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import SchemaError, Unknown

if TYPE_CHECKING:
    from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.interpreter import Interpreter

TYPEDEFS = "kong.db.schema.typedefs"
DEFINITIONS = "kong.db.schema"
_OUTSIDE = "reads what only a running node or control plane has"
# Globals of LuaJIT and OpenResty that exist and are not followed.
ONLY_IN_KONG = {
    name: f"`{name}` {_OUTSIDE}"
    for name in ("kong", "io", "os", "debug", "package", "coroutine", "jit", "bit", "_G", "load", "loadstring",
                 "dofile", "loadfile", "collectgarbage", "getfenv", "setfenv", "module", "newproxy", "ndk", "gcinfo")
}  # fmt: skip


def make_globals(lua: Interpreter) -> LuaTable:
    """Fresh globals for one evaluation."""
    table = LuaTable()
    functions = _Basic(lua)
    for name in ("assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget",
                 "rawset", "require", "select", "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall",
                 "rawlen"):  # fmt: skip
        handler = getattr(functions, "_" + name, None)
        if handler is not None:
            table.set(name, Builtin(name, handler))
    table.set("string", library(lua_strings.functions(lua)))
    table.set("table", library(_table_functions(lua)))
    table.set("math", library(_math_functions(lua)))
    table.set("_VERSION", "Lua 5.1")
    ngx = LuaTable()
    ngx.set("null", NULL)
    ngx.taint = Unknown(f"`ngx` {_OUTSIDE}")
    table.set("ngx", ngx)
    return table


def library(functions: dict[str, Callable[[list[Any]], Any]]) -> LuaTable:
    table = LuaTable()
    for name, call in functions.items():
        table.set(name, Builtin(name, call))
    return table


def argument(arguments: list[Any], index: int) -> Any:
    return arguments[index] if index < len(arguments) else None


def bad_argument(lua: Interpreter, index: int, name: str, expected: str, arguments: list[Any]) -> LuaError:
    got = type_name(arguments[index]) if index < len(arguments) else "no value"
    return lua.bad_argument(index, name, f"{expected} expected, got {got}")


def check_table(lua: Interpreter, arguments: list[Any], index: int, name: str) -> LuaTable:
    value = argument(arguments, index)
    if not isinstance(value, LuaTable):
        raise bad_argument(lua, index, name, "table", arguments)
    return value


def check_integer(lua: Interpreter, arguments: list[Any], index: int, name: str, default: int | None = None) -> int:
    value = argument(arguments, index)
    if value is None and default is not None:
        return default
    number = as_number(value)
    if number is None:
        raise bad_argument(lua, index, name, "number", arguments)
    return int(number) if math.isfinite(number) else 0


def first_unknown(arguments: list[Any]) -> Unknown | None:
    return next((one for one in arguments if isinstance(one, Unknown)), None)


def strict(call: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    """A function whose result is unknown when any of its arguments is."""

    @functools.wraps(call)
    def checked(arguments: list[Any]) -> Any:
        return first_unknown(arguments) or call(arguments)

    return checked


class _Basic:
    """The basic functions; each takes the list of arguments and gives the list of results."""

    def __init__(self, lua: Interpreter) -> None:
        self.lua = lua
        self.iterator = Builtin("ipairs iterator", self._ipairs_step)
        self.next = Builtin("next", self._next)
        self.order: dict[int, tuple[LuaTable, dict[Any, int], list[Any]]] = {}

    def _require(self, arguments: list[Any]) -> Any:
        name = argument(arguments, 0)
        if isinstance(name, Unknown):
            return name
        if name == TYPEDEFS:
            return [self.lua.typedefs]
        shown = as_text(name)
        if shown is None:
            raise bad_argument(self.lua, 0, "require", "string", arguments)
        unknown = self.lua.unknown(f"comes from another module, '{shown[:80]}'")
        if name != DEFINITIONS:
            return unknown
        # Plugins take one function of it; what else it has is not followed.
        definitions = library({"define": typedefs.define})
        definitions.taint = unknown
        return [definitions]

    def _type(self, arguments: list[Any]) -> Any:
        if not arguments:
            raise self.lua.bad_argument(0, "type", "value expected")
        return arguments[0] if isinstance(arguments[0], Unknown) else [type_name(arguments[0])]

    def _tostring(self, arguments: list[Any]) -> Any:
        value = argument(arguments, 0)
        if isinstance(value, Unknown):
            return value
        text = lua_strings.text_or_none(value)
        if text is None:
            handler = self.lua.metamethod(value, "__tostring")
            if handler is not None:
                return self.lua.call(handler, [value])
            return self.lua.unknown("shows an address in memory")
        return [text]

    def _tonumber(self, arguments: list[Any]) -> Any:
        if isinstance(first_unknown(arguments), Unknown):
            return first_unknown(arguments)
        if not arguments:
            raise self.lua.bad_argument(0, "tonumber", "value expected")
        value, base = arguments[0], check_integer(self.lua, arguments, 1, "tonumber", 10)
        if base == 10:
            return [value if type(value) in (int, float) else to_number(value) if isinstance(value, str) else None]
        text = as_text(value)
        if text is None:
            raise bad_argument(self.lua, 0, "tonumber", "string", arguments)
        if not 2 <= base <= 36:
            raise self.lua.bad_argument(1, "tonumber", "base out of range")
        try:
            return [normal(float(int(text.strip(), base)))] if "_" not in text and len(text) < 200 else [None]
        except ValueError:
            return [None]

    def _assert(self, arguments: list[Any]) -> Any:
        if isinstance(argument(arguments, 0), Unknown):
            return arguments if len(arguments) > 1 else arguments[0]
        if not arguments:
            raise self.lua.bad_argument(0, "assert", "value expected")
        if not truth(arguments[0]):
            raise LuaError(argument(arguments, 1) if len(arguments) > 1 else "assertion failed!", self.lua.token)
        return arguments

    def _error(self, arguments: list[Any]) -> Any:
        value = argument(arguments, 0)
        if isinstance(value, Unknown):
            raise SchemaError(
                f"the schema raises an error whose text is not known: {value.reason}", value.line, value.column
            )
        raise LuaError(value, self.lua.token)

    def _pcall(self, arguments: list[Any]) -> Any:
        return self._protected(argument(arguments, 0), arguments[1:], None)

    def _xpcall(self, arguments: list[Any]) -> Any:
        return self._protected(argument(arguments, 0), arguments[2:], argument(arguments, 1))

    def _protected(self, function: Any, arguments: list[Any], handler: Any) -> Any:
        depth = self.lua.calls
        try:
            results = self.lua.call(function, arguments)
        except LuaError as error:
            self.lua.calls = depth
            value = error.value
            if isinstance(value, str):
                value = self.lua.unknown("is an error's text with the place where it arose")
            if handler is not None:
                answer = self.lua.call(handler, [value])
                return answer if isinstance(answer, Unknown) else [False, *answer]
            return [False, value]
        return results if isinstance(results, Unknown) else [True, *results]

    def _select(self, arguments: list[Any]) -> Any:
        which = argument(arguments, 0)
        if isinstance(which, Unknown):
            return which
        spread = argument(arguments, len(arguments) - 1)
        if which == "#":
            return spread if isinstance(spread, Unknown) else [len(arguments) - 1]
        index = check_integer(self.lua, arguments, 0, "select")
        if index < 0:
            index += len(arguments)
        if index < 1:
            raise self.lua.bad_argument(0, "select", "index out of range")
        return arguments[index:]

    def _unpack(self, arguments: list[Any]) -> Any:
        return unpack(self.lua, arguments)

    def _setmetatable(self, arguments: list[Any]) -> Any:
        if isinstance(argument(arguments, 0), Unknown):
            return arguments[0]
        table = check_table(self.lua, arguments, 0, "setmetatable")
        metatable = argument(arguments, 1)
        if isinstance(metatable, Unknown):
            table.taint = metatable
        elif metatable is None or isinstance(metatable, LuaTable):
            table.metatable = metatable
        else:
            raise self.lua.bad_argument(1, "setmetatable", "nil or table expected")
        return [table]

    def _getmetatable(self, arguments: list[Any]) -> Any:
        value = argument(arguments, 0)
        if isinstance(value, Unknown):
            return value
        metatable = value.metatable if isinstance(value, LuaTable) else None
        return [metatable]

    def _rawget(self, arguments: list[Any]) -> Any:
        return first_unknown(arguments) or [check_table(self.lua, arguments, 0, "rawget").get(argument(arguments, 1))]

    def _rawset(self, arguments: list[Any]) -> Any:
        if isinstance(argument(arguments, 0), Unknown):
            return arguments[0]
        table = check_table(self.lua, arguments, 0, "rawset")
        if isinstance(argument(arguments, 1), Unknown):
            table.taint = arguments[1]
        else:
            table.set(argument(arguments, 1), argument(arguments, 2))
        return [table]

    def _rawequal(self, arguments: list[Any]) -> Any:
        return first_unknown(arguments) or [same(argument(arguments, 0), argument(arguments, 1))]

    def _print(self, arguments: list[Any]) -> Any:
        return []

    def _pairs(self, arguments: list[Any]) -> Any:
        if isinstance(argument(arguments, 0), Unknown):
            return arguments[0]
        table = check_table(self.lua, arguments, 0, "pairs")
        return [self.next, table, None]

    def _ipairs(self, arguments: list[Any]) -> Any:
        if isinstance(argument(arguments, 0), Unknown):
            return arguments[0]
        table = check_table(self.lua, arguments, 0, "ipairs")
        return [self.iterator, table, 0]

    def _ipairs_step(self, arguments: list[Any]) -> Any:
        table, index = arguments[0], int(arguments[1]) + 1
        value = table.get(index)
        return [None] if value is None else [index, value]

    def _next(self, arguments: list[Any]) -> Any:
        if isinstance(argument(arguments, 0), Unknown):
            return arguments[0]
        table = check_table(self.lua, arguments, 0, "next")
        if table.taint is not None and not len(table):
            return table.taint
        key = argument(arguments, 1)
        index, keys = self._order(table, key)
        while index < len(keys):
            value = table.get(keys[index])
            if value is not None:
                return [keys[index], value]
            index += 1
        return [None]

    def _order(self, table: LuaTable, key: Any) -> tuple[int, list[Any]]:
        """The keys as they were when the walk began, and where in them ``key``'s successor is."""
        if key is None:
            keys = list(table.keys())
            self.lua.count(len(keys))
            self.order[id(table)] = (table, {_place(one): at for at, one in enumerate(keys)}, keys)
            return 0, keys
        known = self.order.get(id(table))
        if known is None or _place(key) not in known[1]:
            keys = list(table.keys())
            self.lua.count(len(keys))
            known = (table, {_place(one): at for at, one in enumerate(keys)}, keys)
            self.order[id(table)] = known
            if _place(key) not in known[1]:
                raise LuaError("invalid key to 'next'", self.lua.token)
        return known[1][_place(key)] + 1, known[2]


def _place(key: Any) -> Any:
    return (key,) if isinstance(key, bool) else key


def unpack(lua: Interpreter, arguments: list[Any]) -> Any:
    if isinstance(argument(arguments, 0), Unknown):
        return arguments[0]
    table = check_table(lua, arguments, 0, "unpack")
    if table.taint is not None:
        return table.taint
    first = check_integer(lua, arguments, 1, "unpack", 1)
    last = check_integer(lua, arguments, 2, "unpack", len(table.array))
    if last - first >= 8000:
        raise LuaError("too many results to unpack", lua.token)
    return [table.get(index) for index in range(first, last + 1)]


def _table_functions(lua: Interpreter) -> dict[str, Callable[[list[Any]], Any]]:
    def insert(arguments: list[Any]) -> Any:
        if isinstance(argument(arguments, 0), Unknown):
            return []
        table = check_table(lua, arguments, 0, "insert")
        lua.spend(16)
        if len(arguments) == 2:
            table.set(len(table.array) + 1, arguments[1])
            return []
        if len(arguments) != 3:
            raise LuaError("wrong number of arguments to 'insert'", lua.token)
        if isinstance(arguments[1], Unknown):
            table.taint = arguments[1]
            return []
        place = check_integer(lua, arguments, 1, "insert")
        size = len(table.array)
        if not 1 <= place <= size + 1 or arguments[2] is None:
            table.set(place, arguments[2])
            return []
        lua.count(size // 64)
        table.array.insert(place - 1, arguments[2])
        return []

    def remove(arguments: list[Any]) -> Any:
        if isinstance(argument(arguments, 0), Unknown):
            return arguments[0]
        table = check_table(lua, arguments, 0, "remove")
        if table.taint is not None:
            return table.taint
        if isinstance(argument(arguments, 1), Unknown):
            table.taint = arguments[1]
            return arguments[1]
        size = len(table.array)
        place = check_integer(lua, arguments, 1, "remove", size)
        if not 1 <= place <= size:
            return []
        lua.count(size // 64)
        return [table.array.pop(place - 1)]

    def concat(arguments: list[Any]) -> Any:
        table = check_table(lua, arguments, 0, "concat")
        if table.taint is not None:
            return table.taint
        separator = as_text(argument(arguments, 1)) if argument(arguments, 1) is not None else ""
        if separator is None:
            raise bad_argument(lua, 1, "concat", "string", arguments)
        first = check_integer(lua, arguments, 2, "concat", 1)
        last = check_integer(lua, arguments, 3, "concat", len(table.array))
        pieces = []
        lua.count(max(0, min(last, first + len(table.array)) - first))
        for index in range(first, last + 1):
            value = table.get(index)
            if isinstance(value, Unknown):
                return value
            text = as_text(value)
            if text is None:
                what = f"invalid value ({type_name(value)}) at index {index} in table for 'concat'"
                raise LuaError(what, lua.token)
            lua.spend(len(text) + len(separator))
            pieces.append(text)
        return [separator.join(pieces)]

    def sort(arguments: list[Any]) -> Any:
        if isinstance(argument(arguments, 0), Unknown):
            return []
        table = check_table(lua, arguments, 0, "sort")
        compare = argument(arguments, 1)
        unknown = table.taint or first_unknown(table.array) or first_unknown([compare])
        if unknown is not None:
            table.taint = unknown
            table.array = [unknown] * len(table.array)
            return []

        def order(one: Any, other: Any) -> int:
            lua.count()
            if less(one, other):
                return -1
            return 1 if less(other, one) else 0

        def less(left: Any, right: Any) -> bool:
            if compare is None:
                return bool(lua._compare("<", left, right))
            results = lua.call(compare, [left, right])
            if isinstance(results, Unknown):
                raise SchemaError(
                    f"a table is sorted by what is not known: {results.reason}", results.line, results.column
                )
            return truth(argument(results, 0))

        table.array.sort(key=functools.cmp_to_key(order))
        return []

    def maxn(arguments: list[Any]) -> Any:
        table = check_table(lua, arguments, 0, "maxn")
        numbers = [key for key, _value in table.items() if type(key) in (int, float)]
        return table.taint or [max(numbers, default=0)]

    return {"insert": insert, "remove": remove, "concat": strict(concat), "sort": sort, "maxn": strict(maxn),
            "getn": strict(lambda arguments: [len(check_table(lua, arguments, 0, "getn").array)]),
            "unpack": lambda arguments: unpack(lua, arguments)}  # fmt: skip


_MATH_ARGUMENTS = {"fmod": 2, "pow": 2}


def _math_functions(lua: Interpreter) -> dict[str, Callable[[list[Any]], Any]]:
    def numbers(arguments: list[Any], name: str) -> list[float]:
        values = []
        for index in range(max(1, len(arguments)) if name in ("max", "min") else _MATH_ARGUMENTS.get(name, 1)):
            number = as_number(argument(arguments, index))
            if number is None:
                raise bad_argument(lua, index, name, "number", arguments)
            values.append(number)
        return values

    def simple(name: str, function: Callable[..., float]) -> Callable[[list[Any]], Any]:
        def call(arguments: list[Any]) -> Any:
            try:
                return [normal(function(*numbers(arguments, name)))]
            except (ValueError, ZeroDivisionError):
                return [math.nan]
            except OverflowError:
                return [math.inf]
            except TypeError:
                raise bad_argument(lua, 1, name, "number", arguments) from None

        return strict(call)

    whole: dict[str, Callable[..., float]] = {
        "floor": lambda number, *_: number if math.isinf(number) or math.isnan(number) else float(math.floor(number)),
        "ceil": lambda number, *_: number if math.isinf(number) or math.isnan(number) else float(math.ceil(number)),
        "abs": lambda number, *_: abs(number),
        "sqrt": lambda number, *_: math.sqrt(number),
        "max": lambda *all_of: max(all_of),
        "min": lambda *all_of: min(all_of),
        "fmod": lambda left, right, *_: math.fmod(left, right),
        "pow": lambda left, right, *_: float(left) ** right,
        "exp": lambda number, *_: math.exp(number),
        "log10": lambda number, *_: math.log10(number),
        "log": lambda number, *_: math.log(number),
    }
    functions = {name: simple(name, function) for name, function in whole.items()}
    functions["random"] = lambda _arguments: lua.unknown("is random")
    functions["randomseed"] = lambda _arguments: []
    return functions
