# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The side that nodes connect to: Kong's hybrid protocol over WebSocket (kong-data-plane.md 3).

Every control plane has an outlet port of its own, so that the address alone says where a node belongs, and path and
query of the connection are exactly Kong's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Event

from lab.control_plane.payload import build, conflicts, encode
from lab.control_plane.store import ControlPlane, Node, Payload, Store

HOST = "127.0.0.1"
PATH = "/v1/outlet"
PING_LENGTH = 32
SILENCE = 45.0
"""Seconds without a frame after which a node counts as gone: 1.5 times the ping interval."""
FIRST_FRAME = 10.0
LARGEST_FRAME = 4 * 1024 * 1024
REMEMBERED = 10_000
ERRORS_KEPT = 50


class OutletConnection(ServerConnection):
    """A connection that shows its PINGs, in which nodes carry the hash they have applied."""

    heard: Callable[[Frame], None] | None = None

    def process_event(self, event: Event) -> None:
        super().process_event(event)
        if self.heard is not None and isinstance(event, Frame):
            self.heard(event)


@dataclass
class Push:
    """One payload that left: for ``GET /lab/payloads``; times are epoch seconds."""

    control_plane: str
    hash: str
    version: int
    at: float
    bytes: int
    plugins: int
    delivered: list[dict[str, Any]] = field(default_factory=list)


class Session:
    """One connection of a node: what it tells, and what it is sent."""

    def __init__(self, store: Store, records: dict[str, Node], node: Node, connection: OutletConnection) -> None:
        self._store = store
        self._records = records
        self._node = node
        self._connection = connection
        self._clock = asyncio.get_running_loop().time
        self._last_heard = self._clock()
        self._tasks: set[asyncio.Task[None]] = set()
        connection.heard = self.heard

    def heard(self, frame: Frame) -> None:
        """Take note of any frame; a PING tells the hash that the node has applied."""
        self._last_heard = self._clock()
        if frame.opcode is not Opcode.PING:
            return
        if len(frame.data) != PING_LENGTH:
            reason = f"a ping carries {PING_LENGTH} characters"
            self._soon(self._connection.close(CloseCode.PROTOCOL_ERROR, reason))
            return
        now = self._store.seconds()
        # A record that was deleted comes back with its node.
        self._records.setdefault(self._node.id, self._node)
        self._node.config_hash = bytes(frame.data).decode("latin-1")
        self._node.last_ping = self._node.updated_at = now
        self._node.pings += 1

    async def listen(self) -> None:
        """Read until the node leaves, or has been silent for too long."""
        with contextlib.suppress(ConnectionClosed):
            while (left := SILENCE - (self._clock() - self._last_heard)) > 0:
                with contextlib.suppress(asyncio.TimeoutError):
                    self._take(await asyncio.wait_for(self._connection.recv(), left))

    async def deliver(self, payload: Payload, push: Push) -> None:
        """Send a payload, and note that it was taken over by the connection."""
        with contextlib.suppress(ConnectionClosed):
            await self._connection.send(payload.frame)
            delivery = {"node_id": self._node.id, "hostname": self._node.hostname, "at": self._store.now()}
            push.delivered.append(delivery)

    def deliver_soon(self, payload: Payload, push: Push) -> None:
        """Send a payload without waiting for a slow node."""
        self._soon(self.deliver(payload, push))

    def abort(self) -> None:
        """End the connection without a close frame."""
        self._connection.transport.abort()

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _take(self, message: str | bytes) -> None:
        report = _json_object(message)
        if report is not None and report.get("type") == "error":
            entry = {"at": self._store.now(), "error": report.get("error")}
            self._node.errors = [*self._node.errors, entry][-ERRORS_KEPT:]


@dataclass(eq=False)
class Outlet:
    """The door of one control plane."""

    control_plane: ControlPlane
    server: Server
    context: ssl.SSLContext | None
    sessions: set[Session] = field(default_factory=set)
    accepting: bool = True
    pending: asyncio.TimerHandle | None = None


