# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lua text to tokens, by the rules of LuaJIT.

The tokens feed luaparser's grammar (`parse_worker`), whose own lexer is slower, knows operators that LuaJIT refuses,
and gets some literals wrong.  Here a Lua string is a ``str`` with one character for each byte (latin-1), as everywhere
inside the interpreter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_numbers import literal_number
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import SchemaError

MAX_SOURCE = 1 << 20  # bytes; a control plane takes some thousands of characters
# LuaJIT gives up at 200 levels of syntax (LJ_MAX_XLEVEL), of which an expression in brackets takes one and more.
MAX_NESTING = 200

_NAMES = {
    "break", "goto", "do", "end", "while", "repeat", "until", "if", "then", "elseif", "else", "for", "in", "function",
    "local", "return", "nil", "false", "true", "not", "and", "or",
}  # fmt: skip
_SYMBOLS = {
    ";": "SEMI", "=": "EQ", ",": "COMMA", "<": "LT", ">": "GT", "::": "CC", ".": "DOT", "-": "MINUS", "#": "POUND",
    "(": "OP", ")": "CP", "%": "PER", ":": "COL", "<=": "LE", ">=": "GE", "+": "PLUS", "*": "STAR", "{": "OCU",
    "}": "CCU", "[": "OB", "]": "CB", "==": "EE", "..": "DD", "^": "CARET", "/": "SLASH", "...": "DDD", "~=": "SQEQ",
}  # fmt: skip
_TOKEN = re.compile(
    r"""(?P<skip>[ \t\f\v\n]+|--\[(?P<c>=*)\[(?s:.*?)\](?P=c)\]|--(?!\[=*\[)[^\n]*)
      | (?P<name>[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)
      | (?P<number>0[xX](?:[pP][+-]|[A-Za-z0-9_.\x80-\xff])*|\.?[0-9](?:[eE][+-]|[A-Za-z0-9_.\x80-\xff])*)
      | (?P<string>"(?:[^"\\\n]|\\z[ \t\f\v\n]*|\\(?s:.))*"|'(?:[^'\\\n]|\\z[ \t\f\v\n]*|\\(?s:.))*')
      | (?P<long>\[(?P<s>=*)\[(?s:.*?)\](?P=s)\])
      | (?P<symbol>\.\.\.|\.\.|==|~=|<=|>=|::|[-+*/%^\#<>=(){}\[\];:,.])
    """,
    re.VERBOSE,
)
_NEWLINE = re.compile(r"\r\n|\n\r|\r")
_ESCAPE = re.compile(r"\\(?:(z)[ \t\f\v\n]*|x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]+)\}|([0-9]{1,3})|((?s:.)))")
_SIMPLE_ESCAPES = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", '"': '"', "'": "'", "\n": "\n",
}  # fmt: skip
_OPENERS = {"(": ")", "{": "}", "[": "]"}


@dataclass
class Tokens:
    """Parallel lists, one entry a token; the last is the end of the file.  ``values`` holds the literals by index."""

    kinds: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    values: dict[int, Any] = field(default_factory=dict)
    source: str = ""

    def error(self, index: int, message: str) -> SchemaError:
        """The refusal ``message`` at that token, in LuaJIT's words: ``... near 'token'``."""
        shown = self.texts[index] if self.kinds[index] != "EOF" else "<eof>"
        return SchemaError(f"{message} near '{_shorten(shown)}'", self.lines[index], self.columns[index])


def tokenize(source: str) -> Tokens:
    """The tokens of ``source``; raises `SchemaError` for what LuaJIT's lexer refuses, and beyond our limits."""
    text = _prepare(source)
    tokens = Tokens(source=text)
    position, line, line_start = 0, 1, 0
    match = _TOKEN.match
    while position < len(text):
        found = match(text, position)
        if found is None:
            raise _lexical_error(text, position, line, position - line_start + 1)
        what = found.lastgroup
        piece = found.group()
        if what == "c":
            what = "skip"
        if what != "skip":
            _add(tokens, "long" if what == "s" else str(what), piece, line, position - line_start + 1, position)
        position = found.end()
        if "\n" in piece:
            line += piece.count("\n")
            line_start = position - len(piece) + piece.rindex("\n") + 1
    _append(tokens, "EOF", "", line, position - line_start + 1, position)
    _check_nesting(tokens)
    return tokens


