# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schema text to a flat syntax tree, by luaparser's grammar in a process of its own."""

from __future__ import annotations

import atexit
import contextlib
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
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any, cast

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import parse_worker
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lexer import Tokens, tokenize
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import SchemaError

START_SECONDS = 30.0
PARSE_SECONDS = 20.0
MEMORY_BYTES = 1 << 30
KNOWN_TEXTS = 64


class ParserUnavailable(RuntimeError):
    """luaparser cannot be run here; the text says why."""


Answered = tuple[Tokens, "tuple[Any, ...]"]


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
    tokens, answer = _parser.answer(source)
    if answer[0] == "refused":
        raise _refusal(tokens, *answer[1:])
    if answer[0] != "ok":
        raise SchemaError(f"the schema is too complicated to be parsed within the limits ({answer[1]})")
    return Tree(tokens, answer[1], answer[2])


def parse_ahead(sources: Iterable[str]) -> None:
    """Begins with texts that `parse` will be asked for, in this order, and does not wait.

    What is wrong with a text is said when it is asked for.
    """
    for source in sources:
        with contextlib.suppress(SchemaError):
            _parser.expect(source)


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
        self.ready = False
        self.send((MEMORY_BYTES, sys.path))

    def send(self, message: Any) -> None:
        """One that fell is noticed when its answer is awaited."""
        data = marshal.dumps(message)
        with contextlib.suppress(OSError):
            self.questions.write(struct.pack("<I", len(data)) + data)
            self.questions.flush()

    def receive(self, seconds: float) -> Any:
        """The next answer, or None when the process died or took longer; it is of no use then."""
        deadline = time.monotonic() + seconds
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
    """Keeps one worker for this process and replaces it when it fell; a fork starts with none.

    The worker has the first of the waiting texts, and is given the next one as soon as it has answered: so it parses
    while this process does something else.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.lock = threading.Lock()
        self.worker: _Worker | None = None
        self.waiting: OrderedDict[str, Tokens] = OrderedDict()
        self.known: OrderedDict[str, Answered] = OrderedDict()

    def expect(self, source: str) -> None:
        """Queues a text; raises `SchemaError` for what `tokenize` refuses."""
        with self.lock:
            self._queue(source)

    def answer(self, source: str) -> Answered:
        """The tokens of a text and the worker's answer; what the worker has before it comes first."""
        with self.lock:
            self._queue(source)
            while source not in self.known:
                self._receive()
            return self.known[source]

    def _queue(self, source: str) -> None:
        if source in self.known or source in self.waiting:
            return
        self.waiting[source] = tokenize(source)
        if len(self.waiting) == 1:
            self._send()

    def _send(self) -> None:
        if self.worker is None:
            self.worker = _Worker()
        tokens = next(iter(self.waiting.values()))
        self.worker.send((tokens.kinds, tokens.texts, tokens.lines, tokens.columns))

    def _receive(self) -> None:
        worker = cast(_Worker, self.worker)
        if not worker.ready:
            self._await_start(worker)
        answer = worker.receive(PARSE_SECONDS)
        source, tokens = self.waiting.popitem(last=False)
        if answer is None:
            self.stop()
        self.known[source] = tokens, answer or ("failed", "time or memory")
        while len(self.known) > KNOWN_TEXTS:
            self.known.popitem(last=False)
        if self.waiting:
            self._send()

    def _await_start(self, worker: _Worker) -> None:
        answer = worker.receive(START_SECONDS)
        if answer is None or answer[0] != "ready":
            self.stop()
            self.waiting.clear()
            why = answer[1] if answer else "its process does not start"
            raise ParserUnavailable(f"luaparser cannot be used: {why}")
        worker.ready = True

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.stop()
            self.worker = None


_parser = _Parser()
atexit.register(_parser.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_parser.forget)