@dataclass(frozen=True)
class Hello:
    """Who a node says it is, in the query of its connection."""

    node_id: str
    hostname: str
    version: str


class Hybrid:
    """All outlets: takes nodes in, and sends every change to them."""

    def __init__(
        self,
        store: Store,
        tls: Callable[[], ssl.SSLContext] | None = None,
        has_issued: Callable[[bytes], bool] | None = None,
    ) -> None:
        """``tls`` makes the context of one outlet, ``has_issued`` knows the certificates (DER) of the lab's authority.

        Without them the outlets speak plain ws.
        """
        self._store = store
        self._tls = tls
        self._has_issued = has_issued
        self._outlets: dict[str, Outlet] = {}
        self.pushes: deque[Push] = deque(maxlen=REMEMBERED)

    @property
    def scheme(self) -> str:
        """Of the endpoints that control planes show."""
        return "https" if self._tls else "http"

    async def open(self, control_plane: ControlPlane) -> None:
        """Open the outlet of a new control plane, and write its address into it."""
        context = self._tls() if self._tls else None
        server = await serve(
            lambda connection: self._attend(control_plane, connection),  # type: ignore[arg-type, return-value]
            HOST,
            0,
            create_connection=OutletConnection,
            process_request=lambda connection, request: self._admit(control_plane, connection, request),
            ssl=context,
            compression=None,
            ping_interval=None,
            max_size=LARGEST_FRAME,
            close_timeout=1,
        )
        port = next(iter(server.sockets)).getsockname()[1]
        control_plane.endpoint = control_plane.telemetry = f"{self.scheme}://{HOST}:{port}"
        self._outlets[control_plane.id] = Outlet(control_plane, server, context)

    async def close(self, control_plane_id: str) -> None:
        """Close the outlet of a control plane and every connection it has."""
        outlet = self._outlets.pop(control_plane_id, None)
        if outlet is None:
            return
        if outlet.pending:
            outlet.pending.cancel()
        outlet.server.close(close_connections=True)
        await outlet.server.wait_closed()

    async def close_all(self) -> None:
        """Close everything; the lab ends."""
        await asyncio.gather(*(self.close(control_plane_id) for control_plane_id in list(self._outlets)))

    def trust(self, control_plane: ControlPlane, pem: str) -> None:
        """Let the TLS layer accept a certificate that was pinned; unpinning is checked after the handshake."""
        context = self._outlets[control_plane.id].context
        if context is not None:
            context.load_verify_locations(cadata=pem)

    def accept(self, control_plane_id: str, accepting: bool) -> None:
        """Let nodes in, or drop those that are there and refuse all others."""
        outlet = self._outlets[control_plane_id]
        outlet.accepting = accepting
        if not accepting:
            for session in list(outlet.sessions):
                session.abort()

    def changed(self, control_plane: ControlPlane) -> None:
        """Its configuration changed: every node concerned gets it when the window closes that the first change opens.

        Nothing is computed where no node was ever connected (konnect-api.md f).
        """
        for concerned in [control_plane, *self._store.groups_of(control_plane.id)]:
            outlet = self._outlets.get(concerned.id)
            if outlet is not None and outlet.pending is None and concerned.payload is not None:
                delay = self._store.settings.coalesce_seconds
                outlet.pending = asyncio.get_running_loop().call_later(delay, self._window_closes, outlet)

    def _window_closes(self, outlet: Outlet) -> None:
        outlet.pending = None
        before = outlet.control_plane.payload
        after = self._refresh(outlet.control_plane)
        if before is None or after.hash == before.hash:
            return
        push = self._remember(outlet.control_plane, after)
        for session in outlet.sessions:
            session.deliver_soon(after, push)

    def _refresh(self, control_plane: ControlPlane) -> Payload:
        """Compute the payload anew; a group in conflict keeps the one it has."""
        sources, now = self._store.sources(control_plane), self._store.now()
        present = control_plane.payload
        if present is not None and control_plane.is_group and conflicts(sources):
            return present
        configuration = build(sources)
        if present is not None and present.hash == configuration.hash:
            return present
        version = present.version + 1 if present else 1
        created_at = present.created_at if present else int(now)
        frame = encode(configuration, now)
        control_plane.payload = Payload(configuration.hash, version, frame, configuration.table, created_at, int(now))
        return control_plane.payload

    def _remember(self, control_plane: ControlPlane, payload: Payload) -> Push:
        plugins = len(payload.config_table.get("plugins", ()))
        push = Push(control_plane.id, payload.hash, payload.version, self._store.now(), len(payload.frame), plugins)
        self.pushes.append(push)
        return push

    def _admit(self, control_plane: ControlPlane, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse what is no node of this control plane, before the WebSocket opens."""
        if _hello(request) is None:
            return connection.respond(HTTPStatus.BAD_REQUEST, "want /v1/outlet?node_id=&node_hostname=&node_version=\n")
        if not self._outlets[control_plane.id].accepting:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "the control plane takes no connection now\n")
        if self._store.groups_of(control_plane.id):
            return connection.respond(HTTPStatus.FORBIDDEN, "a member of a group has no nodes of its own\n")
        if not self._is_trusted(control_plane, connection):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "the client certificate is not pinned\n")
        return None

    def _is_trusted(self, control_plane: ControlPlane, connection: ServerConnection) -> bool:
        """Whether a node came with a certificate of the lab's authority, or one that is pinned now."""
        if self._has_issued is None:
            return True
        shown: bytes = connection.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        pinned = (ssl.PEM_cert_to_DER_cert(certificate["cert"].strip()) for certificate in control_plane.certificates)
        return self._has_issued(shown) or shown in pinned

    async def _attend(self, control_plane: ControlPlane, connection: OutletConnection) -> None:
        """One node, from its first frame to its last."""
        assert connection.request is not None
        hello = _hello(connection.request)
        assert hello is not None
        greeting = await _first_frame(connection)
        if greeting is None:
            await connection.close(CloseCode.POLICY_VIOLATION, "want basic_info with a list of plugins")
            return
        node = self._register(control_plane, hello, greeting["plugins"])
        outlet = self._outlets[control_plane.id]
        session = Session(self._store, control_plane.nodes, node, connection)
        outlet.sessions.add(session)
        node.connections += 1
        try:
            payload = control_plane.payload or self._refresh(control_plane)
            await session.deliver(payload, self._remember(control_plane, payload))
            await session.listen()
        finally:
            node.connections -= 1
            outlet.sessions.discard(session)

    def _register(self, control_plane: ControlPlane, hello: Hello, plugins: list[Any]) -> Node:
        now = self._store.seconds()
        node = control_plane.nodes.get(hello.node_id)
        if node is None:
            node = Node(hello.node_id, hello.hostname, hello.version, now, now, now)
            control_plane.nodes[node.id] = node
        node.hostname, node.version, node.last_ping, node.updated_at = hello.hostname, hello.version, now, now
        node.plugins = plugins
        return node


async def _first_frame(connection: OutletConnection) -> dict[str, Any] | None:
    """``basic_info``, or None when the node says something else, or nothing in time."""
    try:
        greeting = _json_object(await asyncio.wait_for(connection.recv(), FIRST_FRAME))
    except (asyncio.TimeoutError, ConnectionClosed):
        return None
    if greeting is None or greeting.get("type") != "basic_info" or not isinstance(greeting.get("plugins"), list):
        return None
    return greeting


def _json_object(message: str | bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(message)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _hello(request: Request) -> Hello | None:
    target = urlsplit(request.path)
    query = dict(parse_qsl(target.query))
    try:
        node_id = str(uuid.UUID(query["node_id"]))
        hello = Hello(node_id, query["node_hostname"], query["node_version"])
    except (KeyError, ValueError):
        return None
    return hello if target.path == PATH else None
