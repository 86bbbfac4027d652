# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The linter on plugins given as text: where a finding points, what is no finding, and what hostile text cannot do."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint import Finding, Options, Plugin, lint

HANDLER = 'return { PRIORITY = 790, VERSION = "1.0.0" }\n'
SCHEMA = 'return { name = "edge-hints", fields = { { config = { type = "record", fields = { %s } } } } }\n'


def plugin(schema: str = SCHEMA % "", handler: str = HANDLER, *, ignores: tuple[Any, ...] = (), **more: str) -> Plugin:
    """A plugin; further files by their names without ``.lua``."""
    files = {"schema.lua": schema, "handler.lua": handler, **{f"{name}.lua": text for name, text in more.items()}}
    lines = tuple(range(1, len(ignores) + 1))
    return Plugin("edge-hints", files, frozenset(files), ignores=ignores, ignore_lines=lines)


def findings(*arguments: Any, options: Options | None = None, **more: Any) -> list[Finding]:
    return list(lint(plugin(*arguments, **more), options or Options()).findings)


def rules(*arguments: Any, **more: Any) -> list[str]:
    return [one.rule for one in findings(*arguments, **more)]


def field(text: str, head: str = "") -> str:
    return f"{head}\n{SCHEMA % ('{ ttl = ' + text + ' }')}"


def validator(body: str, head: str = "") -> str:
    return field(f'{{ type = "string", custom_validator = function(value) {body} end }}', head)


# -- the material at hand


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.1.0", "2.0.0", "2.1.0", "3.0.0"])
@pytest.mark.parametrize("kong_version", [None, "3.4"])
def test_the_example_plugins_have_nothing_but_typedefs(root: Path, version: str, kong_version: str | None) -> None:
    folder = root / "examples" / "plugins" / "edge-hints" / version / "edge-hints"
    files = {file.name: file.read_text() for file in folder.iterdir()}
    report = lint(Plugin("edge-hints", files, frozenset(files)), Options(kong_version=kong_version))
    assert {one.rule for one in report.findings} == {"KPL201"}


def test_the_snippet_of_the_documentation_passes() -> None:
    snippet = """
      {
          new_ttl = {
              type = "integer",
              gt = 0,
          }
      },
      {
          new_response_header = typedefs.header_name
      },
    """
    assert rules('local typedefs = require "kong.db.schema.typedefs"\n' + SCHEMA % snippet) == ["KPL201"]


def test_typedefs_are_an_error_where_that_is_wanted() -> None:
    schema = field("typedefs.port", 'local typedefs = require "kong.db.schema.typedefs"')
    assert [one.severity for one in findings(schema)] == ["warning"]
    assert [one.severity for one in findings(schema, options=Options(forbid_typedefs=True))] == ["error"]


def test_a_long_schema_is_a_warning_from_8193_characters_on() -> None:
    text = SCHEMA % ""
    assert rules(text + "-" * (8192 - len(text))) == []
    long = text + "--" + "é" * (8191 - len(text))
    assert [(one.rule, one.severity) for one in findings(long)] == [("KPL207", "warning")]


# -- places


def place(one: Finding) -> tuple[int, int, str, str]:
    return one.line, one.column, one.excerpt, one.excerpt[one.caret :][:7]


def test_a_finding_points_at_the_word_it_is_about() -> None:
    [one] = findings(field('{ type = "string" }', '\n\n  local cjson = require("cjson")'))
    assert place(one) == (3, 17, 'local cjson = require("cjson")', "require")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_columns_are_characters_whatever_ends_the_lines(newline: str) -> None:
    text = newline.join(["-- größer", 'local é = "ü" local x = require "y"', SCHEMA % ""])
    [one] = findings("\ufeff" + text)
    assert place(one)[:2] == (2, 25)
    assert place(one)[3] == "require"


def test_a_long_line_is_shown_around_the_place() -> None:
    [one] = findings(field('{ type = "string" }', f'local a = "{"x" * 5000}" local b = require "c"'))
    assert len(one.excerpt) <= 100
    assert place(one)[3] == "require"


def test_tabs_and_control_characters_do_not_shift_the_caret() -> None:
    [one] = findings(field('{ type = "string" }', '\tlocal a =\t"\x1b[31m" local b =\trequire "c"'))
    assert place(one)[3] == "require"
    assert one.excerpt.isprintable()


