# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong when a node is reloaded, over ssh: each failure has its verdict and advice, none passes for a proof.

Every host has a lab node with a real node's delays, and every node refuses the payload that waits for it, as on CP/DP
sync. Then one task visits them all, each with the release that its failure needs.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.node.handle import LabNode
from lab.site import furnish, release
from lab.world import World
from tests.hosts.fleet import Fleet, Run, why_not
from tests.hosts.lab import BASE, control_plane, down, settings_of, start_node
from tests.support.lab import eventually

pytestmark = [pytest.mark.root, pytest.mark.slow]

WANTED = "3.0.0"
SHELLS = ("bash", "dash", "busybox")
LIMIT = 20


@dataclass(frozen=True)
class Ill:
    """What is wrong with a node or with the release it gets, and what has to be said of it."""

    verdict: str
    reason: str = ""
    advice: str = ""
    faults: tuple[tuple[str, Any], ...] = ()
    conf: tuple[str, str] | None = None  # a pattern in kong.conf and what takes its place
    version: str = WANTED
    spoilt: tuple[str, str] | None = None  # a file of the release and what goes in front of it
    log_path: str | None = None
    undone: bool = False


ILLS = {
    "healthy": Ill("accepted"),
    "loses the payload": Ill("accepted", faults=(("lose_next_payload", True),)),
    "broken handler": Ill(
        "failed", "expected near", "Correct the named file", spoilt=("handler.lua", "local = 1\n"), undone=True
    ),
    "broken schema": Ill(
        "failed",
        "schema violation",
        "Correct the schema",
        spoilt=("schema.lua", "do return { name = 1 } end\n"),
        undone=True,
    ),
    "missing library": Ill(
        "failed",
        "resty.nowhere",
        "Install the library",
        spoilt=("handler.lua", 'require "resty.nowhere"\n'),
        undone=True,
    ),
    "reload hangs": Ill(
        "inconclusive", "did not return in time", "master process", faults=(("reload_command_hangs", 600.0),)
    ),
    "disabled while in use": Ill(
        "failed", "in use but not enabled", "Add the name to plugins", conf=(",edge-hints", ""), undone=True
    ),
    "workers never come": Ill(
        "inconclusive", "no new workers came", "restart it by hand", faults=(("workers_never_come", True),)
    ),
    "not ready": Ill("inconclusive", "is not ready", "error log", faults=(("not_ready", 600.0),)),
    "rejected payload": Ill(
        "rejected", "config.ttl: required field missing", "Compare the node's release", version="1.1.0"
    ),
    "log unreadable": Ill("silent", "did not come", "diagnose", version="1.1.0", log_path="/nowhere/error.log"),
    "Status API off": Ill(
        "inconclusive", "the Status API at", "Set status_listen", conf=("status_listen = .*", "status_listen = off")
    ),
}


@dataclass(frozen=True)
class Seen:
    """What the tasks returned for a host, the last of them first, and its node."""

    results: list[dict[str, Any]]
    node: LabNode
    expected: str

    @property
    def last(self) -> dict[str, Any]:
        return self.results[0]


def host_of(ill: str) -> str:
    return "h-" + ill.lower().replace(" ", "-")


def release_of(ill: Ill, folder: Path) -> Path:
    """The directory of the release that a node gets."""
    if ill.spoilt is None:
        return release(ill.version)
    file, text = ill.spoilt
    made = folder / "edge-hints"
    shutil.copytree(release(ill.version), made)
    (made / file).write_text(text + (made / file).read_text(encoding="utf-8"), encoding="utf-8")
    return made


def make_ill(node: LabNode, ill: Ill) -> None:
    if ill.faults:
        node.fail(**dict(ill.faults))
    if ill.conf:
        node.kong_conf.write_text(re.sub(*ill.conf, node.kong_conf.read_text(encoding="utf-8")), encoding="utf-8")


