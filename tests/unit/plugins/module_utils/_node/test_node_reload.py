# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reload and prove, against lab nodes with their faults: the right verdict, and never a false good one."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer, read_answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release
from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import read_observations
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import Visit, build_program
from ansible_collections.kongops.konnect.plugins.module_utils._node.verdict import Verdict, judge
from lab.node.behaviour import QUICK
from lab.node.handle import LabNode

SCHEMA = "return { name = 'ttl-cache', fields = { { config = { type = 'record', fields = {} } } } }\n"
CONFIG_HASH = "a" * 32


def release(handler: str) -> Release:
    return Release("ttl-cache", {"schema.lua": SCHEMA.encode(), "handler.lua": handler.encode()})


OLD = release("return { PRIORITY = 10, VERSION = '1.0.0' }\n")
NEW = release("return { PRIORITY = 10, VERSION = '1.1.0' }\n")
BROKEN = release("return { PRIORITY = = 10 }\n")


class Kong:
    """A running lab node with the old release, and visits to it."""

    def __init__(self, folder: Path, node: Any, **conf: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.node = node
        self.lab = LabNode("node-1", folder, address)
        self.lab.create({"plugins": "bundled,ttl-cache", **conf}, replace(QUICK, losing_window=None))
        store = self.lab.prefix / "dbless.lmdb"
        store.mkdir()
        (store / "configuration.json").write_text(
            json.dumps({"config_hash": CONFIG_HASH, "entities": {"plugins": []}}), encoding="utf-8"
        )
        self.visit("present", OLD)
        self.lab.kong("start")

    def visit(self, state: str, *releases: Release, **options: Any) -> Answer:
        options = {
            "root": str(self.lab.plugin_root),
            "kong": str(self.lab.command),
            "conf": str(self.lab.kong_conf),
            "timeout": 8,
            "settle": 0,
            **options,
        }
        wanted = {item.name: item.digest for item in releases}
        program = build_program(Visit(state=state, names=["ttl-cache"], wanted=wanted, **options), releases)
        ran = self.node.execute(program)
        return read_answer(ran.stdout, program.nonce)

    def switch(self, wanted: Release, **options: Any) -> tuple[Answer, Verdict]:
        answer = self.visit("present", wanted, reload=True, **options)
        return answer, judge(read_observations(answer))

    def reload(self, **options: Any) -> Verdict:
        return judge(read_observations(self.visit("reloaded", **options)))

    def live(self) -> str:
        found: str = read_look(self.visit("look"), "node-1")["plugins"]["ttl-cache"]["live"]
        return found


@pytest.fixture
def kong(tmp_path: Path, node: Any) -> Iterator[Kong]:
    made = Kong(tmp_path / "kong", node)
    yield made
    made.lab.stop()


@pytest.fixture
def plain(tmp_path: Path, dash_node: Any) -> Iterator[Kong]:
    made = Kong(tmp_path / "kong", dash_node)
    yield made
    made.lab.stop()


def test_a_switch_is_loaded_once_and_the_second_visit_reloads_nothing(kong: Kong) -> None:
    before = kong.lab.workers
    answer, verdict = kong.switch(NEW)
    assert verdict.kind == "loaded"
    assert read_look(answer, "node-1")["plugins"]["ttl-cache"]["managed"]
    after = kong.lab.workers
    assert not set(before) & set(after)
    again, _ = kong.switch(NEW)
    assert read_observations(again) == []
    assert kong.lab.workers == after


def test_a_broken_handler_is_undone_in_the_same_visit_and_the_node_is_ready_again(kong: Kong) -> None:
    answer, verdict = kong.switch(BROKEN)
    assert verdict.kind == "failed"
    assert "unexpected symbol" in verdict.causes[0].message
    assert [seen.role for seen in read_observations(answer)] == ["reload", "undo"]
    assert kong.live() == OLD.digest
    assert kong.lab.get("/status/ready")[0] == 200


def test_a_first_update_that_is_undone_leaves_no_release_to_go_back_to(plain: Kong) -> None:
    answer, _ = plain.switch(BROKEN)
    assert answer.get("undone", "ttl-cache") == OLD.digest[7:]
    assert plain.live() == OLD.digest
    with pytest.raises(NodeError, match="no previous release"):
        plain.visit("rolled_back")


def test_workers_that_outlive_a_reload_and_its_undoing_are_known_to_run_what_is_live(kong: Kong) -> None:
    """Nothing can be reloaded on this node, and there is nothing to be reloaded for either."""
    conf = kong.lab.kong_conf
    conf.write_text(conf.read_text().replace("ttl-cache", "ttl-cache,not-installed"), encoding="utf-8")
    workers = kong.lab.workers
    answer, verdict = kong.switch(NEW)
    assert verdict.kind == "failed"
    assert [seen.role for seen in read_observations(answer)] == ["reload", "undo"]
    assert kong.lab.workers == workers
    again, _ = kong.switch(OLD)
    assert read_observations(again) == []
    assert kong.live() == OLD.digest


def test_no_place_for_a_temporary_file_is_no_reason_to_stop_after_a_switch(kong: Kong) -> None:
    kong.node.environment = {**kong.node.environment, "TMPDIR": "/nowhere"}
    answer, verdict = kong.switch(NEW)
    assert verdict.kind == "loaded"
    assert not list(kong.lab.plugin_root.glob("tmp.*"))
    (seen,) = read_observations(answer)
    assert seen.role == "reload"


def test_told_to_keep_it_leaves_the_broken_release_in_place(plain: Kong) -> None:
    answer, verdict = plain.switch(BROKEN, on_failure="keep")
    assert verdict.kind == "failed"
    assert len(read_observations(answer)) == 1
    assert plain.live() == BROKEN.digest


def test_a_visit_cut_between_switch_and_reload_is_finished_by_the_next(plain: Kong) -> None:
    plain.visit("present", NEW)
    answer, verdict = plain.switch(NEW)
    assert not answer.subjects("switched")
    assert verdict.kind == "loaded"


def test_going_back_that_was_cut_before_its_reload_is_finished_by_the_next(plain: Kong) -> None:
    """The record of the previous release is the live one then: it does not tell what workers without a note run."""
    plain.switch(NEW)
    shutil.rmtree(plain.lab.plugin_root / "loaded")
    plain.visit("rolled_back")
    assert plain.live() == OLD.digest
    answer = plain.visit("rolled_back", reload=True)
    assert not answer.subjects("switched")
    assert [seen.role for seen in read_observations(answer)] == ["reload"]
    assert judge(read_observations(answer)).kind == "loaded"


@pytest.mark.parametrize(
    ("faults", "options", "kind"),
    [
        ({"reload_ignored": True}, {"timeout": 2}, "inconclusive"),
        ({"workers_never_come": True}, {"timeout": 2}, "inconclusive"),
        ({"reload_command_hangs": 30.0}, {"timeout": 2}, "inconclusive"),
        ({"not_ready": 30.0}, {"timeout": 2}, "inconclusive"),
        ({"status_api": "off"}, {"timeout": 3}, "inconclusive"),
        ({"old_workers_linger": 5.0}, {}, "loaded"),
        ({"log_lost": True}, {}, "loaded"),
    ],
    ids=lambda value: str(value),
)
def test_each_fault_has_its_verdict(plain: Kong, faults: dict[str, Any], options: dict[str, Any], kind: str) -> None:
    plain.lab.fail(**faults)
    assert plain.reload(**options).kind == kind


def test_a_status_api_that_is_off_is_named_as_what_is_missing(plain: Kong) -> None:
    verdict = plain.reload(status_api="off")
    assert verdict.kind == "inconclusive"
    assert verdict.missing == ("the Status API",)


def test_a_log_on_standard_error_is_still_read(tmp_path: Path, dash_node: Any) -> None:
    kong = Kong(tmp_path / "kong", dash_node, proxy_error_log="/dev/stderr")
    try:
        _, verdict = kong.switch(BROKEN)
        assert verdict.kind == "failed"
        assert "unexpected symbol" in verdict.causes[0].message
    finally:
        kong.lab.stop()


def test_kong_that_does_not_run_is_not_reloaded(plain: Kong) -> None:
    plain.lab.stop()
    answer, verdict = plain.switch(NEW)
    assert answer.get("idle")
    assert verdict.kind == "inconclusive"


def test_waiting_ends_silent_when_the_payload_does_not_come(plain: Kong) -> None:
    answer = plain.visit("observed", expected_hash="b" * 32, timeout=1)
    assert judge(read_observations(answer), expected_hash="b" * 32).kind == "silent"


@pytest.mark.parametrize("tool", ["curl", "wget", "busybox", "bash"])
def test_each_rung_of_the_probe_ladder_tells_ready_and_hash(plain: Kong, tmp_path: Path, tool: str) -> None:
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    folder = tmp_path / "tools"
    folder.mkdir()
    others = {"curl", "wget", "bash", "busybox", "resty"} - {tool}
    for directory in os.environ["PATH"].split(":")[::-1]:
        for program in Path(directory).glob("*") if Path(directory).is_dir() else ():
            if program.name not in others and not (folder / program.name).exists() and "pyenv" not in str(program):
                (folder / program.name).symlink_to(program)
    if tool == "busybox":
        (folder / "wget").symlink_to(found)
    text = build_program(Visit(state="look", conf=str(plain.lab.kong_conf), kong=str(plain.lab.command))).text
    text = text.replace(":/usr/local/bin:/usr/sbin:/sbin:/usr/local/openresty/bin", "")
    nonce = re.search(r"KO_NONCE=(\S+)", text)
    assert nonce
    plain.node.environment = {"PATH": str(folder)}
    seen = read_look(read_answer(plain.node.execute(text).stdout, nonce.group(1)), "node-1")
    assert (seen["ready"], seen["config_hash"]) == (True, CONFIG_HASH)


@pytest.fixture
def disabled(tmp_path: Path, dash_node: Any) -> Iterator[Kong]:
    """A node that has not enabled the plugin and does not search the plugin root."""
    made = Kong(tmp_path / "kong", dash_node, plugins="bundled", lua_package_path="./?.lua;;")
    yield made
    made.lab.stop()


def test_enabling_is_part_of_the_same_visit_and_reload(disabled: Kong) -> None:
    answer, verdict = disabled.switch(NEW, enable=True)
    look = read_look(answer, "node-1")
    assert verdict.kind == "loaded"
    assert look["enabled"] == ["bundled", "ttl-cache"]
    assert look["plugins"]["ttl-cache"]["managed"]


def test_enabling_a_broken_plugin_is_undone_with_it(disabled: Kong) -> None:
    answer, verdict = disabled.switch(BROKEN, enable=True)
    assert verdict.kind == "failed"
    assert "was put back and loads" in verdict.message
    assert read_look(answer, "node-1")["enabled"] == ["bundled"]
    assert disabled.lab.get("/status/ready")[0] == 200


def test_a_container_is_looked_at_and_reloaded_from_its_host(plain: Kong, tmp_path: Path) -> None:
    """The engine is a stand-in: it answers for the lab node as docker does for a container."""
    engine = tmp_path / "engine"
    engine.write_text(
        "#!/bin/sh\ncase $1 in\n"
        f'inspect) [ "$4" = gateway ] && cat {plain.lab.prefix}/pids/nginx.pid ;;\n'
        'exec) shift 2; exec "$@" ;;\n'
        "logs) echo since $3 ;;\nesac\n"
    )
    engine.chmod(0o755)
    options = {"kind": "container", "engine": str(engine), "container": "gateway", "status_api": plain.lab.status_api}
    seen = read_look(plain.visit("look", **options), "node-1")
    assert (seen["running"], seen["ready"], seen["kong_version"]) == (True, True, "3.9.3")
    assert seen["plugins"]["ttl-cache"]["managed"]
    assert plain.reload(**options).kind == "loaded"
    gone = read_look(plain.visit("look", **{**options, "container": "other"}), "node-1")
    assert gone["running"] is False


@pytest.mark.parametrize("init", [False, True])
def test_the_master_below_the_init_of_a_container_is_found(node: Any, tmp_path: Path, init: bool) -> None:
    """As docker run --init makes it: the first process is not the master."""
    script = tmp_path / "nginx.sh"
    script.write_text('(exec -a "nginx: $1 process" sleep 60) &\necho $! >>"$2"\nwait\n')
    pids = tmp_path / "pids"
    start = f"exec -a 'nginx: master process' {shutil.which('bash')} {script} worker {pids}"
    with subprocess.Popen(["bash", "-c", f"({start}) & wait" if init else start], start_new_session=True) as first:
        deadline = time.monotonic() + 10
        while (not pids.exists() or not pids.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        engine = tmp_path / "engine"
        engine.write_text(f"#!/bin/sh\n[ $1 = inspect ] && echo {first.pid}\n")
        engine.chmod(0o755)
        seen = read_look(node.run("look", kind="container", engine=str(engine), container="gateway"), "node-1")
        os.killpg(first.pid, signal.SIGKILL)
    assert (seen["running"], seen["workers"]) == (True, [int(pids.read_text())])


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("permission denied while trying to connect to the Docker daemon socket", True),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", True),
        ("Error: No such object: gateway", False),
        ('Error: inspecting object: no such container "gateway"', False),
    ],
)
def test_an_engine_that_refuses_is_told_from_a_container_that_is_not_there(
    node: Any, tmp_path: Path, said: str, refused: bool
) -> None:
    engine = tmp_path / "engine"
    engine.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    engine.chmod(0o755)
    options = {"kind": "container", "engine": str(engine), "container": "gateway"}
    if refused:
        with pytest.raises(NodeError, match=f"cannot tell of the container gateway: {re.escape(said)}"):
            node.run("look", **options)
    else:
        assert read_look(node.run("look", **options), "node-1")["running"] is False


