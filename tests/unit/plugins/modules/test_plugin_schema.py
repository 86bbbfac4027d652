# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""plugin_schema and plugin_schema_info."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.konnect_lab import TALLY, Lab, strict_requests

NEWER = TALLY.replace("default = 60", "default = 90")


def test_a_schema_is_stored_once_and_deleted_once(lab: Lab) -> None:
    runs = lab.four_times("plugin_schema", {"source": TALLY})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert runs[0]["diff"] == runs[1]["diff"]
    assert runs[0]["diff"]["before"] == ""
    assert runs[1]["schema"]["name"] == "tally"
    runs = lab.four_times("plugin_schema", {"name": "tally", "state": "absent"})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert runs[1]["diff"]["after"] == ""


def test_a_changed_text_is_an_update_and_line_endings_are_not(lab: Lab) -> None:
    lab.upload()
    assert not lab.run("plugin_schema", {"source": TALLY.replace("\n", "\r\n") + "\n\n"}).changed
    run = lab.run("plugin_schema", {"source": NEWER}, diff=True)
    assert run.changed
    assert "default = 60" in run["diff"]["before"]
    assert "default = 90" in run["diff"]["after"]


def test_a_directory_will_do(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "schema.lua").write_text(TALLY)
    assert lab.run("plugin_schema", {"path": str(tmp_path)}).changed
    assert not lab.run("plugin_schema", {"path": str(tmp_path / "schema.lua")}).changed


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (TALLY, "other", "A renamed schema is a new plugin"),
        ("return {\n  name = \n}", None, "source:3:"),
        (TALLY.replace('"tally"', '"key-auth"'), None, "comes with Kong"),
        ("return 1", None, "Nothing was sent"),
        (TALLY.replace('"tally"', "os.getenv('X')"), None, "Nothing was sent"),
    ],
)
def test_what_must_not_be_sent_is_not(lab: Lab, text: str, name: str | None, words: str) -> None:
    lab.requests()
    run = lab.run("plugin_schema", {"source": text, "name": name})
    assert run.failed
    assert words in run.message
    assert not [entry for entry in lab.requests() if entry["method"] == "PUT"]


def test_a_file_that_is_not_there_is_named(lab: Lab, tmp_path: Path) -> None:
    run = lab.run("plugin_schema", {"path": str(tmp_path / "none")})
    assert run.failed
    assert f"{tmp_path / 'none'} cannot be read" in run.message


def test_a_syntax_error_in_a_file_has_file_line_and_column(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "schema.lua").write_text("return {\n  name = = 1\n}\n")
    run = lab.run("plugin_schema", {"path": str(tmp_path)})
    assert run.failed
    assert f"{tmp_path}/schema.lua:2:" in run.message


def test_a_streaming_plugin_of_the_same_name_is_refused(lab: Lab) -> None:
    lab.core("POST", "custom-plugins", {"name": "tally", "schema": TALLY, "handler": "return {}"})
    run = lab.run("plugin_schema", {"source": TALLY})
    assert run.failed
    assert "is a streaming plugin" in run.message


def test_a_schema_in_use_is_not_deleted_unless_told(lab: Lab) -> None:
    lab.upload()
    made = lab.instance()
    run = lab.run("plugin_schema", {"name": "tally", "state": "absent"})
    assert run.failed
    assert f"{made['id']} (global)" in run.message
    told = {"name": "tally", "state": "absent", "delete_instances": True}
    runs = lab.four_times("plugin_schema", told)
    assert [run.changed for run in runs] == [True, True, False, False]
    assert runs[1]["deleted_instances"] == [made["id"]]
    assert lab.core("GET", "plugins")["data"] == []


def test_info_counts_instances(lab: Lab) -> None:
    assert lab.run("plugin_schema_info", {})["schemas"] == []
    lab.upload()
    lab.upload(TALLY.replace('"tally"', '"total"'), "total")
    lab.instance()
    found = lab.run("plugin_schema_info", {})["schemas"]
    assert [(one["name"], one["instances"]) for one in found] == [("tally", 1), ("total", 0)]
    assert [one["name"] for one in lab.run("plugin_schema_info", {"name": "total"})["schemas"]] == ["total"]


def test_a_large_schema_warns(lab: Lab, capfd: pytest.CaptureFixture[str]) -> None:
    """In the result, or on the screen where another test has loaded the controller's side of Ansible."""
    run = lab.run("plugin_schema", {"source": TALLY + "-- " + "x" * 9000}, check=True)
    assert "may refuse more than 8192" in f"{run.result.get('warnings')}{capfd.readouterr().err}"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("CLUSTER_TYPE_CONTROL_PLANE_GROUP", "has no member"),
        ("CLUSTER_TYPE_K8S_INGRESS_CONTROLLER", "KongPlugin resources"),
        ("CLUSTER_TYPE_SERVERLESS", "serverless"),
    ],
)
def test_a_control_plane_that_cannot_be_served_is_refused_with_the_way(lab: Lab, kind: str, words: str) -> None:
    other = Lab(lab.server, cluster_type=kind)
    run = other.run("plugin_schema", {"source": TALLY})
    other.close()
    assert run.failed
    assert words in run.message


def test_dedicated_cloud_gateways_are_sent_to_streaming(lab: Lab) -> None:
    other = Lab(lab.server, cloud_gateway=True)
    run = other.run("plugin_schema", {"source": TALLY})
    other.close()
    assert run.failed
    assert "kongops.konnect.streaming_plugin" in run.message


def test_members_of_a_group_do_not_get_a_third_schema(lab: Lab) -> None:
    other, group = Lab(lab.server), Lab(lab.server, cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    group.api("PUT", f"/control-planes/{group.id}/group-memberships", {"members": [{"id": lab.id}, {"id": other.id}]})
    later, latest = TALLY.replace("60", "61"), TALLY.replace("60", "62")
    other.upload(later)

    new = lab.run("plugin_schema", {"source": TALLY})
    assert new.failed
    assert f"'{lab.name}' and '{other.name}' of one group would have different schemas of 'tally'" in new.message
    assert "give both members the same schema first" in new.message
    lab.upload(TALLY)
    third = lab.run("plugin_schema", {"source": latest}, check=True)
    assert third.failed
    assert "of one group have different schemas of 'tally'" in third.message
    assert not lab.run("plugin_schema", {"source": TALLY}).changed
    assert lab.run("plugin_schema", {"source": later}).changed
    assert lab.run("plugin_schema", {"source": latest}).changed
    assert other.run("plugin_schema", {"source": latest}).changed
    for one in (group, other):
        one.close()


def test_every_request_is_one_that_konnect_documents(lab: Lab) -> None:
    if lab.document is None:
        pytest.skip("../shared is not on this machine")
    lab.requests()
    lab.four_times("plugin_schema", {"source": TALLY})
    lab.run("plugin_schema_info", {})
    lab.instance()
    lab.run("plugin_schema", {"name": "tally", "state": "absent", "delete_instances": True})
    assert list(strict_requests(lab)) == []