def begin_gap(world: World) -> str:
    """Save every instance under the new schema; the hash that the control plane expects when every node refused it."""
    before = world.api("GET", "expected-config-hash")["expected_hash"]
    world.upload_schema(release(WANTED))
    for one in world.api("GET", "core-entities/plugins?size=100")["data"]:
        world.api("PUT", f"core-entities/plugins/{one['id']}", {**one, "config": {"stale_seconds": 45}})
    eventually(lambda: world.api("GET", "expected-config-hash")["expected_hash"] != before, within=LIMIT)
    eventually(lambda: all(node.rejections() for node in world.nodes), within=LIMIT)
    return str(world.api("GET", "expected-config-hash")["expected_hash"])


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    """By failure what one visit of each node, and a wait for the payload where that proved too little, came to."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("failures")
    shells = {host_of(ill): SHELLS[number % len(SHELLS)] for number, ill in enumerate(ILLS)}
    with Fleet(folder, shells) as fleet:
        world = control_plane(folder / "lab", 0, "secret")
        try:
            with ThreadPoolExecutor(4) as pool:
                outlet = world.control_plane["outlet"]
                world.nodes = list(pool.map(lambda host: start_node(host, outlet, [release(BASE)]), fleet.hosts))
            furnish(world, release(BASE))
            expected = begin_gap(world)
            for node, ill in zip(world.nodes, ILLS.values(), strict=True):
                make_ill(node, ill)
            results = visit(fleet, folder, expected)
            yield {
                name: Seen(results[host_of(name)], node, expected) for name, node in zip(ILLS, world.nodes, strict=True)
            }
        finally:
            down(folder)


def visit(fleet: Fleet, folder: Path, expected: str) -> dict[str, list[dict[str, Any]]]:
    """By host the results of the tasks, the last first."""
    own = {
        host_of(name): {"release": str(release_of(ill, folder / host_of(name))), "log": ill.log_path}
        for name, ill in ILLS.items()
    }
    node = {
        "kong_command": "{{ given.kong_command }}",
        "kong_conf": "{{ given.kong_conf }}",
        "kong_prefix": "{{ given.kong_prefix }}",
        "plugin_root": "{{ given.plugin_root }}",
        "log_path": "{{ own[inventory_hostname].log | default(omit, true) }}",
        "expected_hash": expected,
        "timeout": LIMIT,
    }
    given: dict[str, Any] = {"own": own, "given": settings_of(fleet.hosts[0]), "ansible_forks": len(ILLS)}
    first = fleet.task(
        "kongops.konnect.plugin_release",
        {**node, "path": "{{ own[inventory_hostname].release }}", "reload": True},
        **given,
    )
    assert "Traceback" not in first.output
    results = {host: [told(first, host)] for host in first.results}
    unsure = [host for host in fleet.hosts if results[host.name][0]["verdict"]["kind"] == "loaded"]
    if unsure:
        positions = {host.name: results[host.name][0]["log_position"] for host in unsure}
        second = fleet.task(
            "kongops.konnect.node_reload",
            {
                **node,
                "state": "observed",
                "log_position": "{{ positions[inventory_hostname] | default(omit, true) }}",
            },
            unsure,
            positions=positions,
            **given,
        )
        for host in second.results:
            results[host].insert(0, told(second, host))
    return results


def told(run: Run, host: str) -> dict[str, Any]:
    """The result of a host; Ansible shows whether it failed beside it."""
    return {**run.results[host], "failed": host in run.failed}


@pytest.mark.parametrize("name", ILLS)
def test_a_node_with(seen: dict[str, Seen], name: str) -> None:
    ill, found = ILLS[name], seen[name]
    verdict = found.last["verdict"]
    assert verdict["kind"] == ill.verdict, json.dumps(found.results, indent=1)[-6000:]
    assert found.last["failed"] == (ill.verdict != "accepted")
    assert ill.reason in str(found.last["msg"] or "")
    assert ill.advice in str(verdict["advice"] or "")
    assert found.results[-1]["plugins"]["edge-hints"]["undone"] == ill.undone


@pytest.mark.parametrize("name", [name for name, ill in ILLS.items() if ill.verdict == "accepted"])
def test_a_node_that_was_accepted_serves_the_payload_that_waited_for_it(seen: dict[str, Seen], name: str) -> None:
    """It was lost at the first reload (kong-data-plane.md 5 A), and only a second one brings it to the workers."""
    found = seen[name]
    assert found.last["reloads"] == 2
    assert found.node.get("/lab/plugins")[1]["config_hash"] == found.expected


def test_a_release_that_does_not_load_is_taken_back_and_the_node_serves(seen: dict[str, Seen]) -> None:
    for found in (seen[name] for name, ill in ILLS.items() if ill.spoilt):
        assert found.node.ready
        assert found.node.get("/lab/plugins")[1]["plugins"]["edge-hints"] == BASE
