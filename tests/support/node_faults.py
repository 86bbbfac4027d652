# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can befall one node at the moment of its visit, by way of the operator's task file ``drain``."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.node.handle import LabNode
from lab.node.processes import children
from lab.world import GROUP
from tests.support.connection import breakable
from tests.support.site import Site

PLUGINS = Path(breakable.__file__).resolve().parent
_STRIKE = """
- name: Strike the node, once
  ansible.builtin.command:
    cmd: /bin/sh {script}
    creates: {script}.done
  delegate_to: localhost
  when: inventory_hostname == '{victim}'
"""


@dataclass(frozen=True)
class NodeFault:
    """``script`` gives the commands that strike a node, as root where they mount; ``cure`` takes them back. ``ends`` is
    how the rollout ends, and ``told`` a part of what its report says."""

    script: Callable[[LabNode, Path], str]
    cure: Callable[[LabNode, Path], None]
    ends: str
    told: str
    mounts: bool = False

    @property
    def expected(self) -> str:
        """For people."""
        return (
            "all old, the others untouched" if self.ends == "failed" else "paused, the others untouched; then all old"
        )


def _faults(**given: Any) -> Callable[[LabNode, Path], str]:
    """Faults of the lab's node, see ``lab.node.behaviour.Faults``; written whole beneath the running node."""

    def script(node: LabNode, _folder: Path) -> str:
        node.fail(**given)
        file = node.prefix / "lab-faults.json"
        ready = file.with_suffix(".ready")
        file.rename(ready)
        return f"mv '{ready}' '{file}'"

    return script


def _mend(node: LabNode, _folder: Path) -> None:
    node.mend()


def _pids(node: LabNode) -> list[int]:
    return [node.master, *children(node.master)] if node.master else []


def _thaw(node: LabNode, _folder: Path) -> None:
    for pid in _pids(node):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _disk_full(node: LabNode, _folder: Path) -> str:
    """The releases move to a disk of their own, which is filled up."""
    place = node.plugin_root / "releases"
    kept = node.directory / "kept"
    return (
        f"mkdir -p '{place}' && rm -rf '{kept}' && cp -a '{place}' '{kept}'"
        f" && mount -t tmpfs -o size=1m,mode=755 none '{place}' && cp -a '{kept}/.' '{place}'"
        f" && ! dd if=/dev/zero of='{place}/.full' bs=4k 2>/dev/null"
    )


def _read_only(node: LabNode, _folder: Path) -> str:
    place = node.plugin_root / "releases"
    return f"mkdir -p '{place}' && mount --bind '{place}' '{place}' && mount -o remount,ro,bind '{place}'"


def _unmount(node: LabNode, _folder: Path) -> None:
    subprocess.run(["umount", node.plugin_root / "releases"], check=False, capture_output=True)


def _killing_command(node: LabNode, _folder: Path) -> str:
    """``kong`` is replaced, until it is called once, by one that kills the visit."""
    real = node.command.with_suffix(".real")
    lines = f'#!/bin/sh\\ncase $1 in reload) mv {real} {node.command}; kill -9 $PPID;; *) exec {real} "$@";; esac\\n'
    return f"mv {node.command} {real} && printf '{lines}' > {node.command} && chmod 755 {node.command}"


def _give_command_back(node: LabNode, _folder: Path) -> None:
    real = node.command.with_suffix(".real")
    if real.exists():
        real.replace(node.command)


def _ill_settings(node: LabNode, _folder: Path) -> str:
    return f"sed -i 's/edge-hints/edge-hints,not-installed/' {node.kong_conf}"


def _right_settings(node: LabNode, _folder: Path) -> None:
    node.kong_conf.write_text(node.kong_conf.read_text().replace(",not-installed", ""))


NODE_FAULTS = {
    "unreachable": NodeFault(
        lambda node, folder: f"touch '{folder / 'broken' / node.name}'",
        lambda node, folder: (folder / "broken" / node.name).unlink(missing_ok=True),
        "failed",
        "unreachable",
    ),
    "frozen": NodeFault(
        lambda node, folder: f"kill -STOP {' '.join(map(str, _pids(node)))}", _thaw, "inconclusive", "no new workers"
    ),
    "killed during the switch": NodeFault(_killing_command, _give_command_back, "failed", "Killed"),
    "disk full": NodeFault(_disk_full, _unmount, "failed", "cannot ", mounts=True),
    "read-only": NodeFault(_read_only, _unmount, "failed", "ead-only", mounts=True),
    "cannot load": NodeFault(_ill_settings, _right_settings, "failed", "not-installed"),
    "hanging reload": NodeFault(_faults(reload_hangs=60.0), _mend, "inconclusive", "no new workers"),
    "not ready": NodeFault(_faults(not_ready=60.0), _mend, "inconclusive", "not ready"),
    "never in sync": NodeFault(_faults(no_control_plane=True), _mend, "inconclusive", "did not come"),
}


class Struck:
    """One node of a site, struck when a playbook comes to it; cured at the end."""

    def __init__(self, site: Site, number: int, fault: str) -> None:
        self._site, self.node, self._fault = site, site.world.nodes[number], NODE_FAULTS[fault]
        self._script = site.folder / "strike.sh"

    def __enter__(self) -> dict[str, Any]:
        """What the playbook needs, as arguments of ``Site.playbook``."""
        if self._fault.mounts and os.geteuid() != 0:
            pytest.skip("only root can mount")
        folder = self._site.folder
        (folder / "broken").mkdir(exist_ok=True)
        self._script.write_text(self._fault.script(self.node, folder))
        hook = folder / "drain.yml"
        hook.write_text(_STRIKE.format(script=self._script, victim=self.node.name))
        self._script.write_text(f"{self._script.read_text()}\n: > '{self._script}.done'\n")
        return {"hooks": {"drain": str(hook)}, "env": self.environment}

    def __exit__(self, *_why: object) -> None:
        self._fault.cure(self.node, self._site.folder)
        Path(f"{self._script}.done").unlink(missing_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        return {"ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS), "KONGOPS_BROKEN": str(self._site.folder / "broken")}


def breakable_inventory(site: Site) -> Path:
    """The site's inventory, with connections that can be broken."""
    content = yaml.safe_load(site.world.inventory.read_text(encoding="utf-8"))
    for host in content["all"]["children"][GROUP]["hosts"].values():
        host["ansible_connection"] = "breakable"
    inventory = site.folder / "breakable.yml"
    inventory.write_text(yaml.safe_dump(content), encoding="utf-8")
    return inventory