def _prepare(source: str) -> str:
    if not isinstance(source, str):
        raise SchemaError(f"the schema must be text, got {type(source).__name__}")
    try:
        text = source.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError:
        raise SchemaError("the schema holds characters that UTF-8 does not have") from None
    if len(text) > MAX_SOURCE:
        raise SchemaError(f"the schema has {len(text)} bytes; more than {MAX_SOURCE} are not read")
    if text.startswith("\xef\xbb\xbf"):
        text = text[3:]
    text = _NEWLINE.sub("\n", text) if "\r" in text else text
    if text.startswith("#"):
        text = text[text.index("\n") :] if "\n" in text else ""
    return text


def _add(tokens: Tokens, what: str, piece: str, line: int, column: int, start: int) -> None:
    index = len(tokens.kinds)
    if what == "name":
        kind = piece.upper() if piece in _NAMES else "NAME"
        if index and tokens.kinds[-1] == "GOTO" and kind != "NAME":
            tokens.kinds[-1] = "NAME"  # in LuaJIT `goto` is a keyword only in front of a name
        _append(tokens, kind, piece, line, column, start)
        return
    if index and tokens.kinds[-1] == "GOTO":
        tokens.kinds[-1] = "NAME"
    if what == "symbol":
        _append(tokens, _SYMBOLS[piece], piece, line, column, start)
        return
    if what == "number":
        value: Any = literal_number(piece)
        if value is None:
            raise SchemaError(f"malformed number near '{_shorten(piece)}'", line, column)
        _append(tokens, "INT", piece, line, column, start)
    else:
        value = _long_string(piece) if what == "long" else _short_string(piece, line, column)
        _append(tokens, "NORMALSTRING", piece, line, column, start)
    tokens.values[index] = value


def _append(tokens: Tokens, kind: str, text: str, line: int, column: int, start: int) -> None:
    tokens.kinds.append(kind)
    tokens.texts.append(text)
    tokens.lines.append(line)
    tokens.columns.append(column)
    tokens.starts.append(start)


def _long_string(piece: str) -> str:
    level = piece.index("[", 1) + 1
    body = piece[level:-level]
    return body[1:] if body.startswith("\n") else body


def _short_string(piece: str, line: int, column: int) -> str:
    if "\\" not in piece:
        return piece[1:-1]

    def unescape(found: re.Match[str]) -> str:
        skip, hexadecimal, point, decimal, simple = found.groups()
        if skip:
            return ""
        if hexadecimal:
            return chr(int(hexadecimal, 16))
        if point and int(point, 16) <= 0x10FFFF:
            return chr(int(point, 16)).encode("utf-8", "surrogatepass").decode("latin-1")
        if decimal and int(decimal) <= 255:
            return chr(int(decimal))
        if simple in _SIMPLE_ESCAPES:
            return _SIMPLE_ESCAPES[simple]
        raise SchemaError(f"invalid escape sequence near '{piece[0]}'", line, column)

    return _ESCAPE.sub(unescape, piece[1:-1])


def _lexical_error(text: str, position: int, line: int, column: int) -> SchemaError:
    rest = text[position : position + 200]
    if rest.startswith("--["):
        what = "unfinished long comment near '<eof>'"
    elif re.match(r"\[=*\[", rest):
        what = "unfinished long string near '<eof>'"
    elif rest[0] in "\"'":
        broken = re.match(r"""["'](?:[^"'\\\n]|\\(?s:.))*""", rest)
        cut = broken.group() if broken and "\n" in text[position:] else "<eof>"
        what = f"unfinished string near '{_shorten(cut)}'"
    else:
        what = f"unexpected symbol near '{_shorten(rest[0])}'"
    return SchemaError(what, line, column)


def _check_nesting(tokens: Tokens) -> None:
    """Bounds what luaparser, which recurses, is given; what passes here is parsed in a process of its own."""
    open_brackets: list[str] = []
    for index, text in enumerate(tokens.texts):
        if tokens.kinds[index] == "NORMALSTRING":
            continue
        if text in _OPENERS:
            open_brackets.append(_OPENERS[text])
            if len(open_brackets) > MAX_NESTING:
                raise SchemaError("chunk has too many syntax levels", tokens.lines[index], tokens.columns[index])
        elif open_brackets and text == open_brackets[-1]:
            open_brackets.pop()


def _shorten(text: str) -> str:
    clean = "".join(one if " " <= one < "\x7f" else "?" for one in text[:60])
    return clean + "..." if len(text) > 60 else clean
