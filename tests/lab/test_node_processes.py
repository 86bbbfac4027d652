# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Master and workers of a lab node: reloads that succeed or fail, and what /proc shows (kong-data-plane.md 5)."""

from __future__ import annotations

import os
import re
import signal
import time
from dataclasses import replace
from urllib.error import URLError

import pytest

from lab.node.behaviour import QUICK
from lab.node.handle import LabNode, free_address
from lab.node.processes import children, command_line
from tests.lab.node_bench import Bench, FakeControlPlane, instance, wait_for, write_plugin

BROKEN = {
    "handler.lua": ("return = nonsense\n", r"error loading module 'kong\.plugins\.demo\.handler'"),
    "schema.lua": ("return = nonsense\n", r"error loading module 'kong\.plugins\.demo\.schema'"),
}
NO_PRIORITY = "return { VERSION = '1.0.0' }\n"


def serving(bench: Bench, plane: FakeControlPlane, **settings: object) -> LabNode:
    """A node that is ready."""
    node = bench.start(replace(QUICK, **settings))  # type: ignore[arg-type]
    plane.push(instance())
    wait_for(lambda: node.serves)
    return node


def overwrite(node: LabNode, file: str, text: str) -> None:
    (node.plugin_root / "kong/plugins/demo" / file).write_text(text)


def failed_reload(node: LabNode) -> None:
    failed = node.counters()["failed_reloads"]
    assert node.kong("reload").stdout == "Kong reloaded\n"
    wait_for(lambda: node.counters()["failed_reloads"] > failed)


def test_processes_look_like_nginx(bench: Bench) -> None:
    node = bench.start(nginx_worker_processes="3")
    assert node.master
    assert command_line(node.master).startswith("nginx: master process")
    titles = sorted(children(node.master).values())
    assert titles == ["nginx: privileged agent process", *["nginx: worker process"] * 3]


def test_a_good_reload_brings_new_workers_the_new_code_and_one_noisy_line(
    bench: Bench, plane: FakeControlPlane
) -> None:
    """5.4 and 5 D."""
    node = serving(bench, plane)
    old, master = node.workers, node.master
    write_plugin(node.plugin_root / "kong/plugins", version="2.0.0")
    node.kong("reload")
    wait_for(lambda: not set(old) & set(node.workers) and node.ready)
    assert node.master == master
    assert node.get("/lab/plugins")[1]["plugins"] == {"demo": "2.0.0"}
    assert "init_by_lua error" not in node.log
    assert "[error]" in node.log
    assert "communicate(): event worker failed to communicate with broker" in node.log


@pytest.mark.parametrize("file", sorted(BROKEN))
def test_a_broken_file_leaves_the_old_workers_and_a_line_in_the_log(
    bench: Bench, plane: FakeControlPlane, file: str
) -> None:
    """5.5."""
    node = serving(bench, plane)
    old, sessions = node.workers, len(plane.sessions)
    text, message = BROKEN[file]
    overwrite(node, file, text)
    failed_reload(node)
    assert re.search(rf"\[error\] {node.master}#0: init_by_lua error: .*{message}", node.log)
    assert f"{file}:1: unexpected symbol near '='" in node.log
    assert node.workers == old
    assert len(plane.sessions) == sessions
    accepted = plane.push(instance({"ttl": 7}))
    wait_for(lambda: node.get("/lab/plugins")[1]["config_hash"] == accepted)


def test_a_handler_without_priority_is_refused_in_kongs_words(bench: Bench, plane: FakeControlPlane) -> None:
    """5.5."""
    node = serving(bench, plane)
    overwrite(node, "handler.lua", NO_PRIORITY)
    failed_reload(node)
    assert (
        "init_by_lua error: error loading plugin schemas: on plugin 'demo': Plugin \"demo\" cannot be loaded because "
        'its PRIORITY field is not a valid integer number, got: "nil".'
    ) in node.log


