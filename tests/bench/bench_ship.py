# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of 2 files (17 kB) to 20 and 50 hosts over ssh: the role everybody writes, ``ping``, tar over ssh, and us.

``python -m tests.bench.bench_ship [--quick]`` prints a table. Hosts are namespaces of this machine with an sshd each
(tests/hosts/fleet.py), so what the hosts do is charged to the same cores as the controller. Ansible runs with 25
forks, pipelining and ControlPersist, without facts, the interpreter named; every run opens its connections anew. Cold:
the host has no release. Warm: the same run again. Medians; the rounds are in ROUNDS. Memory is the peak of the whole
process tree's proportional share (PSS), taken in runs of their own.

It fails when an aim is missed: ROLE, PING and TAR below, growth from 5 to 50 hosts no worse than linear, and MEMORY.
"""

from __future__ import annotations

import json
import os
import random
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tests.conftest  # noqa: F401  makes the collection importable
from tests.hosts.fleet import GROUP, PORT, Fleet, Host, why_not

SIZES = (20, 50)
SMALL = 5
FORKS = 25
FILES = {"schema.lua": 3_300, "handler.lua": 13_600}
ROOT = "/opt/kong-plugins"
# The role and ping are far from their aims, and take most of the time.
ROUNDS = {"ours": 5, "ping": 5, "raw": 5, "tar": 5, "role": 3}

ROLE, PING, TAR, MEMORY = 6.0, 1.6, 1.5, 1.2
"""At least so many times faster than the role and than ping; at most so many times the time of tar, memory of ping."""


def make_plugin(folder: Path) -> Path:
    """A plugin of the usual size, with contents that do not compress to nothing."""
    plugin = folder / "probe"
    plugin.mkdir()
    letters = random.Random(6)
    for name, size in FILES.items():
        text = "".join(letters.choices("abcdefghijklmnopqrstuvwxyz_=(){}\n ", k=size))
        (plugin / name).write_text(text, encoding="utf-8")
    return plugin


def write_playbooks(folder: Path, plugin: Path) -> dict[str, Path]:
    """One playbook for each way that is Ansible's."""
    target = f"{ROOT}/kong/plugins/{plugin.name}"
    role = folder / "roles" / "deploy" / "tasks"
    role.mkdir(parents=True)
    tasks: list[dict[str, Any]] = [
        {"name": "Directory", "ansible.builtin.file": {"path": target, "state": "directory", "mode": "0755"}},
        *(
            {"name": name, "ansible.builtin.copy": {"src": str(plugin / name), "dest": f"{target}/", "mode": "0644"}}
            for name in FILES
        ),
    ]
    (role / "main.yml").write_text(json.dumps(tasks), encoding="utf-8")
    plays: dict[str, dict[str, Any]] = {
        "role": {"roles": ["deploy"]},
        # Not compared with: the least that Ansible can do without Python on the host.
        "raw": {"tasks": [{"name": "Nothing", "ansible.builtin.raw": "true"}]},
        "ping": {"tasks": [{"name": "Ping", "ansible.builtin.ping": {}}]},
        "ours": {"tasks": [{"name": "Ship", "kongops.konnect.plugin_release": {"path": str(plugin)}}]},
    }
    files = {}
    for name, play in plays.items():
        files[name] = folder / f"{name}.yml"
        files[name].write_text(json.dumps([{"hosts": GROUP, "gather_facts": False, **play}]), encoding="utf-8")
    return files


