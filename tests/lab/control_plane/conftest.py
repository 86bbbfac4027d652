# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real lab control plane in a process of its own, and a client whose every answer the OpenAPI document must allow."""

from __future__ import annotations

import gzip
import json
import os
import ssl
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.support.lab import eventually
from tests.support.openapi import Document

ROOT = Path(__file__).resolve().parents[3]

SCHEMA = """
return {
  name = "%s",
  fields = {
    { config = { type = "record", fields = {
      { ttl = { type = "integer", required = true, default = 60 } },
      { header = { type = "string" } },
      { limits = { type = "array", elements = { type = "record", fields = {
        { path = { type = "string", required = true } },
        { rate = { type = "number", default = 1.5 } },
      } } } },
    } } },
  },
}
"""


class Server:
    """``python -m lab.control_plane`` as a process, and what it wrote about itself."""

    def __init__(self, state: Path, *arguments: str) -> None:
        self.state = state / "control-plane.json"
        command = [sys.executable, "-m", "lab.control_plane", "--state", str(state), *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment)
        eventually(lambda: self.state.exists() or self.process.poll() is not None, within=20)
        self.where: dict[str, Any] = json.loads(self.state.read_text())

    def client(self, token: str | None = None, **options: Any) -> httpx.Client:
        """A client with the main token, or another one."""
        headers = {"authorization": f"Bearer {token or self.where['token']}"}
        verify = ssl.create_default_context(cafile=self.where["ca"]) if self.where["ca"] else False
        return httpx.Client(base_url=self.where["url"], headers=headers, verify=verify, timeout=10, **options)

    def stop(self) -> int:
        """End the process; returns its exit status."""
        self.process.terminate()
        return self.process.wait(10)


class Node:
    """The least that a node must say and hear; the socket is open until ``close``."""

    def __init__(self, address: str, *, version: str = "3.9.3", tls: ssl.SSLContext | None = None, **more: Any) -> None:
        self.id = more.get("node_id") or str(uuid.uuid4())
        scheme = "wss" if tls else "ws"
        query = f"node_id={self.id}&node_hostname=gateway-1&node_version={version}"
        address = f"{scheme}://{address}/v1/outlet?{query}"
        self._open = ExitStack()
        self.socket: ClientConnection = self._open.enter_context(
            connect(address, ssl=tls, max_size=None, ping_interval=None)
        )
        self.say(more.get("greeting") or {"type": "basic_info", "plugins": [{"name": "tally", "version": "1.0.0"}]})

    def say(self, message: Any) -> None:
        """Send one binary JSON frame."""
        self.socket.send(json.dumps(message).encode())

    def hear(self, timeout: float = 5.0) -> dict[str, Any]:
        """The next payload."""
        message: dict[str, Any] = json.loads(gzip.decompress(self.socket.recv(timeout)))  # type: ignore[arg-type]
        return message

    def ping(self, applied: str) -> None:
        """Tell the hash applied, and wait for the PONG."""
        assert self.socket.ping(applied.encode()).wait(5)

    def close(self) -> None:
        self._open.close()


@dataclass
class Plane:
    """A fresh control plane, and the paths below it."""

    client: httpx.Client
    id: str
    outlet: str
    path: str
    nodes: list[Node] = field(default_factory=list)

    @property
    def core(self) -> str:
        return f"{self.path}/core-entities"

    @property
    def plugins(self) -> str:
        return f"{self.core}/plugins"

    def upload(self, name: str = "tally", schema: str | None = None) -> dict[str, Any]:
        """Store a schema; returns the item."""
        answer = self.client.put(f"{self.core}/plugin-schemas/{name}", json={"lua_schema": schema or SCHEMA % name})
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["item"])

    def make(self, kind: str, **body: Any) -> dict[str, Any]:
        """Create an entity; returns it as stored."""
        answer = self.client.post(f"{self.core}/{kind}", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def join(self, **more: Any) -> Node:
        """A node of this control plane, with its first payload still to hear."""
        node = Node(self.outlet, **more)
        self.nodes.append(node)
        return node

    def settle(self) -> Node:
        """A node that has applied what it got, so that there is an expected hash."""
        node = self.join()
        node.ping(node.hear()["config_hash"])
        return node

    def expected_hash(self) -> str:
        answer = self.client.get(f"{self.path}/expected-config-hash")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["expected_hash"])


@pytest.fixture(scope="session")
def document(shared: Path) -> Document:
    return Document(shared / "konnect-openapi.yaml")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("control-plane"), "--coalesce-seconds", "0.1")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def start() -> type[Server]:
    """Starts a control plane of a test's own: state directory, arguments; the test stops it."""
    return Server


@pytest.fixture
def node() -> Iterator[Callable[..., Node]]:
    """Connects nodes to an address; they are closed when the test ends."""
    with ExitStack() as stack:

        def join(address: str, **more: Any) -> Node:
            joined = Node(address, **more)
            stack.callback(joined.close)
            return joined

        yield join


@pytest.fixture
def strict(document: Document) -> Callable[[httpx.Response], None]:
    """Fails on an answer under /v2 that the document does not allow."""

    def check(response: httpx.Response) -> None:
        path = response.request.url.path
        if path.startswith("/v2/"):
            body = response.json() if response.read() else None
            media_type = response.headers.get("content-type")
            method = response.request.method
            assert document.problems_of_response(method, path, response.status_code, media_type, body) == []

    return check


@pytest.fixture
def konnect(server: Server, strict: Callable[[httpx.Response], None]) -> Iterator[httpx.Client]:
    """The client; settings and faults are as they were when the test ends."""
    with server.client(event_hooks={"response": [strict]}) as client:
        settings = client.get("/lab/settings").json()
        yield client
        client.put("/lab/settings", json=settings)
        client.delete("/lab/faults")


@pytest.fixture
def new_plane(konnect: httpx.Client) -> Iterator[Callable[..., Plane]]:
    """Makes control planes; their nodes are closed, and they are deleted, when the test ends."""
    made: list[Plane] = []

    def make(**body: Any) -> Plane:
        answer = konnect.post("/v2/control-planes", json={"name": f"plane-{uuid.uuid4()}", **body})
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        address = shown["config"]["control_plane_endpoint"].partition("://")[2]
        made.append(Plane(konnect, shown["id"], address, f"/v2/control-planes/{shown['id']}"))
        return made[-1]

    yield make
    for plane in made:
        for node in plane.nodes:
            node.close()
        konnect.delete(plane.path)


@pytest.fixture
def plane(new_plane: Callable[..., Plane]) -> Plane:
    """One fresh control plane."""
    return new_plane()
