# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab node seen from outside: made in a directory, started, asked, broken, and stopped for good."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.node.behaviour import Faults, Settings, read_faults, write_faults, write_settings
from lab.node.config import PID_FILE
from lab.node.counters import read_counters
from lab.node.launcher import write_launcher
from lab.node.processes import children, command_line, running_pid

_MASTER = "nginx: master process"
_WORKER = "nginx: worker process"
_STOP_SECONDS = 3.0
_PORTS = (20000, 32000)
_COMMAND_SECONDS = 60.0


@dataclass(frozen=True)
class LabNode:
    """One node; everything of it lies in ``directory``."""

    name: str
    directory: Path
    status_api: str  # host:port

    @property
    def prefix(self) -> Path:
        return self.directory / "prefix"

    @property
    def plugin_root(self) -> Path:
        return self.directory / "plugins"

    @property
    def kong_conf(self) -> Path:
        return self.directory / "kong.conf"

    @property
    def command(self) -> Path:
        """Its ``kong``."""
        return self.directory / "bin" / "kong"

    @property
    def standard_error(self) -> Path:
        """Where what the node says on standard error is kept, as a container engine would."""
        return self.directory / "stderr.log"

    # -- making ------------------------------------------------------------------------------------------------------

    def create(self, conf: Mapping[str, str], settings: Settings, plugins: Iterable[Path] = ()) -> None:
        """Write all files; ``conf`` goes on top of what is usual. Plugins are copied in plainly, as people do."""
        for plugin in plugins:
            shutil.copytree(plugin, self.plugin_root / "kong" / "plugins" / plugin.name, dirs_exist_ok=True)
        self.prefix.mkdir(parents=True, exist_ok=True)
        usual = {
            "prefix": str(self.prefix),
            "lua_package_path": f"{self.plugin_root}/?.lua;;",
            "status_listen": self.status_api,
            "plugins": ",".join(["bundled", *(plugin.name for plugin in plugins)]),
        }
        self.kong_conf.write_text(
            "".join(f"{key} = {value}\n" for key, value in {**usual, **conf}.items()), encoding="utf-8"
        )
        write_settings(self.prefix, replace(settings, hostname=settings.hostname or self.name))
        write_launcher(self.command, self.kong_conf)

    # -- acting ------------------------------------------------------------------------------------------------------

    def spawn(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Run its ``kong`` without waiting. Standard error goes to a file: a node that logs there keeps it open."""
        with self.standard_error.open("a", encoding="utf-8") as errors:
            return subprocess.Popen(
                [str(self.command), *arguments],
                env={**_clean_environment(), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def kong(
        self, *arguments: str, environment: Mapping[str, str] | None = None, fails: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run its ``kong`` and wait; raises RuntimeError unless it ends with 0 (``fails``: with anything else)."""
        before = self.standard_error.stat().st_size if self.standard_error.exists() else 0
        process = self.spawn(*arguments, environment=environment)
        output, _ = process.communicate(timeout=_COMMAND_SECONDS)
        with self.standard_error.open(encoding="utf-8", errors="replace") as file:
            file.seek(before)
            errors = file.read()
        if (process.returncode != 0) != fails:
            raise RuntimeError(f"kong {' '.join(arguments)} on {self.name} ended with {process.returncode}: {errors}")
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def fail(self, **faults: Any) -> None:
        """Set faults, see ``behaviour.Faults``; those not named stay."""
        write_faults(self.prefix, replace(read_faults(self.prefix), **faults))

    def mend(self) -> None:
        """No fault any more."""
        write_faults(self.prefix, Faults())

    def stop(self) -> None:
        """End every process of the node, be it frozen or stuck."""
        stop_all([self])

    # -- asking ------------------------------------------------------------------------------------------------------

    @property
    def master(self) -> int | None:
        """The master's pid while it runs."""
        pid = running_pid(self.prefix / PID_FILE)
        return pid if pid is not None and command_line(pid).startswith(_MASTER) else None

    @property
    def workers(self) -> list[int]:
        """Pids of the workers that are not shutting down."""
        master = self.master
        return [] if master is None else [pid for pid, title in children(master).items() if title == _WORKER]

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Ask the status port; raises OSError (URLError) when nothing answers."""
        try:
            with urllib.request.urlopen(f"http://{self.status_api}{path}", timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    @property
    def config_hash(self) -> str:
        """What ``/status`` says."""
        return str(self.get("/status")[1]["configuration_hash"])

    @property
    def ready(self) -> bool:
        """What ``/status/ready`` says; a node that does not answer is not ready."""
        try:
            return self.get("/status/ready")[0] == 200
        except OSError:
            return False

    @property
    def serves(self) -> bool:
        """Whether the worker that happened to answer serves a configuration."""
        try:
            return self.get("/lab/plugins")[0] == 200
        except OSError:
            return False

    def counters(self) -> dict[str, Any]:
        """See ``counters.read_counters``."""
        return read_counters(self.prefix)

    def rejections(self) -> int:
        """How many payloads it refused in its whole life."""
        return len(self.counters()["rejected"])

    @property
    def log(self) -> str:
        """Its error log so far."""
        with suppress(FileNotFoundError):
            return (self.prefix / "logs" / "error.log").read_text(encoding="utf-8")
        return self.standard_error.read_text(encoding="utf-8") if self.standard_error.exists() else ""


def stop_all(nodes: Iterable[LabNode]) -> None:
    """End every process of the nodes: kindly first, and all at once."""
    nodes = list(nodes)
    masters = [node.master for node in nodes if node.master is not None]
    everyone = [pid for master in masters for pid in (master, *children(master))]
    _send(everyone, signal.SIGCONT)
    _send(masters, signal.SIGTERM)
    if not _gone(everyone):
        _send([*everyone, *(pid for master in masters for pid in children(master))], signal.SIGKILL)
        _gone(everyone)
    for node in nodes:
        (node.prefix / PID_FILE).unlink(missing_ok=True)


def free_address() -> str:
    """A loopback address for a Status API; not one that the kernel may give to a client meanwhile."""
    while True:
        port = random.randrange(*_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return f"127.0.0.1:{port}"


def _clean_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("KONG_")}


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _gone(pids: Iterable[int]) -> bool:
    deadline = time.monotonic() + _STOP_SECONDS
    while any(command_line(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