def test_every_file_that_is_not_lua_is_named_with_its_line() -> None:
    found = findings(handler="return {\n  PRIORITY = = 1 }", util="local x = \n\n  'abc", other="local y <const> = 1")
    assert [(one.rule, one.path, one.line, one.column) for one in found] == [
        ("KPL106", "handler.lua", 2, 14),
        ("KPL106", "other.lua", 1, 9),
        ("KPL106", "util.lua", 3, 3),
    ]


def test_a_refusal_points_at_the_field() -> None:
    [one] = findings("return {\n  name = 'edge-hints',\n  fields = {\n    { ttl = { type = 'integer' } },\n  },\n}")
    assert (one.rule, one.line) == ("KPL208", 4)
    assert "cannot create a new field" in one.message


# -- requires


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ('require "kong.db.schema.typedefs"', "KPL201"),
        ('require("kong.db.schema")', "KPL202"),
        ("require [[kong.tools.utils]]", "KPL202"),
        ('require "kong.plugins.key-auth.schema"', "KPL203"),
        ('require "kong.plugins.edge-hints.limits"', "KPL203"),
        ('require "resty.http"', "KPL203"),
        ('pcall(require, "cjson")', "KPL203"),
        ("require(name)", "KPL203"),
        ('(require)("cjson")', None),
    ],
)
def test_what_a_schema_requires(statement: str, rule: str | None) -> None:
    found = rules(f'local name = "x"\nlocal _ = {statement}\n{SCHEMA % ""}')
    assert found == ([rule] if rule else [])


def test_require_under_another_name_is_still_require() -> None:
    assert rules(f'local load = require\nlocal _ = load "cjson"\n{SCHEMA % ""}') == ["KPL203"]


def test_a_local_function_called_require_is_not() -> None:
    assert rules(f'local function require(x) return x end\nlocal _ = require "cjson"\n{SCHEMA % ""}') == []


def test_a_validator_is_told_which_module_it_leans_on() -> None:
    schema = validator("return cjson.decode(value) ~= nil", 'local cjson = require("cjson").new()')
    found = findings(schema)
    assert [(one.rule, one.line) for one in found] == [("KPL203", 1), ("KPL206", 2)]
    assert "'cjson', which comes from 'cjson'" in found[1].message


def test_a_local_that_hides_the_module_is_not_the_module() -> None:
    schema = validator("local cjson = { } return cjson[value] == nil", 'local cjson = require "cjson"')
    assert rules(schema) == ["KPL203"]


@pytest.mark.parametrize(
    "body",
    [
        "return value:find('^a') ~= nil",
        "local total = 0 for i = 1, #value do total = total + i end return total > 3",
        "for _, one in ipairs({ 1 }) do if one == value then return true end end return nil, 'no'",
        "repeat local done = true until done return true",
        "return ngx.time() > 0 and ngx.null ~= value",
        "local function deep(n) return n == 0 or deep(n - 1) end return deep(3)",
        "goto done ::done:: return true",
        "return limits[value] ~= nil and allowed(value)",
    ],
)
def test_a_validator_in_plain_lua_is_no_finding(body: str) -> None:
    assert rules(validator(body, "local limits = {}\nfunction allowed(value) return true end")) == []


# -- kong and ngx


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (field("{ type = 'string' }", "local null = ngx.null"), []),
        (field("{ type = 'string' }", "local kong = kong"), ["KPL204"]),
        (field("{ type = 'string' }", "local now = ngx.now()"), ["KPL204"]),
        (field("{ type = 'string' }", "local kong = { x = 1 }\nlocal y = kong.x"), []),
        (field("{ type = 'integer', default = f() }", "local function f() return kong.node.count end"), ["KPL204"]),
        (validator("kong.log.err(value) return true"), ["KPL205"]),
        (validator("return ngx['re'].find(value, 'a') ~= nil"), ["KPL205"]),
        (validator("return ngx.worker.pid() > 1"), ["KPL205"]),
    ],
)
def test_kong_and_ngx_in_a_schema(text: str, expected: list[str]) -> None:
    assert rules(text) == expected


# -- names


