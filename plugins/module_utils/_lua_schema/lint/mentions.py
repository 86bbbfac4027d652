# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Lua file mentions: the modules it requires, the globals it uses, and the locals that hold modules.

Nothing is evaluated.  The visits are generators on a stack of our own, since chains such as ``a .. b .. c`` nest as
deep as they are long: a visit yields the visits that come next.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import text_of
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import Tree

Visit: TypeAlias = Generator["Visit", None, None]
Node: TypeAlias = tuple[Any, ...]

_PROTECTED = ("pcall", "xpcall")


@dataclass(frozen=True)
class Require:
    """``module`` is None where the name is not a literal; ``depth`` counts the functions around it."""

    module: str | None
    token: int
    depth: int


@dataclass(frozen=True)
class GlobalUse:
    """A global that is read; ``member`` is the constant key it is indexed with, if any."""

    name: str
    member: str | None
    token: int
    depth: int


@dataclass(frozen=True)
class ModuleUse:
    """A local that holds a required module, used in a function."""

    name: str
    module: str
    token: int


@dataclass
class Mentions:
    """In the order of the text; ``defined`` are the globals that are assigned."""

    requires: list[Require] = field(default_factory=list)
    globals: list[GlobalUse] = field(default_factory=list)
    modules: list[ModuleUse] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)


def mentions(tree: Tree) -> Mentions:
    """What the file of that tree mentions."""
    walk = _Walk(tree)
    pending = [walk.block(tree.root, _Scope(None, 0))]
    while pending:
        below = next(pending[-1], None)
        if below is None:
            pending.pop()
        else:
            pending.append(below)
    return walk.found


@dataclass(frozen=True)
class _Held:
    """What a local is known to hold: a module, or (without one) the function ``require``."""

    module: str | None


class _Scope:
    """The locals of one block, inside ``depth`` functions."""

    __slots__ = ("depth", "names", "parent")

    def __init__(self, parent: _Scope | None, depth: int, names: Iterable[str] = ()) -> None:
        self.parent = parent
        self.depth = depth
        self.names: dict[str, _Held | None] = dict.fromkeys(names)

    def inner(self, names: Iterable[str] = ()) -> _Scope:
        return _Scope(self, self.depth, names)

    def home(self, name: str) -> _Scope | None:
        scope: _Scope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.parent
        return scope


