# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes: how they join, what they are sent and when, and what is known of them."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.lab import eventually

ZEROS = "0" * 32


def test_without_a_node_there_is_no_hash_and_the_list_is_an_empty_object(plane: Any) -> None:
    plane.make("consumers", username="ada")
    for path in ("expected-config-hash", "expected-config-version"):
        missing = plane.client.get(f"{plane.path}/{path}")
        assert (missing.status_code, missing.json()) == (404, {"code": 5})
    for path in ("nodes", "nodes/eol", "dp-client-certificates"):
        assert plane.client.get(f"{plane.path}/{path}").json() == {}
    assert plane.client.get(f"{plane.path}/nodes/{uuid.uuid4()}").status_code == 404


def test_a_node_gets_the_whole_configuration_as_soon_as_it_has_said_who_it_is(plane: Any) -> None:
    plane.upload()
    service = plane.make("services", host="upstream.example")
    made = plane.make("plugins", name="tally", service={"id": service["id"]}, enabled=False)
    payload = plane.join().hear()
    assert payload["type"] == "reconfigure"
    assert re.fullmatch("[0-9a-f]{32}", payload["config_hash"])
    assert set(payload["hashes"]) == {"config", "routes", "services", "plugins", "upstreams", "targets"}
    table = payload["config_table"]
    assert (table["_format_version"], table["_transform"]) == ("3.0", False)
    [plugin] = table["plugins"]
    assert plugin["id"] == made["id"]
    assert plugin["service"] == service["id"]
    assert plugin["config"] == {"ttl": 60, "header": None, "limits": None}
    assert plugin["enabled"] is False
    assert not {"consumer", "updated_at"} & set(plugin)
    assert plane.expected_hash() == payload["config_hash"]


def test_a_ping_tells_the_hash_applied(plane: Any) -> None:
    node = plane.join(version="3.6.1.0")
    config_hash = node.hear()["config_hash"]

    def record() -> dict[str, Any]:
        return dict(plane.client.get(f"{plane.path}/nodes/{node.id}").json()["item"])

    assert "config_hash" not in record()
    assert record()["compatibility_status"]["state"] == "COMPATIBILITY_STATE_UNKNOWN"
    node.ping(ZEROS)
    assert record()["config_hash"] == ZEROS
    plane.client.put("/lab/settings", json={"clock_offset": 30})
    before = record()
    node.ping(config_hash)
    assert record()["config_hash"] == config_hash
    assert record()["last_ping"] >= before["last_ping"] + 30
    assert [record()[key] for key in ("hostname", "version", "type")] == ["gateway-1", "3.6.1.0", "kong-proxy"]
    assert plane.client.get(f"{plane.path}/nodes").json() == {"items": [record()], "page": {"total_count": 1}}
    assert plane.client.get(f"{plane.path}/nodes/eol").json()["items"][0]["node_id"] == node.id


def test_a_ping_of_another_length_ends_the_connection(plane: Any) -> None:
    node = plane.join()
    node.hear()
    node.socket.ping(b"short")
    with pytest.raises(ConnectionClosed):
        node.hear()


@pytest.mark.parametrize("greeting", [{"type": "hello", "plugins": []}, {"type": "basic_info"}, ["basic_info"]])
def test_a_first_frame_that_is_not_basic_info_ends_the_connection(plane: Any, greeting: Any) -> None:
    node = plane.join(greeting=greeting)
    with pytest.raises(ConnectionClosed):
        node.hear()
    assert plane.client.get(f"{plane.path}/nodes").json() == {}


def test_a_connection_that_is_no_node_is_refused(plane: Any) -> None:
    with pytest.raises(InvalidStatus) as refused:
        plane.join(node_id="not-a-uuid")
    assert refused.value.response.status_code == 400


def test_a_change_reaches_every_node(plane: Any) -> None:
    nodes = [plane.settle() for _ in range(2)]
    before = plane.expected_hash()
    plane.make("consumers", username="ada")
    payloads = [node.hear() for node in nodes]
    assert len({payload["config_hash"] for payload in payloads} | {before}) == 2
    assert plane.expected_hash() == payloads[0]["config_hash"]


def test_changes_within_the_window_leave_in_one_payload(plane: Any) -> None:
    plane.client.put("/lab/settings", json={"coalesce_seconds": 1})
    node = plane.settle()
    before, begun = plane.expected_hash(), time.monotonic()
    for number in range(10):
        plane.make("consumers", username=f"consumer-{number}")
    assert plane.expected_hash() == before, "right after a write the old hash still stands"
    payload = node.hear()
    assert time.monotonic() - begun > 0.9
    assert len(payload["config_table"]["consumers"]) == 10


