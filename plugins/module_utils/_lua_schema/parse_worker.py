# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that runs luaparser's grammar.

luaparser recurses and its time and memory grow with hostile text, so it never runs in the caller's process: `parse`
hands this file's text to a Python of its own.  It therefore imports nothing of this collection.

Frames on both pipes are a 4-byte length and ``marshal`` data.  In: ``(memory limit, sys.path)``, then for each text
``(kinds, texts, lines, columns)``.  Out: ``("ok", nodes, root)``, ``("refused", index of the token)``, the same with
LuaJIT's text and whether it names the token, or ``("failed", reason)``.  ``nodes`` is a flat list of tuples ``(kind,
token, ...)`` in which children are positions in the list: nothing in it nests, so nothing that reads it recurses.
"""

from __future__ import annotations

import gc
import marshal
import struct
import sys
import threading
from collections.abc import Callable
from typing import Any

STACK_BYTES = 256 << 20
RECURSION = 60_000
MAX_LEVELS = 200  # LuaJIT's LJ_MAX_XLEVEL


class Refused(Exception):
    """What luaparser's grammar takes and LuaJIT refuses: the token, LuaJIT's text, whether it names the token."""

    def __init__(self, token: int, text: str, near: bool = True) -> None:
        super().__init__(token, text, near)


class Builder:
    """luaparser's parse tree to flat nodes."""

    def __init__(self, grammar: Any, terminal: Any, lines: list[int]) -> None:
        self.lines = lines
        self.levels = 0
        self.loops = 0
        self.is_vararg = True
        self.labels: set[str] = set()
        self.jumps: list[tuple[int, str]] = []
        self.nodes: list[tuple[Any, ...]] = []
        self.grammar = grammar
        self.terminal = terminal
        self.suffix_parents = (
            grammar.PrefixexpContext, grammar.FunctioncallContext, grammar.CallContext, grammar.VarContext,
        )  # fmt: skip

    def add(self, *node: Any) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def block(self, ctx: Any) -> tuple[int, ...]:
        self.deeper(ctx)
        statements: list[int | None] = [None]
        for child in ctx.children or ():
            one = self.statement(child)
            if one is None and statements[-1] is None:  # LuaJIT takes one `;` after a statement and none elsewhere
                raise Refused(child.start.tokenIndex, "unexpected symbol")
            statements.append(one)
        self.levels -= 1
        return tuple(one for one in statements if one is not None)

    def whole(self, ctx: Any) -> tuple[int, ...]:
        """A function's block: every ``goto`` in it needs its label there."""
        body = self.block(ctx)
        for token, label in self.jumps:
            if label not in self.labels:
                raise Refused(token, f"undefined label '{label}'", False)
        return body

    def deeper(self, ctx: Any) -> None:
        """Counts levels of syntax as LuaJIT does."""
        self.levels += 1
        if self.levels >= MAX_LEVELS:
            raise Refused(ctx.start.tokenIndex, "chunk has too many syntax levels", False)

    def loop(self, ctx: Any) -> tuple[int, ...]:
        self.loops += 1
        body = self.block(ctx)
        self.loops -= 1
        return body

    def statement(self, ctx: Any) -> int | None:
        number: int | None = getattr(self, "_" + type(ctx).__name__[:-7])(ctx)
        return number

    def _Stat_empty(self, ctx: Any) -> None:
        return None

    def _Stat_assignment(self, ctx: Any) -> int:
        targets, _equals, values = ctx.children
        places = tuple(self.suffixed(one) for one in targets.children[::2])
        return self.add("assign", ctx.start.tokenIndex, places, self.expressions(values))

    def _Stat_functioncall(self, ctx: Any) -> int:
        return self.add("callstat", ctx.start.tokenIndex, self.suffixed(ctx.children[0]))

    def _Stat_label(self, ctx: Any) -> int:
        name = ctx.children[0].children[1].symbol
        self.labels.add(name.text)
        return self.add("label", name.tokenIndex, name.text)

    def _Stat_break(self, ctx: Any) -> int:
        return self.leave(ctx)

    def leave(self, ctx: Any) -> int:
        if not self.loops:
            raise Refused(ctx.start.tokenIndex, "no loop to break", False)
        return self.add("break", ctx.start.tokenIndex)

    def _Stat_goto(self, ctx: Any) -> int:
        name = ctx.children[1].symbol
        self.jumps.append((name.tokenIndex, name.text))
        return self.add("goto", name.tokenIndex, name.text)

    def _Stat_do(self, ctx: Any) -> int:
        return self.add("do", ctx.start.tokenIndex, self.block(ctx.children[1]))

    def _Stat_while(self, ctx: Any) -> int:
        condition = self.expression(ctx.children[1])
        return self.add("while", ctx.start.tokenIndex, condition, self.loop(ctx.children[3]))

    def _Stat_repeat(self, ctx: Any) -> int:
        body = self.loop(ctx.children[1])
        return self.add("repeat", ctx.start.tokenIndex, body, self.expression(ctx.children[3]))

    def _Stat_if(self, ctx: Any) -> int:
        parts, arms, orelse, at = ctx.children, [], None, 0
        while at < len(parts) - 1:
            if parts[at].symbol.text == "else":
                orelse = self.block(parts[at + 1])
                at += 2
            else:
                arms.append((self.expression(parts[at + 1]), self.block(parts[at + 3])))
                at += 4
        return self.add("if", ctx.start.tokenIndex, tuple(arms), orelse)

    def _Stat_for(self, ctx: Any) -> int:
        parts = ctx.children
        if isinstance(parts[1], self.terminal):
            numbers = tuple(self.expression(one) for one in parts[3:-3:2])
            name = parts[1].symbol.text
            return self.add("fornum", ctx.start.tokenIndex, name, numbers, self.loop(parts[-2]))
        names = tuple(one.symbol.text for one in parts[1].children[::2])
        return self.add("forin", ctx.start.tokenIndex, names, self.expressions(parts[3]), self.loop(parts[-2]))

    def _Stat_function(self, ctx: Any) -> int:
        parts = ctx.children[1].children
        first = parts[0].symbol
        target = self.add("name", first.tokenIndex, first.text)
        is_method = False
        for dot, name in zip(parts[1::2], parts[2::2], strict=True):
            is_method = dot.symbol.text == ":"
            key = self.add("string", name.symbol.tokenIndex, name.symbol.text)
            target = self.add("index", name.symbol.tokenIndex, target, key)
        body = self.function(ctx.children[2], ctx.start.tokenIndex, is_method)
        return self.add("assign", ctx.start.tokenIndex, (target,), (body,))

    def _Stat_localfunction(self, ctx: Any) -> int:
        name = ctx.children[2].symbol
        body = self.function(ctx.children[3], ctx.children[1].symbol.tokenIndex, False)
        return self.add("localfunction", name.tokenIndex, name.text, body)

    def _Stat_local(self, ctx: Any) -> int:
        declared = ctx.children[1].children[::2]
        for one in declared:
            if one.attrib() is not None:
                raise Refused(one.attrib().start.tokenIndex, "unexpected symbol")
        names = tuple(one.children[0].symbol.text for one in declared)
        values = self.expressions(ctx.children[3]) if len(ctx.children) > 2 else ()
        return self.add("local", ctx.start.tokenIndex, names, values)

    def _Retstat(self, ctx: Any) -> int:
        if ctx.start.text == "break":
            return self.leave(ctx)
        has_values = len(ctx.children) > 1 and not isinstance(ctx.children[1], self.terminal)
        return self.add("return", ctx.start.tokenIndex, self.expressions(ctx.children[1]) if has_values else ())

    def function(self, ctx: Any, token: int, is_method: bool) -> int:
        names = ["self"] if is_method else []
        parameters = ctx.parlist()
        is_vararg = False
        for one in parameters.children or ():
            if isinstance(one, self.terminal):
                is_vararg = is_vararg or one.symbol.text == "..."
            else:
                names.extend(name.symbol.text for name in one.children[::2])
        around = self.is_vararg, self.loops, self.labels, self.jumps
        self.is_vararg, self.loops, self.labels, self.jumps = is_vararg, 0, set(), []
        body = self.whole(ctx.block())
        self.is_vararg, self.loops, self.labels, self.jumps = around
        return self.add("function", token, tuple(names), is_vararg, body, ctx.stop.tokenIndex)

    def expressions(self, ctx: Any) -> tuple[int, ...]:
        return tuple(self.expression(one) for one in ctx.children[::2])

    def expression(self, ctx: Any) -> int:
        self.deeper(ctx)
        value = self.operand(ctx)
        self.levels -= 1
        return value

    def operand(self, ctx: Any) -> int:
        parts = ctx.children
        if len(parts) == 3:
            return self.binary(ctx)
        if len(parts) == 2:
            token = parts[0].symbol
            return self.add("unary", token.tokenIndex, token.text, self.expression(parts[1]))
        only = parts[0]
        if isinstance(only, self.terminal):
            if only.symbol.text == "..." and not self.is_vararg:
                raise Refused(only.symbol.tokenIndex, "cannot use '...' outside a vararg function")
            return self.add(only.symbol.text, only.symbol.tokenIndex)
        if isinstance(only, self.grammar.PrefixexpContext):
            return self.suffixed(only)
        if isinstance(only, self.grammar.TableconstructorContext):
            return self.table(only)
        if isinstance(only, self.grammar.FunctiondefContext):
            return self.function(only.children[1], only.start.tokenIndex, False)
        return self.add("literal", only.start.tokenIndex)

    def binary(self, ctx: Any) -> int:
        """A chain such as ``a + b + ...`` leans left and may be long: it is walked down in a loop."""
        pending = []
        while len(ctx.children) == 3:
            left, operator, right = ctx.children
            pending.append((operator.symbol, right))
            ctx = left
        value = self.operand(ctx)
        for symbol, right in reversed(pending):
            value = self.add("binary", symbol.tokenIndex, symbol.text, value, self.expression(right))
        return value

    def suffixed(self, ctx: Any) -> int:
        """A name or a bracket and all that follows it; whichever rules the grammar took, the text's order decides."""
        parts: list[Any] = []
        pending = [ctx]
        while pending:
            one = pending.pop()
            if isinstance(one, self.suffix_parents):
                pending.extend(reversed(one.children))
            else:
                parts.append(one)
        first = parts[0]
        at = 1
        if first.symbol.text == "(":
            value = self.add("paren", first.symbol.tokenIndex, self.expression(parts[1]))
            at = 3
        else:
            value = self.add("name", first.symbol.tokenIndex, first.symbol.text)
        while at < len(parts):
            part = parts[at]
            at += 1
            if isinstance(part, self.terminal):
                name = parts[at].symbol
                arguments = self.arguments(parts[at + 1])
                value = self.add("method", name.tokenIndex, value, name.text, arguments)
                at += 2
            elif isinstance(part, self.grammar.TailContext):
                value = self.add("index", part.start.tokenIndex, value, self.key(part))
            else:
                value = self.add("call", part.start.tokenIndex, value, self.arguments(part))
        return value

    def key(self, tail: Any) -> int:
        if tail.start.text == ".":
            name = tail.children[1].symbol
            return self.add("string", name.tokenIndex, name.text)
        return self.expression(tail.children[1])

    def arguments(self, ctx: Any) -> tuple[int, ...]:
        first = ctx.children[0]
        if isinstance(first, self.grammar.TableconstructorContext):
            return (self.table(first),)
        if isinstance(first, self.grammar.StringContext):
            return (self.add("literal", first.start.tokenIndex),)
        token = ctx.start.tokenIndex
        if self.lines[token] != self.lines[token - 1]:
            raise Refused(token, "ambiguous syntax (function call x new statement)")
        return self.expressions(ctx.children[1]) if len(ctx.children) == 3 else ()

    def table(self, ctx: Any) -> int:
        items: list[tuple[int | None, int]] = []
        if len(ctx.children) == 3:
            for one in ctx.children[1].children[::2]:
                parts = one.children
                if len(parts) == 1:
                    items.append((None, self.expression(parts[0])))
                elif len(parts) == 3:
                    name = parts[0].symbol
                    items.append((self.add("string", name.tokenIndex, name.text), self.expression(parts[2])))
                else:
                    items.append((self.expression(parts[1]), self.expression(parts[4])))
        return self.add("table", ctx.start.tokenIndex, tuple(items))