def test_the_command_returns_before_a_failed_reload_is_logged(bench: Bench, plane: FakeControlPlane) -> None:
    """5.5: 0.13 to 0.2 s before."""
    node = serving(bench, plane, init_seconds=0.5)
    overwrite(node, "handler.lua", NO_PRIORITY)
    node.kong("reload")
    assert "init_by_lua error" not in node.log
    wait_for(lambda: "init_by_lua error" in node.log)


def test_a_failed_reload_takes_readiness_away_until_the_next_payload(bench: Bench, plane: FakeControlPlane) -> None:
    """5 B."""
    node = serving(bench, plane)
    overwrite(node, "handler.lua", NO_PRIORITY)
    failed_reload(node)
    reason = {"message": "router builds not yet complete, router ready in 0 of 2 workers"}
    assert node.get("/status/ready") == (503, reason)
    assert node.get("/lab/plugins")[0] == 200
    plane.push(instance({"ttl": 7}))
    wait_for(lambda: node.ready)


def test_a_failed_reload_takes_readiness_away_until_a_good_reload(bench: Bench, plane: FakeControlPlane) -> None:
    """5 B."""
    node = serving(bench, plane)
    overwrite(node, "handler.lua", NO_PRIORITY)
    failed_reload(node)
    write_plugin(node.plugin_root / "kong/plugins")
    node.kong("reload")
    wait_for(lambda: node.ready)


def without_the_plugin_in_use(bench: Bench, plane: FakeControlPlane) -> LabNode:
    node = serving(bench, plane, losing_window=None)
    old = node.workers
    node.kong("reload", environment={"KONG_PLUGINS": "bundled"})
    wait_for(lambda: not set(old) & set(node.workers) and "worker initialization error" in node.log)
    return node


def test_a_plugin_disabled_while_in_use_ruins_the_node_while_it_looks_in_sync(
    bench: Bench, plane: FakeControlPlane
) -> None:
    """5 C."""
    node = without_the_plugin_in_use(bench, plane)
    assert re.search(
        r"\[crit\] .* worker initialization error: .*error building initial plugins iterator: "
        r"demo plugin is in use but not enabled; this node must be restarted",
        node.log,
    )
    assert node.get("/status/ready")[0] == 503
    told = node.config_hash
    wait_for(lambda: plane.sessions[-1].pings)
    assert plane.sessions[-1].pings[-1] == told
    with pytest.raises(ConnectionError):
        node.get("/lab/plugins")


def test_a_later_payload_does_not_heal_it_but_a_restart_with_it_does(bench: Bench, plane: FakeControlPlane) -> None:
    """5 C."""
    node = without_the_plugin_in_use(bench, plane)
    wait_for(lambda: len(plane.sessions) == 2 and plane.sessions[-1].pings)
    clean = plane.push()
    wait_for(lambda: clean in plane.sessions[-1].pings)
    assert node.get("/status/ready")[0] == 503
    node.kong("restart", environment={"KONG_PLUGINS": "bundled"})
    wait_for(lambda: node.ready)


def test_enabling_it_again_and_reloading_heals_it(bench: Bench, plane: FakeControlPlane) -> None:
    """5 C."""
    node = without_the_plugin_in_use(bench, plane)
    node.kong("reload", environment={"KONG_PLUGINS": "demo"})
    wait_for(lambda: node.ready)
    assert node.get("/lab/plugins")[0] == 200


def test_after_the_command_ready_is_first_the_old_workers_then_none_then_the_new(
    bench: Bench, plane: FakeControlPlane
) -> None:
    """5 E."""
    node = serving(bench, plane, init_seconds=0.3, worker_seconds=0.3)
    old = node.workers
    node.kong("reload")
    assert node.ready
    assert node.workers == old
    wait_for(lambda: not node.ready)
    wait_for(lambda: node.ready)
    assert not set(old) & set(node.workers)


