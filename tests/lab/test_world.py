# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole lab: it comes up in sync, says where everything is, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lab.node.behaviour import QUICK
from lab.node.processes import children, command_line
from lab.world import World, WorldError
from tests.lab.node_bench import instance, wait_for, write_plugin

KEYS = {"ansible_connection", "kong_prefix", "kong_conf", "plugin_root", "kong_command", "kong_status_api"}


def everyone(world: World) -> list[int]:
    """Every process of a lab."""
    nodes = [pid for node in world.nodes for pid in (node.master or 0, *children(node.master or 0))]
    return [world.control_plane["pid"], *nodes]


def all_gone(pids: list[int]) -> bool:
    return not any(command_line(pid) for pid in pids)


def make(folder: Path, nodes: int = 1, **options: object) -> World:
    plugin = write_plugin(folder / "source")
    return World(folder / "lab", nodes, plugins=[plugin], settings=QUICK, coalesce_seconds=0.02, **options)  # type: ignore[arg-type]


def test_a_lab_comes_up_in_sync_and_ends_without_a_trace(tmp_path: Path) -> None:
    with make(tmp_path, nodes=2) as world:
        pids = everyone(world)
        assert len(pids) == 1 + 2 * 4
        assert {node.config_hash for node in world.nodes} == {world.api("GET", "expected-config-hash")["expected_hash"]}
    assert all_gone(pids)


def test_entities_reach_every_node(tmp_path: Path) -> None:
    with make(tmp_path, nodes=2) as world:
        world.upload_schema(tmp_path / "source" / "demo")
        service = world.create("services", {"name": "orders", "host": "orders.test"})
        stored = world.create("plugins", {"name": "demo", "config": {"ttl": 9}, "service": {"id": service["id"]}})
        for node in world.nodes:
            wait_for(lambda node=node: node.get("/lab/plugins")[1].get("instances"))
            assert node.get("/lab/plugins")[1]["instances"][0]["id"] == stored["id"]
        world.wait_in_sync()
        assert [node.rejections() for node in world.nodes] == [0, 0]


def test_what_breaks_by_hand_breaks_here_with_kongs_own_line(tmp_path: Path) -> None:
    """A required field is removed, an instance is saved, and the nodes do without their configuration."""
    with make(tmp_path) as world:
        world.upload_schema(tmp_path / "source" / "demo")
        stored = world.create("plugins", {"name": "demo", "config": {"ttl": 9}})
        world.wait_in_sync()
        schema = (tmp_path / "source/demo/schema.lua").read_text()
        shorter = "\n".join(line for line in schema.splitlines() if "ttl" not in line)
        world.api("PUT", "core-entities/plugin-schemas/demo", {"lua_schema": shorter})
        changed = {**stored, "config": {"note": "saved under the new schema"}}
        world.api("PUT", f"core-entities/plugins/{stored['id']}", changed)
        for node in world.nodes:
            wait_for(node.rejections)
            assert "in 'ttl': required field missing, context: ngx.timer" in node.log


def test_nodes_speak_mutual_tls(tmp_path: Path) -> None:
    with make(tmp_path, tls=True) as world:
        assert world.url.startswith("https://")
        assert {row["hostname"] for row in world.api("GET", "nodes")["items"]} == {"node1"}


def test_the_inventory_says_all_that_a_playbook_needs(tmp_path: Path) -> None:
    with make(tmp_path, nodes=2) as world:
        everything = yaml.safe_load(world.inventory.read_text())["all"]
        assert everything["vars"] == {"control_plane": "default", "konnect_url": world.url}
        hosts = everything["children"]["data_planes"]["hosts"]
        assert set(hosts) == {"node1", "node2"}
        for node in world.nodes:
            assert set(hosts[node.name]) >= KEYS
            assert (Path(hosts[node.name]["plugin_root"]) / "kong/plugins/demo/schema.lua").is_file()
            assert os.access(hosts[node.name]["kong_command"], os.X_OK)


def test_a_failure_inside_ends_the_lab(tmp_path: Path) -> None:
    pids: list[int] = []

    def fail() -> None:
        with make(tmp_path) as world:
            pids.extend(everyone(world))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert pids
    assert all_gone(pids)


def test_a_node_that_cannot_start_is_named_and_the_rest_is_stopped(tmp_path: Path) -> None:
    world = make(tmp_path, conf={"plugins": "bundled,nowhere"})
    with (
        pytest.raises(WorldError, match=r"node1 did not start: Error: .*nowhere plugin is enabled but not installed"),
        world,
    ):
        pass
    assert all_gone([world.control_plane["pid"]])


OWNER = """
import signal, sys, time
from pathlib import Path
from lab.world import World
from tests.lab.test_world import everyone, make
import json
# A shell that runs the tests in the background has them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
with make(Path(sys.argv[1])) as world:
    print(json.dumps(everyone(world)), flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_owner_leaves_nothing_behind(tmp_path: Path, root: Path, number: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert owner.stdout is not None
    with owner.stdout as output:
        pids = json.loads(output.readline())
        owner.send_signal(number)
        assert owner.wait(10) != 0
    assert all_gone(pids)


def command(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab", *arguments], cwd=root, capture_output=True, text=True, timeout=30, check=False
    )


def test_the_command_starts_shows_and_stops_a_lab(tmp_path: Path, root: Path) -> None:
    plugin, state = write_plugin(tmp_path / "source"), str(tmp_path / "lab")
    try:
        started = command(root, "up", "--state", state, "--nodes", "1", "--plugin", str(plugin))
        assert "export KONNECT_URL=http://127.0.0.1:" in started.stdout, started.stderr
        pids = everyone(World.resume(Path(state)))
        assert "node1: ready, hash " in command(root, "status", "--state", state).stdout
        again = command(root, "up", "--state", state)
        assert again.returncode == 1
        assert "holds a lab that was not stopped" in again.stderr
    finally:
        stopped = command(root, "down", "--state", state)
    assert stopped.returncode == 0, stopped.stderr
    assert all_gone(pids)
    assert command(root, "down", "--state", state).stderr == f"lab: no lab runs in {state}\n"


def test_a_good_payload_still_arrives_after_a_reload(tmp_path: Path) -> None:
    with make(tmp_path) as world:
        world.upload_schema(tmp_path / "source" / "demo")
        for node in world.nodes:
            node.kong("reload")
        body = {"name": "demo", "config": instance()["config"]}
        wait_for(lambda: all(node.counters()["reloads"] == 1 for node in world.nodes))
        world.create("plugins", body)
        world.wait_in_sync()
