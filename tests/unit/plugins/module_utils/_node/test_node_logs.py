# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs that are no file of the node: the container's and the journal's, read by stand-ins for their commands."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer, read_answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.kong_log import read_log
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import read_observations
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import Visit, build_program
from ansible_collections.kongops.konnect.plugins.module_utils._node.verdict import judge
from lab.node.behaviour import QUICK
from lab.node.handle import LabNode, free_address


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[LabNode]:
    """A lab node that logs to standard error; not started yet."""
    made = LabNode("n1", tmp_path / "kong", free_address())
    made.create({"plugins": "bundled,broken", "proxy_error_log": "/dev/stderr"}, QUICK)
    plugin = made.plugin_root / "kong/plugins/broken"
    plugin.mkdir(parents=True)
    (plugin / "schema.lua").write_text(
        "return { name = 'broken', fields = { { config = { type = 'record', fields = {} } } } }\n"
    )
    (plugin / "handler.lua").write_text("return { PRIORITY = 1, VERSION = '1.0.0' }\n")
    yield made
    made.stop()


def command(folder: Path, name: str, text: str) -> Path:
    """A stand-in for a command."""
    file = folder / "bin" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def visit(node: Any, lab: LabNode, state: str, **options: Any) -> Answer:
    known = {"conf": str(lab.kong_conf), "kong": str(lab.command), "root": str(lab.plugin_root), "timeout": 10}
    program = build_program(Visit(state=state, settle=0, **{**known, **options}))
    return read_answer(node.execute(program).stdout, program.nonce)


def spoil(lab: LabNode) -> None:
    (lab.plugin_root / "kong/plugins/broken/handler.lua").write_text("local = 1\n")


def test_the_log_of_a_container_tells_why_a_reload_failed(tmp_path: Path, dash_node: Any, lab: LabNode) -> None:
    lab.kong("start")
    asked = tmp_path / "asked"
    engine = command(
        tmp_path,
        "engine",
        f'case $1 in\ninspect) cat {lab.prefix}/pids/nginx.pid ;;\nexec) shift 2; exec "$@" ;;\n'
        f'logs) echo "$2 $3" >>{asked}; cat {lab.standard_error} ;;\nesac',
    )
    options = {
        "kind": "container",
        "engine": str(engine),
        "container": "gateway",
        "status_api": lab.status_api,
        "prefix": str(lab.prefix),
    }
    spoil(lab)
    verdict = judge(read_observations(visit(dash_node, lab, "reloaded", **options)))
    assert verdict.kind == "failed"
    assert "expected near" in verdict.message
    assert asked.read_text().startswith("--since 1")
    seen = visit(dash_node, lab, "look", log=True, **options)
    assert read_look(seen, "n1")["log"]["kind"] == "container"
    assert [record.kind for record in read_log(seen.text("log.text") or "")] == ["load"]


def test_the_journal_tells_why_a_reload_failed(tmp_path: Path, dash_node: Any, lab: LabNode) -> None:
    """Under systemd standard error is a socket, which nobody else can read from."""
    journal = tmp_path / "journal"
    ours, theirs = socket.socketpair()

    def keep() -> None:
        with journal.open("wb") as file:
            while data := ours.recv(4096):
                file.write(data)
                file.flush()

    reader = threading.Thread(target=keep, daemon=True)
    reader.start()
    subprocess.run(
        [lab.command, "start"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, check=True
    )
    theirs.close()
    unit = command(tmp_path, "journalctl", f'[ "$1 $2" = "-u kong" ] && cat {journal}')
    dash_node.environment = {**dash_node.environment, "PATH": f"{unit.parent}:{dash_node.environment['PATH']}"}
    spoil(lab)
    verdict = judge(read_observations(visit(dash_node, lab, "reloaded", unit="kong")))
    assert verdict.kind == "failed"
    assert "expected near" in verdict.message
    assert read_look(visit(dash_node, lab, "look", unit="kong"), "n1")["log"]["kind"] == "journal"
    lab.stop()
    ours.close()