class Stream:
    """What luaparser's grammar asks of a token stream, for tokens that are all there and all count.

    ANTLR's own streams fetch and filter, which is a third of the whole parse.
    """

    def __init__(self, tokens: list[Any]) -> None:
        end = tokens[-1]
        # Behind the end is the end; in front of the start, at -1, is nothing.
        self.tokens = [*tokens, end, None]
        self.types = [*(one.type for one in tokens), end.type]
        self.index = 0

    def LA(self, ahead: int) -> Any:
        return self.types[self.index + ahead - 1]

    def LT(self, ahead: int) -> Any:
        return self.tokens[self.index + (ahead - 1 if ahead > 0 else ahead)]

    def get(self, index: int) -> Any:
        return self.tokens[index]

    def getText(self, _start: Any, _stop: Any) -> str:
        return ""  # for messages that nobody hears

    def consume(self) -> None:
        self.index += 1

    def seek(self, index: int) -> None:
        self.index = index

    def mark(self) -> int:
        return 0

    def release(self, _marker: int) -> None:
        """Nothing is kept for a mark."""


def make_parse() -> Callable[..., tuple[Any, ...]]:
    """A function from the parent's lists to the answer; imports luaparser, which is why it is made in the child."""
    from antlr4.error.Errors import ParseCancellationException
    from antlr4.error.ErrorStrategy import BailErrorStrategy
    from antlr4.Token import CommonToken
    from antlr4.tree.Tree import TerminalNodeImpl
    from luaparser.parser.LuaParser import LuaParser

    types = {name: number for number, name in enumerate(LuaParser.symbolicNames)}
    types["EOF"] = -1

    def parse(kinds: list[str], texts: list[str], lines: list[int], columns: list[int]) -> tuple[Any, ...]:
        tokens = []
        for index, kind in enumerate(kinds):
            token = CommonToken(type=types[kind])
            token.text, token.line, token.column, token.tokenIndex = texts[index], lines[index], columns[index], index
            tokens.append(token)
        parser = LuaParser(Stream(tokens))
        parser.removeErrorListeners()
        parser._errHandler = BailErrorStrategy()
        try:
            tree = parser.start_()
        except ParseCancellationException as refusal:
            cause = refusal.args[0] if refusal.args else None
            offending = getattr(cause, "offendingToken", None)
            return ("refused", offending.tokenIndex if offending is not None else len(tokens) - 1)
        builder = Builder(LuaParser, TerminalNodeImpl, lines)
        try:
            root = builder.whole(tree.children[0].children[0])
        except Refused as refusal:
            return ("refused", *refusal.args)
        return ("ok", builder.nodes, root)

    return parse


def limit(memory_bytes: int) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # a system without this limit still has the parent's time limit


def serve() -> None:
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def receive() -> Any:
        head = stdin.read(4)
        return marshal.loads(stdin.read(struct.unpack("<I", head)[0])) if len(head) == 4 else None

    def send(answer: Any) -> None:
        data = marshal.dumps(answer)
        stdout.write(struct.pack("<I", len(data)) + data)
        stdout.flush()

    memory_bytes, sys.path[:] = receive()
    limit(memory_bytes)
    try:
        parse = make_parse()
    except ImportError as missing:
        send(("missing", str(missing)))
        return
    # The tables of the grammar stay for good, and one text's tree is gone before it matters.
    gc.freeze()
    gc.set_threshold(200_000)
    send(("ready",))
    while True:
        job = receive()
        if job is None:
            return
        try:
            answer = parse(*job)
        except (RecursionError, MemoryError) as bound:
            answer = ("failed", type(bound).__name__)
        send(answer)


def main() -> None:
    sys.setrecursionlimit(RECURSION)
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
