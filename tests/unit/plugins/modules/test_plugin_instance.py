# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""plugin_instance and plugin_instance_info."""

from __future__ import annotations

import pytest

from tests.support.konnect_lab import Lab, strict_requests

SCOPES = {
    "service": ("services", {"name": "payments", "host": "payments.test"}),
    "route": ("routes", {"name": "pay", "paths": ["/pay"]}),
    "consumer": ("consumers", {"username": "anna"}),
    "consumer_group": ("consumer_groups", {"name": "gold"}),
}


@pytest.fixture(autouse=True)
def _schema(lab: Lab) -> None:
    lab.upload()


def test_an_instance_is_made_once_and_deleted_once(lab: Lab) -> None:
    arguments = {"name": "tally", "config": {"ttl": 5, "methods": ["PUT", "GET"]}, "tags": ["b", "a"]}
    runs = lab.four_times("plugin_instance", arguments)
    assert [run.changed for run in runs] == [True, True, False, False]
    assert runs[0]["diff"]["before"] == {}
    assert runs[1]["diff"]["after"]["config"]["ttl"] == 5
    runs = lab.four_times("plugin_instance", {"name": "tally", "state": "absent"})
    assert [run.changed for run in runs] == [True, True, False, False]


@pytest.mark.parametrize("kind", SCOPES)
def test_a_scope_is_given_by_name(lab: Lab, kind: str) -> None:
    collection, body = SCOPES[kind]
    identity = lab.core("POST", collection, body)["id"]
    name = body.get("username") or body["name"]
    run = lab.run("plugin_instance", {"name": "tally", kind: name})
    assert run["instance"][kind] == {"id": identity}
    assert not lab.run("plugin_instance", {"name": "tally", kind: identity}).changed
    info = lab.run("plugin_instance_info", {"name": "tally"})
    assert [one["scope"] for one in info["instances"]] == [f"{kind} {name}"]


def test_an_unknown_scope_is_one_clear_message(lab: Lab) -> None:
    run = lab.run("plugin_instance", {"name": "tally", "service": "nobody"})
    assert run.failed
    assert "There is no service 'nobody'" in run.message


def test_sets_tags_and_protocols_have_no_order_and_defaults_count_as_set(lab: Lab) -> None:
    lab.instance({"methods": ["GET", "PUT"]}, tags=["a", "b"], protocols=["https", "http"])
    arguments = {
        "name": "tally",
        "config": {"methods": ["PUT", "GET"], "ttl": 60, "header": None},
        "tags": ["b", "a"],
        "protocols": ["http", "https"],
    }
    assert not lab.run("plugin_instance", arguments).changed


def test_records_merge_and_null_means_the_default(lab: Lab) -> None:
    made = lab.instance({"ttl": 5, "header": "x"})
    assert lab.run("plugin_instance", {"name": "tally", "config": {"ttl": None}}).changed
    assert lab.read(made["id"])["config"]["ttl"] == 60
    assert lab.read(made["id"])["config"]["header"] == "x"


def test_changing_one_thing_keeps_scope_and_the_rest(lab: Lab) -> None:
    service = lab.core("POST", "services", {"name": "payments", "host": "payments.test"})
    made = lab.instance({"ttl": 5}, service={"id": service["id"]}, tags=["a"], instance_name="mine")
    assert lab.run("plugin_instance", {"name": "tally", "id": made["id"], "enabled": False}).changed
    after = lab.read(made["id"])
    assert after["enabled"] is False
    assert (after["service"], after["tags"], after["instance_name"]) == (made["service"], ["a"], "mine")


def test_check_mode_asks_the_control_plane(lab: Lab) -> None:
    run = lab.run("plugin_instance", {"name": "tally", "config": {"ttl": "many"}}, check=True)
    assert run.failed
    assert "config.ttl" in run.message
    assert lab.core("GET", "plugins")["data"] == []


def test_a_plugin_without_a_schema_is_told_what_to_do(lab: Lab) -> None:
    run = lab.run("plugin_instance", {"name": "unheard-of"})
    assert run.failed
    assert "Upload its schema first" in run.message


def test_a_create_whose_answer_was_lost_makes_one_instance(lab: Lab) -> None:
    lab.fault("reset", method="PUT", when="after", times=1)
    assert lab.run("plugin_instance", {"name": "tally"}).changed
    assert len(lab.core("GET", "plugins")["data"]) == 1


def test_every_request_is_one_that_konnect_documents(lab: Lab) -> None:
    if lab.document is None:
        pytest.skip("../shared is not on this machine")
    lab.core("POST", "consumers", {"username": "anna"})
    lab.requests()
    lab.four_times("plugin_instance", {"name": "tally", "consumer": "anna", "config": {"ttl": 5}})
    lab.run("plugin_instance_info", {})
    lab.run("plugin_instances", {"plugin": "tally", "set": {"ttl": 6}, "validate": True})
    lab.run("plugin_instance", {"name": "tally", "consumer": "anna", "state": "absent"})
    lab.run("node_info", {})
    assert list(strict_requests(lab)) == []
