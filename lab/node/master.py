# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The master process: reads ``.kong_env``, makes generations of workers, and does what signals say, as nginx's does.

SIGHUP: a new generation, or the old goes on when init_by_lua fails. SIGUSR1: reopen the log. SIGQUIT: leave when the
requests under way are done. SIGTERM and SIGINT: leave now.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from lab.kong import PluginLoadError
from lab.node.behaviour import read_faults, read_settings
from lab.node.board import Board
from lab.node.config import ConfigError, KongConf, load
from lab.node.counters import count
from lab.node.error_log import ErrorLog
from lab.node.generation import Generation, initialise, node_id
from lab.node.store import read_store
from lab.node.title import set_title
from lab.node.worker import run_agent, run_worker

_ENDINGS = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}
_HEEDED = {*_ENDINGS, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1}
_BLOCKED = {*_HEEDED, signal.SIGUSR2}
_PATIENCE_SECONDS = 2.0  # with a child that was told to leave now
_RESPAWN_SECONDS = 0.1
_INIT_BEFORE_READINESS_DROPS = 2 / 3  # 5 E: ready stays 200 a while after the command returned


class Master:
    """One node while it runs."""

    def __init__(self, conf: KongConf) -> None:
        """Load all plugins and bind the Status API; raises PluginLoadError or OSError, and then nothing runs."""
        self.conf = conf
        self.log = _log(conf)
        self.board = Board()
        self.listener = _listen(conf)
        self._lifeline, self._lifeline_held = os.pipe()
        node_id(conf)
        self.generation = initialise(conf, self.log, self.board, self.listener, self._lifeline)
        self._children: dict[int, Callable[[], None]] = {}  # of the serving generation, with what each does
        self._old: set[int] = set()

    def serve(self, on_running: Callable[[], object]) -> None:
        """Run until told to stop; ``on_running`` is called when the workers are forked."""
        set_title(f"nginx: master process nginx -p {self.conf.prefix} -c nginx.conf")
        signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        self.conf.pid_file.parent.mkdir(exist_ok=True)
        self.conf.pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
        count(self.conf.prefix, "starts")
        self._start_generation()
        on_running()
        while (number := signal.sigwait(_HEEDED)) not in _ENDINGS:
            if number == signal.SIGHUP:
                self._reload()
            elif number == signal.SIGUSR1:
                self._reopen_log()
            self._reap()
        self.conf.pid_file.unlink(missing_ok=True)
        self._stop(signal.Signals(number))

    # -- generations ---------------------------------------------------------------------------------------------------

    def _start_generation(self) -> None:
        generation = self.generation
        self.log.write("notice", "start worker processes")
        gc.freeze()  # what the children share with the master stays shared
        for number in range(generation.conf.workers):
            self._fork(generation, partial(run_worker, number=number))
        with self.board.change() as state:
            state.workers = list(self._children)
        if generation.conf.on("dedicated_config_processing"):
            self._fork(generation, run_agent)

    def _fork(self, generation: Generation, life: Callable[[Generation], None]) -> int:
        pid = os.fork()
        if pid == 0:
            os.close(self._lifeline_held)
            _live(self.log, lambda: life(generation))
        self._children[pid] = lambda: self._respawn(pid, life)
        return pid

    def _reload(self) -> None:
        faults = read_faults(self.conf.prefix)
        if faults.reload_ignored:
            return
        self.log.write("notice", "signal 1 (SIGHUP) received, reconfiguring")
        settings = read_settings(self.conf.prefix)
        time.sleep(settings.init_seconds * _INIT_BEFORE_READINESS_DROPS)
        with self.board.change() as state:
            state.ready = []
        time.sleep(settings.init_seconds * (1 - _INIT_BEFORE_READINESS_DROPS) + faults.reload_hangs)
        try:
            self._replace_generation()
        except PluginLoadError as error:
            self.log.write("error", f"init_by_lua error: {error}")
            count(self.conf.prefix, "failed_reloads")
        except (ConfigError, OSError) as error:
            self.log.write("emerg", str(error))
            count(self.conf.prefix, "failed_reloads")
        else:
            count(self.conf.prefix, "reloads")

    def _replace_generation(self) -> None:
        conf = load(self.conf.kong_env, {}, prefix=str(self.conf.prefix))
        log = _log(conf)
        same_address = conf.status_address == self.conf.status_address
        listener = self.listener if same_address else _listen(conf)
        self.generation = initialise(conf, log, self.board, listener, self._lifeline, after_reload=True)
        # The old workers have these open themselves.
        self.log.close()
        if self.listener is not None and not same_address:
            self.listener.close()
        self.conf, self.log, self.listener = conf, log, listener
        old, self._children = self._children, {}
        with self.board.change() as state:
            state.broken = []
            state.workers = []
        if not read_faults(conf.prefix).workers_never_come:
            self._start_generation()
        time.sleep(self.generation.settings.handover_seconds)
        self._old |= set(old)
        _signal_all(old, signal.SIGQUIT)

    def _reopen_log(self) -> None:
        self.log.reopen()
        _signal_all([*self._children, *self._old], signal.SIGUSR1)

    # -- ends ----------------------------------------------------------------------------------------------------------

    def _reap(self) -> None:
        """Bury dead children; one of the serving generation is replaced."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._old.discard(pid)
            respawn = self._children.pop(pid, None)
            if respawn is not None:
                self.log.write("alert", f"worker process {pid} exited on signal {status & 0x7F}")
                respawn()

    def _respawn(self, dead: int, life: Callable[[Generation], None]) -> None:
        time.sleep(_RESPAWN_SECONDS)
        fresh = replace(
            self.generation, stored=read_store(self.conf.prefix), announcement=self.board.read().announcement
        )
        born = self._fork(fresh, life)
        with self.board.change() as state:
            state.workers = [born if pid == dead else pid for pid in state.workers]

    def _stop(self, how: signal.Signals) -> None:
        children = {*self._children, *self._old}
        _signal_all(children, how)
        deadline = None if how == signal.SIGQUIT else time.monotonic() + _PATIENCE_SECONDS
        while children:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid:
                children.discard(pid)
                continue
            if deadline is not None and time.monotonic() > deadline:
                _signal_all(children, signal.SIGKILL)
            time.sleep(0.01)


def _live(log: ErrorLog, life: Callable[[], None]) -> None:
    """Run a child's life and end the process, whatever happens."""
    try:
        life()
    except Exception:
        log.write("alert", f"the lab itself failed: {traceback.format_exc()}")
        os._exit(1)
    finally:
        os._exit(0)


def _log(conf: KongConf) -> ErrorLog:
    return ErrorLog(conf.prefix, conf.values["proxy_error_log"], conf.values["log_level"])


def _listen(conf: KongConf) -> socket.socket | None:
    if conf.status_address is None:
        return None
    listener = socket.create_server(conf.status_address, backlog=64)
    listener.setblocking(False)
    return listener


def _signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def detach(master: Master) -> None:
    """Run ``master`` in a session of its own; returns once its workers are forked."""
    awaited, told = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.close(awaited)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1) if master.log.target == "/dev/stderr" else (0, 1, 2):
            os.dup2(null, descriptor)
        _live(master.log, lambda: master.serve(lambda: os.write(told, b"!")))
    os.close(told)
    os.read(awaited, 1)
    sys.stdout.flush()
