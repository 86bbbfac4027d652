# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""update_plan as Ansible runs it: one clear message for each bad input, the plan in the result, nothing changed."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._module import plan_inputs
from tests.support.konnect_lab import TALLY, Lab, Run

HANDLER = 'local T = { PRIORITY = 10, VERSION = "1.2.3" }\nfunction T:access(conf) end\nreturn T\n'
WITHOUT_HEADER = TALLY.replace('{ header = { type = "string" } },', "")
NO_NODE = "the control plane has no node"


def directory(folder: Path, schema: str | None = TALLY, name: str = "tally", **files: str) -> Path:
    plugin = folder / name
    plugin.mkdir()
    if schema is not None:
        (plugin / "schema.lua").write_text(schema)
    (plugin / "handler.lua").write_text(HANDLER)
    for file, content in files.items():
        (plugin / file).write_text(content)
    return plugin


def plan(lab: Lab, plugin: Path, **arguments: Any) -> Run:
    return lab.run("update_plan", {"plugin_paths": [str(plugin)], **arguments})


@pytest.fixture
def known(lab: Lab) -> Lab:
    """A control plane that has the plugin and one instance of it."""
    lab.upload()
    lab.instance({"header": "x-one", "secret": "canary-of-a-secret"})
    lab.requests()
    return lab


def test_the_plan_and_its_text_are_in_the_result_and_nothing_was_written(known: Lab, tmp_path: Path) -> None:
    run = plan(known, directory(tmp_path, WITHOUT_HEADER))

    assert run["plan"]["path"]["documented"] == run["plan"]["path"]["effective"] == "long"
    assert run["text"].startswith("Update path: LONG")
    assert run["changes"] == run["plan"]["changes"] == 2
    assert run["plan"]["plugins"][0]["handler"] == {"priority": 10, "version": "1.2.3", "phases": ["access"]}
    assert {entry["method"] for entry in known.requests()} == {"GET"}
    assert "canary-of-a-secret" not in run.output


def test_a_control_plane_without_a_node_stops_the_plan(known: Lab, tmp_path: Path) -> None:
    run = plan(known, directory(tmp_path))

    assert run.failed
    assert run.message.startswith(NO_NODE)


def test_a_plan_for_the_schema_alone_asks_for_what_is_missing(known: Lab, tmp_path: Path) -> None:
    needy = TALLY.replace(
        '{ header = { type = "string" } }',
        '{ header = { type = "string" } }, { more = { type = "string", required = true } }',
    )
    run = known.run("schema_plan", {"plugin_paths": [str(directory(tmp_path, needy))]})

    assert run.failed
    assert "config.more" in run.output
    assert "Traceback" not in run.output


def test_a_node_that_cannot_be_reached_stops_the_plan(known: Lab, tmp_path: Path) -> None:
    run = plan(known, directory(tmp_path), fleet=[{"host": "dp1", "reachable": False, "error": "No route to host"}])

    assert run.failed
    assert NO_NODE in run.message


def test_a_directory_that_does_not_exist(known: Lab, tmp_path: Path) -> None:
    run = plan(known, tmp_path / "nowhere")

    assert run.failed
    assert run.message == f"{tmp_path}/nowhere: no such plugin directory or archive on the controller"


def test_a_directory_without_a_schema(known: Lab, tmp_path: Path) -> None:
    run = plan(known, directory(tmp_path, None))

    assert run.failed
    assert "schema.lua is missing" in run.message


@pytest.mark.parametrize("name", ["api.lua", "dao.lua", "daos.lua", "migrations.lua", "migrations"])
def test_files_that_konnect_forbids(known: Lab, tmp_path: Path, name: str) -> None:
    plugin = directory(tmp_path)
    if name == "migrations":
        (plugin / name).mkdir()
        (plugin / name / "init.lua").write_text("return {}\n")
    else:
        (plugin / name).write_text("return {}\n")

    run = plan(known, plugin)

    assert run.failed
    assert f"{name} is not allowed" in run.message


def test_a_syntax_error_is_told_with_file_line_and_column(known: Lab, tmp_path: Path) -> None:
    plugin = directory(tmp_path, "local a = 1\nreturn { name = = }\n")

    run = plan(known, plugin)

    assert run.failed
    assert run.message.startswith(f"{plugin}/schema.lua:2:17: ")


def test_a_directory_named_otherwise_than_its_schema(known: Lab, tmp_path: Path) -> None:
    run = plan(known, directory(tmp_path, TALLY, "other"))

    assert run.failed
    assert "the schema's name is tally, the directory's is other" in run.message


def test_a_plugin_that_the_control_plane_does_not_have(lab: Lab, tmp_path: Path) -> None:
    run = plan(lab, directory(tmp_path))

    assert run.failed
    assert "Install the plugin first" in run.message


