# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What handler.lua says of itself: PRIORITY, VERSION and phases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.interpreter import Interpreter
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.known import NEWEST_KONG
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.model import Finding, Source
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import LuaTable, text_of, type_name
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import is_number
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import Tree
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import SchemaError, Unknown

PHASES = (
    "init_worker", "configure", "certificate", "rewrite", "access", "response", "header_filter", "body_filter", "log",
    "preread", "ws_handshake", "ws_client_frame", "ws_upstream_frame", "ws_close",
)  # fmt: skip
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\Z")


@dataclass(frozen=True)
class Handler:
    """``priority`` and ``version`` are Lua values (None for nil, `Unknown` where they cannot be told); ``where`` holds
    the tokens of keys that are written out."""

    priority: Any
    version: Any
    phases: tuple[str, ...]
    where: dict[Any, int]


def read_handler(tree: Tree) -> Handler | Unknown:
    """What the file of that tree returns, by the same bounded interpreter as schemas."""
    lua = Interpreter(tree, NEWEST_KONG)
    try:
        results = lua.run()
        value = results if isinstance(results, Unknown) else results[0] if results else None
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, LuaTable):
            return Unknown(f"it returns a {type_name(value)} value instead of a table")
        phases = tuple(phase for phase in PHASES if lua.index(value, phase) not in (None, False))
        return Handler(lua.index(value, "PRIORITY"), lua.index(value, "VERSION"), phases, value.where)
    except SchemaError as error:
        return Unknown(error.message, error.line, error.column)


def check_handler(source: Source) -> Iterator[Finding]:
    """KPL401 to KPL404; the source must have a tree."""
    handler = read_handler(source.tree)
    if isinstance(handler, Unknown):
        yield source.at("KPL404", handler.line, handler.column, f"cannot be told: {handler.reason}")
        return
    is_priority = is_number(handler.priority) and isinstance(handler.priority, int)
    yield from _about(source, handler, "PRIORITY", handler.priority, is_priority)
    is_version = isinstance(handler.version, str) and _VERSION.match(handler.version) is not None
    yield from _about(source, handler, "VERSION", handler.version, is_version)
    beside = [phase for phase in ("header_filter", "body_filter") if phase in handler.phases]
    if "response" in handler.phases and beside:
        yield _at_key(source, handler, "KPL403", "response", f"has the phase response beside {' and '.join(beside)}")


def _about(source: Source, handler: Handler, key: str, value: Any, is_good: bool) -> Iterator[Finding]:
    if isinstance(value, Unknown):
        yield _at_key(source, handler, "KPL404", key, f"{key} cannot be told: {value.reason}")
    elif not is_good:
        rule, wanted = _WANTED[key]
        yield _at_key(source, handler, rule, key, f"{key} is {_shown(value)}, not {wanted}")


_WANTED = {
    "PRIORITY": ("KPL401", "an integer"),
    "VERSION": ("KPL402", "of the form x.y.z"),
}


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'the string "{text_of(value)}"'
    if is_number(value):
        return f"the number {value}"
    return "missing" if value is None else f"a {type_name(value)} value"


def _at_key(source: Source, handler: Handler, rule: str, key: str, message: str) -> Finding:
    token = handler.where.get(key, -1)
    return source.at_token(rule, token, message) if token >= 0 else source.at(rule, 0, 0, message)
