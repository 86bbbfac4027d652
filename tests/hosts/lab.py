# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab whose control plane is here and whose nodes run on hosts. Molecule starts and stops it by

    python -m tests.hosts.lab up FOLDER PORT NAME=ADDRESS ...
    python -m tests.hosts.lab down FOLDER

with the token in KONNECT_TOKEN and the hosts' files in FOLDER.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lab.node.handle import LabNode
from lab.node.processes import command_line
from lab.site import furnish, release
from lab.world import ROOT, World
from tests.hosts.fleet import Host
from tests.hosts.node import DIRECTORY

BASE = "1.0.0"
STATUS_PORT = 8100
SECONDS = 30.0


def settings_of(host: Host) -> dict[str, str]:
    """The variables of our playbooks for the node on a host."""
    return {
        "kong_command": str(DIRECTORY / "bin" / "kong"),
        "kong_conf": str(DIRECTORY / "kong.conf"),
        "kong_prefix": str(DIRECTORY / "prefix"),
        "plugin_root": str(DIRECTORY / "plugins"),
    }


def node_on(host: Host) -> LabNode:
    """The node of a host, its files as seen from here."""
    return LabNode(host.name, host.root / DIRECTORY.relative_to("/"), f"{host.address}:{STATUS_PORT}")


def start_node(host: Host, outlet: str, plugins: Sequence[Path]) -> LabNode:
    """Make and start a node, by ssh and without Ansible."""
    node = node_on(host)
    words = [sys.executable, str(ROOT / "tests/hosts/node.py"), host.name, node.status_api, outlet, *map(str, plugins)]
    host.ssh(shlex.join(words))
    return node


def control_plane(folder: Path, port: int, token: str) -> World:
    """A control plane that goes on when this process ends, as a world without nodes of its own."""
    file = folder / "control-plane.json"
    folder.mkdir(parents=True)
    with (folder / "control-plane.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "lab.control_plane", "--state", str(folder), "--port", str(port), "--token", token],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    world = World(folder, 0)
    deadline = time.monotonic() + SECONDS
    while not world.control_plane:
        with suppress(FileNotFoundError):
            world.control_plane = json.loads(file.read_text(encoding="utf-8"))
        if time.monotonic() > deadline:
            raise RuntimeError(f"the control plane did not start: see {folder / 'control-plane.log'}")
        time.sleep(0.05)
    return world


def up(folder: Path, port: int, hosts: Sequence[Host], token: str) -> World:
    """A control plane, a node on every host, the example plugin and its instances; all in sync."""
    world = control_plane(folder / "lab", port, token)
    world.nodes = [start_node(host, world.control_plane["outlet"], [release(BASE)]) for host in hosts]
    furnish(world, release(BASE))
    return world


def down(folder: Path) -> None:
    """End the control plane; nodes end with their hosts."""
    with suppress(FileNotFoundError):
        pid = json.loads((folder / "lab" / "control-plane.json").read_text(encoding="utf-8"))["pid"]
        if "lab.control_plane" in command_line(pid):
            os.kill(pid, signal.SIGTERM)


def main(action: str, folder: str, *rest: str) -> None:
    if action == "down":
        down(Path(folder))
        return
    port, *names = rest
    hosts = [Host(name, address, "", Path(folder)) for name, _, address in (text.partition("=") for text in names)]
    up(Path(folder), int(port), hosts, os.environ["KONNECT_TOKEN"])


if __name__ == "__main__":
    main(*sys.argv[1:])
