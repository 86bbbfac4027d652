# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's side of the hybrid protocol (kong-data-plane.md, sections 3 and 5.1): one connection, kept for ever."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket as sockets
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from lab.kong import SchemaRunError
from lab.node.behaviour import draw, read_faults, write_faults
from lab.node.config import KONG_VERSION
from lab.node.counters import count, count_rejection
from lab.node.generation import Generation, node_id
from lab.node.payload import Payload, Rejected, accept, read_frame
from lab.node.store import Stored, write_store

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

_WHERE = "[lua] data_plane.lua:261: [clustering]"
_ERROR_FRAME_SECONDS = 0.06
_FAREWELL_SECONDS = 0.5
_SHARED_SNI = "kong_clustering"
_DEAD_AFTER_PINGS = 1.5


class Broken(Exception):
    """The connection is of no use any more; the text says why."""


class Agent:
    """Talks to the control plane for one generation."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.prefix = generation.conf.prefix
        self._first = True
        self._connected_at = 0.0
        self._latest: tuple[Payload, float] | None = None
        self._arrived = asyncio.Event()
        self._ping_due = asyncio.Event()

    async def run(self) -> None:
        """Connect, and connect again after a random delay; ends with the process only."""
        address = self.generation.conf.values["cluster_control_plane"]
        while True:
            try:
                await self._connection()
            except (Broken, OSError, WebSocketException, asyncio.TimeoutError) as error:
                why = str(error) or "timeout"
            delay = draw(self.generation.settings.retry_seconds)
            self.generation.log.write(
                "warn",
                f"{_WHERE} connection to control plane {address} broken: {why} "
                f"(retrying after {delay:.0f} seconds), context: ngx.timer",
                event=True,
            )
            self._first = False
            await asyncio.sleep(delay)

    async def _connection(self) -> None:
        if read_faults(self.prefix).no_control_plane:
            raise Broken("connection refused")
        conf = self.generation.conf
        tls = _tls(conf.values)
        async with connect(
            f"{'wss' if tls else 'ws'}://{conf.values['cluster_control_plane']}/v1/outlet?{self._identity()}",
            ssl=tls,
            server_hostname=_server_name(conf.values) if tls else None,
            compression=None,
            user_agent_header=None,
            ping_interval=None,
            close_timeout=_FAREWELL_SECONDS,
            proxy=None,
            max_size=None,
        ) as socket:
            await socket.send(json.dumps(self._basic_info()).encode())
            self._connected_at = asyncio.get_running_loop().time()
            self._latest = None
            await _first_failure(self._read(socket), self._work(socket), self._ping(socket))

    def _identity(self) -> str:
        hostname = self.generation.settings.hostname or sockets.gethostname()
        return urlencode(
            {"node_id": node_id(self.generation.conf), "node_hostname": hostname, "node_version": KONG_VERSION}
        )

    def _basic_info(self) -> dict[str, Any]:
        conf = self.generation.conf
        return {
            "type": "basic_info",
            "plugins": [{"name": plugin.name, "version": plugin.version} for plugin in self.generation.plugins],
            "process_conf": {key: conf.values[key] for key in ("prefix", "role", "cluster_mtls")},
            "filters": {},
            "labels": {},
        }

    async def _read(self, socket: ClientConnection) -> None:
        """Keep the newest payload only, as a node does that is still busy with an older one."""
        async for frame in socket:
            if not isinstance(frame, bytes):
                raise Broken("expected a binary frame")
            try:
                payload = read_frame(frame)
            except (ValueError, KeyError, AttributeError) as error:
                raise Broken(f"unreadable frame from control plane: {error}") from error
            if payload is not None:
                count(self.prefix, "received")
                self._latest = payload, asyncio.get_running_loop().time()
                self._arrived.set()
        raise Broken("closed")

    async def _ping(self, socket: ClientConnection) -> None:
        """Say the stored hash at once, whenever there is news, and every ``ping_seconds``."""
        every = self.generation.settings.ping_seconds
        patience = _DEAD_AFTER_PINGS * every
        while True:
            self._ping_due.clear()
            pong = await socket.ping(self.generation.board.read().stored_hash.encode())
            try:
                await asyncio.wait_for(pong, patience)
            except asyncio.TimeoutError as error:
                raise Broken(f"did not receive pong frame from control plane within {patience:.0f} seconds") from error
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._ping_due.wait(), every)

    async def _work(self, socket: ClientConnection) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            if self._latest is None:
                continue
            payload, arrived = self._latest
            try:
                await self._take(payload, lost=self._is_lost(payload, arrived))
            except Rejected as rejection:
                self._note_failure(payload, f"bad config received from control plane {rejection}")
                if self.generation.conf.on("konnect_mode"):
                    await asyncio.sleep(_ERROR_FRAME_SECONDS)
                    await socket.send(json.dumps(rejection.as_frame(payload.config_hash)).encode())
            except (OSError, SchemaRunError) as error:
                self._note_failure(payload, str(error))
            else:
                self._ping_due.set()

    async def _take(self, payload: Payload, *, lost: bool) -> None:
        """Validate, store, and have the workers serve it; ``lost``: the workers never hear of it (5 A)."""
        generation = self.generation
        if payload.config_hash == generation.board.read().stored_hash:
            generation.log.write("debug", f"{_WHERE} same config received from control plane, no need to reload")
            count(self.prefix, "unchanged")
            return
        entities = accept(payload.config_table, generation.vm, generation.conf.plugins)
        write_store(self.prefix, Stored(payload.config_hash, entities))
        with generation.board.change() as state:
            state.stored_hash = payload.config_hash
        await asyncio.sleep(draw(generation.settings.apply_seconds))
        if lost:
            count(self.prefix, "lost")
            return
        self._announce()
        count(self.prefix, "applied")
        await asyncio.sleep(generation.settings.report_seconds)

    def _announce(self) -> None:
        with self.generation.board.change() as state:
            state.announcement += 1
            workers = list(state.workers)
        for pid in workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGUSR2)

    def _is_lost(self, payload: Payload, arrived: float) -> bool:
        faults = read_faults(self.prefix)
        if payload.config_hash == self.generation.board.read().stored_hash:
            return False
        if faults.lose_next_payload:
            write_faults(self.prefix, replace(faults, lose_next_payload=False))
            return True
        window = self.generation.settings.losing_window
        if window is None or not (self.generation.after_reload and self._first):
            return False
        return window[0] <= arrived - self._connected_at < window[1]

    def _note_failure(self, payload: Payload, text: str) -> None:
        self.generation.log.write(
            "error", f"{_WHERE} unable to update running config: {text}, context: ngx.timer", event=True
        )
        count_rejection(self.prefix, payload.config_hash, text)


async def _first_failure(*lives: Any) -> None:
    """Run all until one raises, then end the others."""
    tasks = [asyncio.ensure_future(life) for life in lives]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _tls(values: Mapping[str, str]) -> ssl.SSLContext | None:
    """Mutual TLS by the cluster certificate; None on loopback without one."""
    if not values["cluster_cert"]:
        return None
    trusted = values["cluster_cert"] if values["cluster_mtls"] == "shared" else values["cluster_ca_cert"] or None
    context = ssl.create_default_context(cafile=trusted)
    context.load_cert_chain(values["cluster_cert"], values["cluster_cert_key"])
    if values["cluster_mtls"] == "shared":
        # The shared certificate is trusted as it is: self-signed, and named for no host.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.check_hostname = False
    return context


def _server_name(values: Mapping[str, str]) -> str:
    if values["cluster_mtls"] == "shared":
        return _SHARED_SNI
    return values["cluster_server_name"] or values["cluster_control_plane"].rsplit(":", 1)[0]
