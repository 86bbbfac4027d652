# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""control_plane, control_plane_info, streaming_plugin and streaming_plugin_info."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.support.konnect_lab import TALLY, Lab, strict_requests


def _fresh() -> str:
    return f"made-{uuid.uuid4()}"


def test_a_control_plane_is_made_once_and_deleted_once(lab: Lab) -> None:
    arguments = {"control_plane": _fresh(), "description": "ours", "labels": {"team": "payments"}}
    runs = lab.four_times("control_plane", arguments)
    assert [run.changed for run in runs] == [True, True, False, False]
    assert runs[0]["diff"] == runs[1]["diff"]
    assert runs[1]["control_plane"]["labels"] == {"team": "payments"}
    runs = lab.four_times("control_plane", {"control_plane": arguments["control_plane"], "state": "absent"})
    assert [run.changed for run in runs] == [True, True, False, False]


def test_labels_are_merged_and_null_removes_one(lab: Lab) -> None:
    lab.api("PATCH", f"/control-planes/{lab.id}", {"labels": {"team": "payments", "stage": "test"}})
    runs = lab.four_times("control_plane", {"labels": {"owner": "anna", "stage": None}})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert runs[0]["diff"]["after"]["labels"] == {"team": "payments", "owner": "anna"}
    assert runs[1]["control_plane"]["labels"] == {"team": "payments", "owner": "anna"}
    run = lab.run("control_plane", {"labels": {"only": "one"}, "exclusive_labels": True})
    assert run["control_plane"]["labels"] == {"only": "one"}


def test_a_sixth_label_is_refused_before_it_is_sent(lab: Lab) -> None:
    run = lab.run("control_plane", {"labels": {f"label{number}": "x" for number in range(6)}})
    assert run.failed
    assert "at most 5 labels" in run.message


def test_a_label_that_konnect_reserves_is_its_own_message(lab: Lab) -> None:
    run = lab.run("control_plane", {"labels": {"kong-team": "x"}})
    assert run.failed
    assert "labels" in run.message


def test_a_group_has_the_members_that_it_is_given(lab: Lab) -> None:
    other, name = Lab(lab.server), _fresh()
    arguments = {"control_plane": name, "cluster_type": "group", "members": [lab.name, other.id]}
    runs = lab.four_times("control_plane", arguments)
    assert [run.changed for run in runs] == [True, True, False, False]
    info = lab.run("control_plane_info", {"control_plane": name})["control_planes"][0]
    assert {member["name"] for member in info["members"]} == {lab.name, other.name}
    assert info["group_status"]["conflicts"] == []
    assert lab.run("control_plane_info")["control_planes"][0]["group"]["name"] == name
    assert info["schema_conflicts"] == {}
    lab.upload()
    other.upload(TALLY.replace("default = 60", "default = 90"))
    info = lab.run("control_plane_info", {"control_plane": name})["control_planes"][0]
    assert info["schema_conflicts"] == {"tally": sorted([lab.name, other.name])}
    assert lab.run("control_plane", {"control_plane": name, "members": [lab.name]}).changed
    assert lab.run("control_plane", {"control_plane": name, "state": "absent"}).changed
    other.close()


def test_a_create_whose_answer_was_lost_makes_one_control_plane(lab: Lab) -> None:
    name = _fresh()
    lab.fault("reset", method="POST", path="/control-planes$", when="after")
    assert lab.run("control_plane", {"control_plane": name}).changed
    listed = lab.run("control_plane_info", {"control_plane": None})["control_planes"]
    assert [one["name"] for one in listed].count(name) == 1
    lab.run("control_plane", {"control_plane": name, "state": "absent"})


def test_the_type_cannot_be_changed(lab: Lab) -> None:
    run = lab.run("control_plane", {"cluster_type": "group"})
    assert run.failed
    assert "cannot change" in run.message


def test_an_unknown_control_plane_hints_at_the_region(lab: Lab) -> None:
    for name in ("nowhere", str(uuid.uuid4())):
        run = lab.run("control_plane_info", {"control_plane": name})
        assert run.failed
        assert "lives in one region" in run.message


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    (tmp_path / "schema.lua").write_text(TALLY)
    (tmp_path / "handler.lua").write_text("return { PRIORITY = 10, VERSION = '1.0.0' }\n")
    return tmp_path


def test_a_streaming_plugin_is_stored_once_and_deleted_once(lab: Lab, plugin: Path) -> None:
    runs = lab.four_times("streaming_plugin", {"path": str(plugin), "tags": ["b", "a"]})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert runs[0]["diff"] == runs[1]["diff"]
    (plugin / "handler.lua").write_text("return { PRIORITY = 20, VERSION = '1.0.0' }\n")
    run = lab.run("streaming_plugin", {"path": str(plugin)})
    assert run.changed
    assert sorted(run["streaming_plugin"]["tags"]) == ["a", "b"]
    assert [one["name"] for one in lab.run("streaming_plugin_info")["streaming_plugins"]] == ["tally"]
    runs = lab.four_times("streaming_plugin", {"name": "tally", "state": "absent"})
    assert [run.changed for run in runs] == [True, True, False, False]


def test_a_streaming_plugin_with_helpers_is_refused(lab: Lab, plugin: Path) -> None:
    (plugin / "helper.lua").write_text("return {}\n")
    run = lab.run("streaming_plugin", {"path": str(plugin)})
    assert run.failed
    assert "helper.lua" in run.message


def test_a_file_based_plugin_of_the_same_name_is_refused(lab: Lab, plugin: Path) -> None:
    lab.upload()
    run = lab.run("streaming_plugin", {"path": str(plugin)})
    assert run.failed
    assert "One name cannot be both" in run.message


def test_every_request_is_one_that_konnect_documents(lab: Lab, plugin: Path) -> None:
    if lab.document is None:
        pytest.skip("../shared is not on this machine")
    name = _fresh()
    lab.requests()
    lab.four_times("control_plane", {"control_plane": name, "cluster_type": "group", "members": [lab.name]})
    lab.run("control_plane_info", {"control_plane": name})
    lab.run("control_plane_info", {"control_plane": None, "labels": {"team": "payments"}})
    lab.run("control_plane", {"control_plane": name, "members": []})
    lab.run("control_plane", {"control_plane": name, "state": "absent"})
    lab.four_times("streaming_plugin", {"path": str(plugin)})
    lab.run("streaming_plugin_info")
    lab.run("streaming_plugin", {"name": "tally", "state": "absent"})
    assert list(strict_requests(lab)) == []