class _Walk:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.nodes = tree.nodes
        self.found = Mentions()
        self.visits: dict[str, Callable[[Node, _Scope], Visit]] = {
            "local": self._local, "localfunction": self._localfunction, "assign": self._assign, "callstat": self._inner,
            "return": self._return, "do": self._do, "while": self._while, "repeat": self._repeat, "if": self._if,
            "fornum": self._fornum, "forin": self._forin, "function": self._function, "table": self._table,
            "call": self._call, "method": self._method, "index": self._index, "name": self._name, "paren": self._inner,
            "binary": self._binary, "unary": self._unary,
        }  # fmt: skip

    def block(self, statements: Iterable[int], scope: _Scope) -> Visit:
        for one in statements:
            yield self.visit(one, scope)

    def visit(self, index: int, scope: _Scope) -> Visit:
        node = self.nodes[index]
        visit = self.visits.get(node[0])
        return visit(node, scope) if visit is not None else self.block((), scope)

    # -- statements

    def _local(self, node: Node, scope: _Scope) -> Visit:
        yield from self.block(node[3], scope)
        for at, name in enumerate(node[2]):
            scope.names[name] = self.held(node[3], at, scope)

    def _localfunction(self, node: Node, scope: _Scope) -> Visit:
        scope.names[node[2]] = None
        yield self.visit(node[3], scope)

    def _assign(self, node: Node, scope: _Scope) -> Visit:
        yield from self.block(node[3], scope)
        for at, index in enumerate(node[2]):
            target = self.nodes[index]
            if target[0] != "name":
                yield self.visit(index, scope)
                continue
            home = scope.home(target[2])
            if home is None:
                self.found.defined.add(target[2])
            else:
                home.names[target[2]] = self.held(node[3], at, scope)

    def _return(self, node: Node, scope: _Scope) -> Visit:
        return self.block(node[2], scope)

    def _do(self, node: Node, scope: _Scope) -> Visit:
        return self.block(node[2], scope.inner())

    def _while(self, node: Node, scope: _Scope) -> Visit:
        yield self.visit(node[2], scope)
        yield self.block(node[3], scope.inner())

    def _repeat(self, node: Node, scope: _Scope) -> Visit:
        inner = scope.inner()
        yield self.block(node[2], inner)
        yield self.visit(node[3], inner)

    def _if(self, node: Node, scope: _Scope) -> Visit:
        for condition, body in node[2]:
            yield self.visit(condition, scope)
            yield self.block(body, scope.inner())
        yield self.block(node[3] or (), scope.inner())

    def _fornum(self, node: Node, scope: _Scope) -> Visit:
        yield self.block(node[3], scope)
        yield self.block(node[4], scope.inner((node[2],)))

    def _forin(self, node: Node, scope: _Scope) -> Visit:
        yield self.block(node[3], scope)
        yield self.block(node[4], scope.inner(node[2]))

    # -- expressions

    def _inner(self, node: Node, scope: _Scope) -> Visit:
        yield self.visit(node[2], scope)

    def _function(self, node: Node, scope: _Scope) -> Visit:
        return self.block(node[4], _Scope(scope, scope.depth + 1, node[2]))

    def _table(self, node: Node, scope: _Scope) -> Visit:
        return self.block((one for pair in node[2] for one in pair if one is not None), scope)

    def _binary(self, node: Node, scope: _Scope) -> Visit:
        return self.block(node[3:5], scope)

    def _unary(self, node: Node, scope: _Scope) -> Visit:
        yield self.visit(node[3], scope)

    def _method(self, node: Node, scope: _Scope) -> Visit:
        return self.block((node[2], *node[4]), scope)

    def _call(self, node: Node, scope: _Scope) -> Visit:
        required = self.required(node, scope)
        if required is not None:
            self.found.requires.append(required)
        return self.block((node[2], *node[3]), scope)

    def _index(self, node: Node, scope: _Scope) -> Visit:
        holder = self.nodes[node[2]]
        if holder[0] == "name":
            self.mention(holder, self.constant(node[3]), scope)
            yield self.visit(node[3], scope)
        else:
            yield self.block(node[2:4], scope)

    def _name(self, node: Node, scope: _Scope) -> Visit:
        self.mention(node, None, scope)
        return self.block((), scope)

    # -- what is found

    def mention(self, node: Node, member: str | None, scope: _Scope) -> None:
        home = scope.home(node[2])
        if home is None:
            self.found.globals.append(GlobalUse(text_of(node[2]), member, node[1], scope.depth))
            return
        held = home.names[node[2]]
        if held is not None and held.module is not None and scope.depth:
            self.found.modules.append(ModuleUse(text_of(node[2]), held.module, node[1]))

    def required(self, node: Node, scope: _Scope) -> Require | None:
        """The module of a call of ``require``, or of ``pcall(require, ...)``."""
        function, arguments = self.nodes[node[2]], node[3]
        if function[0] == "name" and function[2] in _PROTECTED and arguments:
            function, arguments = self.nodes[arguments[0]], arguments[-1:]
        if not self.is_require(function, scope):
            return None
        return Require(self.constant(arguments[0]) if arguments else None, function[1], scope.depth)

    def is_require(self, node: Node, scope: _Scope) -> bool:
        if node[0] != "name":
            return False
        home = scope.home(node[2])
        return node[2] == "require" if home is None else home.names[node[2]] == _Held(None)

    def held(self, values: tuple[int, ...], at: int, scope: _Scope) -> _Held | None:
        """What the variable at that place of an assignment is known to hold."""
        if at >= len(values):
            return None
        node = self.nodes[values[at]]
        while node[0] in ("index", "method", "call"):
            required = self.required(node, scope) if node[0] == "call" else None
            if required is not None:
                return _Held(required.module) if required.module else None
            node = self.nodes[node[2]]  # what comes out of a module stands for the module
        if self.is_require(node, scope):
            return _Held(None)
        home = scope.home(node[2]) if node[0] == "name" else None
        return home.names[node[2]] if home is not None else None

    def constant(self, index: int) -> str | None:
        """A string literal's text."""
        node = self.nodes[index]
        value = node[2] if node[0] == "string" else self.tree.tokens.values[node[1]] if node[0] == "literal" else None
        return text_of(value) if isinstance(value, str) else None
