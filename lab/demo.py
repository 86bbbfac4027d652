# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make demo``: what goes wrong by hand, and the same change taken to every node by a playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.site import furnish, release
from lab.world import ROOT, World

OLD, NEW = "1.0.0", "3.0.0"
COLOR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def main() -> int:
    """Run the demo; the exit status is 0 only if everything came out as announced."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kongops-demo-") as folder:
        say("1. A lab: one control plane, three nodes on edge-hints 1.0.0, six instances of it")
        with World(Path(folder), 3, plugins=[release(OLD)]) as world:
            instances = furnish(world, release(OLD))
            for instance in instances:
                state = "" if instance["enabled"] else " (disabled)"
                print(f"   instance {instance['instance_name']}{state}")
            print(f"   {len(world.nodes)} nodes are connected and in sync")
            by_hand(world, instances[1])
            good = by_playbook(world, Path(folder))
    say(f"Done in {time.monotonic() - begun:.0f} s; everything that was started is stopped.")
    return 0 if good else 1


def by_hand(world: World, instance: dict[str, Any]) -> None:
    """Upload the new schema, save one instance, look at the nodes, and put both back."""
    say("2. By hand: upload the schema of 3.0.0, which has no 'ttl' any more, and save one instance")
    world.upload_schema(release(NEW))
    save(world, instance, without="ttl")
    wait_until(lambda: all(node.rejections() for node in world.nodes), "the nodes did not reject the payload")
    print("   Every node rejects its whole configuration. The log of node1 says:\n")
    print(indented(last_rejection(world.nodes[0].log)))
    print("\n   Put back: the old schema, and the instance as it was.")
    world.upload_schema(release(OLD))
    save(world, instance)
    world.wait_in_sync()


def by_playbook(world: World, folder: Path) -> bool:
    """The same change by the playbook, twice; whether all came out as announced."""
    before = {node.name: node.rejections() for node in world.nodes}
    say("3. ansible-playbook kongops.konnect.update, with the same change")
    first = playbook(world, folder)
    world.wait_in_sync()
    [report] = (folder / "report").glob("*.json")
    plan = json.loads(report.read_text(encoding="utf-8"))["plan"]
    say("   Rejected payloads, as announced by the plan and as counted by the lab")
    print(f"   {'node':<8}{'announced':>10}{'observed':>10}")
    as_announced = True
    for node in world.nodes:
        announced, observed = plan["announced"].get(node.name, 0), node.rejections() - before[node.name]
        as_announced &= announced == observed
        print(f"   {node.name:<8}{announced:>10}{observed:>10}")
    say("4. The same command again")
    again = playbook(world, folder)
    verdicts = {
        "the update succeeded, and every node is in sync": first.status == 0,
        "rejections were as announced": as_announced,
        "the second run changed nothing": again.status == 0 and again.changed == 0,
    }
    say("5. Summary")
    for what, good in verdicts.items():
        print(f"   {'yes' if good else 'NO ':<4}{what}")
    return all(verdicts.values())


@dataclass(frozen=True)
class Run:
    """How a playbook ended, and how many tasks changed something."""

    status: int
    changed: int


def playbook(world: World, folder: Path) -> Run:
    """Run the update as an operator would, its output on the screen."""
    variables = {
        "control_plane": "default",
        "plugin_path": str(release(NEW)),
        "journal_dir": str(folder / "journal"),
        "report_dir": str(folder / "report"),
    }
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "kongops.konnect.update"]
    print(f"   $ ansible-playbook kongops.konnect.update -e plugin_path={release(NEW).relative_to(ROOT)}\n", flush=True)
    process = subprocess.Popen(
        [*command, "--inventory", str(world.inventory), "--extra-vars", json.dumps(variables)],
        env={
            **os.environ,
            **world.environment,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "0",
            "ANSIBLE_FORCE_COLOR": "1" if COLOR else "0",
            "ANSIBLE_LOCALHOST_WARNING": "0",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    changed = 0
    for line in process.stdout:
        print(f"   {line}" if line.strip() else line, end="", flush=True)
        changed += sum(map(int, re.findall(r"\bchanged=(\d+)", line)))
    return Run(process.wait(), changed)


def save(world: World, instance: dict[str, Any], *, without: str | None = None) -> None:
    """Save an instance as an operator does: read, change, PUT the whole."""
    body = {key: value for key, value in instance.items() if key not in ("created_at", "updated_at")}
    body["config"] = {key: value for key, value in body["config"].items() if key != without}
    world.api("PUT", f"core-entities/plugins/{instance['id']}", body)


def last_rejection(log: str) -> str:
    """The newest record of a rejected payload in a node's log, with its continuation lines."""
    lines = log.splitlines()
    first = max(number for number, line in enumerate(lines) if "unable to update running config" in line)
    last = next(number for number in range(first, len(lines)) if "context: ngx.timer" in lines[number])
    return "\n".join(lines[first : last + 1])


def wait_until(true: Callable[[], bool], complaint: str, seconds: float = 20) -> None:
    """Wait for something that the lab does by itself; ends the demo where it does not come."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            sys.exit(f"demo: {complaint}")
        time.sleep(0.1)


def say(text: str) -> None:
    """A headline."""
    print(f"\n\033[1m{text}\033[0m\n" if COLOR else f"\n{text}\n", flush=True)


def indented(text: str) -> str:
    return "\n".join(f"     {line}" for line in text.splitlines())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\ndemo: interrupted; everything that was started is stopped")
