# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of streaming plugins does not allow, found in a plugin's files (konnect-api.md e)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lexer import Tokens, tokenize
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import SchemaError

LARGEST_FILE = 100 * 1024
"""Bytes that Konnect streams to a node, per file."""

FILES = ("schema.lua", "handler.lua")
_OUTSIDE = "Ship the plugin as files to nodes of your own instead."
_VALIDATORS = ("custom_validator", "custom_entity_check")


@dataclass(frozen=True)
class Fault:
    """``place`` is ``file`` or ``file:line:column``."""

    place: str
    what: str
    todo: str


def streaming_faults(name: str, files: Mapping[str, bytes]) -> list[Fault]:
    """Why plugin ``name`` with these files cannot be streamed; empty when nothing speaks against it.

    What happens only at run time cannot be seen: a node that does not take the plugin tells that at the first move.
    """
    found = [
        Fault(file, "a streaming plugin is one schema.lua and one handler.lua", "Put what it does into handler.lua.")
        for file in sorted(files)
        if file not in FILES
    ]
    for file in FILES:
        data = files.get(file)
        if data is None:
            found.append(Fault(file, "it is missing", "A streaming plugin has both files."))
        else:
            found += _file_faults(name, file, data)
    return found


def _file_faults(name: str, file: str, data: bytes) -> Iterator[Fault]:
    if len(data) > LARGEST_FILE:
        yield Fault(file, f"it has {len(data)} bytes, and Konnect streams {LARGEST_FILE}", _OUTSIDE)
    try:
        tokens = tokenize(data.decode("utf-8", "surrogateescape"))
    except SchemaError as error:
        yield Fault(f"{file}:{error.line}:{error.column}", error.message, "Correct it.")
        return
    yield from _schema_faults(tokens) if file == "schema.lua" else _handler_faults(name, tokens)


def _schema_faults(tokens: Tokens) -> Iterator[Fault]:
    for index, (kind, text) in enumerate(zip(tokens.kinds, tokens.texts, strict=True)):
        follow = tokens.kinds[index + 1 : index + 3]
        is_function = text == "check" and follow == ["EQ", "FUNCTION"]
        if kind == "NAME" and (is_function or (text in _VALIDATORS and follow[:1] == ["EQ"])):
            yield Fault(
                _place("schema.lua", tokens, index),
                f"{text} runs code of the schema",
                "Streaming plugins validate in handler.lua: move it there.",
            )


def _handler_faults(name: str, tokens: Tokens) -> Iterator[Fault]:
    for index, (kind, text) in enumerate(zip(tokens.kinds, tokens.texts, strict=True)):
        told = _handler_fault(name, tokens, index, kind, text)
        if told:
            yield Fault(_place("handler.lua", tokens, index), *told)


def _handler_fault(name: str, tokens: Tokens, index: int, kind: str, text: str) -> tuple[str, str] | None:
    """What is wrong with the token at ``index``, and what to do."""
    before = tokens.kinds[index - 1] if index else ""
    owner = tokens.texts[index - 2] if index > 1 and before == "DOT" else ""
    value = tokens.values.get(index)
    if (kind == "NAME" and text == "init_worker" and (before in ("DOT", "COL") or tokens.kinds[index + 1] == "EQ")) or (
        value == "init_worker" and tokens.kinds[index + 1] == "CB"
    ):
        return "a streaming plugin has no init_worker phase", f"Do its work at the first request. {_OUTSIDE}"
    if (kind == "NAME" and text == "timer" and owner in ("ngx", "kong")) or value in ("resty.timer", "resty.timerng"):
        return "a streaming plugin runs no timers", _OUTSIDE
    if isinstance(value, str) and value.startswith(f"kong.plugins.{name}."):
        return f"it needs {value[:80]}, and a streaming plugin has no modules", "Put what it needs into handler.lua."
    if (kind == "NAME" and owner == "io") or (text in ("execute", "remove", "rename", "tmpname") and owner == "os"):
        return f"a streaming plugin does not reach the file system or other programs ({owner}.{text})", _OUTSIDE
    return None


def _place(file: str, tokens: Tokens, index: int) -> str:
    return f"{file}:{tokens.lines[index]}:{tokens.columns[index]}"