def test_a_member_of_a_group_is_not_changed_alone(known: Lab, tmp_path: Path) -> None:
    other, group = Lab(known.server), Lab(known.server, cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    members = {"members": [{"id": known.id}, {"id": other.id}]}
    group.api("PUT", f"/control-planes/{group.id}/group-memberships", members)
    plugin = directory(tmp_path, WITHOUT_HEADER)

    other.upload()
    alone = plan(known, plugin)
    allowed = plan(known, plugin, allow_missing=[other.name])
    other.upload(TALLY.replace("60", "61"))
    conflict = plan(known, plugin, allow_missing=[other.name])

    kept = f"other members of the group of {known.name} would keep another schema of it: {other.name}"
    assert any(kept in one for one in alone["problems"])
    assert not any(kept in one for one in allowed["problems"])
    assert conflict.failed
    assert f"'{known.name}' and '{other.name}' of one group have different schemas of 'tally'" in conflict.message
    for one in (group, other):
        one.close()


def test_an_unknown_control_plane_is_told_with_a_hint_about_the_region(known: Lab, tmp_path: Path) -> None:
    run = plan(known, directory(tmp_path), control_plane="nobody-knows-it")

    assert run.failed
    assert "nobody-knows-it" in run.message
    assert "region" in run.message


def test_a_wrong_token(known: Lab, tmp_path: Path) -> None:
    run = plan(known, directory(tmp_path), token="kpat_wrong-canary")

    assert run.failed
    assert run["status"] == 401
    assert "wrong-canary" not in run.output


def test_a_plan_file_is_the_plan_for_its_owner_only(known: Lab, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"

    run = plan(known, directory(tmp_path, WITHOUT_HEADER), plan_file=str(file))

    assert json.loads(file.read_text()) == run["plan"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "canary-of-a-secret" not in file.read_text()


@pytest.mark.parametrize("step", [None, "schema", "instances"])
def test_an_approved_plan_holds_through_its_own_steps(known: Lab, tmp_path: Path, step: str | None) -> None:
    plugin, file = directory(tmp_path, WITHOUT_HEADER), tmp_path / "plan.json"
    approved = plan(known, plugin, plan_file=str(file))["plan"]
    if step:
        known.upload(WITHOUT_HEADER)
    if step == "instances":
        assert known.run("plugin_instances", {"plan": approved}).changed

    assert plan(known, plugin, approved_plan=str(file)).message.startswith(NO_NODE)


def test_an_approved_plan_is_refused_when_the_world_has_changed(known: Lab, tmp_path: Path) -> None:
    plugin, file = directory(tmp_path, WITHOUT_HEADER), tmp_path / "plan.json"
    digest, kept = plan(known, plugin, plan_file=str(file))["plan"]["digest"], str(tmp_path / "journal")
    elsewhere = {"approved_digest": digest, "journal_dir": str(tmp_path / "elsewhere")}
    by_digest = {"approved_digest": digest, "journal_dir": kept}
    assert plan(known, plugin, **by_digest).message.startswith(NO_NODE)
    consumer = known.core("POST", "consumers", {"username": "anna"})
    known.instance({"ttl": 5}, consumer={"id": consumer["id"]})

    for how in ({"approved_plan": str(file)}, by_digest):
        assert "was not there when the plan was made" in plan(known, plugin, **how).message
    assert "not the approved one" in plan(known, plugin, **elsewhere).message


@pytest.mark.parametrize("step", [None, "schema"])
def test_a_plan_that_was_kept_can_be_carried_out_by_its_digest_alone(
    known: Lab, tmp_path: Path, step: str | None
) -> None:
    plugin, folder = directory(tmp_path, WITHOUT_HEADER), tmp_path / "journal"
    made = plan(known, plugin, keep=True, journal_dir=str(folder))
    if step:
        known.upload(WITHOUT_HEADER)

    run = plan(known, plugin, approved_digest=made["plan"]["digest"], journal_dir=str(folder))

    assert run.message.startswith(NO_NODE)
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder / "plans").iterdir()] == [0o600]
    assert made["plan_file"] == str(next((folder / "plans").iterdir()))


def test_a_changed_file_of_the_directory_is_named(known: Lab, tmp_path: Path) -> None:
    plugin, file = directory(tmp_path, WITHOUT_HEADER), tmp_path / "plan.json"
    plan(known, plugin, plan_file=str(file))
    (plugin / "handler.lua").write_text(f"-- changed\n{HANDLER}")
    (plugin / "more.lua").write_text("return {}\n")

    told = plan(known, plugin, approved_plan=str(file)).message

    assert "tally: the files of the directory are not those of the plan: handler.lua, more.lua." in told


def test_a_large_plan_goes_to_its_file_and_a_summary_is_returned(
    known: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_inputs, "LARGE_BYTES", 1000)
    file = tmp_path / "plan.json"

    run = plan(known, directory(tmp_path, WITHOUT_HEADER), plan_file=str(file))
    whole = json.loads(file.read_text())

    assert run["plan"]["digest"] == whole["digest"]
    assert run["plan_file"] == str(file)
    assert [(one["name"], one["instances"], one["rewrites"]) for one in run["plan"]["plugins"]] == [("tally", 1, 1)]
    assert whole["plugins"][0]["instances"][0]["action"] == "rewrite"


SUMMARY = '{"format": 1, "control_plane": {"id": "1"}, "steps": [], "plugins": [{"name": "tally", "instances": 1}]}'


@pytest.mark.parametrize("content", [None, "{", "[]", '{"format": 7}', '{"format": 1}', SUMMARY])
def test_an_approved_plan_that_is_none(known: Lab, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_text(content)

    run = plan(known, directory(tmp_path), approved_plan=str(file))

    assert run.failed
    assert run.message.startswith(f"approved_plan {file} ")


def test_check_mode_gives_the_same_plan(known: Lab, tmp_path: Path) -> None:
    plugin = directory(tmp_path, WITHOUT_HEADER)

    checked = known.run("update_plan", {"plugin_paths": [str(plugin)]}, check=True)

    assert checked["plan"] == plan(known, plugin)["plan"]


@pytest.mark.parametrize(
    ("form", "begin"),
    [
        ("markdown", "## Update path: long"),
        ("json", '{\n  "format": 1'),
        ("rehearsal", "Rehearsal of the update path LONG: every step played"),
    ],
)
def test_the_text_comes_in_other_forms(known: Lab, tmp_path: Path, form: str, begin: str) -> None:
    assert plan(known, directory(tmp_path, WITHOUT_HEADER), format=form)["text"].startswith(begin)
