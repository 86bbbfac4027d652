# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes unknown where code may or may not have run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import LuaTable
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Unknown

if TYPE_CHECKING:
    from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.interpreter import Interpreter, Scope


def taint(why: Unknown, values: Iterable[Any]) -> None:
    """Marks the tables that code we cannot follow may have changed."""
    for one in values:
        if isinstance(one, LuaTable) and one.taint is None:
            one.taint = why


def taint_arguments(function: Unknown, arguments: Iterable[Any]) -> None:
    """Marks what an unknown function was given; Kong's and Penlight's helpers leave it alone and give new tables."""
    if "'kong.tools." not in function.reason and "'pl." not in function.reason:
        taint(function, arguments)


class Doubt:
    """Walks statements that are not run, and spoils what they would have changed."""

    def __init__(self, lua: Interpreter) -> None:
        self.lua = lua
        self.nodes = lua.nodes

    def touch(self, statements: tuple[int, ...], scope: Scope, why: Unknown) -> bool:
        """Makes unknown what these statements would have changed; tells whether control may leave the block by them."""
        leaves = False
        hidden: set[str] = set()
        for one in statements:
            self.lua.count()
            node = self.nodes[one]
            kind = node[0]
            if kind in ("return", "goto", "break"):
                leaves = True
            elif kind == "local":
                hidden.update(node[2])
            elif kind == "assign":
                for target in node[2]:
                    self._touch_target(self.nodes[target], scope, why, hidden)
            elif kind == "callstat":
                self._touch_call(self.nodes[node[2]], scope, why)
            else:
                for body in _bodies(node):
                    leaves = self.touch(body, scope, why) or leaves
        return leaves

    def _touch_target(self, target: tuple[Any, ...], scope: Scope, why: Unknown, hidden: set[str]) -> None:
        if target[0] == "name":
            if target[2] not in hidden:
                self.lua.assign(target[2], why, scope)
            return
        holder, key = self._glance(target[2], scope), self._glance(target[3], scope)
        if isinstance(holder, LuaTable):
            if key is None or isinstance(key, (Unknown, LuaTable)):
                holder.taint = why
            else:
                holder.set(key, why)

    def _touch_call(self, node: tuple[Any, ...], scope: Scope, why: Unknown) -> None:
        arguments = [self._glance(one, scope) for one in node[-1]]
        if node[0] == "method":
            arguments.append(self._glance(node[2], scope))
        taint(why, arguments)

    def _glance(self, index: int, scope: Scope) -> Any:
        """The value of a name, a literal or a path of them; None for all else, which must not be evaluated here."""
        node = self.nodes[index]
        if node[0] == "name":
            home = scope.find(node[2])
            return home.variables[node[2]] if home is not None else self.lua.globals.get(node[2])
        if node[0] in ("string", "literal"):
            return self.lua.expressions[node[0]](node, scope)
        if node[0] == "index":
            holder, key = self._glance(node[2], scope), self._glance(node[3], scope)
            return holder.get(key) if isinstance(holder, LuaTable) and key is not None else None
        return None


def _bodies(node: tuple[Any, ...]) -> list[tuple[int, ...]]:
    """The blocks inside a statement."""
    kind = node[0]
    if kind == "if":
        return [body for _condition, body in node[2]] + ([node[3]] if node[3] is not None else [])
    place = {"do": 2, "repeat": 2, "while": 3, "fornum": 4, "forin": 4}.get(kind)
    return [] if place is None else [node[place]]
