# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""plugin_instances: all instances of a plugin, or none."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.support.konnect_lab import Lab

WITHOUT_HEADER = """
return {
  name = "tally",
  fields = { { config = { type = "record", fields = {
    { ttl = { type = "integer", required = true, default = 60 } },
    { max_age = { type = "integer" } },
  } } } },
}
"""


@pytest.fixture
def service(lab: Lab) -> str:
    lab.upload()
    return str(lab.core("POST", "services", {"name": "payments", "host": "payments.test"})["id"])


def test_a_rewrite_says_the_same_in_check_mode_and_for_real_and_is_then_done(lab: Lab, service: str) -> None:
    lab.instance({"header": "x-one"})
    lab.instance({"header": "x-two", "ttl": 5}, service={"id": service}, enabled=False, tags=["a", "b"])
    runs = lab.four_times("plugin_instances", {"plugin": "tally", "set": {"ttl": 30}})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert runs[0]["rewritten"] == runs[1]["rewritten"] == 2
    assert runs[0]["diff"] == runs[1]["diff"]
    assert {entry["after"]["ttl"] for entry in runs[1]["instances"]} == {30}


def test_what_the_rules_do_not_name_stays(lab: Lab, service: str) -> None:
    body = {"service": {"id": service}, "enabled": False, "tags": ["b", "a"], "instance_name": "mine"}
    before = lab.instance({"header": "x-two", "methods": ["GET", "PUT"]}, **body)
    assert lab.run("plugin_instances", {"plugin": "tally", "set": {"config.ttl": 30}}).changed
    after = lab.read(before["id"])
    assert after.pop("config") == {**before.pop("config"), "ttl": 30}
    assert after.pop("updated_at") >= before.pop("updated_at")
    assert after == before


def test_a_field_is_renamed_and_the_old_key_never_sent(lab: Lab, service: str) -> None:
    made = lab.instance({"ttl": 7, "header": "x"})
    lab.upload(WITHOUT_HEADER)
    run = lab.run("plugin_instances", {"plugin": "tally", "rename": {"ttl": "max_age"}})
    assert run.changed
    assert lab.read(made["id"])["config"] == {"ttl": 60, "max_age": 7}


def test_given_instances_are_written_and_others_left_alone(lab: Lab, service: str) -> None:
    one, other = lab.instance({"ttl": 1}), lab.instance({"ttl": 2}, service={"id": service})
    given = {"id": one["id"], "config": {**one["config"], "ttl": 9}, "updated_at": one["updated_at"]}
    runs = lab.four_times("plugin_instances", {"plugin": "tally", "instances": [given]})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert lab.read(one["id"])["config"]["ttl"] == 9
    assert lab.read(other["id"]) == other


def test_an_instance_written_since_the_plan_stops_everything(lab: Lab, service: str) -> None:
    one, other = lab.instance({"ttl": 1}), lab.instance({"ttl": 2}, service={"id": service})
    given = [
        {"id": one["id"], "config": {"ttl": 9}, "updated_at": one["updated_at"]},
        {"id": other["id"], "config": {"ttl": 9}, "updated_at": other["updated_at"] - 100},
    ]
    run = lab.run("plugin_instances", {"plugin": "tally", "instances": given})
    assert run.failed
    assert "written by somebody else" in run.message
    assert lab.read(one["id"]) == one


def test_a_foreign_write_in_the_middle_puts_back_what_was_written(lab: Lab, service: str) -> None:
    first, second = sorted(
        (lab.instance({"ttl": 1}), lab.instance({"ttl": 2}, service={"id": service})), key=lambda one: str(one["id"])
    )
    path = f"/v2/control-planes/{lab.id}/core-entities/plugins/{second['id']}"
    foreign = {"name": "tally", "config": {"ttl": 77}, "service": second["service"]}
    lab.fault("foreign_write", method="PUT", path=first["id"], request={"method": "PUT", "path": path, "body": foreign})
    run = lab.run("plugin_instances", {"plugin": "tally", "set": {"ttl": 30}, "concurrency": 1})
    assert run.failed
    assert "written by somebody else" in run.message
    assert "put back" in run.message
    assert lab.read(first["id"])["config"] == first["config"]
    assert lab.read(second["id"])["config"]["ttl"] == 77


def test_a_refused_instance_puts_back_what_was_written(lab: Lab, service: str) -> None:
    first, second = sorted(
        (lab.instance({"ttl": 1}), lab.instance({"ttl": 2}, service={"id": service})), key=lambda one: str(one["id"])
    )
    given = [{"id": first["id"], "config": {"ttl": 5}}, {"id": second["id"], "config": {"ttl": "many"}}]
    run = lab.run("plugin_instances", {"plugin": "tally", "instances": given, "concurrency": 1})
    assert run.failed
    assert "config.ttl" in run.message
    assert "put back" in run.message
    assert lab.read(first["id"])["config"] == first["config"]


def test_validate_refuses_before_anything_is_written_and_in_check_mode_too(lab: Lab, service: str) -> None:
    made = lab.instance({"header": "x"})
    lab.upload(WITHOUT_HEADER)
    lab.requests()
    for check in (True, False):
        run = lab.run("plugin_instances", {"plugin": "tally", "instances": [], "validate": True}, check=check)
        assert run.failed
        assert made["id"] in run.message
        assert "unknown field" in run.message
    assert not [entry for entry in lab.requests() if entry["method"] == "PUT"]


def test_a_backup_restores(lab: Lab, service: str, tmp_path: Path) -> None:
    made, backup = lab.instance({"secret": "canary-in-backup"}), tmp_path / "before.json"
    assert lab.run("plugin_instances", {"plugin": "tally", "set": {"ttl": 1}, "backup": str(backup)}).changed
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    kept = json.loads(backup.read_text())
    assert lab.run("plugin_instances", {"plugin": "tally", "instances": kept}).changed
    assert lab.read(made["id"])["config"] == made["config"]


def test_a_lost_answer_writes_nothing_twice_and_loses_nothing(lab: Lab, service: str) -> None:
    made = lab.instance({"ttl": 1})
    lab.fault("reset", method="PUT", when="after", times=1)
    assert lab.run("plugin_instances", {"plugin": "tally", "set": {"ttl": 2}}).changed
    assert lab.read(made["id"])["config"]["ttl"] == 2
    assert len(lab.core("GET", "plugins")["data"]) == 1


def test_two_requests_an_instance_and_one_listing(lab: Lab, service: str) -> None:
    for number in range(12):
        made = lab.core("POST", "services", {"name": f"s{number}", "host": "s.test"})
        lab.instance({"ttl": 1}, service={"id": made["id"]})
    lab.requests()
    assert lab.run("plugin_instances", {"plugin": "tally", "set": {"ttl": 2}}).result["rewritten"] == 12
    methods = [entry["method"] for entry in lab.requests() if "/core-entities/plugins" in entry["path"]]
    assert methods.count("PUT") == 12
    assert methods.count("GET") == 12 + 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"set": {"a..b": 1}}, "is not a path"),
        ({"convert": {"ttl": "date"}}, "neither one of"),
        ({"rename": {"a.b": "c.d"}}, "beside itself"),
    ],
)
def test_a_rule_that_cannot_be_read_is_told_before_anything_is_fetched(
    lab: Lab, arguments: dict[str, object], words: str
) -> None:
    run = lab.run("plugin_instances", {"plugin": "tally", "url": "http://127.0.0.1:9", "retries": 0, **arguments})
    assert run.failed
    assert words in run.message
