# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what Konnect or a node would refuse, or what will surprise its operator, in a plugin directory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.file_checks import check_files
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.handler_checks import check_handler
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.ignores import (
    IGNORE_FILE,
    Ignored,
    sort_out,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.model import (
    Finding,
    Options,
    Plugin,
    Source,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.name_checks import check_name
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.require_checks import check_requires
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.rules import RULES, SEVERITIES, Rule
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.schema_checks import check_schema
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import SchemaError

__all__ = ["IGNORE_FILE", "RULES", "SEVERITIES", "Finding", "Ignored", "Options", "Plugin", "Report", "Rule", "lint"]


@dataclass(frozen=True)
class Report:
    """``findings`` in the order of files and lines, without those that the plugin ignores."""

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]


def lint(plugin: Plugin, options: Options) -> Report:
    """All findings in one plugin directory.  ParserUnavailable when luaparser is not installed."""
    result = sort_out(list(dict.fromkeys(_findings(plugin, options))), plugin, options.today)
    findings = sorted(result.kept, key=lambda one: (one.path, one.line, one.column, one.rule))
    return Report(tuple(findings), tuple(result.ignored))


def _findings(plugin: Plugin, options: Options) -> Iterator[Finding]:
    yield from check_files(plugin, options)
    sources = {path: Source(path, text) for path, text in sorted(plugin.files.items())}
    for source in sources.values():
        if source.fault is not None:
            yield _syntax_error(source, source.fault)
    schema = sources.pop("schema.lua", None)
    if schema is not None and schema.fault is None:
        read, found = check_schema(schema, options)
        yield from found
        yield from check_name(schema, read, plugin, options)
    handler = sources.get("handler.lua")
    if handler is not None and handler.fault is None:
        yield from check_handler(handler)
    yield from check_requires(sources.values(), plugin)


def _syntax_error(source: Source, fault: SchemaError) -> Finding:
    message = fault.message.replace("the schema", "the file", 1)
    return source.at("KPL106", fault.line, fault.column, message)
