# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader: what a schema's text declares, what is refused and where, what stays unknown."""

from __future__ import annotations

import multiprocessing
import textwrap
import threading

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import (
    LuaFunction,
    NamedValidator,
    Schema,
    SchemaError,
    Unknown,
    read_schema,
    validate,
)

NOT_READ = "the schema is not read"


def config(fields: str, before: str = "") -> str:
    """A schema whose configuration has these fields, after these statements."""
    return (
        f'local typedefs = require "kong.db.schema.typedefs"\n{before}\n'
        f'return {{ name = "probe", fields = {{ {{ config = {{ type = "record", fields = {{ {fields} }} }} }} }} }}\n'
    )


def attribute(expression: str, before: str = "") -> object:
    """What ``expression`` gives where anything goes: ``old_default`` of a deprecation, inside a table."""
    deprecation = f'deprecation = {{ message = "x", removal_in_version = "4.0", old_default = {{ {expression} }} }}'
    schema = read_schema(config(f'{{ a = {{ type = "string", {deprecation} }} }}', before))
    old = schema.fields[0].fields[0].attributes["deprecation"]["old_default"]  # type: ignore[index]
    return old[0] if isinstance(old, list) and len(old) == 1 else old


def default_of(schema: Schema, path: str) -> object:
    return next(one for one in schema.flatten() if one.path == path).default


def test_a_schema_is_flattened_in_the_order_of_the_text_with_records_in_lists() -> None:
    schema = read_schema(
        config(
            '{ a = { type = "string", required = true, default = "x" } },'
            '{ list = { type = "array", elements = { type = "record", fields = { { h = { type = "integer" } } } } } }'
        )
    )
    assert schema.name == "probe"
    assert [one.path for one in schema.flatten()] == [
        "config", "config.a", "config.list", "config.list[]", "config.list[].h",
    ]  # fmt: skip
    first = schema.flatten()[1]
    assert (first.type, first.required, first.has_default, first.default) == ("string", True, True, "x")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 ^ 2", 19), ("7 % -3", -2), ("1 / 4", 0.25), ("0x10", 16), ('"10" + 5', 15), ("-2 ^ 2", -4),
        ('"a" .. 1 .. 2.5', "a12.5"), ("not nil", True), ("nil == false", False), ('"a" < "b"', True),
        ("#{ 1, 2, 3 }", 3), ('("kong.plugins.x.schema"):match("^kong%.plugins%.([^%.]+)")', "x"),
        ('string.format("%s-%05.1f|%d", "a", 3.14159, 42)', "a-003.1|42"), ('("abc"):rep(2, ",")', "abc,abc"),
        ('(("a,b"):gsub(",", "%%"))', "a%b"), ('("AbC"):lower():upper()', "ABC"), ('"\\065\\x42\\z  C"', "ABC"),
        ("[[\nline]]", "line"), ('"h\u00e9"', "h\u00e9"), ('#"h\u00e9"', 3), ("select('#', 1, nil, 3)", 3),
        ("(select(-1, 1, 2))", 2), ("tonumber('ff', 16)", 255), ("tostring(1e15)", "1e+15"), ("math.floor(-1.5)", -2),
        ("(function(a, ...) return ... end)(1, 2)", 2), ("type(ngx.null)", "userdata"),
        ("pcall(error, 'x') and 1 or 2", 2), ("rawget(setmetatable({}, { __index = { a = 1 } }), 'a') or 3", 3),
        ("setmetatable({}, { __index = { a = 1 } }).a", 1), ("table.concat({ 1, 2, 3 }, '-', 2)", "2-3"),
    ],
)  # fmt: skip
def test_expressions_give_what_lua_gives(expression: str, value: object) -> None:
    assert attribute(expression) == value


def test_loops_closures_and_shared_tables_build_fields() -> None:
    before = textwrap.dedent("""
        local shared = { type = "string" }
        local fields = {}
        local function counter()
          local n = 0
          return function() n = n + 1 return n end
        end
        local count = counter()
        for _, name in ipairs({ "a", "b", "c" }) do
          if name == "b" then goto continue end
          table.insert(fields, { [name] = { type = "integer", default = count() } })
          ::continue::
        end
        fields[#fields + 1] = { s = shared }
        shared.default = "late"
    """)
    schema = read_schema(config("unpack(fields)", before))
    assert [one.path for one in schema.flatten()] == ["config", "config.a", "config.c", "config.s"]
    assert (default_of(schema, "config.c"), default_of(schema, "config.s")) == (2, "late")


