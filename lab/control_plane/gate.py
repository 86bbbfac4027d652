# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every request passes on its way in and its answer on the way out: the log, the token check, the faults."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Iterable
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from lab.control_plane.context import Lab
from lab.control_plane.errors import ApiError
from lab.control_plane.faults import Fault, Reply, as_reply
from lab.control_plane.observe import Entry

TRANSPORT = "lab.transport"
GRANT = "lab.grant"
PIECES = 4


class ResettableProtocol(H11Protocol):
    """HTTP/1.1 whose connection the application can reset: the transport travels in the scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = partial(_with_transport, self.app, transport)  # type: ignore[assignment]


async def _with_transport(
    app: ASGIApp, transport: asyncio.Transport, scope: Scope, receive: Receive, send: Send
) -> None:
    scope[TRANSPORT] = transport
    await app(scope, receive, send)


class Gate:
    """The application in front of the API."""

    def __init__(self, api: ASGIApp, lab: Lab) -> None:
        self._api = api
        self._lab = lab

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v2/"):
            await self._api(scope, receive, send)
            return
        body = await _read(receive)
        entry = self._note(scope, body)
        struck = self._lab.faults.take(scope["method"], scope["path"])
        entry.faults = [fault.kind for fault in struck]
        waits = self._lab.settings.latency_ms + sum(fault.ms for fault in struck if fault.kind == "latency")
        if waits:
            await asyncio.sleep(waits / 1000)
        reply = await self._act(scope, body, struck)
        entry.status = reply.status if reply else None
        for fault in struck:
            reply = self._lab.faults.reply(fault, scope["method"], scope["path"], reply)
        if reply is None:
            _reset(scope[TRANSPORT])
            return
        await _send(send, reply, sum(fault.ms for fault in struck if fault.kind == "slow_body"))

    async def _act(self, scope: Scope, body: bytes, struck: Iterable[Fault]) -> Reply | None:
        """The true answer, or None when a fault keeps the request from being carried out."""
        for fault in struck:
            if fault.kind == "foreign_write" and fault.when == "before":
                await self.write_as_someone_else(**(fault.request or {}))
        if not all(fault.acts for fault in struck):
            return None
        reply = await self._answer(scope, body)
        for fault in struck:
            if fault.kind == "foreign_write" and fault.when == "after":
                await self.write_as_someone_else(**(fault.request or {}))
        return reply

    async def write_as_someone_else(self, method: str, path: str, body: Any = None) -> Reply:
        """Carry out a request with the main token, past the faults; the log marks it as foreign."""
        payload = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self._lab.tokens.main}", "content-type": "application/json"}
        path, _, query = path.partition("?")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        entry = self._note(scope, payload)
        entry.foreign = True
        reply = await self._answer(scope, payload)
        entry.status = reply.status
        return reply

    def _note(self, scope: Scope, body: bytes) -> Entry:
        target = (scope["path"], scope["query_string"].decode("latin-1"))
        return self._lab.log.note(self._lab.store.now(), scope["method"], target, _headers(scope), body)

    async def _answer(self, scope: Scope, body: bytes) -> Reply:
        authorization = dict(_headers(scope)).get("authorization")
        try:
            scope[GRANT] = self._lab.tokens.grant_of(authorization, scope["method"], scope["path"])
        except ApiError as error:
            return as_reply(error)
        return await _capture(self._api, scope, body)


async def _capture(api: ASGIApp, scope: Scope, body: bytes) -> Reply:
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await api(scope, receive, send)
    start, *parts = messages
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"])
    kept = tuple(header for header in headers if header[0] != "content-length")
    return Reply(start["status"], kept, b"".join(part.get("body", b"") for part in parts))


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, reply: Reply, slow_ms: float) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.status != 204:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if slow_ms:
        length = max(1, -(-len(reply.body) // PIECES))
        for start in range(0, len(reply.body), length):
            await asyncio.sleep(slow_ms / 1000 / PIECES)
            await send({"type": "http.response.body", "body": reply.body[start : start + length], "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.body", "body": reply.body})


def _reset(transport: asyncio.Transport) -> None:
    """End the connection as a crashed peer does: with RST where the socket allows."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _headers(scope: Scope) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
