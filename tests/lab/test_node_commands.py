# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab node's ``kong`` command: statuses, texts, which configuration a reload takes (kong-data-plane.md 1.2, 5)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from lab.node.handle import LabNode
from tests.lab.node_bench import Bench, FakeControlPlane, instance, wait_for, write_plugin


def reloaded(node: LabNode, *arguments: str, **environment: str) -> list[str]:
    """Reload and return the plugins that the new workers know, in order of their names."""
    old = node.workers
    node.kong("reload", *arguments, environment=environment)
    return after(node, old)


def after(node: LabNode, old: list[int]) -> list[str]:
    wait_for(lambda: node.workers and not set(old) & set(node.workers) and node.ready)
    return sorted(node.get("/lab/plugins")[1]["plugins"])


def configured(bench: Bench, plane: FakeControlPlane) -> LabNode:
    """A node that serves something, with a second plugin installed and not enabled."""
    node = bench.start()
    write_plugin(node.plugin_root / "kong/plugins", "other")
    plane.push(instance())
    wait_for(lambda: node.serves)
    return node


def test_the_command_needs_no_python_on_the_path(bench: Bench) -> None:
    node = bench.create()
    answer = subprocess.run([node.command, "version"], env={"PATH": "/nowhere"}, capture_output=True, text=True)
    assert answer.stdout == "3.9.3\n"


def test_start_says_so_and_health_tells_that_the_master_lives(bench: Bench) -> None:
    node = bench.create()
    assert node.kong("start").stdout == "Kong started\n"
    assert f"Kong is healthy at {node.prefix}" in node.kong("health").stdout
    assert node.kong("stop").stdout == "Kong stopped\n"
    assert f"Kong is not running at {node.prefix}" in node.kong("health", fails=True).stderr


def test_a_second_start_is_refused(bench: Bench) -> None:
    node = bench.start()
    assert "already running" in node.kong("start", fails=True).stderr
    assert node.master


def test_start_ends_with_1_when_a_plugin_is_not_installed(bench: Bench) -> None:
    """5.9."""
    node = bench.create(plugins="bundled,nowhere")
    said = node.kong("start", fails=True).stderr
    assert "error loading plugin schemas: on plugin 'nowhere': nowhere plugin is enabled but not installed;" in said
    assert "no plugin found" in said.splitlines()[1]
    assert node.master is None


@pytest.mark.parametrize("command", ["reload", "stop", "quit"])
def test_a_node_that_does_not_run_cannot_be_told_anything(bench: Bench, command: str) -> None:
    node = bench.create()
    node.kong("prepare")
    assert node.kong(command, fails=True).stderr == f"Error: nginx not running in prefix: {node.prefix}\n"


def test_a_missing_prefix_is_an_error(bench: Bench, tmp_path: Path) -> None:
    node = bench.create()
    assert "no such prefix" in node.kong("reload", "-p", str(tmp_path / "none"), fails=True).stderr


def test_an_invalid_value_is_an_error_and_the_node_goes_on(bench: Bench) -> None:
    node = bench.start()
    old = node.workers
    said = node.kong("reload", environment={"KONG_LOG_LEVEL": "loud"}, fails=True).stderr
    assert "log_level has an invalid value: 'loud'" in said
    assert node.workers == old


def test_check_looks_at_values_and_at_nothing_else(bench: Bench) -> None:
    node = bench.create(plugins="bundled,nowhere")
    assert node.kong("check", str(node.kong_conf)).stdout == f"configuration at {node.kong_conf} is valid\n"


def test_plugins_in_the_environment_of_a_reload_are_taken_and_stay(bench: Bench, plane: FakeControlPlane) -> None:
    """5.7."""
    node = configured(bench, plane)
    assert reloaded(node, KONG_PLUGINS="bundled,demo,other") == ["demo", "other"]
    assert reloaded(node) == ["demo", "other"]


def test_they_stay_even_when_that_reload_failed(bench: Bench, plane: FakeControlPlane) -> None:
    """5.7."""
    node = configured(bench, plane)
    node.kong("reload", environment={"KONG_PLUGINS": "demo,nowhere"})
    wait_for(lambda: node.counters()["failed_reloads"] == 1)
    node.kong("reload")
    wait_for(lambda: node.counters()["failed_reloads"] == 2)
    assert reloaded(node, KONG_PLUGINS="demo") == ["demo"]


def test_a_changed_file_is_taken_with_c_only(bench: Bench, plane: FakeControlPlane) -> None:
    """5.7."""
    node = configured(bench, plane)
    node.kong_conf.write_text(node.kong_conf.read_text().replace("bundled,demo", "bundled,demo,other"))
    assert reloaded(node) == ["demo"]
    assert reloaded(node, "-c", str(node.kong_conf)) == ["demo", "other"]


def test_the_environment_beats_c_and_keys_absent_from_the_file_keep_their_value(
    bench: Bench, plane: FakeControlPlane, tmp_path: Path
) -> None:
    """5.7."""
    node = configured(bench, plane)
    file = tmp_path / "other.conf"
    file.write_text(f"prefix = {node.prefix}\nplugins = demo\n")
    assert reloaded(node, "-c", str(file), KONG_PLUGINS="demo,other") == ["demo", "other"]
    assert f"status_listen = {node.status_api}\n" in (node.prefix / ".kong_env").read_text()


