# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lua's operators on the interpreter's values, with metatables, and how LuaJIT names the value at fault."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_arithmetic import (
    COMPARE,
    EVENTS,
    calculate,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_numbers import normal
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import (
    LuaError,
    LuaTable,
    as_number,
    as_text,
    same,
    truth,
    type_name,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Unknown

if TYPE_CHECKING:
    from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.interpreter import Scope


class Operators(ABC):
    """The part of the interpreter that applies operators; nodes are those of `parse_worker`."""

    nodes: list[tuple[Any, ...]]
    token: int

    @abstractmethod
    def value(self, index: int, scope: Scope) -> Any: ...

    @abstractmethod
    def call(self, function: Any, arguments: list[Any], name: str = "") -> Any: ...

    @abstractmethod
    def count(self, steps: int = 1) -> None: ...

    @abstractmethod
    def spend(self, size: int) -> None: ...

    def _binary(self, node: tuple[Any, ...], scope: Scope) -> Any:
        """A chain such as ``a + b + ...`` leans left and may be long: it is walked in a loop."""
        chain = [node]
        while self.nodes[chain[-1][3]][0] == "binary":
            chain.append(self.nodes[chain[-1][3]])
        left = self.value(chain[-1][3], scope)
        for one in reversed(chain):
            left = self._operate(one, left, scope)
        return left

    def _operate(self, node: tuple[Any, ...], left: Any, scope: Scope) -> Any:
        operator = node[2]
        if operator == "and":
            return left if isinstance(left, Unknown) or not truth(left) else self.value(node[4], scope)
        if operator == "or":
            return left if isinstance(left, Unknown) or truth(left) else self.value(node[4], scope)
        right = self.value(node[4], scope)
        self.token = node[1]
        if isinstance(left, Unknown):
            return left
        if isinstance(right, Unknown):
            return right
        self.count()
        if operator == "..":
            return self._concatenate(node, left, right, scope)
        if operator in ("==", "~="):
            return self._equal(left, right) is (operator == "==")
        if operator in COMPARE:
            return self._compare(operator, left, right)
        return self._arithmetic(node, operator, left, right, scope)

    def _concatenate(self, node: tuple[Any, ...], left: Any, right: Any, scope: Scope) -> Any:
        first, second = as_text(left), as_text(right)
        if first is not None and second is not None:
            self.spend(len(first) + len(second))
            return first + second
        handler = self.metamethod(left, "__concat") or self.metamethod(right, "__concat")
        if handler is not None:
            return first_of(self.call(handler, [left, right]))
        which, wrong = (node[3], left) if first is None else (node[4], right)
        raise LuaError(f"attempt to concatenate {self.describe(which, scope, wrong)}", self.token)

    def _equal(self, left: Any, right: Any) -> bool:
        if same(left, right):
            return True
        if isinstance(left, LuaTable) and isinstance(right, LuaTable):
            handler = self.metamethod(left, "__eq")
            if handler is not None and handler is self.metamethod(right, "__eq"):
                return truth(first_of(self.call(handler, [left, right])))
        return False

    def _compare(self, operator: str, left: Any, right: Any) -> Any:
        numbers = type(left) in (int, float) and type(right) in (int, float)
        if numbers or (isinstance(left, str) and isinstance(right, str)):
            return COMPARE[operator](left, right)
        swapped = operator in (">", ">=")
        event = "__lt" if operator in ("<", ">") else "__le"
        handler = self.metamethod(left, event) or self.metamethod(right, event)
        if handler is not None:
            return truth(first_of(self.call(handler, [right, left] if swapped else [left, right])))
        first, second = (type_name(right), type_name(left)) if swapped else (type_name(left), type_name(right))
        what = f"two {first} values" if first == second else f"{first} with {second}"
        raise LuaError(f"attempt to compare {what}", self.token)

    def _arithmetic(self, node: tuple[Any, ...], operator: str, left: Any, right: Any, scope: Scope) -> Any:
        first, second = as_number(left), as_number(right)
        if first is not None and second is not None:
            return calculate(operator, first, second)
        event = EVENTS[operator]
        handler = self.metamethod(left, event) or self.metamethod(right, event)
        if handler is not None:
            return first_of(self.call(handler, [left, right]))
        which, wrong = (node[3], left) if first is None else (node[4], right)
        raise LuaError(f"attempt to perform arithmetic on {self.describe(which, scope, wrong)}", self.token)

    def _unary(self, node: tuple[Any, ...], scope: Scope) -> Any:
        operator, value = node[2], self.value(node[3], scope)
        if isinstance(value, Unknown):
            return value
        self.token = node[1]
        if operator == "not":
            return not truth(value)
        if operator == "#":
            if isinstance(value, LuaTable):
                return value.taint if value.taint is not None else len(value.array)
            if isinstance(value, str):
                return len(value)
            raise LuaError(f"attempt to get length of {self.describe(node[3], scope, value)}", self.token)
        number = as_number(value)
        if number is None:
            handler = self.metamethod(value, "__unm")
            if handler is not None:
                return first_of(self.call(handler, [value]))
            raise LuaError(f"attempt to perform arithmetic on {self.describe(node[3], scope, value)}", self.token)
        return normal(-float(number)) if number == 0 else -number

    def metamethod(self, value: Any, event: str) -> Any:
        metatable = value.metatable if isinstance(value, LuaTable) else None
        return metatable.get(event) if metatable is not None else None

    def name_of(self, index: int, scope: Scope | None) -> str:
        """How LuaJIT calls the place a value came from: ``global 'x'``, ``field 'x'``; empty for a temporary one."""
        node = self.nodes[index]
        while node[0] == "paren":
            node = self.nodes[node[2]]
        if node[0] == "index":
            key = self.value(node[3], scope) if scope and self.nodes[node[3]][0] in ("string", "literal") else None
            return f"field '{key}'" if isinstance(key, str) else ""
        if node[0] != "name" or scope is None:
            return ""
        home = scope.find(node[2])
        if home is None:
            return f"global '{node[2]}'"
        return f"{'local' if home.function == scope.function else 'upvalue'} '{node[2]}'"

    def describe(self, index: int | None, scope: Scope | None, value: Any) -> str:
        name = self.name_of(index, scope) if index is not None else ""
        return f"{name} {kind_of(value, name)}" if name else f"a {type_name(value)} value"


def first_of(results: Any) -> Any:
    """The first of a call's results."""
    if isinstance(results, Unknown):
        return results
    return results[0] if results else None


def kind_of(value: Any, name: str) -> str:
    """What a value at fault is, as LuaJIT says it after its name, or without one."""
    return f"(a {type_name(value)} value)" if name else f"{type_name(value)} value"