@dataclass
class Bench:
    """Hosts, and one way after the other to bring the plugin to some of them."""

    fleet: Fleet
    plugin: Path
    playbooks: dict[str, Path]

    def command(self, way: str, hosts: Sequence[Host]) -> list[str]:
        if way == "tar":
            target = f"{ROOT}/kong/plugins/{self.plugin.name}"
            there = shlex.quote(f"mkdir -p {target} && tar -C {target} -xf -")
            ssh = shlex.join(["ssh", *hosts[0].ssh_options, "-p", str(PORT)])
            one = f"tar -C {shlex.quote(str(self.plugin))} -cf - . | {ssh} root@{{}} {there}"
            addresses = " ".join(host.address for host in hosts)
            return ["sh", "-c", f"echo {addresses} | xargs -n1 | xargs -P{FORKS} -I{{}} sh -c {shlex.quote(one)}"]
        inventory = self.fleet.inventory(hosts, ansible_python_interpreter=os.path.realpath(sys.executable))
        return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), str(self.playbooks[way])]

    def run(self, way: str, hosts: Sequence[Host], watch: Callable[[int], None] | None = None) -> float:
        """Seconds of one run; raises RuntimeError when it did not succeed."""
        sockets = Path(tempfile.mkdtemp(prefix="ko-", dir="/tmp"))
        environment = {
            **self.fleet.environment,
            "ANSIBLE_FORKS": str(FORKS),
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(sockets),
        }
        begun = time.perf_counter()
        process = subprocess.Popen(
            self.command(way, hosts),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if watch:
            threading.Thread(target=watch, args=(process.pid,), daemon=True).start()
        output, _ = process.communicate()
        spent = time.perf_counter() - begun
        for socket in sockets.iterdir():
            subprocess.run(["ssh", "-O", "exit", "-o", f"ControlPath={socket}", "x"], capture_output=True, check=False)
        shutil.rmtree(sockets)
        if process.returncode:
            raise RuntimeError(f"{way} ended with {process.returncode}: {output[-2000:]}")
        return spent

    def clear(self) -> None:
        """Take the plugin off every host."""
        for host in self.fleet.hosts:
            shutil.rmtree(host.root / ROOT.lstrip("/"), ignore_errors=True)

    def measure(self, hosts: Sequence[Host], rounds: dict[str, int]) -> dict[str, tuple[float, float]]:
        """By way, the medians of cold and warm."""
        times: dict[str, list[tuple[float, float]]] = {way: [] for way in rounds}
        for number in range(max(rounds.values())):
            for way in [way for way, count in rounds.items() if number < count]:
                self.clear()
                times[way].append((self.run(way, hosts), self.run(way, hosts)))
        return {
            way: (statistics.median(cold for cold, _ in pairs), statistics.median(warm for _, warm in pairs))
            for way, pairs in times.items()
        }

    def memory(self, way: str, hosts: Sequence[Host]) -> float:
        """Peak megabytes of the controller's processes."""
        peak = 0.0

        def watch(pid: int) -> None:
            nonlocal peak
            while Path(f"/proc/{pid}/smaps_rollup").exists():
                peak = max(peak, sum(_share(one) for one in _tree(pid)) / 1024)
                time.sleep(0.05)

        self.clear()
        self.run(way, hosts, watch)
        return peak


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with suppress(OSError):
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii").split())
    return found


def _share(pid: int) -> int:
    """Kilobytes of a process, what it shares with others divided among them."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


@dataclass(frozen=True)
class Aim:
    """One line of the verdict: what was measured, and whether it is as wished."""

    text: str
    ratio: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        return (self.at_least is None or self.ratio >= self.at_least) and (
            self.at_most is None or self.ratio <= self.at_most
        )

    def __str__(self) -> str:
        wish = f"at least {self.at_least}" if self.at_least is not None else f"at most {self.at_most}"
        return f"{self.text:<48}{self.ratio:>7.2f}   {wish:<14}{'yes' if self.met else 'MISSED'}"


def judge(many: dict[int, dict[str, tuple[float, float]]], small: float, memory: dict[str, float]) -> list[Aim]:
    aims = []
    for size, times in many.items():
        for column, state in enumerate(("cold", "warm")):
            ours = times["ours"][column]
            aims += [
                Aim(f"{size} hosts, {state}: role / ours", times["role"][column] / ours, at_least=ROLE),
                Aim(f"{size} hosts, {state}: ping / ours", times["ping"][column] / ours, at_least=PING),
                Aim(f"{size} hosts, {state}: ours / tar", ours / times["tar"][column], at_most=TAR),
            ]
    most = max(many)
    aims.append(
        Aim(f"growth {SMALL} to {most} hosts, linear = 1", many[most]["ours"][0] / small * SMALL / most, at_most=1)
    )
    aims.append(Aim(f"memory on {most} hosts: ours / ping", memory["ours"] / memory["ping"], at_most=MEMORY))
    return aims


def main(arguments: Sequence[str] = ()) -> int:
    reason = why_not()
    if reason:
        print(f"ship: skipped, {reason}")
        return 0
    quick = "--quick" in arguments
    sizes = SIZES[:1] if quick else SIZES
    with tempfile.TemporaryDirectory(prefix="kongops-ship-") as name:
        folder = Path(name)
        plugin = make_plugin(folder)
        shells = {f"h{number}": "dash" for number in range(1, max(sizes) + 1)}
        with Fleet(folder, shells, size="16m") as fleet:
            bench = Bench(fleet, plugin, write_playbooks(folder, plugin))
            bench.run("ping", fleet.hosts)
            many = {}
            for size in sizes:
                rounds = dict.fromkeys(ROUNDS, 1) if quick else ROUNDS
                many[size] = bench.measure(fleet.hosts[:size], rounds)
                for way, (cold, warm) in many[size].items():
                    print(
                        f"{size:>3} hosts  {way:<5} cold {cold:6.2f} s  warm {warm:6.2f} s  ({rounds[way]} rounds)",
                        flush=True,
                    )
            small = bench.measure(fleet.hosts[:SMALL], {"ours": 1 if quick else ROUNDS["ours"]})["ours"][0]
            memory = {way: bench.memory(way, fleet.hosts) for way in ("ours", "ping")}
    print(f"{SMALL:>3} hosts  ours  cold {small:6.2f} s")
    print(f"peak memory on {max(sizes)} hosts: ours {memory['ours']:.0f} MB, ping {memory['ping']:.0f} MB")
    aims = judge(many, small, memory)
    print(*aims, sep="\n")
    return 0 if all(aim.met for aim in aims) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
