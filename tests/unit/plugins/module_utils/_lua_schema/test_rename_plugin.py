# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin under a new name: what must change does, what may have to is told, everything else stays byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.rename_plugin import (
    Renamed,
    RenameError,
    rename_plugin,
)

SCHEMA = b'return { name = "delay", fields = { { config = { type = "record", fields = {} } } } }\n'


def renamed(also: tuple[str, ...] = (), new: str = "delay-v2", **files: bytes) -> Renamed:
    named = {name.replace("__", "/") + ".lua": data for name, data in files.items()}
    return rename_plugin({"schema.lua": SCHEMA, "handler.lua": b"return {}\n", **named}, "delay", new, also)


def test_the_example_plugin_changes_in_its_name_and_in_its_own_modules_only(root: Path) -> None:
    folder = root / "examples" / "plugins" / "edge-hints" / "2.0.0" / "edge-hints"
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    copy = rename_plugin(files, "edge-hints", "edge-hints-v2")
    assert read_schema(copy.files["schema.lua"].decode()).name == "edge-hints-v2"
    assert b'require "kong.plugins.edge-hints-v2.directives"' in copy.files["handler.lua"]
    assert copy.files["directives.lua"] == files["directives.lua"]
    assert [(one.file, one.why) for one in copy.changed] == [
        ("handler.lua", "a module of the plugin"),
        ("schema.lua", "the name in the schema"),
    ]
    # The comment in the first line names the old plugin, and comments are nobody's name.
    assert copy.files["schema.lua"].startswith(b"-- edge-hints: tells caches")
    assert copy.doubtful == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'local a = require "kong.plugins.delay.a"', b'local a = require "kong.plugins.delay-v2.a"'),
        (b"local a = require('kong.plugins.delay.a')", b"local a = require('kong.plugins.delay-v2.a')"),
        (b"local a = require [==[kong.plugins.delay.a]==]", b"local a = require [==[kong.plugins.delay-v2.a]==]"),
        (b'pcall(require, "kong.plugins.delay.deep.b")', b'pcall(require, "kong.plugins.delay-v2.deep.b")'),
        (b'local o = require "kong.plugins.delay-v1.a"', b'local o = require "kong.plugins.delay-v1.a"'),
        (b'local o = require "kong.plugins.delays.a"', b'local o = require "kong.plugins.delays.a"'),
        (b'-- require "kong.plugins.delay.a"\n', b'-- require "kong.plugins.delay.a"\n'),
        (b"local delay = delay.delay", b"local delay = delay.delay"),
    ],
)
def test_module_paths_change_and_what_only_looks_like_them_does_not(before: bytes, after: bytes) -> None:
    copy = renamed(handler=before, a=b"return {}\n", deep__b=b"return {}\n")
    assert copy.files["handler.lua"] == after


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (b'local NAME = "delay"', "something of its own"),
        (b'kong.log("delay: waiting")', "holds the plugin's name"),
        (b'local k = "x-delay"', "holds the plugin's name"),
        (b'local m = require("kong.plugins." .. "x" .. ".a")', "computed"),
        (b'local n = ("x"):match("^kong%.plugins%.([^%.]+)")', "pattern on module paths"),
    ],
)
def test_what_may_have_to_change_is_told_with_its_place_and_left(code: bytes, why: str) -> None:
    copy = renamed(handler=code)
    assert copy.files["handler.lua"] == code
    assert [spot.file for spot in copy.doubtful] == ["handler.lua"]
    assert why in copy.doubtful[0].why
    assert copy.doubtful[0].line == 1


def test_a_constant_that_a_module_path_is_computed_from_is_told_as_such() -> None:
    copy = renamed(handler=b'local NAME = "delay"\nlocal m = require("kong.plugins." .. NAME .. ".a")\n')
    assert [(spot.place, spot.why) for spot in copy.doubtful] == [
        ("handler.lua:1:14", "a module path is computed from this"),
        ("handler.lua:2:19", "a module path is computed from this"),
    ]


def test_a_doubtful_place_changes_when_that_is_asked_for() -> None:
    code = b'local NAME = "delay"\nlocal key = "delay:cache"\n'
    assert renamed(("handler.lua:2:13",), handler=code).files["handler.lua"] == code.replace(b"delay:", b"delay-v2:")
    with pytest.raises(RenameError, match=r"handler\.lua:9:9"):
        renamed(("handler.lua:9:9",), handler=code)


def test_a_module_that_the_plugin_does_not_have_is_told() -> None:
    copy = renamed(handler=b'local m = require "kong.plugins.delay.migrations"')
    assert b"delay-v2.migrations" in copy.files["handler.lua"]
    assert "no file" in copy.doubtful[0].why


def test_files_that_are_not_lua_are_told_and_not_touched() -> None:
    files = {"schema.lua": SCHEMA, "handler.lua": b"", "delay.json": b"{}", "notes.txt": b"about delay"}
    copy = rename_plugin(files, "delay", "late")
    assert [(spot.file, spot.why.partition(",")[0]) for spot in copy.doubtful] == [
        ("delay.json", "the file's name holds the plugin's name"),
        ("notes.txt", "not Lua"),
    ]
    assert copy.files["notes.txt"] == files["notes.txt"]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (b'local n = "de"\nreturn { name = n .. "lay", fields = {} }', "put together at run time"),
        (b'return { name = "other", fields = {} }', "'other', not 'delay'"),
        (b'return { name = = "delay" }', "schema.lua:1:"),
        (
            b'local N = "delay"\nreturn { name = N, fields = { { config = { type = "record", fields = { '
            b'{ prefix = { type = "string", default = N } } } } } } }',
            "schema.lua:1:11: the schema uses its name in a field",
        ),
    ],
)
def test_a_schema_whose_name_cannot_be_changed_alone_is_refused(schema: bytes, message: str) -> None:
    with pytest.raises(RenameError, match=message):
        rename_plugin({"schema.lua": schema, "handler.lua": b""}, "delay", "delay-v2")


def test_line_ends_byte_order_marks_and_foreign_bytes_stay() -> None:
    schema = b"\xef\xbb\xbf" + SCHEMA.replace(b"\n", b"\r\n") + b'-- caf\xc3\xa9 \xff\r\nlocal s = "\xff"\r\n'
    schema = schema.replace(b"return {", b"local t = {") + b"return t\r\n"
    copy = rename_plugin({"schema.lua": schema, "handler.lua": b"#!/usr/bin/lua\nreturn {}\n"}, "delay", "late")
    assert copy.files["schema.lua"] == schema.replace(b'"delay"', b'"late"')
    assert copy.files["handler.lua"] == b"#!/usr/bin/lua\nreturn {}\n"


NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,12}[a-z0-9]", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES)
def test_a_copy_of_a_copy_under_the_old_name_is_the_original(old: str, new: str) -> None:
    handler = f'local a = require "kong.plugins.{old}.a"\nlocal b = require("kong.plugins.other.a")\nreturn {{}}\n'
    files = {
        "schema.lua": f'return {{ name = "{old}", fields = {{}} }}\n'.encode(),
        "handler.lua": handler.encode(),
        "a.lua": b"return 1\n",
    }
    assume(old != new and "other" not in (old, new))
    there = rename_plugin(files, old, new).files
    assert there != files
    assert rename_plugin(there, new, old).files == files
