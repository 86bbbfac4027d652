# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the lab node share: a plugin to break, a maker of nodes, a control plane that does as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from lab.node.behaviour import QUICK, Settings
from lab.node.handle import LabNode, free_address

EMPTY_HASH = "0" * 32
SCHEMA = """return {{ name = "{name}", fields = {{ {{ config = {{ type = "record", fields = {{
  {{ ttl = {{ type = "integer", {ttl} }} }},
  {{ note = {{ type = "string" }} }},
}} }} }} }} }}
"""
HANDLER = 'return {{ PRIORITY = 10, VERSION = "{version}" }}\n'


def wait_for(question: Callable[[], Any], seconds: float = 10.0) -> Any:
    """The first true answer within a bound; fails the test when there is none."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if answer := question():
                return answer
        time.sleep(0.005)
    pytest.fail(f"waited {seconds} s in vain")


class Heard(ServerConnection):
    """A connection that shows its PINGs."""

    pings: list[str]

    def process_event(self, event: Any) -> None:
        super().process_event(event)
        if isinstance(event, Frame) and event.opcode is Opcode.PING:
            self.pings.append(bytes(event.data).decode())


@dataclass(eq=False)
class Session:
    """One connection of a node, as the control plane saw it."""

    path: str
    headers: dict[str, str]
    connection: Heard
    frames: list[dict[str, Any]] = field(default_factory=list)
    pings: list[str] = field(default_factory=list)
    closed: int | None = None  # the close code


class FakeControlPlane:
    """Takes every node in and sends what it is told to; ``delay`` passes between basic_info and the first payload."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.sessions: list[Session] = []
        self.delay = 0.0
        self.payload: bytes | None = None
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        self._started.wait(5)

    async def _run(self) -> None:
        async with serve(
            self._attend,
            "127.0.0.1",
            0,
            create_connection=Heard,
            ssl=self._tls,
            compression=None,
            ping_interval=None,
            max_size=None,
        ) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._started.set()
            await self._over.wait()

    async def _attend(self, connection: Any) -> None:
        session = Session(connection.request.path, dict(connection.request.headers.raw_items()), connection)
        connection.pings = session.pings
        self.sessions.append(session)
        with contextlib.suppress(ConnectionClosed):
            session.frames.append(json.loads(await connection.recv()))
            if self.payload is not None:
                await asyncio.sleep(self.delay)
                await connection.send(self.payload)
            async for frame in connection:
                session.frames.append(json.loads(frame))
        session.closed = connection.close_code

    def prepare(self, *plugins: dict[str, Any], config_hash: str | None = "", **more: Any) -> str:
        """Set what nodes get when they connect; the hash. ``config_hash=None`` leaves it out."""
        table = {"_format_version": "3.0", "_transform": False, "plugins": list(plugins), **more}
        if config_hash == "":
            config_hash = hashlib.md5(json.dumps(table).encode()).hexdigest()
        message = {"type": "reconfigure", "timestamp": time.time(), "config_table": table}
        self.payload = gzip.compress(
            json.dumps(message if config_hash is None else {**message, "config_hash": config_hash}).encode()
        )
        return config_hash or ""

    def push(self, *plugins: dict[str, Any], **more: Any) -> str:
        """``prepare``, and send it to the connected nodes at once; the hash."""
        config_hash = self.prepare(*plugins, **more)
        for session in self.connected:
            asyncio.run_coroutine_threadsafe(session.connection.send(self.payload or b""), self._loop).result(5)
        return config_hash

    @property
    def connected(self) -> list[Session]:
        return [session for session in self.sessions if session.frames and session.closed is None]

    def drop(self) -> None:
        """Lose every connection, without a word."""
        for session in self.connected:
            self._loop.call_soon_threadsafe(session.connection.transport.abort)

    def fall_silent(self) -> None:
        """Go on reading nothing: pings stay unanswered."""
        for session in self.connected:
            self._loop.call_soon_threadsafe(session.connection.transport.pause_reading)

    def end(self) -> None:
        self.drop()
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        self._loop.close()


def write_plugin(root: Path, name: str = "demo", *, version: str = "1.0.0", ttl: str = "required = true") -> Path:
    """A plugin with ``config.ttl`` (an integer, ``ttl`` says how) and ``config.note``."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.lua").write_text(SCHEMA.format(name=name, ttl=ttl))
    (folder / "handler.lua").write_text(HANDLER.format(version=version))
    return folder


def instance(config: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One use of the plugin, good unless ``config`` says otherwise."""
    return {"id": "7f0a4c52-2f0e-4a8f-9a8c-0d6f1f0c9c11", "name": "demo", "config": config or {"ttl": 5}, **more}


@dataclass
class Bench:
    """Makes nodes that are stopped when the test ends."""

    folder: Path
    plane: FakeControlPlane
    nodes: list[LabNode] = field(default_factory=list)

    def create(self, settings: Settings = QUICK, plugins: str | None = None, **conf: str) -> LabNode:
        """A node with the plugin ``demo``, not started."""
        number = len(self.nodes) + 1
        node = LabNode(f"node{number}", self.folder / f"node{number}", free_address())
        plugin = write_plugin(self.folder / "source")
        enabled = {} if plugins is None else {"plugins": plugins}
        address = {"cluster_control_plane": f"127.0.0.1:{self.plane.port}"}
        node.create({**address, **enabled, **conf}, settings, [plugin])
        self.nodes.append(node)
        return node

    def start(self, settings: Settings = QUICK, plugins: str | None = None, **conf: str) -> LabNode:
        """A node that runs and is connected, its workers up."""
        node = self.create(settings, plugins, **conf)
        before = len(self.plane.connected)
        node.kong("start")
        wait_for(lambda: len(self.plane.connected) > before)
        wait_for(lambda: "router builds" not in node.get("/status/ready")[1]["message"])
        return node