@pytest.mark.parametrize(
    "call", ["typedefs.port { default = 80 }", "typedefs.port({ default = 80 })", 'typedefs["port"]({ default = 80 })']
)
def test_a_typedef_that_is_called_keeps_what_its_argument_says(call: str) -> None:
    schema = read_schema(config(f"{{ p = {call} }}"))
    field = schema.fields[0].fields[0]  # type: ignore[index]
    assert (field.type, field.attributes) == ("integer", {"default": 80, "between": [0, 65535]})


def test_typedefs_follow_the_version_of_kong() -> None:
    text = config("{ c = typedefs.cookie_name }")
    field = read_schema(text, kong_version="3.9").fields[0].fields[0]  # type: ignore[index]
    assert field.attributes["custom_validator"] == NamedValidator("cookie_name")
    with pytest.raises(SchemaError, match="schema typedef error: definition cookie_name does not exist"):
        read_schema(text, kong_version="3.4")


def test_functions_are_the_same_when_their_text_is_the_same() -> None:
    one, other, changed = (
        read_schema(config(f'{{ a = {{ type = "string", custom_validator = {body} }} }}')).fields[0].fields[0]  # type: ignore[index]
        for body in (
            "function(v) return v end",
            "function(v) -- a comment\n  return v\nend",
            "function(v) return not v end",
        )
    )
    assert isinstance(one.attributes["custom_validator"], LuaFunction)
    assert one == other
    assert one != changed


def test_null_absent_and_empty_are_kept_apart() -> None:
    schema = read_schema(
        config(
            '{ a = { type = "string", default = ngx.null } }, { b = { type = "string" } },'
            '{ m = { type = "map", keys = { type = "string" }, values = { type = "string" }, default = {} } },'
            '{ l = { type = "array", elements = { type = "string" }, default = {} } }'
        )
    )
    flat = {one.path: one for one in schema.flatten()}
    assert (flat["config.a"].has_default, flat["config.a"].default) == (True, None)
    assert not flat["config.b"].has_default
    assert (flat["config.m"].default, flat["config.l"].default) == ({}, [])


def test_an_unknown_goes_no_further_than_it_must() -> None:
    before = 'local redis = require "kong.tools.redis.schema"\nlocal n = redis.size'
    schema = read_schema(
        config(
            '{ a = { type = "integer", default = n } }, { redis = redis.config_schema }, { b = { type = "string" } }',
            before,
        )
    )
    flat = {one.path: one for one in schema.flatten()}
    assert isinstance(flat["config.a"].default, Unknown)
    assert flat["config.a"].unknown is None
    assert flat["config.redis"].unknown is not None
    assert flat["config.b"].unknown is None
    reason = schema.unknowns[0]
    assert (reason.reason, reason.line) == ("comes from another module, 'kong.tools.redis.schema'", 2)


def test_a_definition_made_with_kongs_own_function_is_read_and_can_be_customised() -> None:
    before = (
        'local Schema = require "kong.db.schema"\n'
        'local site = Schema.define { type = "string", default = "Lax", one_of = { "Lax", "Strict" } }'
    )
    schema = read_schema(
        config('{ a = site }, { b = site { default = "Strict" } }, { c = { type = Schema.other } }', before)
    )
    flat = {one.path: one for one in schema.flatten()}
    assert (flat["config.a"].type, flat["config.a"].default) == ("string", "Lax")
    assert (flat["config.b"].type, flat["config.b"].default) == ("string", "Strict")
    assert flat["config.c"].unknown is not None
    assert [(one.path, one.message) for one in validate(schema, {"b": "None"}) if one.checked] == [
        ("config.b", "expected one of: Lax, Strict")
    ]


@pytest.mark.parametrize("outside", ["ngx.config.prefix()", "ngx.time", "kong.version", "os.time()"])
def test_what_only_a_running_kong_has_is_named_with_its_place(outside: str) -> None:
    schema = read_schema(config(f'{{ a = {{ type = "string", default = {outside} }} }}'))
    (reason,) = schema.unknowns
    assert outside.partition(".")[0] in reason.reason
    assert reason.line > 0 < reason.column


