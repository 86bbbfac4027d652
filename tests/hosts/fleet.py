# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts to reach by ssh: made by molecule/hosts.sh, and told to Ansible by an inventory."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.world import ROOT
from tests.support.site import clean_environment

SCRIPT = ROOT / "molecule" / "hosts.sh"
PORT = 2222
GROUP = "data_planes"
RESULT = re.compile(r"^(ok|changed|fatal): \[(\S+)\].*? => (?={)", re.MULTILINE)
NEEDED = ("sshd", "ssh", "unshare", "busybox", "dash")


def why_not() -> str | None:
    """Why there can be no hosts on this machine; None where there can."""
    if os.geteuid() != 0:
        return "needs root: namespaces and overlay mounts"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if missing:
        return f"needs {', '.join(missing)} (apt-get install openssh-server openssh-client util-linux busybox dash)"
    if ROOT.stat().st_dev != Path("/").stat().st_dev:
        return "the checkout is not on the root file system, which is all that hosts see"
    if subprocess.run(["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "true"], check=False).returncode:
        return "namespaces are not allowed here"
    return None


@dataclass(frozen=True)
class Host:
    """One host; ``shell`` is what /bin/sh is there."""

    name: str
    address: str
    shell: str
    state: Path

    @property
    def folder(self) -> Path:
        return self.state / "hosts" / self.name

    @property
    def root(self) -> Path:
        """Its file system as seen from here, without what is mounted inside (/run, /tmp, /dev)."""
        return self.folder / "root"

    @property
    def pid(self) -> int:
        """Of the process that all others of the host hang on."""
        return int((self.folder / "pid").read_text(encoding="ascii"))

    @property
    def ssh_options(self) -> list[str]:
        return [
            *("-F", "none", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"),
            *("-o", f"UserKnownHostsFile={self.state / 'known_hosts'}", "-i", str(self.state / "key")),
        ]

    def ssh(
        self, command: str, *, given: bytes = b"", user: str = "root", fails: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command by plain ssh; raises CalledProcessError unless it ends with 0 (``fails``: however it ends)."""
        return subprocess.run(
            ["ssh", *self.ssh_options, "-p", str(PORT), f"{user}@{self.address}", command],
            input=given,
            capture_output=True,
            timeout=120,
            check=not fails,
        )

    def enter(self, command: str) -> None:
        """Run a command inside, with the tools of this machine and not by ssh: to break things."""
        subprocess.run(
            ["nsenter", "-t", str(self.first), "--all", "--root", "--wd=/", "/usr/bin/env", "-i", *_BREAKING, command],
            check=True,
            capture_output=True,
            timeout=60,
        )

    @property
    def first(self) -> int:
        """The first process inside: its sshd."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        return int(children[0])

    def freeze(self) -> None:
        """Nothing on the host goes on; the kernel still takes connections for it."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        everyone = [self.first]
        for pid in everyone:
            everyone += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())
            os.kill(pid, number)

    def die(self) -> None:
        """Every process of the host ends, as if the power went."""
        os.kill(self.pid, signal.SIGKILL)


_BREAKING = ("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "/usr/bin/bash", "-c")


@dataclass(frozen=True)
class Run:
    """One run of Ansible: its exit status, all it printed, by host what the task returned, and where it failed."""

    status: int
    output: str
    results: Mapping[str, dict[str, Any]]
    failed: frozenset[str]

    def failure(self, host: Host) -> str:
        """The one message of a host that failed or was unreachable."""
        assert host.name in self.failed, self.output
        assert "Traceback" not in self.output
        return str(self.results[host.name]["msg"])


class Fleet:
    """``with Fleet(folder, {"h1": "bash", ...}) as fleet:``; the end, however it comes, takes every host away."""

    def __init__(self, folder: Path, shells: Mapping[str, str], *, size: str = "64m") -> None:
        self.folder = folder
        self.state = folder / "hosts"
        self.size = size
        # Addresses of its own: another run on this machine may have hosts too.
        network = f"127.{random.randrange(1, 255)}.{random.randrange(255)}"
        self.hosts = [
            Host(name, f"{network}.{number}", shell, self.state)
            for number, (name, shell) in enumerate(shells.items(), 1)
        ]
        # A socket's path must be short; pytest's folders are not.
        self._sockets = Path(tempfile.mkdtemp(prefix="ko-", dir="/tmp"))

    def __enter__(self) -> Fleet:
        self._before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            self._script("up", *(f"{host.name}={host.address},{host.shell}" for host in self.hosts))
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def __getitem__(self, name: str) -> Host:
        return next(host for host in self.hosts if host.name == name)

    def down(self) -> None:
        """Take every host away; safe to call again."""
        self._script("down")
        signal.signal(signal.SIGTERM, self._before)
        shutil.rmtree(self._sockets, ignore_errors=True)

    def _script(self, action: str, *arguments: str) -> None:
        done = subprocess.run(
            ["bash", str(SCRIPT), action, str(self.state), *arguments],
            env={**os.environ, "HOST_SIZE": self.size, "HOST_PORT": str(PORT)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"hosts.sh {action}: {done.stderr.strip()}")

    def inventory(self, hosts: Sequence[Host] | None = None, **variables: Any) -> Path:
        """An inventory of these hosts (all of them by default) in the group ``data_planes``."""
        group = {
            host.name: {"ansible_host": host.address, "ansible_ssh_common_args": shlex.join(host.ssh_options)}
            for host in (self.hosts if hosts is None else hosts)
        }
        given = {"ansible_port": PORT, "ansible_user": "root", **variables}
        file = self.folder / "inventory.json"
        file.write_text(
            json.dumps({"all": {"children": {GROUP: {"hosts": group, "vars": given}}}}, indent=1), encoding="utf-8"
        )
        return file

    @property
    def environment(self) -> dict[str, str]:
        """For Ansible: nothing of the user's, sockets in a short place."""
        return {
            **clean_environment(self.folder),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self._sockets),
            "ANSIBLE_SSH_RETRIES": "0",
        }

    def revive(self, host: Host) -> None:
        """Switch a dead host on again."""
        self._script("again", f"{host.name}={host.address}")

    def task(
        self, action: str, arguments: Mapping[str, Any], on: Sequence[Host] | None = None, **variables: Any
    ) -> Run:
        """One task on these hosts, all by default; ``variables`` go into the inventory."""
        play = [{"hosts": GROUP, "gather_facts": False, "tasks": [{"name": "It", action: dict(arguments)}]}]
        playbook = self.folder / "task.json"
        playbook.write_text(json.dumps(play), encoding="utf-8")
        program = Path(sys.executable).parent / "ansible-playbook"
        done = subprocess.run(
            [str(program), str(playbook), "-v", "-i", str(self.inventory(on, **variables))],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=400,
            check=False,
        )
        found = list(RESULT.finditer(done.stdout))
        results = {match[2]: json.JSONDecoder().raw_decode(done.stdout, match.end())[0] for match in found}
        failed = frozenset(match[2] for match in found if match[1] == "fatal")
        return Run(done.returncode, done.stdout, results, failed)


if __name__ == "__main__":
    print(why_not() or "")
