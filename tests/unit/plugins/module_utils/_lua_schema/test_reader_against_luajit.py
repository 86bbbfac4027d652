# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interpreter and its patterns against LuaJIT on the same generated text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.interpreter import Interpreter
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import parse
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import SchemaError, Unknown

lupa = pytest.importorskip("lupa.luajit21")

BOUNDED = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

# Shows any values as one text, tables with sorted keys.
SHOW = """
local function show(v, depth)
  if type(v) ~= "table" then return type(v) == "function" and "function" or type(v) .. ":" .. tostring(v) end
  if depth > 4 then return "deep" end
  local keys, out = {}, {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return type(a) .. tostring(a) < type(b) .. tostring(b) end)
  for i, k in ipairs(keys) do out[i] = show(k, depth + 1) .. "=" .. show(v[k], depth + 1) end
  return "{" .. table.concat(out, ",") .. "}"
end
local function all(...)
  local out = {}
  for i = 1, select("#", ...) do out[i] = show((select(i, ...)), 0) end
  return table.concat(out, "|")
end
"""
RUN = """
function(text)
  local chunk, refusal = loadstring(text, "=schema.lua")
  if not chunk then return "refused " .. refusal end
  local ok, result = pcall(chunk)
  return ok and result or tostring(result)
end
"""
luajit = lupa.LuaRuntime(encoding=None).eval(RUN)


def in_luajit(text: str) -> str:
    return bytes(luajit(text.encode())).decode("latin-1")


def in_ours(text: str) -> str | Unknown:
    try:
        results: Any = Interpreter(parse(text), "3.9").run()
    except SchemaError as refusal:
        return f"schema.lua:{refusal.line}: {refusal.message}"
    return results if isinstance(results, Unknown) else results[0]


def _without_names(text: str) -> str:
    """An error without the name of the value at fault: LuaJIT takes it from registers, and so names more and less."""
    for kind in ("local", "global", "field", "upvalue", "method"):
        if f" {kind} '" in text:
            before, _, rest = text.partition(f" {kind} '")
            return before + rest.partition("'")[2].replace(" (a", " a").rstrip(")")
    return text


def agree(text: str) -> None:
    ours = in_ours(SHOW + text)
    assume(not isinstance(ours, Unknown))
    assert isinstance(ours, str)
    expected = in_luajit(SHOW + text)
    if "attempt to" in expected:
        ours, expected = _without_names(ours), _without_names(expected)
    assert ours == expected, text


# What a letter in angle brackets stands for in the templates below.
PIECES: dict[str, list[str]] = {
    "L": ["0", "1", "2", "3", "10", "0.5", "1e3", "0x10", "2.5", "1e15", "123456789", "1e300", "3.14159",
          "<S>", "<S>", "<S>", "nil", "true", "false", "t", "u", "t.a"],
    "S": ['"a"', '"abc"', '""', '"10"', '"0x1F"', '" 5 "', '"hello world"', '"x=1, y=2"', '"a.b.c"', "'q\\'x'",
          '"\\065\\n"', "[[long]]", '"AbC"', '"kong.plugins.foo.schema"', '"1e2"', '"-3"', '"5x"', '"h\u00e9"'],
    "P": ['"%a+"', '"^%s*(.-)%s*$"', '"(%w+)=(%w+)"', '"."', '"[%w_]+"', '"^kong%.plugins%.([^%.]+)"', '"a*"',
          '"[^a]+"', '"%bxy"', '"()a()"', '"%f[%w]%w+"', '"x?"', '"[a-c]"', '"[]]"', '"(l)(%1)"', '"$"', '"^"',
          '"%%"', '"[a-]"', '"("', '"%"', '"["', '"%1"', '".-"', '"(a*(.)%w(%s*))"'],
    "O": ["+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or"],
    "M": ["upper()", "lower()", "len()", "reverse()", "rep(2)", "sub(2, -2)", "byte(1, 3)"],
    "F": ["tonumber", "type", "math.floor", "math.abs", "unpack", "next", "tostring"],
    "E": [
        "(<E> <O> <E>)", "(<E> <O> <E>)", "(<E> <O> <L>)", "-<L>", "not <E>", "#<L>", "(<E>)[<E>]", "(<S>):<M>",
        "{<E>, a = <E>, [<S>] = <E>; <E>}", "{<E>; b = <L>}", "(function(a, ...) a = <E> return a, ... end)(<E>, <E>)",
        "(<S>):match(<P>)", "{(<S>):find(<P>, 2)}", "{(<S>):find(<P>, 1, true)}", "{(<S>):gsub(<P>, '<%0>')}",
        "{(<S>):gsub(<P>, '%1')}", "{(<S>):gsub(<P>, { a = 'X' })}", "{(<S>):gsub(<P>, type)}",
        "string.format('%s-%s', <L>, <E>)", "string.format('%d %5.2f|%-5s|', <L>, <L>, <E>)",
        "select(2, <E>, <E>)", "select('#', <E>, <E>)", "<F>(<E>)", "table.concat({<L>, <E>}, <S>)",
    ],
    "T": ["u = <E>", "t.a = <E>", "t[#t + 1] = <E>", "local u = <E>", "table.insert(t, <E>)", "table.insert(t, 1, <L>)",
          "if <E> then <T> else <T> end", "for i = 1, 3 do if <E> then break end <T> end", "<T>; <T>",
          "for k, v in ipairs({ 7, 8, nil, 9 }) do t.b = v; <T> end",
          "do local n = 0 repeat n = n + 1; <T> until n > 2 or <E> end",
          "do local n = 0 while n < 3 do n = n + 1; if n == 2 then goto skip end do <T> end ::skip:: end end",
          "local function f(x) <T>; return x end u = f(<E>)"],
}  # fmt: skip
DEPTH = 3


@st.composite
def lua(draw: st.DrawFn, letter: str, depth: int = DEPTH) -> str:
    """Text of that kind, with templates inside templates down to a depth."""
    if letter == "E" and depth == 0:
        letter = "L"
    choices = PIECES[letter]
    if letter == "T" and depth == 0:
        choices = choices[:2]
    template = draw(st.sampled_from(choices))
    return re.sub("<([LSPOMFET])>", lambda found: draw(lua(found.group(1), max(depth - 1, 0))), template)


@BOUNDED
@given(lua("E"))
def test_expressions_agree_with_luajit(expression: str) -> None:
    agree(f"local t, u = {{ 1, 2, a = 'x' }}, 'y'\nreturn all({expression})")


@BOUNDED
@given(lua("T"))
def test_statements_agree_with_luajit(statements: str) -> None:
    agree(f"local t, u = {{ 1, 2, a = 'x' }}, 'y'\ndo {statements} end\nreturn all(t, u)")


ATOMS = st.sampled_from(
    ["a", "b", ".", "%a", "%d", "%s", "[ab]", "[^a]", "(", ")", "()", "*", "+", "-", "?", "^", "$",
     "%1", "%b()", "%f[a]"]
)  # fmt: skip


@BOUNDED
@given(st.text("ab1 .%", max_size=8), st.lists(ATOMS, max_size=6).map("".join))
def test_patterns_agree_with_luajit(subject: str, pattern: str) -> None:
    for call in ("find(s, p)", "match(s, p)", 'gsub(s, p, "<%0>")', 'gsub(s, p, "", 1)'):
        agree(f'local s, p = "{subject}", "{pattern}"\nreturn all(string.{call})')
