# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run does to nodes, seen from outside: its remote executions, and how long each node refuses its payloads."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import yaml

from lab.node.handle import LabNode
from lab.world import GROUP, World

PLUGINS = Path(__file__).resolve().parent / "connection"
_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class Executions:
    """An inventory whose nodes are reached by a connection that counts; ``environment`` belongs to the run."""

    inventory: Path
    file: Path

    @classmethod
    def of(cls, world: World, folder: Path) -> Executions:
        content = yaml.safe_load(world.inventory.read_text(encoding="utf-8"))
        for host in content["all"]["children"][GROUP]["hosts"].values():
            host["ansible_connection"] = "counted"
        inventory = folder / "counted.yml"
        inventory.write_text(yaml.safe_dump(content), encoding="utf-8")
        return cls(inventory, folder / "executions")

    @property
    def environment(self) -> dict[str, str]:
        return {"ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS), "KONGOPS_EXECUTIONS": str(self.file)}

    def take(self) -> dict[str, list[tuple[float, float]]]:
        """By host the begin and end of each execution since the last call."""
        found: dict[str, list[tuple[float, float]]] = {}
        for line in self.file.read_text(encoding="utf-8").splitlines():
            host, begun, ended = line.split(" ")
            found.setdefault(host, []).append((float(begun), float(ended)))
        self.file.unlink()
        return found


@dataclass
class Gaps:
    """While it runs, watches when each node takes a payload other than the one it had."""

    nodes: list[LabNode]
    ended: dict[str, float] = field(default_factory=dict)
    _before: dict[str, str] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Gaps:
        self._before = {node.name: node.config_hash for node in self.nodes}
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            for node in self.nodes:
                with suppress(OSError):
                    if node.name not in self.ended:
                        self._look(node)

    def _look(self, node: LabNode) -> None:
        config_hash = node.config_hash
        if not node.rejections():
            self._before[node.name] = config_hash
        elif config_hash != self._before[node.name] and node.ready:
            self.ended[node.name] = time.time()

    def began(self) -> dict[str, float]:
        """When each node refused its first payload; nodes that refused none are not in it."""
        times = {node.name: [one["time"] for one in node.counters()["rejected"]] for node in self.nodes}
        return {name: min(found) for name, found in times.items() if found}

    def seconds(self) -> dict[str, float]:
        """How long each node that refused a payload did without one."""
        return {name: self.ended[name] - begun for name, begun in self.began().items()}
