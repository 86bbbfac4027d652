# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""plugin_instances with a plan: the edits that update_plan decided, carried out on a control plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.konnect_lab import TALLY, Lab

HANDLER = "return { PRIORITY = 10, VERSION = '1.0.0' }\n"
WITHOUT_HEADER = TALLY.replace('{ header = { type = "string" } },', "")
WITH_PIN = TALLY.replace(
    '{ header = { type = "string" } },', '{ pin = { type = "string", required = true, encrypted = true } },'
)
WITH_PINS = TALLY.replace(
    '{ header = { type = "string" } },',
    '{ pins = { type = "array", required = true, elements = { type = "string", encrypted = true } } },',
)
TIGHTENED = {
    "beside a null that is gone": TALLY.replace('{ header = { type = "string" } },', "").replace(
        "{ methods = {", '{ methods = { required = true, default = { "GET" },'
    ),
    "in a list": TALLY.replace(
        '{ password = { type = "string", referenceable = true } }',
        '{ password = { type = "string", referenceable = true, required = true, default = "d" } }',
    ),
}


def decide(lab: Lab, folder: Path, schema: str, **more: Any) -> dict[str, Any]:
    """The plan for a plugin directory with this schema; there is no node, so problems with nodes are passed over."""
    plugin = folder / "tally"
    plugin.mkdir()
    (plugin / "schema.lua").write_text(schema)
    (plugin / "handler.lua").write_text(HANDLER)
    run = lab.run("update_plan", {"plugin_paths": [str(plugin)], **more})
    return dict(run["plan"])


@pytest.fixture
def instances(lab: Lab) -> list[dict[str, Any]]:
    lab.upload()
    service = lab.core("POST", "services", {"name": "payments", "host": "payments.test"})
    return [lab.instance({"header": "x-one"}), lab.instance({"ttl": 5}, service={"id": service["id"]})]


def test_a_plan_is_carried_out_once(lab: Lab, instances: list[dict[str, Any]], tmp_path: Path) -> None:
    plan = decide(lab, tmp_path, WITHOUT_HEADER)
    lab.upload(WITHOUT_HEADER)
    runs = lab.four_times("plugin_instances", {"plan": plan, "validate": True})
    assert [run.changed for run in runs] == [True, True, False, False]
    assert {entry["plugin"] for entry in runs[1]["instances"]} == {"tally"}
    for before in instances:
        after = lab.read(before["id"])
        assert after["config"].get("header") is None
        assert (after["config"]["ttl"], after["service"]) == (before["config"]["ttl"], before["service"])


@pytest.mark.parametrize("foreign", ["written", "made", "deleted"])
def test_what_somebody_else_did_since_stops_it(
    lab: Lab, instances: list[dict[str, Any]], tmp_path: Path, foreign: str
) -> None:
    plan = decide(lab, tmp_path, WITHOUT_HEADER)
    lab.upload(WITHOUT_HEADER)
    path = f"plugins/{instances[1]['id']}"
    if foreign == "written":
        lab.core("PUT", path, {"name": "tally", "service": instances[1]["service"], "config": {"ttl": 77}})
    elif foreign == "deleted":
        lab.core("DELETE", path)
    else:
        consumer = lab.core("POST", "consumers", {"username": "anna"})
        lab.instance(consumer={"id": consumer["id"]})
    lab.requests()
    run = lab.run("plugin_instances", {"plan": plan})
    assert run.failed
    assert "Read and plan again" in run.message
    assert not [entry for entry in lab.requests() if entry["method"] == "PUT"]


def test_a_secret_answer_is_not_in_the_plan_and_is_taken_from_the_operator(
    lab: Lab, instances: list[dict[str, Any]], tmp_path: Path
) -> None:
    answers = {"tally": {"*": {"config.pin": "canary-of-an-answer"}}}
    plan = decide(lab, tmp_path, WITH_PIN, instance_values=answers)
    assert "canary-of-an-answer" not in str(plan)
    lab.upload(WITH_PIN)
    run = lab.run("plugin_instances", {"plan": plan})
    assert run.failed
    assert "instance_values" in run.message
    run = lab.run("plugin_instances", {"plan": plan, "instance_values": answers}, diff=True, verbosity=4)
    assert run.changed
    assert "canary-of-an-answer" not in run.output
    assert {lab.read(one["id"])["config"]["pin"] for one in instances} == {"canary-of-an-answer"}