def test_an_uploaded_schema_pushes_nothing_and_leaves_the_hash(plane: Any) -> None:
    plane.upload()
    plane.make("plugins", name="tally")
    node = plane.settle()
    before = plane.client.get(f"{plane.path}/expected-config-hash").json()
    plane.upload("tally", "return { name = 'tally', fields = { { config = { type = 'record', fields = {} } } } }")
    with pytest.raises(TimeoutError):
        node.hear(timeout=0.4)
    assert plane.client.get(f"{plane.path}/expected-config-hash").json() == before


def test_saving_the_same_thing_again_pushes_nothing(plane: Any) -> None:
    plane.upload()
    made = plane.make("plugins", name="tally")
    node = plane.settle()
    plane.client.put("/lab/settings", json={"clock_offset": 100})
    assert plane.client.put(f"{plane.plugins}/{made['id']}", json=made).json()["updated_at"] > made["updated_at"]
    with pytest.raises(TimeoutError):
        node.hear(timeout=0.4)


def test_the_same_configuration_has_the_same_hash_again(plane: Any) -> None:
    node = plane.settle()
    first = plane.client.get(f"{plane.path}/expected-config-version").json()
    before = plane.expected_hash()
    made = plane.make("consumers", username="ada")
    assert node.hear()["config_hash"] != before
    plane.client.delete(f"{plane.core}/consumers/{made['id']}")
    assert node.hear()["config_hash"] == before
    version = plane.client.get(f"{plane.path}/expected-config-version").json()["expected_config_version"]
    assert int(version) == int(first["expected_config_version"]) + 2


def test_a_node_that_comes_back_gets_the_payload_again(plane: Any) -> None:
    node = plane.settle()
    again = plane.join(node_id=node.id)
    assert again.hear()["config_hash"] == plane.expected_hash()
    assert plane.client.get(f"{plane.path}/nodes").json()["page"]["total_count"] == 1


def test_an_error_that_a_node_reports_is_kept(plane: Any) -> None:
    node = plane.settle()
    node.say({"type": "error", "error": {"name": "declarative configuration parse failure", "config_hash": ZEROS}})

    def errors() -> list[Any]:
        [record] = plane.client.get("/lab/nodes", params={"control_plane": plane.id}).json()["nodes"]
        return list(record["errors"])

    [error] = eventually(errors)
    assert error["error"]["name"] == "declarative configuration parse failure"


def test_payloads_are_listed_with_the_nodes_that_got_them(plane: Any) -> None:
    nodes = [plane.settle() for _ in range(2)]
    plane.make("consumers", username="ada")
    hashes = {node.hear()["config_hash"] for node in nodes}
    pushes = plane.client.get("/lab/payloads", params={"control_plane": plane.id}).json()["payloads"]
    assert [len(push["delivered"]) for push in pushes] == [1, 1, 2]
    assert {pushes[-1]["hash"]} == hashes
    assert {row["node_id"] for row in pushes[-1]["delivered"]} == {node.id for node in nodes}
    whole = plane.client.get(f"/lab/control-planes/{plane.id}/payload").json()
    assert whole["config_table"]["consumers"][0]["username"] == "ada"


def test_a_deleted_record_comes_back_with_the_node(plane: Any) -> None:
    node = plane.settle()
    assert plane.client.delete(f"{plane.path}/nodes/{node.id}").status_code == 204
    assert plane.client.delete(f"{plane.path}/nodes/{node.id}").status_code == 404
    node.ping(plane.expected_hash())
    assert plane.client.get(f"{plane.path}/nodes/{node.id}").status_code == 200


def test_a_live_record_can_be_forged_until_its_next_ping(plane: Any) -> None:
    node = plane.settle()
    forged = {"control_plane": plane.id, "id": node.id, "config_hash": "b" * 32, "last_ping": 1, "state": "odd"}
    plane.client.post("/lab/nodes", json=forged)
    record = plane.client.get("/lab/nodes", params={"control_plane": plane.id}).json()["nodes"][0]
    assert [record[name] for name in ("config_hash", "last_ping", "hostname")] == ["b" * 32, 1, "gateway-1"]
    node.ping(plane.expected_hash())
    shown = plane.client.get(f"{plane.path}/nodes/{node.id}").json()["item"]
    assert shown["config_hash"] == plane.expected_hash()
    assert shown["compatibility_status"]["state"] == "odd"


def test_a_forged_record_stays_listed_until_it_is_a_day_old(plane: Any) -> None:
    for number in range(3):
        forged = {"control_plane": plane.id, "hostname": f"dead-{number}", "config_hash": "a" * 32}
        assert plane.client.post("/lab/nodes", json=forged).status_code == 201
    page = plane.client.get(f"{plane.path}/nodes", params={"page[size]": 2}).json()
    assert [row["hostname"] for row in page["items"]] == ["dead-0", "dead-1"]
    rest = plane.client.get(f"{plane.path}/nodes", params={"page[after]": page["page"]["next"]}).json()
    assert [row["hostname"] for row in rest["items"]] == ["dead-2"]
    plane.client.put("/lab/settings", json={"clock_offset": 25 * 3600})
    assert plane.client.get(f"{plane.path}/nodes").json() == {}


