# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What schema.lua may say, so that a control plane and every node take it."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.known import (
    CONTROL_PLANE_NGX,
    LUA_GLOBALS,
    MACHINE,
    NEWEST_KONG,
    TYPEDEFS,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.mentions import (
    GlobalUse,
    Mentions,
    Require,
    mentions,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.model import Finding, Options, Source
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.rules import ERROR
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import Tree
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.read import read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Schema, SchemaError

LONGEST = 8192
_CAUSES = ("KPL202", "KPL203", "KPL204", "KPL205", "KPL211")


def check_schema(source: Source, options: Options) -> tuple[Schema | None, list[Finding]]:
    """KPL201 to KPL211 and the schema, if it can be read; the source must have a tree."""
    schema, found = _read(source, options)
    text = mentions(source.tree)
    found += _requires(source, text, options)
    found += _globals(source, source.tree, text, schema)
    found += _foreign_modules(source, text)
    found += _unknowns(source, schema, found)
    if len(source.text) > LONGEST:
        found.append(source.at("KPL207", 0, 0, f"{len(source.text)} characters; {LONGEST} are known to be accepted"))
    return schema, found


def _read(source: Source, options: Options) -> tuple[Schema | None, list[Finding]]:
    try:
        schema = read_schema(source.text, kong_version=NEWEST_KONG)
    except SchemaError as error:
        return None, [source.at("KPL208", error.line, error.column, error.message)]
    if options.kong_version is None:
        return schema, []
    try:
        read_schema(source.text, kong_version=options.kong_version)
    except SchemaError as error:
        message = f"Kong {options.kong_version} refuses it: {error.message}"
        return schema, [source.at("KPL209", error.line, error.column, message)]
    return schema, []


def _requires(source: Source, text: Mentions, options: Options) -> Iterator[Finding]:
    for one in text.requires:
        rule, message = _judge(one)
        severity = ERROR if rule == "KPL201" and options.forbid_typedefs else None
        yield source.at_token(rule, one.token, message, severity=severity)


def _judge(one: Require) -> tuple[str, str]:
    if one.module is None:
        return "KPL203", "requires a module whose name is not a literal"
    if one.module == TYPEDEFS:
        return "KPL201", f"requires {TYPEDEFS}"
    if one.module.startswith("kong.") and not one.module.startswith("kong.plugins."):
        return "KPL202", f"requires '{one.module}', which a control plane need not have"
    return "KPL203", f"requires '{one.module}', which a control plane does not have"


def _globals(source: Source, tree: Tree, text: Mentions, schema: Schema | None) -> Iterator[Finding]:
    tokens = tree.tokens
    evaluated = {(one.line, one.column) for one in schema.unknowns} if schema is not None else set()
    for one in text.globals:
        place = (tokens.lines[one.token], tokens.columns[one.token])
        verdict = _while_loading(one) if not one.depth or place in evaluated else _in_function(one, text)
        if verdict is not None:
            yield source.at_token(verdict[0], one.token, verdict[1])


def _while_loading(one: GlobalUse) -> tuple[str, str] | None:
    if one.name in ("kong", "ngx", "ndk") and (one.name, one.member) != ("ngx", "null"):
        return "KPL204", f"uses {_path(one)} while the schema is loaded"
    if one.name in MACHINE:
        return "KPL211", f"uses {_path(one)} while the schema is loaded"
    return None


def _in_function(one: GlobalUse, text: Mentions) -> tuple[str, str] | None:
    if one.name == "kong" or (one.name == "ngx" and one.member not in CONTROL_PLANE_NGX):
        return "KPL205", f"uses {_path(one)}, which a control plane does not have"
    if one.name != "ngx" and one.name not in LUA_GLOBALS and one.name not in text.defined:
        return "KPL206", f"uses the global '{one.name}', which nothing defines"
    return None


def _path(one: GlobalUse) -> str:
    return f"{one.name}.{one.member}" if one.member else one.name


def _foreign_modules(source: Source, text: Mentions) -> Iterator[Finding]:
    for one in text.modules:
        if _judge(Require(one.module, one.token, 0))[0] == "KPL203":
            yield source.at_token("KPL206", one.token, f"uses '{one.name}', which comes from '{one.module}'")


def _unknowns(source: Source, schema: Schema | None, found: list[Finding]) -> Iterator[Finding]:
    """What could not be read, unless a finding on the same line says why."""
    if schema is None:
        return
    told = {one.line for one in found if one.rule in _CAUSES}
    for one in schema.unknowns:
        is_told = one.line in told if one.line else bool(told)
        if not is_told and one is not schema.name:
            yield source.at("KPL210", one.line, one.column, f"cannot be told: {one.reason}")