@pytest.mark.parametrize(
    "text",
    [
        'local NAME = "edge-hints"\nlocal ALIAS = NAME\nreturn { name = ALIAS, fields = {} }',
        'local schema = { name = "edge-hints", fields = {} }\nreturn schema',
        'local schema = { fields = {} }\nschema.name = "edge-hints"\nreturn schema',
        'local function build(name) return { name = name, fields = {} } end\nreturn build("edge-hints")',
    ],
)
def test_a_name_that_can_be_read_in_the_text_is_literal(text: str) -> None:
    assert rules(text) == []


@pytest.mark.parametrize(
    "text",
    [
        'return { name = "edge" .. "-hints", fields = {} }',
        'local name = "edge-cues"\nname = "edge-hints"\nreturn { name = name, fields = {} }',
        "local name = ...\nreturn { name = name, fields = {} }",
        'return { name = ({ ... })[1]:match("%.([^%.]+)$"), fields = {} }',
    ],
)
def test_a_name_that_is_computed_is_an_error(text: str) -> None:
    assert rules(text) == ["KPL301"]


def test_a_schema_that_is_refused_still_has_its_name_checked() -> None:
    assert rules('return { name = "edge-cues", fields = {}, bogus = 1 }') == ["KPL305", "KPL208"]


# -- the handler


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('local H = {}\nH.PRIORITY = 10 * 79\nH.VERSION = "1.0" .. ".0"\nfunction H:access() end\nreturn H', []),
        ('return setmetatable({}, { __index = { PRIORITY = 1, VERSION = "1.0.0" } })', []),
        ('return { PRIORITY = 1e3, VERSION = "10.20.30" }', []),
        ('return { PRIORITY = 1.5, VERSION = "1.0.0" }', ["KPL401"]),
        ('return { VERSION = "1.0.0" }', ["KPL401"]),
        ("return { PRIORITY = 1 }", ["KPL402"]),
        ('return { PRIORITY = 1, VERSION = "1.0.0-rc1" }', ["KPL402"]),
        ('local m = require "kong.meta"\nreturn { PRIORITY = 1, VERSION = m.version }', ["KPL404"]),
        ("local H = {}", ["KPL404"]),
        ("return undefined.thing", ["KPL404"]),
    ],
)
def test_priority_and_version(text: str, expected: list[str]) -> None:
    assert rules(handler=text) == expected


def test_a_plugin_that_builds_on_another_is_told_what_it_needs() -> None:
    text = 'local base = require "kong.plugins.%s.handler"\nreturn { PRIORITY = 1, VERSION = "1.0.0" }'
    assert rules(handler=text % "key-auth") == []
    assert [(one.rule, one.severity) for one in findings(handler=text % "edge-cues")] == [("KPL405", "info")]


def test_a_module_in_a_folder_or_with_an_init_file_exists() -> None:
    handler = 'local a, b = require "kong.plugins.edge-hints.sub.a", require "kong.plugins.edge-hints.sub"\n' + HANDLER
    assert rules(handler=handler, **{"sub/a": "return {}", "sub/init": "return {}"}) == []


@pytest.mark.parametrize(
    ("module", "is_listed"),
    [
        ("resty.lrucache.pureffi", False),
        ("ffi", False),
        ("ngx.ssl", False),
        ("resty.http", True),
        ("resty.lrucachex", True),
    ],
)
def test_what_the_gateway_brings_is_not_third_party(module: str, is_listed: bool) -> None:
    assert rules(handler=f'local x = require "{module}"\n{HANDLER}') == ["KPL405"] * is_listed


def test_a_third_party_module_is_listed_once() -> None:
    handler = 'local http = require "resty.http"\n' + HANDLER
    assert rules(handler=handler, util='return require "resty.http"') == ["KPL405"]


# -- entries that ignore

