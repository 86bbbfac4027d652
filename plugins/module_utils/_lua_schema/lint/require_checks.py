# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the handler and the modules beside it require."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.known import (
    BUNDLED,
    comes_with_the_gateway,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.mentions import Require, mentions
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.model import Finding, Plugin, Source

_PLUGINS = "kong.plugins."
_OF_EVERY_PLUGIN = ("handler", "schema")  # a plugin may build on another's


def check_requires(sources: Iterable[Source], plugin: Plugin) -> Iterator[Finding]:
    """KPL405 to KPL408 for all files but schema.lua; a module of somebody else's is listed where it comes first."""
    listed: set[str] = set()
    for source in sources:
        if source.fault is not None:
            continue
        for one in mentions(source.tree).requires:
            if one.depth:
                name = f"'{one.module}'" if one.module is not None else "a module"
                yield source.at_token("KPL406", one.token, f"requires {name} inside of a function")
            if one.module is not None:
                yield from _about(source, one, one.module, plugin, listed)


def _about(source: Source, one: Require, module: str, plugin: Plugin, listed: set[str]) -> Iterator[Finding]:
    if module.startswith(_PLUGINS):
        owner, _dot, rest = module[len(_PLUGINS) :].partition(".")
        exists = _file(rest) in plugin.files or _file(f"{rest}.init") in plugin.files
        if owner == plugin.name:
            if not exists:
                yield source.at_token("KPL407", one.token, f"requires '{module}', and there is no {_file(rest)}")
            return
        if owner in BUNDLED:
            return
        if exists and rest not in _OF_EVERY_PLUGIN:
            yield source.at_token("KPL408", one.token, f"requires '{module}', and {_file(rest)} lies here")
            return
    elif comes_with_the_gateway(module):
        return
    if module not in listed:
        listed.add(module)
        yield source.at_token("KPL405", one.token, f"requires '{module}'")


def _file(rest: str) -> str:
    return f"{rest.lstrip('.').replace('.', '/') or 'init'}.lua"
