# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node_info and node_sync against records that the lab holds."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.support.konnect_lab import Lab, strict_requests

QUICK = {"wait_timeout": 1, "wait_interval": 0.05}


def forge(lab: Lab, **about: Any) -> str:
    """A node record on the lab's control plane; returns its id."""
    answer = lab.http.post("/lab/nodes", json={"control_plane": lab.id, **about})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_without_any_node_nothing_is_proven(lab: Lab) -> None:
    run = lab.run("node_sync", {**QUICK, "wait_timeout": 0})
    assert run.failed
    assert "no live node" in run.message
    info = lab.run("node_info")
    assert (info["nodes"], info["in_sync"]) == ([], False)
    assert info["baseline"] == {"expected_hash": None, "updated_at": 0}
    assert abs(info["now"] - time.time()) < 5


def test_a_dead_record_does_not_count_unless_it_is_waited_for(lab: Lab) -> None:
    dead = forge(lab, hostname="gone", last_ping=int(time.time()) - 600)
    run = lab.run("node_sync", {**QUICK, "wait_timeout": 0, "required": False})
    assert [(one["verdict"], one["counted"]) for one in run["verdicts"]] == [("silent", False)]
    run = lab.run("node_sync", {**QUICK, "wait_timeout": 0, "nodes": [dead]})
    assert run.failed
    assert "gone: silent" in run.message


def test_a_node_without_a_record_is_named(lab: Lab) -> None:
    run = lab.run("node_sync", {**QUICK, "wait_timeout": 0, "nodes": ["no-such-id"]})
    assert run.failed
    assert "no-such-id: unknown" in run.message


def test_check_mode_looks_once_and_does_not_fail(lab: Lab) -> None:
    run = lab.run("node_sync", {"wait_timeout": 600}, check=True)
    assert not run.failed
    assert run["in_sync"] is False


def test_the_baseline_of_a_plane_without_nodes_can_be_given_back(lab: Lab) -> None:
    baseline = lab.run("node_info")["baseline"]
    run = lab.run("node_sync", {**QUICK, "wait_timeout": 0, "required": False, "baseline": baseline})
    assert run["hash_changed"] is False


def test_nodes_of_a_member_are_those_of_its_group(lab: Lab) -> None:
    group = Lab(lab.server, cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    group.api("PUT", f"/control-planes/{group.id}/group-memberships", {"members": [{"id": lab.id}]})
    forge(group, hostname="gateway-of-the-group")
    info = lab.run("node_info")
    assert info["control_plane"] == {"id": group.id, "name": group.name}
    assert [node["hostname"] for node in info["nodes"]] == ["gateway-of-the-group"]
    group.close()


def test_every_request_is_one_that_konnect_documents(lab: Lab) -> None:
    if lab.document is None:
        pytest.skip("../shared is not on this machine")
    forge(lab)
    lab.requests()
    lab.run("node_info")
    lab.run("node_sync", {**QUICK, "required": False})
    assert list(strict_requests(lab)) == []