def test_an_engine_that_is_not_there_is_said(node: Any) -> None:
    with pytest.raises(NodeError, match=r"cannot tell of the container gateway: .*(not found|No such file)"):
        node.run("look", kind="container", engine="/nowhere/docker", container="gateway")


def test_a_timeout_command_that_knows_no_k_is_not_used(plain: Kong, tmp_path: Path) -> None:
    """As that of busybox before 1.34."""
    old = tmp_path / "tools/timeout"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\n[ "$1" != -k ] || exit 1\nexec {shutil.which("timeout")} "$@"\n')
    old.chmod(0o755)
    plain.node.environment = {**plain.node.environment, "PATH": f"{old.parent}:{plain.node.environment['PATH']}"}
    assert plain.reload().kind == "loaded"


def test_a_reload_that_does_not_return_is_told_from_one_that_fails_by_any_timeout_command(kong: Kong) -> None:
    """GNU's ends with 124, busybox's as the command that it ended."""
    late = kong.reload(kind="command", command="sleep 30", timeout=1)
    assert (late.kind, late.missing[:1]) == ("inconclusive", ("new workers",))
    assert "did not return in time" in late.message
    ended = kong.reload(kind="command", command="exit 143", timeout=8)
    assert (ended.kind, ended.message) == ("failed", "the reload command ended with status 143: no output")
