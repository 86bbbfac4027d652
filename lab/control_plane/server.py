# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process that serves the API and the outlets, and says in a file where they are."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from lab.control_plane.access import Tokens
from lab.control_plane.app import create_app
from lab.control_plane.context import Lab
from lab.control_plane.control_planes import add
from lab.control_plane.faults import Faults
from lab.control_plane.gate import ResettableProtocol
from lab.control_plane.hybrid import HOST, Hybrid
from lab.control_plane.observe import RequestLog
from lab.control_plane.settings import Settings
from lab.control_plane.store import ControlPlane, Store
from lab.control_plane.tls import Authority, outlet_context

STATE_FILE = "control-plane.json"
GRACE = 1
"""Seconds that open requests get when the lab stops."""
KEEP_ALIVE = 75
"""Seconds that an idle connection stays open."""


@dataclass(frozen=True)
class Options:
    """How to start: see ``python -m lab.control_plane --help``."""

    state: Path
    port: int = 0
    tls: bool = False
    name: str = "default"
    token: str | None = None
    latency_ms: float = 0.0
    coalesce_seconds: float = 1.0


@dataclass(frozen=True)
class Identity:
    """Certificates of one run, in the state directory."""

    authority: Authority
    server: tuple[Path, Path]
    node: tuple[Path, Path]

    @classmethod
    def make(cls, directory: Path) -> Identity:
        """A new authority and what it issues."""
        authority = Authority(directory)
        server = authority.issue("server", "kongops lab control plane", server=True)
        return cls(authority, server, authority.issue("node", "kongops lab node"))

    def context(self) -> ssl.SSLContext:
        """For one more outlet."""
        return outlet_context(self.authority, *self.server)


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs it: the lab cleans up before it ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(options: Options, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set. The state file exists exactly while requests are answered."""
    options.state.mkdir(parents=True, exist_ok=True)
    identity = Identity.make(options.state) if options.tls else None
    settings = Settings(latency_ms=options.latency_ms, coalesce_seconds=options.coalesce_seconds)
    store = Store(settings)
    hybrid = Hybrid(store, identity.context if identity else None, identity.authority.has_issued if identity else None)
    lab = Lab(settings, store, hybrid, Tokens(options.token), Faults(store.now), RequestLog())
    first = await add(store, hybrid, name=options.name)
    listener = _listen(options.port)
    server = _Server(_config(lab, identity))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    ending = asyncio.create_task(stop.wait())
    state = options.state / STATE_FILE
    try:
        await _until(lambda: server.started or serving.done())
        _publish(state, _where(lab, first, listener.getsockname()[1], identity))
        await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        state.unlink(missing_ok=True)
        ending.cancel()
        server.should_exit = True
        await hybrid.close_all()
        await serving


def _config(lab: Lab, identity: Identity | None) -> uvicorn.Config:
    files = {"ssl_certfile": identity.server[0], "ssl_keyfile": identity.server[1]} if identity else {}
    return uvicorn.Config(
        create_app(lab),
        http=ResettableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=KEEP_ALIVE,
        **files,  # type: ignore[arg-type]
    )


def _listen(port: int) -> socket.socket:
    # Naming TCP matters: asyncio turns Nagle's algorithm off for sockets that say so, 40 ms a request otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def _where(lab: Lab, first: ControlPlane, port: int, identity: Identity | None) -> dict[str, Any]:
    return {
        "url": f"{lab.hybrid.scheme}://{HOST}:{port}",
        "token": lab.tokens.main,
        "pid": os.getpid(),
        "tls": identity is not None,
        "ca": str(identity.authority.path) if identity else None,
        "node_cert": str(identity.node[0]) if identity else None,
        "node_key": str(identity.node[1]) if identity else None,
        "outlet": first.endpoint.partition("://")[2],
        "control_plane": {"id": first.id, "name": first.name},
    }


def _publish(path: Path, content: dict[str, Any]) -> None:
    """Write at once and whole: a reader sees all of it or nothing. It holds the token, so it is the owner's alone."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    draft.rename(path)