def test_many_reloads_leave_nothing_open(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    opened = len(os.listdir(f"/proc/{node.master}/fd"))
    for reloads in (1, 2, 3):
        node.kong("reload")
        wait_for(lambda reloads=reloads: node.counters()["reloads"] == reloads and node.ready)
    # The question whether it is ready may still be closing its connection.
    wait_for(lambda: len(os.listdir(f"/proc/{node.master}/fd")) <= opened)
    assert node.master
    wait_for(lambda: len(children(node.master or 0)) == 3)


def test_a_status_api_can_move_in_a_reload(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    moved = replace(node, status_api=free_address())
    node.kong("reload", environment={"KONG_STATUS_LISTEN": moved.status_api})
    wait_for(lambda: moved.ready)
    wait_for(lambda: not node.ready)


def test_an_old_worker_may_linger_and_says_so(bench: Bench, plane: FakeControlPlane) -> None:
    """5.10."""
    node = serving(bench, plane)
    old = node.workers
    node.fail(old_workers_linger=30)
    node.kong("reload")
    wait_for(lambda: [command_line(pid) for pid in old] == ["nginx: worker process is shutting down"] * 2)
    wait_for(lambda: len(node.workers) == 2 and node.ready)


def test_a_killed_worker_is_replaced(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    victim, other = node.workers
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: len(node.workers) == 2 and victim not in node.workers)
    assert other in node.workers
    assert f"worker process {victim} exited on signal 9" in node.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL])
def test_nothing_outlives_the_master(bench: Bench, number: signal.Signals) -> None:
    node = bench.start()
    assert node.master
    everyone = [node.master, *children(node.master)]
    os.kill(node.master, number)
    wait_for(lambda: not any(command_line(pid) for pid in everyone))


def test_stop_ends_a_frozen_node(bench: Bench) -> None:
    node = bench.start()
    assert node.master
    everyone = [node.master, *children(node.master)]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)
    node.stop()
    assert not any(command_line(pid) for pid in everyone)


# -- faults on demand --------------------------------------------------------------------------------------------------


def test_a_reload_can_hang_in_the_master(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    old = node.workers
    node.fail(reload_hangs=60)
    node.kong("reload")
    wait_for(lambda: node.get("/status/ready")[0] == 503)
    assert node.workers == old
    node.stop()
    assert node.master is None


def test_a_reload_command_can_hang(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    node.fail(reload_command_hangs=0.5)
    began = time.monotonic()
    node.kong("reload")
    assert time.monotonic() - began > 0.5


def test_a_reload_can_be_ignored(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    old = node.workers
    node.fail(reload_ignored=True)
    node.kong("reload")
    node.mend()
    overwrite(node, "handler.lua", NO_PRIORITY)
    failed_reload(node)  # the master has since dealt with a later signal
    assert node.counters()["reloads"] == 0
    assert node.workers == old


def test_workers_may_never_come(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    node.fail(workers_never_come=True)
    node.kong("reload")
    wait_for(lambda: node.counters()["reloads"] == 1)
    wait_for(lambda: not node.workers)
    assert node.master


def test_workers_may_not_get_ready(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    old = node.workers
    node.fail(not_ready=60)
    node.kong("reload")
    wait_for(lambda: len(set(node.workers) - set(old)) == 2 and not set(old) & set(node.workers))
    assert node.get("/status/ready")[0] == 503


def test_the_status_api_can_go_away(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    node.fail(status_api="off")
    with pytest.raises(ConnectionError):
        node.get("/status")
    node.mend()
    assert node.ready


def test_a_node_can_have_no_status_api_at_all(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.create(status_listen="off")
    node.kong("start")
    wait_for(lambda: plane.connected)
    with pytest.raises(URLError):
        node.get("/status")


def test_log_lines_can_be_lost(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    node.fail(log_lost=True)
    plane.push(instance({"note": "no ttl"}))
    wait_for(node.rejections)
    assert "unable to update running config" not in node.log


def test_a_node_can_be_cut_off_from_its_control_plane(bench: Bench, plane: FakeControlPlane) -> None:
    node = serving(bench, plane)
    node.fail(no_control_plane=True)
    plane.drop()
    wait_for(lambda: "broken: connection refused" in node.log)
    assert node.ready
    node.mend()
    wait_for(lambda: plane.connected)
