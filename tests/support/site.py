# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site: a lab with the example plugin on three nodes, and the playbooks of the collection to run against it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.node.behaviour import QUICK
from lab.node.processes import children
from lab.site import furnish, release
from lab.world import ROOT, World

RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
BASE = "1.0.0"
# Many times what the slowest playbook takes on a quiet machine; who gets there hangs.
LONGEST_PLAYBOOK = 400


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook: its exit status and all it printed."""

    status: int
    output: str

    @property
    def changed(self) -> int:
        """How many tasks changed something, all hosts together."""
        return sum(int(row[1]) for row in RECAP.findall(self.output))

    @property
    def unwrapped(self) -> str:
        """The output with every run of white space as one blank, to find sentences in."""
        return " ".join(self.output.split())


@dataclass
class Site:
    """A running lab, the instances on it, and a folder for what the playbooks write."""

    world: World
    folder: Path
    instances: list[dict[str, Any]]
    environment: dict[str, str] = field(default_factory=dict)

    def playbook(self, name: str, *arguments: str, env: dict[str, str] | None = None, **variables: Any) -> Run:
        """Run ``kongops.konnect.<name>``, or a file, as an operator would; variables go by ``--extra-vars``."""
        return self.ended(self.start(name, *arguments, env=env, **variables))

    def run_file(self, file: Path, **variables: Any) -> Run:
        """Run a playbook of the test's own."""
        command = [str(Path(sys.executable).parent / "ansible-playbook"), str(file)]
        done = subprocess.run(
            [*command, "--inventory", str(self.world.inventory), "--extra-vars", json.dumps(variables)],
            env={**clean_environment(self.folder), **self.world.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_PLAYBOOK,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def start(
        self, name: str, *arguments: str, env: dict[str, str] | None = None, **variables: Any
    ) -> subprocess.Popen[str]:
        """The same, running; in a session of its own, so that it can be killed with all that it started."""
        given = {
            "control_plane": "default",
            "journal_dir": str(self.folder / "journal"),
            "report_dir": str(self.folder / "report"),
            **variables,
        }
        given = {key: value for key, value in given.items() if value is not None}
        inventory = [] if "--inventory" in arguments else ["--inventory", str(self.world.inventory)]
        return subprocess.Popen(
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                name if name.endswith(".yml") else f"kongops.konnect.{name}",
                *inventory,
                "--extra-vars",
                json.dumps(given),
                *arguments,
            ],
            env={**clean_environment(self.folder), **self.world.environment, **self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def journal(self) -> list[dict[str, Any]]:
        """What the journal says so far."""
        lines = [line for file in (self.folder / "journal").glob("*.jsonl") for line in file.read_text().splitlines()]
        return [json.loads(line) for line in lines]

    def wait_for(self, process: subprocess.Popen[str], step: str, event: str, seconds: float = 120) -> None:
        """Wait until the journal of a running playbook has a new entry of this kind."""
        begun = time.time()
        while not any((one["step"], one["event"]) == (step, event) and one["at"] > begun for one in self.journal()):
            if process.poll() is not None or time.time() > begun + seconds:
                raise AssertionError(f"{step} {event} never came:\n{self.kill(process)}")
            time.sleep(0.01)

    def kill_when(self, process: subprocess.Popen[str], step: str, event: str, seconds: float = 120) -> None:
        """Kill a running playbook as soon as its journal has this entry."""
        self.wait_for(process, step, event, seconds)
        self.kill(process)

    def kill(self, process: subprocess.Popen[str]) -> str:
        """End a playbook with all that it started, whatever sessions its workers are in; what it had printed."""
        tree = [process.pid]
        for pid in tree:
            # One that is stopped makes no more children while these are counted.
            _signal(pid, signal.SIGSTOP)
            tree += children(pid)
        for pid in tree:
            _signal(pid, signal.SIGKILL)
        return process.communicate()[0]

    def ended(self, process: subprocess.Popen[str]) -> Run:
        """A playbook that was started, once it is over; one that does not end is killed and fails the test."""
        try:
            output, _errors = process.communicate(timeout=LONGEST_PLAYBOOK)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end in {LONGEST_PLAYBOOK} s:\n{self.kill(process)}") from None
        return Run(process.returncode, output)

    def update(self, version: str, **variables: Any) -> Run:
        """Run the update to a version of the example plugin."""
        return self.playbook("update", plugin_path=str(release(version)), **variables)

    @property
    def plan(self) -> dict[str, Any]:
        """The plan of the last rollout, from its report."""
        newest = max((self.folder / "report").glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        found: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))["plan"]
        return found

    def rejections(self) -> dict[str, int]:
        """How many payloads each node has rejected so far, as the lab counts."""
        return {node.name: node.rejections() for node in self.world.nodes}

    def schema(self) -> str:
        """What the control plane has as the plugin's schema."""
        answer = self.world.api("GET", "core-entities/plugin-schemas/edge-hints")
        return str(answer["item"]["lua_schema"])

    def configs(self) -> dict[str, dict[str, Any]]:
        """What the control plane stores, by the instances' names."""
        rows = self.world.api("GET", "core-entities/plugins?size=1000")["data"]
        return {row["instance_name"]: row["config"] for row in rows if row["name"] == "edge-hints"}

    def stored(self) -> dict[str, dict[str, Any]]:
        """Every instance as the control plane has it, its times aside."""
        rows = self.world.api("GET", "core-entities/plugins?size=1000")["data"]
        return {
            row["id"]: {key: value for key, value in row.items() if key not in ("created_at", "updated_at")}
            for row in rows
        }

    def on_disk(self) -> dict[str, str]:
        """The version of the handler that each node would load."""
        found = {}
        for node in self.world.nodes:
            text = (node.plugin_root / "kong/plugins/edge-hints/handler.lua").read_text(encoding="utf-8")
            found[node.name] = re.search(r'VERSION = "([^"]+)"', text)[1]  # type: ignore[index]
        return found


@contextmanager
def site(folder: Path, *, nodes: int = 3, instances: bool = True, **options: Any) -> Iterator[Site]:
    """A site on the base version of the example plugin."""
    with World(folder / "lab", nodes, plugins=[release(BASE)], **options) as world:
        if instances:
            made = furnish(world, release(BASE))
        else:
            world.upload_schema(release(BASE))
            made = []
        yield Site(world, folder, made)


@contextmanager
def brisk_site(folder: Path, *, nodes: int = 3) -> Iterator[Site]:
    """The same, where nothing takes longer than it has to."""
    with site(folder, nodes=nodes, settings=QUICK, coalesce_seconds=0.2) as made:
        made.environment["ANSIBLE_PIPELINING"] = "1"
        yield made


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def clean_environment(folder: Path) -> dict[str, str]:
    """Ours, without the settings of whoever runs the tests."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "KONNECT_", "KONG_"))}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
