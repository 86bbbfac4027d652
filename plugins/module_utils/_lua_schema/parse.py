# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schema text to a flat syntax tree, by luaparser's grammar in a process of its own."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import inspect
import marshal
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import IO, Any, cast

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import parse_worker
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lexer import Tokens, tokenize
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import SchemaError

START_SECONDS = 30.0
PARSE_SECONDS = 20.0
MEMORY_BYTES = 1 << 30
CACHED_TREES = 64


class ParserUnavailable(RuntimeError):
    """luaparser cannot be run here; the text says why."""


@dataclass(frozen=True)
class Tree:
    """``nodes`` as `parse_worker` describes them; ``root`` holds the chunk's statements."""

    tokens: Tokens
    nodes: list[tuple[Any, ...]]
    root: tuple[int, ...]


def parse(source: str) -> Tree:
    """The syntax tree of ``source``.

    Raises `SchemaError` for what LuaJIT refuses and for text beyond the limits of size, depth, time and memory,
    `ParserUnavailable` when luaparser is not installed.
    """
    tokens = tokenize(source)
    key = hashlib.sha256(tokens.source.encode("latin-1")).digest()
    known = _parser.recall(key)
    if known is not None:
        return known
    answer = _parser.ask((tokens.kinds, tokens.texts, tokens.lines, tokens.columns))
    if answer[0] == "refused":
        raise _refusal(tokens, *answer[1:])
    if answer[0] != "ok":
        raise SchemaError(f"the schema is too complicated to be parsed within the limits ({answer[1]})")
    tree = Tree(tokens, answer[1], answer[2])
    _parser.remember(key, tree)
    return tree


def _refusal(tokens: Tokens, index: int, text: str = "", near: bool = True) -> SchemaError:
    """LuaJIT's ``text`` if given; else its words for a statement that is only an expression, or just the token."""
    if text:
        return tokens.error(index, text) if near else SchemaError(text, tokens.lines[index], tokens.columns[index])
    before = tokens.kinds[index - 1] if index else ""
    kind = tokens.kinds[index]
    if kind == "EOF":
        return tokens.error(index, "unexpected end: something is not closed")
    if before == "NAME" and kind in ("NAME", "INT", "OCU", "LOCAL", "RETURN", "FUNCTION", "IF", "FOR"):
        return tokens.error(index, "'=' expected")
    return tokens.error(index, "unexpected symbol")


class _Worker:
    """One running `parse_worker`."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", inspect.getsource(parse_worker)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.questions = cast(IO[bytes], self.process.stdin)
        self.answers = cast(IO[bytes], self.process.stdout)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.answers, selectors.EVENT_READ)

    def exchange(self, message: Any, seconds: float) -> Any:
        """The answer, or None when the process died or took longer; it is of no use then."""
        data = marshal.dumps(message)
        deadline = time.monotonic() + seconds
        try:
            self.questions.write(struct.pack("<I", len(data)) + data)
            self.questions.flush()
        except OSError:
            return None
        head = self._read(4, deadline)
        body = self._read(struct.unpack("<I", head)[0], deadline) if head else None
        return marshal.loads(body) if body else None

    def _read(self, count: int, deadline: float) -> bytes | None:
        pieces = []
        handle = self.answers.fileno()
        while count:
            left = deadline - time.monotonic()
            if left <= 0 or not self.selector.select(left):
                return None
            piece = os.read(handle, min(count, 1 << 20))
            if not piece:
                return None
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def stop(self) -> None:
        """Ends the process; called only in the process that started it."""
        self.selector.close()
        self.process.kill()
        self.process.wait()
        for stream in (self.questions, self.answers):
            with contextlib.suppress(OSError):
                stream.close()


class _Parser:
    """Keeps one worker for this process and replaces it when it fell; a fork starts with none."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.lock = threading.Lock()
        self.worker: _Worker | None = None
        self.cache: OrderedDict[bytes, Tree] = OrderedDict()

    def recall(self, key: bytes) -> Tree | None:
        with self.lock:
            return self.cache.get(key)

    def remember(self, key: bytes, tree: Tree) -> None:
        with self.lock:
            self.cache[key] = tree
            while len(self.cache) > CACHED_TREES:
                self.cache.popitem(last=False)

    def ask(self, message: Any) -> tuple[Any, ...]:
        with self.lock:
            worker = self.worker or self._start()
            answer = worker.exchange(message, PARSE_SECONDS)
            if answer is None:
                self.stop()
                return ("failed", "time or memory")
            return tuple(answer)

    def _start(self) -> _Worker:
        worker = _Worker()
        self.worker = worker
        answer = worker.exchange((MEMORY_BYTES, sys.path), START_SECONDS)
        if answer is None or answer[0] != "ready":
            self.stop()
            why = answer[1] if answer else "its process does not start"
            raise ParserUnavailable(f"luaparser cannot be used: {why}")
        return worker

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.stop()
            self.worker = None


_parser = _Parser()
atexit.register(_parser.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_parser.forget)
