# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that takes every payload and remembers it: what the control plane really sent, state by state."""

from __future__ import annotations

import gzip
import json
import threading
import uuid
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lab.world import World
from tests.support.lab import eventually

HOSTNAME = "recorder"
PING_SECONDS = 5.0


class Recorder:
    """``with Recorder(world) as recorder:``; ``tables`` are the configurations that came, oldest first."""

    def __init__(self, world: World, *, version: str = "3.15.0", accepts: bool = True) -> None:
        query = f"node_id={uuid.uuid4()}&node_hostname={HOSTNAME}&node_version={version}"
        address = f"ws://{world.control_plane['outlet']}/v1/outlet?{query}"
        self.tables: list[dict[str, Any]] = []
        self.accepts = accepts
        self._open = ExitStack()
        self._socket = self._open.enter_context(connect(address, max_size=None, ping_interval=None))
        self._socket.send(json.dumps({"type": "basic_info", "plugins": []}).encode())
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Recorder:
        self._thread.start()
        eventually(lambda: self.tables)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        self._thread.join(5)

    def _listen(self) -> None:
        applied = ""
        try:
            while True:
                try:
                    message = json.loads(gzip.decompress(self._socket.recv(PING_SECONDS)))  # type: ignore[arg-type]
                except TimeoutError:
                    message = None
                if message is not None:
                    if self.accepts or not applied:
                        applied = message["config_hash"]
                    self.tables.append(message["config_table"])
                self._socket.ping(applied.encode())
        except ConnectionClosed:
            return