def test_a_branch_on_an_unknown_spoils_only_what_it_touches() -> None:
    before = textwrap.dedent("""
        local a, b, t = 1, 2, { kept = 3, changed = 4 }
        if kong.configuration.role == "control_plane" then a = 5 else t.changed = 6 end
    """)
    found = attribute("a, b, t.kept, t.changed", before)
    assert isinstance(found, list)
    assert isinstance(found[0], Unknown)
    assert found[1:3] == [2, 3]
    assert isinstance(found[3], Unknown)


def test_a_list_that_an_unknown_loop_may_have_extended_has_an_unknown_field() -> None:
    before = 'local keys = require "pl.tablex".keys\nlocal fields = { { a = { type = "string" } } }\n'
    loop = "for _, name in ipairs(keys({})) do table.insert(fields, { [name] = { type = 'string' } }) end"
    schema = read_schema(config("unpack(fields)", before + loop))
    assert [(one.path, one.unknown is None) for one in schema.flatten()][1:] == [("config.", False)]


def test_a_name_taken_from_the_module_path_is_known_to_be_so() -> None:
    schema = read_schema('local n = ({ ... })[1]:match("x")\nreturn { name = n, fields = {} }')
    assert isinstance(schema.name, Unknown)
    assert "empty on a control plane" in schema.name.reason


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("retrun schema", 1, "'=' expected near 'schema'"),
        ("return {\n  name = 'x',\n  fields = = 1 }", 3, "unexpected symbol near '='"),
        ("local a\nretrun(a)", 2, "attempt to call global 'retrun' (a nil value)"),
        ("return nil_thing.x", 1, "attempt to index global 'nil_thing' (a nil value)"),
        ("local t = {}\nreturn t.a.b", 2, "attempt to index field 'a' (a nil value)"),
        ('error("no")', 1, "no"),
        ("x = 1 // 2", 1, "unexpected symbol near '/'"),
        ("x = 1 & 2", 1, "unexpected symbol near '&'"),
        ("local x <const> = 1", 1, "unexpected symbol near '<'"),
        ("x = '\\q'", 1, "invalid escape sequence near '''"),
        ("x = 'abc", 1, "unfinished string near '<eof>'"),
        ("x = 3x", 1, "malformed number near '3x'"),
        ("x = 1\0", 1, "unexpected symbol near '?'"),
        ("f\n(x)", 2, "ambiguous syntax (function call x new statement) near '('"),
        ("return nil", 0, "invalid plugin schema: cannot be empty"),
        ("while true do end", 1, "the schema is not read: its evaluation takes more than 1000000 steps"),
        ('local s = "x" while true do s = s .. s end', 1, f"{NOT_READ}: its evaluation takes more than 32 MiB"),
        ('return ("x"):rep(1e9)', 1, "the schema is not read: it makes a string of more than 1048576 bytes"),
        ("local function f() return f() end f()", 1, f"{NOT_READ}: functions call each other more than 60 deep"),
        ("return " + "{" * 210 + "}" * 210, 1, "chunk has too many syntax levels"),
    ],
)  # fmt: skip
def test_a_bad_text_is_refused_with_its_place(text: str, line: int, message: str) -> None:
    with pytest.raises(SchemaError) as refusal:
        read_schema(text)
    assert (refusal.value.line, refusal.value.message) == (line, message)


def test_byte_order_marks_carriage_returns_and_a_shebang_are_read_over() -> None:
    plain = config('{ a = { type = "string", description = [[two\nlines of text]] } }')
    for text in ("\ufeff" + plain, plain.replace("\n", "\r\n"), "#!/usr/bin/lua\n" + plain):
        assert read_schema(text).flatten() == read_schema(plain).flatten()


def test_a_table_that_holds_itself_is_refused() -> None:
    with pytest.raises(SchemaError, match="nests tables more than"):
        read_schema(
            'local f = { type = "record" } f.fields = { { f = f } } return { name = "x", fields = { { config = f } } }'
        )


def test_tables_that_double_are_refused() -> None:
    before = "local t = { 1 } for i = 1, 30 do t = { t, t } end"
    with pytest.raises(SchemaError, match="more than"):
        attribute("t", before)


def test_reading_works_in_threads_and_after_a_fork() -> None:
    names: list[object] = []

    def read(number: int) -> None:
        names.append(read_schema(f'return {{ name = "p{number}", fields = {{}} }}').name)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, names)) == [f"p{number}" for number in range(8)]
    context = multiprocessing.get_context("fork")
    child = context.Process(target=lambda: read(99))
    child.start()
    child.join(30)
    assert child.exitcode == 0
