# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that are cut, spoiled or meant to harm: an answer or one clear error, in bounded time."""

from __future__ import annotations

import random
import time

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Schema, SchemaError, read_schema

SEED = """local typedefs = require "kong.db.schema.typedefs"
local choices = { "a", 'b', [[c]] }
local function check(value)
  if value == nil then return true end
  return #value > 1, "too short" .. tostring(value)
end
local fields = {}
for index, name in ipairs(choices) do
  fields[index] = { [name] = { type = "string", default = ("x"):rep(index + 2), custom_validator = check } }
end
fields[#fields + 1] = { port = typedefs.port { default = 0x1F } } -- the port
return { name = "probe", fields = { { protocols = typedefs.protocols_http },
  { config = { type = "record", fields = fields, entity_checks = { { at_least_one_of = { "a", "b" } } } } } } }
"""


SPOILERS = "\0\n\"'()[\\]{}\u00e9\u20ac"


def outcome(text: str) -> Schema | SchemaError:
    try:
        return read_schema(text)
    except SchemaError as refusal:
        return refusal


def _spoiled(rng: random.Random) -> str:
    text = SEED
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text))
        text = rng.choice(
            [
                lambda t, i: t[:i],
                lambda t, i: t[:i] + t[i + rng.randint(1, 9) :],
                lambda t, i: t[:i] + rng.choice(SPOILERS) + t[i:],
                lambda t, i: t[:i] + t[rng.randrange(len(t)) :][:20] + t[i:],
            ]
        )(text, at)
        text = text or "x"
    return text


@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_spoiled_texts_are_read_or_refused(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(250):
        answer = outcome(_spoiled(rng))
        assert isinstance(answer, Schema) or 0 < len(answer.message) < 4000


def test_the_text_they_are_made_from_is_whole() -> None:
    schema = outcome(SEED)
    assert isinstance(schema, Schema)
    assert schema.unknowns == ()


@pytest.mark.parametrize(
    "text",
    [
        'local s = ("x"):rep(1e6) for i = 1, 1e9 do s = s .. s end',
        'return ("a"):rep(30):match(("a*"):rep(30) .. "b")',
        'return (("a"):rep(5000)):gsub(("a-"):rep(20) .. "b", "")',
        'return ("x"):find(("("):rep(40))',
        "local t = {} for i = 1, 1e8 do t[i] = {} end",
        "local function f(n) return f(n + 1) end f(1)",
        "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x.y",
        "goto a ::a:: goto a",
        "local t = {} t[1] = t table.sort(t, function() return true end) return t",
        "return " + "{" * 5000 + "}" * 5000,
        "return " + "(" * 5000 + "1" + ")" * 5000,
        "return " + " .. ".join(["'a'"] * 5000),
        "return " + "not " * 5000 + "1",
        "do " * 3000 + "end " * 3000,
        "local x = " + "function() return " * 150 + "1" + " end" * 150,
        "return string.format(('%s'):rep(1e6), 1)",
        "return unpack({}, 1, 1e9)",
        "return string.char(unpack({ 300 }))",
        "\ud800",
        "x" * (1 << 21),
        "-- \0\nreturn { name = '\0', fields = {} }",
        "return { name = string.rep, fields = { { config = string.rep } } }",
    ],
)
def test_a_hostile_text_ends_in_one_error_soon(text: str) -> None:
    start = time.monotonic()
    outcome(text)
    assert time.monotonic() - start < 15


def test_long_sums_are_read() -> None:
    total = " + ".join(["1"] * 500)
    record = f'{{ type = "record", fields = {{ {{ a = {{ type = "integer", default = {total} }} }} }} }}'
    schema = outcome(f'return {{ name = "x", fields = {{ {{ config = {record} }} }} }}')
    assert isinstance(schema, Schema)
    assert schema.flatten()[1].default == 500


@pytest.mark.slow
def test_a_text_that_crashes_luaparser_is_refused_and_the_next_one_is_read() -> None:
    assert isinstance(outcome("return a(1)" + "(1)" * 2000), SchemaError)
    assert isinstance(outcome(SEED), Schema)
