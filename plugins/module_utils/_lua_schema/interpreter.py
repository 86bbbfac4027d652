# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluates a schema's syntax tree, within bounds and without running anything else.

What it cannot follow becomes an `Unknown` value: a ``require`` of another module, what only a running Kong has, a call
of either.  A branch or loop that hangs on such a value is not taken; what its body would have assigned or changed
becomes unknown instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import lua_library, typedefs
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.doubt import Doubt, taint_arguments
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_numbers import normal
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import (
    FUNCTIONS,
    Builtin,
    Closure,
    LuaError,
    LuaTable,
    as_number,
    as_text,
    same,
    truth,
    type_name,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.operators import Operators, first_of, kind_of
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import Tree
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import (
    NamedValidator,
    Position,
    SchemaError,
    Unknown,
)

MODULE_NAME = "`...` is the module's name on a node and empty on a control plane"
MAX_STEPS = 1_000_000
MAX_CALLS = 60
MAX_MEMORY = 32 << 20  # bytes, roughly: strings made and table entries stored

_BREAK = object()


class _Goto:
    def __init__(self, label: str) -> None:
        self.label = label


class _Unclear:
    """Control may have left the block here, or not."""

    def __init__(self, why: Unknown) -> None:
        self.why = why


class Scope:
    """The variables of one block; ``function`` counts the functions around it."""

    __slots__ = ("function", "parent", "varargs", "variables")

    def __init__(self, parent: Scope | None, function: int, varargs: list[Any] | None = None) -> None:
        self.parent = parent
        self.function = function
        self.variables: dict[str, Any] = {}
        self.varargs: list[Any] | None = varargs
        if varargs is None and parent is not None:
            self.varargs = parent.varargs

    def find(self, name: str) -> Scope | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope
            scope = scope.parent
        return None


class Interpreter(Operators):
    """Evaluates one chunk; ``run`` gives the values it returns."""

    def __init__(self, tree: Tree, kong_version: str) -> None:
        self.tree = tree
        self.nodes = tree.nodes
        self.steps = 0
        self.calls = 0
        self.memory = 0
        self.token = 0
        self.by_method = False
        self.doubt = Doubt(self)
        self.expressions: dict[str, Callable[..., Any]] = {
            "literal": self._literal, "string": self._key, "nil": lambda _node, _scope: None,
            "true": lambda _node, _scope: True, "false": lambda _node, _scope: False, "...": self._vararg,
            "name": self._name, "index": self._index, "paren": self._paren, "call": self._single,
            "method": self._single, "function": self._function, "table": self._table, "binary": self._binary,
            "unary": self._unary,
        }  # fmt: skip
        self.statements: dict[str, Callable[..., Any]] = {
            "local": self._local, "assign": self._assign, "callstat": self._callstat, "do": self._do,
            "while": self._while, "repeat": self._repeat, "if": self._if, "fornum": self._fornum,
            "forin": self._forin, "localfunction": self._localfunction, "return": self._return,
            "break": lambda _node, _scope: _BREAK, "goto": lambda node, _scope: _Goto(node[2]),
            "label": lambda _node, _scope: None,
        }  # fmt: skip
        self.globals = lua_library.make_globals(self)
        self.typedefs = typedefs.module(kong_version)
        self.string_methods: LuaTable = self.globals.get("string")

    # -- what the library asks for

    def unknown(self, reason: str, token: int | None = None) -> Unknown:
        where = self.position(self.token if token is None else token)
        return Unknown(reason, where.line, where.column)

    def position(self, token: int) -> Position:
        tokens = self.tree.tokens
        return Position(tokens.lines[token], tokens.columns[token]) if token >= 0 else Position()

    def count(self, steps: int = 1) -> None:
        """Raises `SchemaError` past the bound."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise self.limit(f"its evaluation takes more than {MAX_STEPS} steps")

    def spend(self, size: int) -> None:
        """Raises `SchemaError` past the bound."""
        self.memory += size
        if self.memory > MAX_MEMORY:
            raise self.limit(f"its evaluation takes more than {MAX_MEMORY >> 20} MiB")

    def limit(self, what: str) -> SchemaError:
        where = self.position(self.token)
        return SchemaError(f"the schema is not read: {what}", where.line, where.column)

    def bad_argument(self, index: int, name: str, what: str) -> LuaError:
        """LuaJIT's refusal of an argument (counted from 0), which does not count the object of a method."""
        number = index if self.by_method else index + 1
        text = f"bad argument #{number} to '{name}' ({what})" if number else f"calling '{name}' on bad self"
        return LuaError(text, self.token)

    # -- running

    def run(self) -> list[Any] | Unknown:
        """What the chunk returns; `SchemaError` with LuaJIT's words for an error it raises."""
        scope = Scope(None, 0, None)
        try:
            result = self.block(self.tree.root, scope)
        except LuaError as error:
            where = self.position(error.token if error.token >= 0 else self.token)
            value = error.value
            text = as_text(value) if value is not None else "nil"
            raise SchemaError(
                text or f"(error object is a {type_name(value)} value)", where.line, where.column
            ) from None
        except RecursionError:
            raise self.limit("it is nested too deeply") from None
        if isinstance(result, _Unclear):
            return result.why
        return result if isinstance(result, list) else []

    def block(self, statements: tuple[int, ...], scope: Scope) -> Any:
        """None at its end; a list of values after ``return``; or the sign of another way out."""
        nodes = self.nodes
        at = 0
        while at < len(statements):
            node = nodes[statements[at]]
            self.steps += 1
            if self.steps > MAX_STEPS:
                self.count()
            self.token = node[1]
            if node[0] == "local" and any(name in scope.variables for name in node[2]):
                scope = Scope(scope, scope.function)  # a second `local` of one name is a second variable
            signal = self.statements[node[0]](node, scope)
            at += 1
            if signal is None:
                continue
            if isinstance(signal, _Goto):
                target = self._label(statements, signal.label)
                if target is not None:
                    at = target
                    continue
            if isinstance(signal, _Unclear):
                self.doubt.touch(statements[at:], scope, signal.why)
            return signal
        return None

    def _label(self, statements: tuple[int, ...], label: str) -> int | None:
        for at, one in enumerate(statements):
            if self.nodes[one][0] == "label" and self.nodes[one][2] == label:
                return at
        return None

    def call(self, function: Any, arguments: list[Any], name: str = "") -> Any:
        """The results as a list, or one `Unknown` for all of them."""
        if isinstance(function, Closure):
            return self._call_closure(function, arguments)
        if isinstance(function, Builtin):
            self.count()
            return function.call(arguments)
        if isinstance(function, Unknown):
            taint_arguments(function, arguments)
            return function
        if isinstance(function, NamedValidator):
            return self.unknown("calls a validator of Kong's")
        handler = self.metamethod(function, "__call")
        if handler is not None:
            return self.call(handler, [function, *arguments])
        raise LuaError(f"attempt to call {name or 'a'} {kind_of(function, name)}", self.token)

    def _call_closure(self, function: Closure, arguments: list[Any]) -> Any:
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise self.limit(f"functions call each other more than {MAX_CALLS} deep")
        count = len(function.parameters)
        scope = Scope(function.scope, function.scope.function + 1, arguments[count:] if function.is_vararg else [])
        for index, name in enumerate(function.parameters):
            scope.variables[name] = arguments[index] if index < len(arguments) else None
        try:
            result = self.block(function.body, scope)
        finally:
            self.calls -= 1
        if isinstance(result, _Unclear):
            return result.why
        return result if isinstance(result, list) else []

    # -- expressions

    def value(self, index: int, scope: Scope) -> Any:
        node = self.nodes[index]
        return self.expressions[node[0]](node, scope)

    def values(self, indexes: tuple[int, ...], scope: Scope) -> list[Any]:
        """All of a list of expressions, the last one with all its results (one `Unknown` if those are unknown)."""
        if not indexes:
            return []
        result = [self.value(one, scope) for one in indexes[:-1]]
        last = self.several(indexes[-1], scope)
        if isinstance(last, Unknown):
            result.append(last)
        else:
            result.extend(last)
        return result

    def several(self, index: int, scope: Scope) -> Any:
        node = self.nodes[index]
        kind = node[0]
        if kind == "call":
            return self._call(node, scope)
        if kind == "method":
            return self._method(node, scope)
        if kind == "...":
            return scope.varargs if scope.varargs is not None else self.unknown(MODULE_NAME, node[1])
        return [self.expressions[kind](node, scope)]

    def _literal(self, node: tuple[Any, ...], _scope: Scope) -> Any:
        return self.tree.tokens.values[node[1]]

    def _key(self, node: tuple[Any, ...], _scope: Scope) -> Any:
        return node[2]

    def _vararg(self, node: tuple[Any, ...], scope: Scope) -> Any:
        if scope.varargs is None:
            return self.unknown(MODULE_NAME, node[1])
        return scope.varargs[0] if scope.varargs else None

    def _name(self, node: tuple[Any, ...], scope: Scope) -> Any:
        name = node[2]
        current: Scope | None = scope
        while current is not None:
            if name in current.variables:
                return current.variables[name]
            current = current.parent
        value = self.globals.hash.get(name)
        if value is None and name in lua_library.ONLY_IN_KONG:
            return self.unknown(lua_library.ONLY_IN_KONG[name], node[1])
        return value

    def _index(self, node: tuple[Any, ...], scope: Scope) -> Any:
        holder = self.value(node[2], scope)
        key = self.value(node[3], scope)
        kind = type(holder)
        if kind is LuaTable and isinstance(key, str):
            value = holder.hash.get(key)
            if value is not None:
                return value
        self.token = node[1]
        return self.index(holder, key, node[2], scope)

    def index(self, holder: Any, key: Any, described: int | None = None, scope: Scope | None = None) -> Any:
        """``holder[key]`` with metatables."""
        for _step in range(20):
            if isinstance(holder, Unknown):
                return holder
            if isinstance(holder, LuaTable):
                if isinstance(key, Unknown):
                    return key
                value = holder.get(key)
                if value is not None:
                    return value
                if holder.taint is not None:
                    # What is outside by nature (`ngx`) has no place in the text; who asked for it has.
                    return holder.taint if holder.taint.line else self.unknown(holder.taint.reason)
                if holder is self.typedefs:
                    return self._missing_typedef(key)
                handler = holder.metatable.get("__index") if holder.metatable is not None else None
                if handler is None:
                    return None
            elif isinstance(holder, str):
                handler = self.string_methods
            else:
                raise LuaError(f"attempt to index {self.describe(described, scope, holder)}", self.token)
            if isinstance(handler, FUNCTIONS):
                return first_of(self.call(handler, [holder, key]))
            holder = handler
        raise LuaError("'__index' chain too long; possibly a loop", self.token)

    def _missing_typedef(self, key: Any) -> Any:
        if key in typedefs.ENTERPRISE:
            return self.unknown(f"typedefs.{key} exists in Kong Enterprise only")
        raise LuaError(f"schema typedef error: definition {as_text(key)} does not exist", self.token)

    def _paren(self, node: tuple[Any, ...], scope: Scope) -> Any:
        return self.value(node[2], scope)

    def _single(self, node: tuple[Any, ...], scope: Scope) -> Any:
        return first_of(self._call(node, scope) if node[0] == "call" else self._method(node, scope))

    def _call(self, node: tuple[Any, ...], scope: Scope) -> Any:
        function = self.value(node[2], scope)
        arguments = self.values(node[3], scope)
        self.token = node[1]
        if isinstance(function, (Closure, Builtin)):
            self.by_method = False
            return self.call(function, arguments)
        if typedefs.is_typedef(function):
            return [typedefs.customise(function, arguments)]
        return self.call(function, arguments, self.name_of(node[2], scope))

    def _method(self, node: tuple[Any, ...], scope: Scope) -> Any:
        holder = self.value(node[2], scope)
        arguments = self.values(node[4], scope)
        self.token = node[1]
        function = self.index(holder, node[3], node[2], scope)
        if isinstance(function, Unknown) and isinstance(holder, LuaTable):
            taint_arguments(function, [holder])
        self.by_method = True
        return self.call(function, [holder, *arguments], f"method '{node[3]}'")

    def _function(self, node: tuple[Any, ...], scope: Scope) -> Closure:
        return Closure(node[2], node[3], node[4], scope, node[1], node[5])

    def _table(self, node: tuple[Any, ...], scope: Scope) -> LuaTable:
        table = LuaTable(node[1])
        items = node[2]
        self.count(len(items) + 1)
        self.spend(200 + 32 * len(items))
        position = 0
        nodes, expressions = self.nodes, self.expressions
        for number, (key, value) in enumerate(items):
            if key is None:
                if number == len(items) - 1:
                    self._last_items(table, position, value, scope)
                    break
                position += 1
                one = nodes[value]
                evaluated = expressions[one[0]](one, scope)
                if evaluated is not None:
                    table.set(position, evaluated)
                continue
            key_node, one = nodes[key], nodes[value]
            name = expressions[key_node[0]](key_node, scope)
            evaluated = expressions[one[0]](one, scope)
            if isinstance(name, Unknown):
                table.taint = name
            elif evaluated is not None:
                if name in table.where and one[0] in CONSTANTS and self._is_computed(items[:number], name, scope):
                    continue  # LuaJIT lays out constants first, so an earlier computed value stays
                table.set(name, evaluated)
                table.where[name] = key_node[1]
            elif name is None:
                raise LuaError("table index is nil", key_node[1])
        return table

    def _is_computed(self, items: Any, name: Any, scope: Scope) -> bool:
        """Whether one of these items of a constructor gives that key a value that is not a constant."""
        return any(
            key is not None
            and self.nodes[key][0] in ("string", "literal")
            and same(self.value(key, scope), name)
            and self.nodes[value][0] not in CONSTANTS
            for key, value in items
        )

    def _last_items(self, table: LuaTable, position: int, value: int, scope: Scope) -> None:
        results = self.several(value, scope)
        if isinstance(results, Unknown):
            if self.nodes[value][0] == "...":
                table.taint = results
            else:  # a call: at least its first result is meant
                table.set(position + 1, results)
            return
        for number, one in enumerate(results, position + 1):
            if one is not None:
                table.set(number, one)

    # -- statements

    def _local(self, node: tuple[Any, ...], scope: Scope) -> None:
        names = node[2]
        self._bind(scope, names, self.values(node[3], scope), node[3])

    def _bind(self, scope: Scope, names: tuple[str, ...], values: list[Any], sources: tuple[int, ...] = ()) -> None:
        spread = self._spread(values, sources)
        for index, name in enumerate(names):
            scope.variables[name] = values[index] if index < len(values) else spread

    def _spread(self, values: list[Any], sources: tuple[int, ...]) -> Unknown | None:
        """What variables beyond the values get: the last value, if it stands for unknown results of a call."""
        if values and isinstance(values[-1], Unknown) and sources and self.nodes[sources[-1]][0] in _MANY:
            return values[-1]
        return None

    def _assign(self, node: tuple[Any, ...], scope: Scope) -> None:
        places = []
        for one in node[2]:
            target = self.nodes[one]
            if target[0] == "index":
                places.append((target, self.value(target[2], scope), self.value(target[3], scope)))
            else:
                places.append((target, None, None))
        values = self.values(node[3], scope)
        spread = self._spread(values, node[3])
        for index, (target, holder, key) in enumerate(places):
            value = values[index] if index < len(values) else spread
            if target[0] == "name":
                self.assign(target[2], value, scope)
            else:
                self.token = target[1]
                self.store(holder, key, value, target, scope)

    def assign(self, name: str, value: Any, scope: Scope) -> None:
        home = scope.find(name)
        if home is not None:
            home.variables[name] = value
        else:
            self.globals.set(name, value)

    def store(self, holder: Any, key: Any, value: Any, target: tuple[Any, ...], scope: Scope) -> None:
        if isinstance(holder, Unknown):
            return
        if not isinstance(holder, LuaTable):
            raise LuaError(f"attempt to index {self.describe(target[2], scope, holder)}", self.token)
        if isinstance(key, Unknown):
            holder.taint = key
            return
        handler = self.metamethod(holder, "__newindex")
        if handler is not None and holder.get(key) is None:
            if isinstance(handler, FUNCTIONS):
                self.call(handler, [holder, key, value])
                return
            self.store(handler, key, value, target, scope)
            return
        self.spend(16)
        holder.set(key, value)
        if value is not None and not isinstance(key, LuaTable):
            holder.where[key] = target[1]

    def _callstat(self, node: tuple[Any, ...], scope: Scope) -> None:
        self.several(node[2], scope)

    def _do(self, node: tuple[Any, ...], scope: Scope) -> Any:
        return self.block(node[2], Scope(scope, scope.function))

    def _if(self, node: tuple[Any, ...], scope: Scope) -> Any:
        for number, (condition, body) in enumerate(node[2]):
            value = self.value(condition, scope)
            if isinstance(value, Unknown):
                bodies = [one for _condition, one in node[2][number:]]
                bodies.extend([node[3]] if node[3] is not None else [])
                leaves = [self.doubt.touch(one, scope, value) for one in bodies]
                return _Unclear(value) if any(leaves) else None
            if truth(value):
                return self.block(body, Scope(scope, scope.function))
        return self.block(node[3], Scope(scope, scope.function)) if node[3] is not None else None

    def _while(self, node: tuple[Any, ...], scope: Scope) -> Any:
        while True:
            value = self.value(node[2], scope)
            if isinstance(value, Unknown):
                return _Unclear(value) if self.doubt.touch(node[3], scope, value) else None
            if not truth(value):
                return None
            signal = self.block(node[3], Scope(scope, scope.function))
            if signal is not None:
                return None if signal is _BREAK else signal
            self.count()

    def _repeat(self, node: tuple[Any, ...], scope: Scope) -> Any:
        while True:
            inner = Scope(scope, scope.function)
            signal = self.block(node[2], inner)
            if signal is not None:
                return None if signal is _BREAK else signal
            value = self.value(node[3], inner)
            if isinstance(value, Unknown):
                return _Unclear(value) if self.doubt.touch(node[2], scope, value) else None
            if truth(value):
                return None
            self.count()

    def _fornum(self, node: tuple[Any, ...], scope: Scope) -> Any:
        numbers = [self.value(one, scope) for one in node[3]]
        for one in numbers:
            if isinstance(one, Unknown):
                return _Unclear(one) if self.doubt.touch(node[4], scope, one) else None
        bounds = []
        for what, one in zip(("initial value", "limit", "step"), numbers, strict=False):
            number = as_number(one)
            if number is None:
                raise LuaError(f"'for' {what} must be a number", node[1])
            bounds.append(number)
        start, stop, step = [*bounds, 1][:3]
        while start <= stop if step > 0 else start >= stop:
            inner = Scope(scope, scope.function)
            inner.variables[node[2]] = normal(start)
            signal = self.block(node[4], inner)
            if signal is not None:
                return None if signal is _BREAK else signal
            start += step
            self.count()
        return None

    def _forin(self, node: tuple[Any, ...], scope: Scope) -> Any:
        iterator = [*self.values(node[3], scope), None, None, None][:3]
        function, state, control = iterator
        unknown = function if isinstance(function, Unknown) else self._unclear_table(function, state)
        if unknown is not None:
            return _Unclear(unknown) if self.doubt.touch(node[4], scope, unknown) else None
        while True:
            self.token = node[1]
            results = self.call(function, [state, control])
            if isinstance(results, Unknown):
                return _Unclear(results) if self.doubt.touch(node[4], scope, results) else None
            control = results[0] if results else None
            if control is None:
                return None
            inner = Scope(scope, scope.function)
            self._bind(inner, node[2], results)
            signal = self.block(node[4], inner)
            if signal is not None:
                return None if signal is _BREAK else signal
            self.count()

    def _unclear_table(self, function: Any, state: Any) -> Unknown | None:
        walks = isinstance(function, Builtin) and function.name in ("next", "ipairs iterator")
        return state.taint if walks and isinstance(state, LuaTable) else None

    def _localfunction(self, node: tuple[Any, ...], scope: Scope) -> None:
        scope.variables[node[2]] = None
        scope.variables[node[2]] = self.value(node[3], scope)

    def _return(self, node: tuple[Any, ...], scope: Scope) -> Any:
        return self.values(node[2], scope)


CONSTANTS = ("literal", "string", "true", "false")
_MANY = ("call", "method", "...")