def test_an_answer_for_a_list_of_secrets_is_written_and_never_told(
    lab: Lab, instances: list[dict[str, Any]], tmp_path: Path
) -> None:
    answers = {"tally": {"*": {"config.pins": ["canary-of-an-answer"]}}}
    plan = decide(lab, tmp_path, WITH_PINS, instance_values=answers)
    assert "canary-of-an-answer" not in str(plan)
    lab.upload(WITH_PINS)
    run = lab.run("plugin_instances", {"plan": plan, "instance_values": answers}, diff=True, verbosity=4)
    assert run.changed, run.output
    assert "canary-of-an-answer" not in run.output
    assert [lab.read(one["id"])["config"]["pins"] for one in instances] == [["canary-of-an-answer"]] * 2


WITH_TOKENS = TALLY.replace(
    '{ password = { type = "string", referenceable = true } }',
    '{ token = { type = "string", required = true, encrypted = true } }',
)


def test_each_place_gets_the_answer_that_the_plan_took_for_it(lab: Lab, tmp_path: Path) -> None:
    lab.upload()
    config = {"servers": [{"host": "a.test"}, {"host": "b.test"}, {"host": "c.test"}]}
    one = lab.instance(config, instance_name="one")
    answers = {
        "tally": {
            "*": {"config.servers[].token": "for-everyone"},
            "one": {"config.servers[1].token": "by-name", "config.servers[2].token": "by-name"},
            one["id"]: {"config.servers[1].token": "by-id"},
        }
    }
    plan = decide(lab, tmp_path, WITH_TOKENS, instance_values=answers)
    lab.upload(WITH_TOKENS)
    runs = [lab.run("plugin_instances", {"plan": plan, "instance_values": answers}) for _again in range(2)]
    assert [run.changed for run in runs] == [True, False], runs[1].output
    tokens = [server["token"] for server in lab.read(one["id"])["config"]["servers"]]
    assert tokens == ["by-id", "by-name", "for-everyone"]


@pytest.mark.parametrize("schema", TIGHTENED.values(), ids=TIGHTENED)
def test_a_null_that_takes_a_default_is_written_once(lab: Lab, tmp_path: Path, schema: str) -> None:
    lab.upload()
    one = lab.instance({"servers": [{"host": "a.test"}]})
    assert one["config"]["methods"] is None
    assert one["config"]["servers"][0]["password"] is None
    plan = decide(lab, tmp_path, schema)
    lab.upload(schema)
    runs = lab.four_times("plugin_instances", {"plan": plan, "validate": True})
    assert [run.changed for run in runs] == [True, True, False, False], runs[1].output
    config = lab.read(one["id"])["config"]
    if "header" in config:
        assert config["servers"][0]["password"] == "d"
    else:
        assert config["methods"] == ["GET"]


def test_an_instance_that_is_to_be_saved_as_it_is_is_written_once(
    lab: Lab, instances: list[dict[str, Any]], tmp_path: Path
) -> None:
    """A plan need not know why saving alone heals an instance: that it is stored otherwise then is enough."""
    schema = TALLY.replace("{ methods = {", '{ methods = { required = true, default = { "GET" },')
    plan = decide(lab, tmp_path, schema)
    for told in plan["plugins"][0]["instances"]:
        assert told["action"] == "rewrite"
        told["edits"] = []
    lab.upload(schema)
    runs = lab.four_times("plugin_instances", {"plan": plan})
    assert [run.changed for run in runs] == [True, True, False, False], runs[1].output
    assert runs[1]["rewritten"] == 2
    assert [lab.read(one["id"])["config"]["methods"] for one in instances] == [["GET"], ["GET"]]


def test_a_value_that_the_control_plane_makes_up_is_had_by_saving_once(lab: Lab, tmp_path: Path) -> None:
    made_up = 'type = "string", auto = true, required = true'
    nest = f'{{ nest = {{ type = "record", required = false, fields = {{ {{ made = {{ {made_up} }} }} }} }} }}'
    schema = TALLY.replace('{ header = { type = "string" } }', f"{{ key = {{ {made_up} }} }}, {nest}")
    old = TALLY.replace('{ header = { type = "string" } }', f'{{ key = {{ type = "string" }} }}, {nest}')
    lab.upload(old)
    one = lab.instance()
    assert (one["config"]["key"], one["config"]["nest"]) == (None, None)
    plan = decide(lab, tmp_path, schema)
    (told,) = plan["plugins"][0]["instances"]
    assert (told["action"], told["edits"]) == ("rewrite", [])
    lab.upload(schema)
    runs = lab.four_times("plugin_instances", {"plan": plan})
    assert [run.changed for run in runs] == [True, True, False, False], runs[1].output
    assert lab.read(one["id"])["config"]["key"]
