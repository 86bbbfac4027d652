# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin's name: how schema.lua says it, and whether a plugin can have it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.known import BUNDLED
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.model import (
    Finding,
    Options,
    Plugin,
    Source,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import text_of
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import Tree
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Schema, Unknown

LONGEST = 128
_CHARACTERS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True)
class _Written:
    """The name in the text: its value if it is a literal or a constant, and its key's token."""

    value: str | None
    token: int


def check_name(source: Source, schema: Schema | None, plugin: Plugin, options: Options) -> Iterator[Finding]:
    """KPL301 to KPL307; the source must have a tree."""
    written = _Chunk(source.tree).name()
    token = written.token if written is not None else -1

    def at_name(rule: str, message: str) -> Finding:
        return source.at_token(rule, token, message) if token >= 0 else source.at(rule, 0, 0, message)

    name = schema.name if schema is not None else written.value if written is not None else None
    if isinstance(name, Unknown):
        yield at_name("KPL301", f"the name cannot be told: {name.reason}")
        return
    if written is not None and written.value is None:
        yield at_name("KPL301", "the name is computed")
    if not isinstance(name, str):
        return
    for rule, message in _verdicts(name, plugin.name, options):
        yield at_name(rule, message)


def _verdicts(name: str, directory: str, options: Options) -> Iterator[tuple[str, str]]:
    if not 1 <= len(name) <= LONGEST:
        yield "KPL304", f"the name has {len(name)} characters"
    elif not _CHARACTERS.match(name):
        yield "KPL302", f"'{name}' cannot be a plugin's name on a control plane and a node"
    elif "_" in name:
        yield "KPL303", f"'{name}' holds an underscore"
    if name != directory:
        yield "KPL305", f"the schema says '{name}', and the directory is '{directory}'"
    if name in BUNDLED:
        yield "KPL306", f"Kong ships a plugin '{name}'"
    if name in options.streaming_names:
        yield "KPL307", f"the control plane has a streaming plugin '{name}'"


class _Chunk:
    """The top level of a file, looked at but not evaluated: its locals and what it returns."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.nodes = tree.nodes
        self.locals: dict[str, int | None] = {}
        self.names: dict[str, tuple[int, int]] = {}
        self.returned: int | None = None
        for one in tree.root:
            self._read(self.nodes[one])

    def name(self) -> _Written | None:
        """How the name is written; None where that takes an evaluation to find."""
        if self.returned is None:
            return None
        node = self.nodes[self.returned]
        if node[0] == "name" and node[2] in self.names:
            return self._written(*self.names[node[2]])
        table = self._follow(self.returned)
        if self.nodes[table][0] != "table":
            return None
        for key, value in reversed(self.nodes[table][2]):
            if key is not None and self._text(key) == "name":
                return self._written(key, value)
        return None

    def _read(self, node: tuple[Any, ...]) -> None:
        if node[0] == "local":
            for at, name in enumerate(node[2]):
                self.locals[name] = node[3][at] if at < len(node[3]) else None
        elif node[0] == "assign":
            for target, value in zip(node[2], node[3], strict=False):
                self._assigned(self.nodes[target], value)
        elif node[0] == "return" and node[2]:
            self.returned = node[2][0]

    def _assigned(self, target: tuple[Any, ...], value: int) -> None:
        if target[0] == "name":
            self.locals[target[2]] = None  # no constant any more
        elif target[0] == "index" and self.nodes[target[2]][0] == "name" and self._text(target[3]) == "name":
            self.names[self.nodes[target[2]][2]] = (target[3], value)

    def _written(self, key: int, value: int) -> _Written:
        return _Written(self._text(self._follow(value)), self.nodes[key][1])

    def _follow(self, index: int) -> int:
        """The value that a local constant stands for."""
        seen: set[str] = set()
        node = self.nodes[index]
        while node[0] == "name" and node[2] not in seen:
            seen.add(node[2])
            value = self.locals.get(node[2])
            if value is None:
                break
            index, node = value, self.nodes[value]
        return index

    def _text(self, index: int) -> str | None:
        node = self.nodes[index]
        value = node[2] if node[0] == "string" else self.tree.tokens.values[node[1]] if node[0] == "literal" else None
        return text_of(value) if isinstance(value, str) else None
