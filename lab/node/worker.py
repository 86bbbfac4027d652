# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One worker process: serves the stored configuration it was told to take, and the Status API on the shared socket."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

from lab.node import status_api
from lab.node.agent import Agent
from lab.node.behaviour import read_faults
from lab.node.config import KONG_VERSION
from lab.node.generation import Generation
from lab.node.store import Stored, read_store
from lab.node.title import set_title

TITLE = "nginx: worker process"
FAREWELL = f"{TITLE} is shutting down"
AGENT_TITLE = "nginx: privileged agent process"
_REASONS = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}


class Worker:
    """Worker ``number`` of a generation."""

    def __init__(self, generation: Generation, number: int) -> None:
        self.generation = generation
        self.serving = status_api.Serving(
            number, generation.stored, {plugin.name: plugin.version for plugin in generation.plugins}
        )
        self._announcement = generation.announcement
        self._built = False
        self._leaving = asyncio.Event()
        self._requests: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until told to leave."""
        set_title(TITLE)
        server = await self._listen()
        building = asyncio.create_task(self._build())
        talking = asyncio.create_task(Agent(self.generation).run()) if self._talks() else None
        await self._leaving.wait()
        building.cancel()
        if talking is not None:
            talking.cancel()
        await self._say_goodbye(server)

    def leave(self) -> None:
        """Finish the requests under way, then end (SIGQUIT)."""
        self._leaving.set()

    def _talks(self) -> bool:
        return self.serving.number == 0 and not self.generation.conf.on("dedicated_config_processing")

    async def _listen(self) -> asyncio.Server | None:
        if self.generation.listener is None:
            return None
        return await asyncio.start_server(self._on_connection, sock=self.generation.listener.dup())

    async def _say_goodbye(self, server: asyncio.Server | None) -> None:
        set_title(FAREWELL)
        self.generation.log.write("notice", "gracefully shutting down")
        if server is not None:
            server.close()
        if self._requests:
            await asyncio.wait(self._requests)
        await asyncio.sleep(read_faults(self.generation.conf.prefix).old_workers_linger)

    # -- configuration -------------------------------------------------------------------------------------------------

    async def _build(self) -> None:
        """Router and plugins iterator of the configuration found at init, then whatever came meanwhile."""
        generation = self.generation
        await asyncio.sleep(generation.settings.worker_seconds)
        await asyncio.sleep(read_faults(generation.conf.prefix).not_ready)
        if generation.settings.losing_window is None:
            # What the old agent stored after this generation's init is otherwise lost as well.
            self.serving.stored = read_store(generation.conf.prefix)
        self._note_noise()
        self._built = True
        missing = [
            plugin["name"] for plugin in self.serving.stored.plugins if plugin["name"] not in self.serving.versions
        ]
        if missing:
            self.serving.broken = f"{missing[0]} plugin is in use but not enabled"
            generation.log.write(
                "crit",
                "[lua] init.lua:1003: init_worker(): worker initialization error: error building initial plugins "
                f"iterator: {self.serving.broken}; this node must be restarted, context: init_worker_by_lua*",
                event=True,
            )
        with generation.board.change() as state:
            state.ready = sorted({*state.ready, self.serving.number})
            if self.serving.broken is not None:
                state.broken = sorted({*state.broken, self.serving.number})
        self.take_announced()

    def _note_noise(self) -> None:
        generation = self.generation
        if generation.after_reload and generation.settings.broker_noise and self.serving.number == 0:
            generation.log.write(
                "error",
                "[lua] worker.lua:325: communicate(): event worker failed to communicate with broker "
                "(failed to receive the header bytes: closed), context: ngx.timer",
                event=True,
            )

    def take_announced(self) -> None:
        """Serve the stored configuration if it was announced since; a worker that failed to initialise never does."""
        announcement = self.generation.board.read().announcement
        if announcement <= self._announcement or self.serving.broken is not None or not self._built:
            return
        self._announcement = announcement
        self._serve(read_store(self.generation.conf.prefix))

    def _serve(self, stored: Stored) -> None:
        self.generation.log.write(
            "info", f"[lua] declarative reconfigure was started on worker #{self.serving.number}", event=True
        )
        self.serving.stored = stored
        with self.generation.board.change() as state:
            state.ready = sorted({*state.ready, self.serving.number})

    # -- HTTP ----------------------------------------------------------------------------------------------------------

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._requests.add(task)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client went away, or is none
        finally:
            self._requests.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        fault = read_faults(self.generation.conf.prefix).status_api
        if fault == "hangs":
            await asyncio.sleep(3600)
        answer = None if fault == "off" else self._route(head.split(b"\r\n", 1)[0].decode("latin-1"))
        if answer is None:
            return
        code, body = answer
        payload = json.dumps(body).encode()
        writer.write(
            f"HTTP/1.1 {code} {_REASONS[code]}\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"Content-Length: {len(payload)}\r\nServer: kong/{KONG_VERSION}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(payload)
        await writer.drain()

    def _route(self, request_line: str) -> tuple[int, dict[str, Any]] | None:
        path = request_line.split(" ")[1].split("?")[0] if request_line.count(" ") == 2 else ""
        state = self.generation.board.read()
        if path == "/status":
            return status_api.status(state)
        if path == "/status/ready":
            return status_api.ready(state, self.generation.conf.workers)
        if path == "/lab/plugins":
            return status_api.served(self.serving)
        if path == "/lab/request":
            return status_api.request(self.serving, self.generation.vm)
        return 404, {"message": "Not found"}


def run_worker(generation: Generation, number: int) -> None:
    """The life of a freshly forked worker; returns when it may exit."""

    async def life() -> None:
        worker = Worker(generation, number)
        handlers = {signal.SIGUSR2: worker.take_announced, signal.SIGQUIT: worker.leave}
        _heed(generation, handlers)
        await worker.run()

    asyncio.run(life())


def run_agent(generation: Generation) -> None:
    """The life of the privileged agent, which talks to the control plane where no worker does."""

    async def life() -> None:
        set_title(AGENT_TITLE)
        # Its end is abrupt, as nginx's: the control plane sees no close frame.
        _heed(generation, {signal.SIGQUIT: _vanish})
        await Agent(generation).run()

    asyncio.run(life())


def _heed(generation: Generation, handlers: Mapping[signal.Signals, Callable[[], None]]) -> None:
    """Take signals from now on, and end when the master does. Children are forked with every signal blocked."""
    loop = asyncio.get_running_loop()
    every = {signal.SIGTERM: _vanish, signal.SIGUSR1: generation.log.reopen, **handlers}
    for number, handler in every.items():
        loop.add_signal_handler(number, handler)
    loop.add_reader(generation.lifeline, _vanish)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, every)


def _vanish() -> None:
    os._exit(0)