def test_a_bare_signal_reads_no_environment_but_what_prepare_wrote(bench: Bench, plane: FakeControlPlane) -> None:
    """5.7."""
    node = configured(bench, plane)
    old = node.workers
    node.kong("prepare", environment={"KONG_PLUGINS": "demo,other"})
    os.kill(node.master or 0, signal.SIGHUP)
    assert after(node, old) == ["demo", "other"]


@pytest.mark.parametrize("relative", [True, False])
def test_a_flipped_link_takes_effect_at_the_reload(bench: Bench, plane: FakeControlPlane, relative: bool) -> None:
    """5.8."""
    node = bench.create()
    live = node.plugin_root / "kong/plugins/demo"
    releases = node.plugin_root / "releases"
    for version in ("1.0.0", "2.0.0"):
        write_plugin(releases / version, version=version)
    live.rename(node.directory / "out of the way")

    def flip(version: str) -> None:
        target = releases / version / "demo"
        fresh = live.with_name("fresh")
        fresh.symlink_to(os.path.relpath(target, live.parent) if relative else target)
        fresh.rename(live)

    def version() -> str:
        return str(node.get("/lab/plugins")[1]["plugins"]["demo"])

    flip("1.0.0")
    plane.prepare(instance())
    node.kong("start")
    wait_for(lambda: node.serves)
    flip("2.0.0")
    assert version() == "1.0.0"
    reloaded(node)
    assert version() == "2.0.0"


def test_a_dangling_link_is_not_installed(bench: Bench) -> None:
    """5.8."""
    node = bench.start()
    live = node.plugin_root / "kong/plugins/demo"
    live.rename(node.directory / "out of the way")
    live.symlink_to("nowhere")
    node.kong("reload")
    wait_for(lambda: "demo plugin is enabled but not installed;" in node.log)


def dry_run(node: LabNode, candidate: Path, config: dict[str, object], *, fails: bool) -> str:
    file = node.directory / "instances.json"
    file.write_text(json.dumps({"_format_version": "3.0", "plugins": [instance(dict(config))]}))
    path = f"{candidate}/?.lua;{node.plugin_root}/?.lua;;"
    answer = node.kong(
        "config",
        "parse",
        str(file),
        "-c",
        str(node.kong_conf),
        environment={"KONG_LUA_PACKAGE_PATH": path},
        fails=fails,
    )
    return answer.stderr + answer.stdout


def test_config_parse_checks_instances_against_a_candidate(bench: Bench, tmp_path: Path) -> None:
    """5 G."""
    node = bench.start()
    old, log = node.workers, node.log
    write_plugin(tmp_path / "kong/plugins", ttl="required = true, gt = 100")
    assert "parse successful" in dry_run(node, tmp_path, {"ttl": 101}, fails=False)
    assert "in 'ttl': value must be greater than 100" in dry_run(node, tmp_path, {"ttl": 5}, fails=True)
    assert (node.workers, node.log) == (old, log)


def test_config_parse_finds_a_broken_schema_but_no_broken_handler(bench: Bench, tmp_path: Path) -> None:
    """5 G."""
    node = bench.create()
    plugin = write_plugin(tmp_path / "kong/plugins")
    (plugin / "handler.lua").write_text("return = nonsense\n")
    assert "parse successful" in dry_run(node, tmp_path, {"ttl": 5}, fails=False)
    (plugin / "schema.lua").write_text("return = nonsense\n")
    assert "schema.lua:1: unexpected symbol near '='" in dry_run(node, tmp_path, {"ttl": 5}, fails=True)


def test_a_rotated_log_is_let_go_at_sigusr1_only(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start()
    current = node.prefix / "logs/error.log"
    old = current.rename(current.with_suffix(".1"))
    plane.push(instance({"note": "no ttl"}))
    wait_for(lambda: "unable to update running config" in old.read_text())
    assert not current.exists()
    os.kill(node.master or 0, signal.SIGUSR1)
    # Each process lets go of it in its own time, and the first to do so makes the new file.
    processes = [node.master, *node.workers]
    wait_for(lambda: not any(str(old) in open_files(pid) for pid in processes))
    plane.push(instance({"note": "again"}))
    wait_for(lambda: "unable to update running config" in current.read_text())


def open_files(pid: int | None) -> set[str]:
    return {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}


def test_a_log_on_standard_error_lies_in_no_file(bench: Bench, plane: FakeControlPlane) -> None:
    node = bench.start(proxy_error_log="/dev/stderr")
    plane.push(instance({"note": "no ttl"}))
    wait_for(lambda: "unable to update running config" in node.standard_error.read_text())
    assert not (node.prefix / "logs/error.log").exists()


def test_a_node_in_the_foreground_stays_there(bench: Bench) -> None:
    node = bench.create(nginx_daemon="off")
    process = node.spawn("start")
    wait_for(lambda: node.master == process.pid and node.workers)
    node.kong("quit")
    assert process.wait(10) == 0
    assert process.stdout is not None
    process.stdout.close()
