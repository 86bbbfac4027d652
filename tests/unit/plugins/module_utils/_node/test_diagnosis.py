# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a node: everything that is wrong now, and nothing that is over."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.diagnosis import diagnose, record_of
from ansible_collections.kongops.konnect.plugins.module_utils._node.kong_log import read_log
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import unreachable

PLUGIN: dict[str, Any] = {
    "loads": "/opt/kong-plugins/kong/plugins/ttl",
    "live": "sha256:1",
    "managed": True,
    "loaded": True,
    "drift": [],
    "digest": "sha256:1",
}
WELL: dict[str, Any] = {
    **unreachable("n1", ""),
    "reachable": True,
    "running": True,
    "ready": True,
    "node_id": "id-1",
    "hostname": "one",
    "enabled": ["ttl"],
    "log": {"kind": "file", "path": "/x"},
    "plugin_root": "/opt/kong-plugins",
    "plugins": {"ttl": PLUGIN},
}
IN_SYNC = {"id": "id-1", "verdict": "in_sync", "reason": ""}
REFUSED = (
    "2026/11/22 01:02:03 [error] 1#0: *5 [clustering] unable to update running config: "
    "bad config received from control plane in 'plugins':\n  - in entry 2 of 'plugins':\n    in 'config':\n"
    "      in 'ttl': required field missing, context: ngx.timer\n"
)
UNLOADED = "2026/11/22 01:02:03 [error] 1#0: init_by_lua error: handler.lua:1: unexpected symbol near '='\n"


def log_of(text: str, since: str = "2026/11/22 01:00:00") -> dict[str, Any]:
    return {"records": [record.to_dict() for record in read_log(text)], "workers_since": since}


def test_a_node_that_is_well_has_no_finding() -> None:
    assert diagnose(WELL, log_of(""), IN_SYNC) == []


def test_a_payload_taken_just_now_outweighs_what_the_control_plane_has_not_heard_yet() -> None:
    lagging = {**IN_SYNC, "verdict": "stale", "reason": "has not reported"}
    (finding,) = diagnose(WELL, log_of(""), lagging)
    assert "calls it stale" in finding.what
    assert diagnose(WELL, log_of(""), lagging, accepted=True) == []
    assert diagnose(WELL, log_of(""), {**lagging, "verdict": "incompatible"}, accepted=True)


@pytest.mark.parametrize(
    ("look", "what"),
    [
        (unreachable("n1", "no route"), "cannot be reached: no route"),
        ({**WELL, "running": False, "ready": None}, "Kong does not run"),
        ({**WELL, "ready": False, "ready_message": "draining"}, "not ready: draining"),
        ({**WELL, "ready": None}, "Status API"),
        ({**WELL, "empty_prefix": True}, "no configuration to fall back on"),
        ({**WELL, "log": {"kind": "stderr", "path": None}}, "error log cannot be read"),
        ({**WELL, "plugins": {"ttl": {**PLUGIN, "loads": None}}}, "enabled and not installed"),
        ({**WELL, "plugins": {"ttl": {**PLUGIN, "managed": False}}}, "comes before the release"),
        ({**WELL, "plugins": {"ttl": {**PLUGIN, "loaded": False}}}, "workers do not run it yet"),
        ({**WELL, "plugins": {"ttl": {**PLUGIN, "drift": ["a.lua was changed"]}}}, "a.lua was changed"),
    ],
)
def test_each_trouble_is_named_once_with_advice(look: dict[str, Any], what: str) -> None:
    (finding,) = diagnose(look, log_of(""), IN_SYNC)
    assert what in finding.what
    assert finding.advice


def test_a_refused_payload_is_told_until_the_node_is_in_sync() -> None:
    behind = {"id": "id-1", "verdict": "rejected", "reason": "it reports another hash"}
    refused, record = diagnose(WELL, log_of(REFUSED), behind)
    assert "plugins[2], config.ttl: required field missing" in refused.what
    assert "2026/11/22 01:02:03" in refused.what
    assert "rejected" in record.what
    assert diagnose(WELL, log_of(REFUSED), IN_SYNC) == []


def test_a_payload_that_the_present_workers_refused_is_told_of_a_node_in_sync_to_who_asks_for_doubts() -> None:
    (finding,) = diagnose(WELL, log_of(REFUSED), IN_SYNC, doubts=True)
    assert "went back to what it was" in finding.what
    assert "config.ttl: required field missing" in finding.what
    assert finding.advice
    assert diagnose(WELL, log_of(REFUSED, since="2026/11/22 01:02:04"), IN_SYNC, doubts=True) == []


def test_a_failed_load_is_told_until_the_workers_change() -> None:
    (finding,) = diagnose(WELL, log_of(UNLOADED), IN_SYNC)
    assert "could not load" in finding.what
    assert diagnose(WELL, log_of(UNLOADED, since="2026/11/22 01:02:04"), IN_SYNC) == []


def test_a_node_is_found_by_its_id_before_its_name_and_may_have_no_record() -> None:
    records = [{"id": "other", "hostname": "one"}, {"id": "id-1", "hostname": "two"}]
    assert record_of(WELL, records)["hostname"] == "two"
    assert record_of({**WELL, "node_id": None}, records)["id"] == "other"
    (finding,) = diagnose(WELL, log_of(""), record_of(WELL, []))
    assert "no record" in finding.what
