# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes to judge 1,000 instances, beside a validation loop of the same rules in LuaJIT.

    python tests/bench/bench_validate.py

Aim: 1,000 instances of 100 fields in under one second on one core, and time that grows with the fields.
"""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / ".build"))

import lupa.luajit21 as lupa  # noqa: E402

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import (  # noqa: E402
    fill_defaults,
    read_schema,
    validate,
)

INSTANCES = 1000
SIZES = (50, 100, 200, 400)
ROUNDS = 3

# One of each kind of field, and a value that it takes; the n-th field is the n-th of these, over and over.
KINDS: tuple[tuple[str, Any], ...] = (
    ('{ type = "string", required = true, len_max = 20 }', "abc"),
    ('{ type = "integer", between = { 1, 10 }, default = 5 }', 3),
    ('{ type = "array", elements = { type = "string" } }', ["a", "b"]),
    ('{ type = "boolean", default = true }', False),
    ('{ type = "map", keys = { type = "string" }, values = { type = "number" } }', {"x": 1.5}),
    ('{ type = "record", fields = { { a = { type = "string", default = "x" } }, { b = { type = "integer" } } } }', {}),
    ('{ type = "string", one_of = { "a", "b", "c" } }', "b"),
    ('{ type = "string", starts_with = "x-" }', "x-1"),
    ('{ type = "string", match = "^%a+$" }', "abc"),
    ('{ type = "set", elements = { type = "string" }, len_min = 1, default = { "a" } }', ["a", "b"]),
)

# The same rules in the plainest Lua: a walk over the declared fields that copies, fills and checks.
PLAIN_LUA = """
local judge, fill
local function short(n, field) return n < (field.len_min or (field.type == "string" and 1 or 0)) end
function judge(field, value)
  if value == nil then return not field.required end
  local kind = field.type
  if kind == "string" then
    if type(value) ~= "string" or short(#value, field) then return false end
    if field.len_max and #value > field.len_max then return false end
    if field.starts_with and value:sub(1, #field.starts_with) ~= field.starts_with then return false end
    if field.match and not value:match(field.match) then return false end
    if field.one_of then
      for i = 1, #field.one_of do if field.one_of[i] == value then return true end end
      return false
    end
  elseif kind == "integer" or kind == "number" then
    if type(value) ~= "number" or (kind == "integer" and value ~= math.floor(value)) then return false end
    if field.between and (value < field.between[1] or value > field.between[2]) then return false end
  elseif kind == "boolean" then
    return type(value) == "boolean"
  elseif kind == "array" or kind == "set" then
    if type(value) ~= "table" or short(#value, field) then return false end
    for i = 1, #value do if not judge(field.elements, value[i]) then return false end end
  elseif kind == "map" then
    if type(value) ~= "table" then return false end
    for key, one in pairs(value) do
      if not judge(field.keys, key) or not judge(field.values, one) then return false end
    end
  elseif kind == "record" then
    if type(value) ~= "table" then return false end
    value = fill(field.fields, value)
    for i = 1, #field.fields do
      local name, below = next(field.fields[i])
      if not judge(below, value[name]) then return false end
    end
  end
  return true
end
function fill(fields, given)
  local filled = {}
  for key, value in pairs(given) do filled[key] = value end
  for i = 1, #fields do
    local name, field = next(fields[i])
    if filled[name] == nil then
      filled[name] = field.default
      if field.type == "record" then filled[name] = fill(field.fields, {}) end
    end
  end
  return filled
end
return function(schema, config, times)
  local accepted = 0
  for _ = 1, times do if judge(schema.fields[1].config, config) then accepted = accepted + 1 end end
  return accepted
end
"""


def schema_text(size: int) -> str:
    fields = ", ".join(f"{{ f{at} = {KINDS[at % len(KINDS)][0]} }}" for at in range(size))
    return f'return {{ name = "bench", fields = {{ {{ config = {{ type = "record", fields = {{ {fields} }} }} }} }} }}'


def configuration(size: int) -> dict[str, Any]:
    return {f"f{at}": copy.deepcopy(KINDS[at % len(KINDS)][1]) for at in range(size)}


def best(work: Callable[[], Any]) -> float:
    """The shortest of some rounds, in seconds of this process."""
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def main() -> int:
    lua = lupa.LuaRuntime()
    plain = lua.execute(PLAIN_LUA)
    print(f"{INSTANCES} instances   validate      us/field   fill_defaults   plain LuaJIT   ratio")
    seconds = {}
    for size in SIZES:
        text, config = schema_text(size), configuration(size)
        schema, lua_schema, lua_config = read_schema(text), lua.execute(text), lua.table_from(config, recursive=True)
        assert validate(schema, config) == []
        assert plain(lua_schema, lua_config, 1) == 1
        ours = seconds[size] = best(lambda: [validate(schema, config) for _ in range(INSTANCES)])  # noqa: B023
        filled = best(lambda: [fill_defaults(schema, config) for _ in range(INSTANCES)])  # noqa: B023
        theirs = best(lambda: plain(lua_schema, lua_config, INSTANCES))  # noqa: B023
        per_field = ours / INSTANCES / size * 1e6
        columns = f"{ours:8.3f} s  {per_field:10.2f}  {filled:12.3f} s  {theirs:11.3f} s  {ours / theirs:6.1f}"
        print(f"{size:5d} fields    {columns}")
    growth = seconds[SIZES[-1]] / seconds[SIZES[0]] / (SIZES[-1] / SIZES[0])
    print(f"growth from {SIZES[0]} to {SIZES[-1]} fields, linear = 1: {growth:.2f}")
    return 0 if seconds[100] < 1 else 1


if __name__ == "__main__":
    raise SystemExit(main())