TYPEDEFS = 'local typedefs = require "kong.db.schema.typedefs"\n' + SCHEMA % ""


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        ({"rule": "KPL201", "reason": "ok"}, []),
        ({"rule": "KPL201", "reason": "ok", "path": "schema.lua", "line": 1}, []),
        ({"rule": "KPL201", "reason": "ok", "line": 2}, ["KPL904", "KPL201"]),
        ({"rule": "KPL201", "reason": "ok", "path": "handler.lua"}, ["KPL904", "KPL201"]),
        ({"rule": "KPL201", "reason": "ok", "expires": "2026-11-22"}, []),
        ({"rule": "KPL201", "reason": "ok", "expires": "2026-11-21"}, ["KPL903", "KPL201"]),
        ({"rule": "KPL201", "reason": " "}, ["KPL902", "KPL201"]),
        ({"rule": "KPL201"}, ["KPL902", "KPL201"]),
        ({"rule": "KPL201", "reason": "ok", "expires": "2026-02-30"}, ["KPL901", "KPL201"]),
        ({"rule": "KPL201", "reason": "ok", "until": "2026-12-31"}, ["KPL901", "KPL201"]),
        ({"rule": "KPL201", "reason": ["ok"]}, ["KPL901", "KPL201"]),
        ({"rule": "KPL201", "reason": "ok", "line": "first"}, ["KPL901", "KPL201"]),
        ({"rule": "KPL904", "reason": "ok"}, ["KPL901", "KPL201"]),
        ({"reason": "ok"}, ["KPL901", "KPL201"]),
        ("KPL201", ["KPL901", "KPL201"]),
    ],
)
def test_an_entry_ignores_what_it_says_and_no_more(entry: Any, left: list[str]) -> None:
    report = lint(plugin(TYPEDEFS, ignores=(entry,)), Options(today="2026-11-22"))
    assert [one.rule for one in report.findings] == left
    assert [one.reason for one in report.ignored] == ([] if "KPL201" in left else ["ok"])


def test_an_entry_that_cannot_be_read_is_told_with_its_line() -> None:
    report = lint(plugin(ignores=({"rule": "KPL404", "reason": "x"}, "nonsense")), Options())
    assert [(one.rule, one.path, one.line) for one in report.findings] == [
        ("KPL904", ".konnect-lint.yml", 1),
        ("KPL901", ".konnect-lint.yml", 2),
    ]


# -- hostile text


def test_control_characters_reach_no_message() -> None:
    evil = "\\27[2J\x1b[31m\u202e\x07"
    found = findings(
        f"local a = require '{evil}'\n" + (SCHEMA % "").replace("edge-hints", evil),
        f'return {{ PRIORITY = "{evil}", VERSION = "{evil}" }}',
        **{f"a{evil}b": "return {"},
    )
    assert {"KPL106", "KPL203", "KPL302", "KPL401", "KPL402"} <= {one.rule for one in found}
    assert all(text.isprintable() for one in found for text in (one.message, one.excerpt, one.path))


def test_bytes_that_are_no_utf8_are_read_and_not_shown() -> None:
    text = b'local a = "\xff\xfe" local b = require "c\xff"\n'.decode("utf-8", "surrogateescape") + SCHEMA % ""
    [one] = findings(text)
    assert place(one)[3] == "require"
    json.dumps(one.to_dict(), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "return " + "{" * 5000,
        "local a = 'x'" + " .. a" * 3_000,
        "local a = b" + ".c" * 20_000,
        "local a = b" + "()" * 15,
        "while true do end",
        "local s = ('x'):rep(1e9)",
        "-" * 2_000_000,
        "\x00\x01\x02",
        "",
    ],
)
def test_no_text_breaks_the_linter(text: str) -> None:
    for one in (plugin(text), plugin(handler=text), plugin(util=text)):
        assert all(len(finding.message) <= 300 for finding in lint(one, Options()).findings)


def test_mutated_plugins_always_get_an_answer(root: Path) -> None:
    folder = root / "examples" / "plugins" / "edge-hints" / "3.0.0" / "edge-hints"
    files = {file.name: file.read_text() for file in folder.iterdir()}
    dice = random.Random(3)
    base = Plugin("edge-hints", files, frozenset(files))
    for _ in range(150):
        name = dice.choice(sorted(files))
        text, at = files[name], dice.randrange(len(files[name]))
        cut = text[:at] + dice.choice(["", "{", '"', " end ", "require ", "\x00"]) + text[at + dice.randrange(8) :]
        report = lint(replace(base, files={**files, name: cut}), Options(kong_version="3.6"))
        assert all(one.rule and one.message for one in report.findings)
