# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a plugin may and must have."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.model import (
    Finding,
    Options,
    Plugin,
    finding,
)

REQUIRED = ("schema.lua", "handler.lua")
FOREIGN = (".go", ".js", ".ts", ".py")


def check_files(plugin: Plugin, options: Options) -> Iterator[Finding]:
    """KPL101 to KPL105."""
    found = [*_forbidden(plugin, options), *_missing(plugin), *_links(plugin)]
    yield from found
    if plugin.refusal and not found and not is_foreign(plugin):
        yield finding("KPL105", "", plugin.refusal)


def is_foreign(plugin: Plugin) -> bool:
    """Whether the plugin is written in another language than Lua."""
    return "handler.lua" not in plugin.files and any(path.endswith(FOREIGN) for path in plugin.paths)


def _forbidden(plugin: Plugin, options: Options) -> Iterator[Finding]:
    tops = {path.split("/", 1)[0] for path in plugin.paths}
    for name in sorted(tops & set(options.forbidden)):
        yield finding("KPL101", name, f"would be {options.forbidden[name]}, which Konnect does not accept")


def _missing(plugin: Plugin) -> Iterator[Finding]:
    if is_foreign(plugin):
        if "schema.lua" not in plugin.files:
            source = min(path for path in plugin.paths if path.endswith(FOREIGN))
            yield finding("KPL103", source, "the plugin is not written in Lua and has no schema.lua")
        return
    for name in REQUIRED:
        if name not in plugin.files and name not in plugin.links:
            yield finding("KPL102", name, f"{name} is missing")


def _links(plugin: Plugin) -> Iterator[Finding]:
    for path, why in sorted(plugin.links.items()):
        yield finding("KPL104", path, why)
