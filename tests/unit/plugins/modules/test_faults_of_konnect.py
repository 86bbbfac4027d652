# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules when Konnect, or what is between here and Konnect, misbehaves: one message, one next step, nothing twice."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.konnect_lab import TALLY, Lab, Server

PASSING: list[dict[str, Any]] = [
    {"kind": "status", "status": 429, "retry_after": 0},
    {"kind": "status", "status": 429, "retry_after": 1, "retry_after_form": "date"},
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "html", "status": 502},
    {"kind": "reset", "when": "before"},
    {"kind": "reset", "when": "after"},
    {"kind": "truncated_json"},
]
LASTING = [
    ({"kind": "expired_token"}, "Check the token"),
    ({"kind": "html", "status": 502}, "so a proxy or gateway on the way answered"),
    ({"kind": "status", "status": 429}, "lower the concurrency"),
    ({"kind": "status", "status": 503}, "run the same command again"),
    ({"kind": "status", "status": 403}, "lacks a role"),
    ({"kind": "reset"}, "Check url, proxy and ca_path"),
    ({"kind": "truncated_json"}, "Run the same command again"),
]


def _label(fault: dict[str, Any]) -> str:
    return " ".join(map(str, fault.values()))


@pytest.mark.parametrize("fault", PASSING, ids=_label)
def test_a_passing_fault_is_not_noticed(lab: Lab, fault: dict[str, Any]) -> None:
    lab.fault(method="PUT", times=1, **fault)
    assert lab.run("plugin_schema", {"source": TALLY}).changed
    lab.fault(method="PUT", times=1, **fault)
    assert lab.run("plugin_instance", {"name": "tally", "config": {"ttl": 5}}).changed
    lab.fault(method="DELETE", times=1, **fault)
    assert lab.run("plugin_schema", {"name": "tally", "state": "absent", "delete_instances": True}).changed
    assert lab.core("GET", "plugins")["data"] == []
    assert not lab.run("plugin_schema_info")["schemas"]


@pytest.mark.parametrize(("fault", "words"), LASTING, ids=[_label(fault) for fault, _words in LASTING])
def test_a_lasting_fault_is_one_message_with_the_next_step(lab: Lab, fault: dict[str, Any], words: str) -> None:
    lab.fault(times=None, **fault)
    run = lab.run("plugin_schema", {"source": TALLY, "retries": 0})
    assert run.failed
    assert words in run.message
    assert "Traceback" not in run.output


def test_a_slow_answer_ends_in_time(lab: Lab) -> None:
    lab.fault("slow_body", ms=4000, times=None)
    begun = time.monotonic()
    run = lab.run("node_info", {"timeout": 1, "retries": 0})
    assert run.failed
    assert "Raise timeout" in run.message
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("grant", "words"), [({"write": False}, "lacks a role"), ({"expired": True}, "Check the token")]
)
def test_a_token_that_may_not_is_told_from_one_that_is_none(lab: Lab, grant: dict[str, Any], words: str) -> None:
    token = lab.http.post("/lab/tokens", json=grant).json()["token"]
    run = lab.run("plugin_schema", {"source": TALLY, "token": token})
    assert run.failed
    assert words in run.message
    assert token not in run.output


def test_https_needs_the_ca_and_says_so(tmp_path: Path) -> None:
    server = Server(tmp_path, "--tls")
    try:
        lab = Lab(server)
        run = lab.run("node_info", {"retries": 0})
        assert run.failed
        assert "Set ca_path" in run.message
        assert not lab.run("node_info", {"ca_path": server.ca}).failed
        lab.close()
    finally:
        server.stop()


def test_a_loud_run_lists_its_requests(lab: Lab) -> None:
    run = lab.run("node_info", verbosity=3)
    assert {"method", "path", "status", "milliseconds", "attempt"} == set(run["requests"][0])
    assert "requests" not in lab.run("node_info", verbosity=2).result


def test_a_missing_library_names_the_interpreter(root: Path) -> None:
    program = (
        "import sys\n"
        "sys.path[:0] = ['.', '.build']\n"
        "from tests.support.konnect_lab import run_module\n"
        "sys.modules['httpx'] = None\n"
        "print(run_module('node_info', {'control_plane': 'any'}).message)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert "httpx" in done.stdout
    assert sys.executable in done.stdout
