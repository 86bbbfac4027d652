# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be streamed is told with its place, and nothing else is."""

from __future__ import annotations

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.streaming import (
    LARGEST_FILE,
    streaming_faults,
)

SCHEMA = b'return { name = "delay", fields = { { config = { type = "record", fields = {} } } } }\n'
HANDLER = b"""local Delay = { PRIORITY = 10, VERSION = "1.0.0" }
-- init_worker is not for us, and neither is ngx.timer.at.
function Delay:access(conf)
  local timer, io_name, check = conf.timer, "io", { remove = conf.remove }
  kong.log("no init_worker here: ", timer, io_name, check.remove, string.rep("x", 2))
end
return Delay
"""


def faults(handler: bytes = HANDLER, schema: bytes = SCHEMA, **more: bytes) -> list[tuple[str, str]]:
    files = {"schema.lua": schema, "handler.lua": handler, **{f"{name}.lua": data for name, data in more.items()}}
    return [(one.place, one.what) for one in streaming_faults("delay", files)]


def test_a_plugin_of_one_schema_and_one_handler_can_be_streamed() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("code", "column", "what"),
    [
        (b"function Delay:init_worker() end", 16, "init_worker"),
        (b"function Delay.init_worker(self) end", 16, "init_worker"),
        (b"local D = { init_worker = function() end }", 13, "init_worker"),
        (b'Delay["init_worker"] = function() end', 7, "init_worker"),
        (b"ngx.timer.at(0, f)", 5, "timers"),
        (b"local every = ngx.timer", 19, "timers"),
        (b'local d = require "kong.plugins.delay.clock"', 19, "no modules"),
        (b'io.open("/etc/passwd")', 4, "file system"),
        (b'os.execute("true")', 4, "file system"),
        (b'local x = "unfinished', 11, "unfinished string"),
    ],
)
def test_what_a_streamed_handler_may_not_do_is_told_with_its_place(code: bytes, column: int, what: str) -> None:
    found = faults(b"local Delay = {}\n" + code)
    assert len(found) == 1
    assert found[0][0] == f"handler.lua:2:{column}"
    assert what in found[0][1]


@pytest.mark.parametrize("code", [b"custom_validator = f", b"custom_entity_check = {}", b"check = function() end"])
def test_validators_belong_into_the_handler(code: bytes) -> None:
    schema = SCHEMA.replace(b"fields = {} }", b"fields = { { a = { type = 'string', " + code + b" } } } }")
    name = code.decode().partition(" ")[0]
    assert [what for _place, what in faults(schema=schema)] == [f"{name} runs code of the schema"]


def test_a_field_called_check_and_a_module_of_kong_are_no_faults() -> None:
    schema = SCHEMA.replace(b"fields = {} }", b"fields = { { check = { type = 'boolean' } } } }")
    assert faults(handler=HANDLER + b'-- "kong.plugins.delay.x"', schema=schema) == []
    assert faults(handler=b'local jwt = require "kong.plugins.jwt.jwt_parser"\nreturn {}') == []


def test_further_files_and_large_ones_are_told() -> None:
    large = HANDLER + b"-" * LARGEST_FILE
    assert faults(handler=large, helper=b"return {}\n") == [
        ("helper.lua", "a streaming plugin is one schema.lua and one handler.lua"),
        ("handler.lua", f"it has {len(large)} bytes, and Konnect streams {LARGEST_FILE}"),
    ]
    assert [place for place, _what in faults(handler=HANDLER + b"--" + b"-" * LARGEST_FILE)] == ["handler.lua"]


def test_a_missing_handler_is_told() -> None:
    assert [one.place for one in streaming_faults("delay", {"schema.lua": SCHEMA})] == ["handler.lua"]
