# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A group is read and written member by member, and judged as one: its nodes have one schema.lua for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.konnect_lab import TALLY, Lab, Run

OTHER = TALLY.replace("default = 60", "default = 61")
THIRD = TALLY.replace("default = 60", "default = 62")
WITHOUT_HEADER = TALLY.replace('{ header = { type = "string" } },', "")


class Group(Lab):
    """A group with three members: two have the plugin, with an instance each; the third has neither."""

    def __init__(self, one: Lab) -> None:
        super().__init__(one.server, cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
        self.one, self.other, self.bare = one, Lab(one.server), Lab(one.server)
        ids = [{"id": member.id} for member in (self.one, self.other, self.bare)]
        self.api("PUT", f"/control-planes/{self.id}/group-memberships", {"members": ids})
        self.instances: dict[str, str] = {}
        for member, name in ((self.one, "retail"), (self.other, "wholesale")):
            member.upload()
            service = member.core("POST", "services", {"name": name, "host": f"{name}.test"})
            made = member.instance({"header": name}, instance_name=name, service={"id": service["id"]})
            self.instances[name] = made["id"]

    def close(self) -> None:
        super().close()
        self.other.close()
        self.bare.close()

    def schemas(self) -> list[str]:
        return [
            member.core("GET", "plugin-schemas/tally")["item"]["lua_schema"].strip()
            for member in (self.one, self.other)
        ]

    def headers(self) -> dict[str, Any]:
        found = {"retail": self.one, "wholesale": self.other}
        return {name: member.read(self.instances[name])["config"].get("header") for name, member in found.items()}

    def plan(self, folder: Path, schema: str, **arguments: Any) -> Run:
        plugin = folder / "tally"
        plugin.mkdir(exist_ok=True)
        (plugin / "schema.lua").write_text(schema)
        (plugin / "handler.lua").write_text("return { PRIORITY = 10, VERSION = '1.0.0' }\n")
        return self.run("update_plan", {"plugin_paths": [str(plugin)], "allow_missing": ["tally"], **arguments})


@pytest.fixture
def group(lab: Lab) -> Iterator[Group]:
    made = Group(lab)
    yield made
    made.close()


def test_a_schema_goes_to_every_member_that_has_the_plugin_and_to_no_other(group: Group) -> None:
    runs = group.four_times("plugin_schema", {"source": OTHER})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert group.schemas() == [OTHER.strip()] * 2
    found = group.run("plugin_schema_info", {})["schemas"]
    assert {(one["control_plane"]["name"], one["name"], one["instances"]) for one in found} == {
        (group.one.name, "tally", 1),
        (group.other.name, "tally", 1),
    }


def test_a_schema_that_came_to_some_members_only_comes_to_the_others(group: Group, tmp_path: Path) -> None:
    group.one.upload(OTHER)
    plan = group.plan(tmp_path, OTHER)
    assert plan["plan"]["plugins"][0]["uploads_schema"]
    assert group.run("plugin_schema", {"source": OTHER}).changed
    assert group.schemas() == [OTHER.strip()] * 2


def test_what_was_stored_is_restored_member_by_member(group: Group) -> None:
    group.other.upload(OTHER)
    before = group.run("plugin_schema_info", {"name": "tally"})["schemas"]
    group.run("plugin_schema", {"source": OTHER})
    group.bare.upload(OTHER)
    runs = group.four_times("plugin_schema", {"state": "restored", "name": "tally", "schemas": before})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert group.schemas() == [TALLY.strip(), OTHER.strip()]
    assert group.bare.core("GET", "plugin-schemas") == {}


def test_what_somebody_else_stored_meanwhile_is_not_put_back(group: Group) -> None:
    before = group.run("plugin_schema_info", {"name": "tally"})["schemas"]
    group.one.upload(OTHER)
    group.other.upload(THIRD)
    run = group.run("plugin_schema", {"state": "restored", "name": "tally", "schemas": before, "source": OTHER})
    assert run.failed
    assert f"on {group.other.name} was written by somebody else meanwhile" in run.message
    assert group.schemas() == [TALLY.strip(), THIRD.strip()]


def test_members_that_have_a_third_schema_stop_it(group: Group, tmp_path: Path) -> None:
    group.other.upload(OTHER)
    for run in (group.run("plugin_schema", {"source": THIRD}), group.plan(tmp_path, THIRD)):
        assert run.failed
        assert "have different schemas of 'tally'" in run.message
        assert "give both members the same schema first" in run.message
    assert group.schemas() == [TALLY.strip(), OTHER.strip()]


def test_a_plugin_that_no_member_has_needs_a_member(group: Group) -> None:
    run = group.run("plugin_schema", {"source": TALLY.replace('"tally"', '"new-one"')})
    assert run.failed
    assert group.bare.name in run.message
    assert "Name the member that is to have it" in run.message


def test_one_plan_judges_and_rewrites_the_instances_of_all_members(group: Group, tmp_path: Path) -> None:
    plan = group.plan(tmp_path, WITHOUT_HEADER)["plan"]
    assert {one["name"] for one in plan["control_plane"]["members"]} == {group.one.name, group.other.name}
    labels = {one["label"] for one in plan["plugins"][0]["instances"]}
    assert {label.rpartition(" on ")[2] for label in labels} == {f"{group.one.name})", f"{group.other.name})"}
    group.run("plugin_schema", {"source": WITHOUT_HEADER})
    runs = group.four_times("plugin_instances", {"plan": plan, "validate": True})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert group.headers() == {"retail": None, "wholesale": None}


def test_a_refusal_at_one_member_changes_no_member(group: Group) -> None:
    group.fault(
        "status", status=400, method="PUT", path=f"/v2/control-planes/{group.other.id}/core-entities/plugins/", times=1
    )
    run = group.run("plugin_instances", {"plugin": "tally", "set": {"header": "changed"}})
    assert run.failed
    assert group.headers() == {"retail": "retail", "wholesale": "wholesale"}


def test_a_foreign_write_on_any_member_stops_the_rollout(group: Group, tmp_path: Path) -> None:
    plan = group.plan(tmp_path, WITHOUT_HEADER)["plan"]
    opened = group.run("maintenance_window", {"state": "open", "plan": plan, "journal_dir": str(tmp_path / "journal")})
    held = {"state": "held", "plan": plan, "rollout": opened["rollout"]}
    assert not group.run("maintenance_window", held).failed
    group.other.core("PUT", f"plugins/{group.instances['wholesale']}", {"name": "tally", "config": {"header": "other"}})
    run = group.run("maintenance_window", held)
    assert run.failed
    assert "wholesale" in run.message or group.instances["wholesale"][:8] in run.message
    group.run("maintenance_window", {"state": "closed", "rollout": opened["rollout"]})


def test_rollouts_on_a_group_and_on_its_members_exclude_each_other(group: Group, tmp_path: Path) -> None:
    whole = group.plan(tmp_path, OTHER)["plan"]
    opened = group.run("maintenance_window", {"state": "open", "plan": whole, "journal_dir": str(tmp_path / "one")})
    (tmp_path / "other").mkdir()
    plugin = {"plugin_paths": [str(tmp_path / "tally")], "allow_missing": ["tally", group.other.name]}
    alone = group.one.run("update_plan", plugin)["plan"]
    arguments = {"state": "open", "plan": alone, "journal_dir": str(tmp_path / "other")}
    refused = group.one.run("maintenance_window", arguments)
    assert refused.failed
    assert opened["rollout"]["owner"] in refused.message
    group.run("maintenance_window", {"state": "closed", "rollout": opened["rollout"]})
    assert not group.one.run("maintenance_window", arguments).failed


def test_a_member_tells_the_lock_of_its_group(group: Group) -> None:
    group.api("PATCH", f"/control-planes/{group.id}", {"labels": {"rollout-lock": "somebody-1-0000.4000000000"}})
    (member,) = group.one.run("control_plane_info", {})["control_planes"]
    assert member["group"]["labels"] == {"rollout-lock": "somebody-1-0000.4000000000"}


def test_a_nudge_goes_to_one_member_and_is_found_on_any(group: Group) -> None:
    pushed = group.run("nudge", {})
    there = [member for member in (group.one, group.other, group.bare) if member.core("GET", "services")["data"]]
    nudged = [
        one for one in there if any(row["name"] == "kongops-nudge" for row in one.core("GET", "services")["data"])
    ]
    assert len(nudged) == 1
    assert pushed["service_id"] == group.run("nudge", {"state": "absent"})["service_id"]
    assert not group.run("nudge", {"state": "absent"}).changed


def test_a_removal_deletes_on_every_member(group: Group) -> None:
    names = {"names": ["tally"], "confirmed": ["tally"], "allow_missing": ["*"]}
    plan = group.run("removal_plan", names)["plan"]
    runs = group.four_times("instance_removal", {"plan": plan})
    assert [run.changed for run in runs] == [True, True, False, False]
    runs = group.four_times("plugin_schema", {"state": "absent", "name": "tally"})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert group.run("plugin_schema_info", {})["schemas"] == []


def test_two_members_that_use_one_id_cannot_be_told_apart(group: Group, tmp_path: Path) -> None:
    group.bare.upload()
    group.bare.core("PUT", f"plugins/{group.instances['retail']}", {"name": "tally", "config": {}})
    run = group.plan(tmp_path, OTHER)
    assert run.failed
    assert "both have an instance with the id" in run.message


def test_what_a_group_cannot_take_names_its_members(group: Group) -> None:
    run = group.run("plugin_instance", {"name": "tally"})
    assert run.failed
    assert f"Name the member that holds what you mean: {group.one.name}" in run.message
