# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Lua state with the lab's Lua in it: LuaJIT where lupa has it, JSON text as the only thing that crosses."""

from __future__ import annotations

import base64
import importlib
import json
import os
import re
import time
import uuid
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

LUA = Path(__file__).with_name("lua")

# Kong runs on LuaJIT; any other Lua is a makeshift.
_FLAVOURS = ("lupa.luajit21", "lupa.luajit20", "lupa")

# The JIT would skip the hook that ends an endless loop.
_BOOT = b"""
local sources, host = ...
if jit then jit.off() end
unpack = unpack or table.unpack
package.loaded["lab.host"] = host
for name, source in python.iterex(sources) do
  package.preload["lab." .. name] = assert(load(source, "@lab/kong/lua/" .. name .. ".lua"))
end
return (require "lab.face")
"""

# What Python's regular expressions spell differently from PCRE.
_FROM_PCRE = ((re.compile(r"\(\?<(?![=!])"), r"(?P<"), (re.compile(r"\\z"), r"\\Z"), (re.compile(r"\\h"), r"[ \t]"))


class LuaFault(Exception):
    """Lua raised an error; the text is Lua's."""


@lru_cache(maxsize=1)
def _sources() -> tuple[tuple[bytes, bytes], ...]:
    return tuple((file.stem.encode(), file.read_bytes()) for file in sorted(LUA.glob("*.lua")))


def _new_state() -> Any:
    for name in _FLAVOURS:
        try:
            flavour = importlib.import_module(name)
        except ImportError:
            continue
        return flavour.LuaRuntime(encoding=None, register_eval=False, unpack_returned_tuples=True)
    raise RuntimeError("the lab needs lupa with LuaJIT: pip install lupa")


@lru_cache(maxsize=512)
def _compiled(pattern: bytes, options: str) -> re.Pattern[str]:
    text = pattern.decode("utf-8", "replace")
    for found, replacement in _FROM_PCRE:
        text = found.sub(replacement, text)
    return re.compile(text, (re.IGNORECASE if "i" in options else 0) | (re.DOTALL if "s" in options else 0))


def _regex_error(pattern: bytes) -> bytes | None:
    try:
        _compiled(pattern, "")
    except (re.error, RecursionError, OverflowError) as problem:
        return str(problem).encode()
    return None


class LuaRuntime:
    """One Lua state. Not for use by several threads at once."""

    def __init__(self, role: str, version: str) -> None:
        self._lua = _new_state()
        table = self._lua.table_from
        host = table(
            {
                b"role": role.encode(),
                b"version": version.encode(),
                b"pid": os.getpid(),
                b"now": time.time,
                b"time": lambda: int(time.time()),
                b"uuid": lambda: str(uuid.uuid4()).encode(),
                b"base64": base64.b64encode,
                b"regex_error": _regex_error,
                b"regex_match": self._regex_match,
            }
        )
        self._face: Callable[[bytes, bytes], bytes] = self._lua.execute(_BOOT, list(_sources()), host)

    def _regex_match(self, subject: bytes, pattern: bytes, options: bytes) -> Any:
        found = _compiled(pattern, options.decode()).search(subject.decode("utf-8", "replace"))
        if not found:
            return None
        groups = [found.group(0), *found.groups()]
        captures: dict[Any, Any] = {i: text.encode() for i, text in enumerate(groups) if text is not None}
        return self._lua.table_from(
            {**captures, b"count": len(groups) - 1, b"from": found.start() + 1, b"to": found.end()}
        )

    def call(self, name: str, *arguments: Any) -> Any:
        """Call one of the functions of face.lua with JSON data; raises LuaFault."""
        sent = json.dumps(arguments, ensure_ascii=False).encode("utf-8", "replace")
        answer = json.loads(self._face(name.encode(), sent).decode("utf-8", "replace"))
        if "error" in answer:
            raise LuaFault(answer["error"])
        return answer.get("ok")