def test_a_closed_outlet_drops_its_nodes_and_refuses_others(plane: Any) -> None:
    node = plane.settle()
    plane.client.post("/lab/outlets", json={"control_plane": plane.id, "accepting": False})
    with pytest.raises(ConnectionClosed):
        node.hear()
    with pytest.raises(InvalidStatus):
        plane.join()
    plane.client.post("/lab/outlets", json={"control_plane": plane.id, "accepting": True})
    plane.settle()


def test_nodes_of_a_group_get_what_its_members_hold_together(new_plane: Callable[..., Any]) -> None:
    group = new_plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    members = [new_plane(), new_plane()]
    ids = {"members": [{"id": member.id} for member in members]}
    assert group.client.put(f"{group.path}/group-memberships", json=ids).status_code == 204
    for number, member in enumerate(members):
        member.upload()
        service = member.make("services", name=f"s{number}", host="upstream.example")
        member.make("plugins", name="tally", service={"id": service["id"]})
    node = group.settle()
    members[0].make("consumers", username="ada")
    table = node.hear()["config_table"]
    assert {row["name"] for row in table["services"]} == {"s0", "s1"}
    assert len(table["plugins"]) == 2
    assert group.client.get(f"{members[0].path}/nodes").json() == {}
    assert group.client.get(f"{members[0].path}/expected-config-hash").status_code == 404
    with pytest.raises(InvalidStatus):
        members[0].join()
    group.client.post(f"{group.path}/group-memberships/remove", json={"members": [{"id": members[1].id}]})
    assert [row["name"] for row in node.hear()["config_table"]["services"]] == ["s0"]


def test_members_of_a_group_are_added_listed_and_removed(new_plane: Callable[..., Any]) -> None:
    group = new_plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    members = [new_plane() for _ in range(3)]
    path, client = f"{group.path}/group-memberships", group.client
    assert client.get(path).json()["data"] == []
    for member in members:
        assert client.post(f"{path}/add", json={"members": [{"id": member.id}]}).status_code == 204
    page = client.get(path, params={"page[size]": 2}).json()
    assert [row["id"] for row in page["data"]] == [member.id for member in members[:2]]
    assert page["meta"]["page"]["total"] == 3
    rest = client.get(page["meta"]["page"]["next"]).json()
    assert [row["id"] for row in rest["data"]] == [members[2].id]
    assert rest["meta"]["page"]["next"] is None
    assert client.get(f"{members[0].path}/group-member-status").json() == {"is_member": True}
    client.post(f"{path}/remove", json={"members": [{"id": members[0].id}]})
    assert client.get(f"{members[0].path}/group-member-status").json() == {"is_member": False}
    assert len(client.get(path).json()["data"]) == 2


def test_what_cannot_be_a_member_is_refused(new_plane: Callable[..., Any]) -> None:
    group, other = (new_plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP") for _ in range(2))
    kic, lone = new_plane(cluster_type="CLUSTER_TYPE_K8S_INGRESS_CONTROLLER"), new_plane()
    lone.settle()
    for unfit in (other.id, kic.id, lone.id, str(uuid.uuid4())):
        refused = group.client.post(f"{group.path}/group-memberships/add", json={"members": [{"id": unfit}]})
        assert refused.status_code == 400
        assert unfit in refused.json()["invalid_parameters"][0]["reason"]
    assert group.client.get(f"{lone.path}/group-memberships").status_code == 400


def test_a_group_in_conflict_names_both_members_and_stops_pushing(new_plane: Callable[..., Any]) -> None:
    group = new_plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    members = [new_plane(), new_plane()]
    ids = {"members": [{"id": member.id} for member in members]}
    group.client.put(f"{group.path}/group-memberships", json=ids)
    status = f"{group.path}/group-status"
    assert group.client.get(status).json()["item"]["state"] == "UNKNOWN"
    node = group.settle()
    assert group.client.get(status).json()["item"]["state"] == "OK"
    for member in members:
        member.upload()
    members[0].make("plugins", name="tally")
    before = node.hear()["config_hash"]
    members[1].make("plugins", name="tally")
    item = group.client.get(status).json()["item"]
    assert item["state"] == "CONFLICT"
    assert {conflict["cluster_id"] for conflict in item["conflicts"]} == {member.id for member in members}
    assert {conflict["resource"]["type"] for conflict in item["conflicts"]} == {"plugin"}
    with pytest.raises(TimeoutError):
        node.hear(timeout=0.4)
    assert group.expected_hash() == before
