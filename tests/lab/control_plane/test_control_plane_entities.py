# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services, routes, consumers, consumer groups and streaming plugins: enough to seed, to scope and to nudge."""

from __future__ import annotations

from typing import Any

import pytest

BODIES: dict[str, dict[str, Any]] = {
    "services": {"name": "billing", "host": "billing.example"},
    "routes": {"name": "billing", "paths": ["/billing"]},
    "consumers": {"username": "billing"},
    "consumer_groups": {"name": "billing"},
}


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_an_entity_is_made_found_by_name_replaced_and_deleted(plane: Any, kind: str) -> None:
    path = f"{plane.core}/{kind}"
    made = plane.make(kind, **BODIES[kind], tags=["kept"])
    assert plane.client.get(f"{path}/{made['id']}").json() == made
    assert plane.client.get(f"{path}/billing").json() == made
    assert plane.client.post(path, json=BODIES[kind]).json()["message"] == "data constraint error"
    put = plane.client.put(f"{path}/billing", json=BODIES[kind]).json()
    assert (put["id"], put["tags"]) == (made["id"], None)
    assert plane.client.get(path, params={"filter[name][eq]": "billing"}).json()["data"] == [put]
    assert plane.client.get(path, params={"filter[name][contains]": "x"}).json() == {"data": []}
    assert plane.client.post(path, json={**BODIES[kind], "colour": "red"}).status_code == 400
    assert plane.client.delete(f"{path}/billing").status_code == 204
    assert plane.client.get(f"{path}/billing").status_code == 404


def test_an_address_is_short_for_protocol_host_port_and_path(plane: Any) -> None:
    made = plane.make("services", url="https://billing.example/v1")
    assert [made[key] for key in ("protocol", "host", "port", "path")] == ["https", "billing.example", 443, "/v1"]
    assert made["enabled"] is True
    for body in ({"name": "x"}, {"url": 5}, {"url": "ftp://x"}, {"url": "http://x:port"}):
        assert plane.client.post(f"{plane.core}/services", json=body).status_code == 400


def test_a_route_needs_something_to_match_and_a_service_that_exists(plane: Any) -> None:
    path = f"{plane.core}/routes"
    service = plane.make("services", host="billing.example")
    assert plane.client.post(path, json={"name": "x"}).status_code == 400
    missing = {"paths": ["/"], "service": {"id": "00000000-0000-4000-8000-000000000000"}}
    assert plane.client.post(path, json=missing).json()["details"][0]["field"] == "service.id"
    plane.make("routes", paths=["/"], service={"id": service["id"]})
    assert plane.client.delete(f"{plane.core}/services/{service['id']}").status_code == 400


def test_consumers_are_found_by_custom_id(plane: Any) -> None:
    plane.make("consumers", username="ada", custom_id="1")
    plane.make("consumers", username="bob", custom_id="2")
    answer = plane.client.get(f"{plane.core}/consumers", params={"custom_id": "2"}).json()
    assert [row["username"] for row in answer["data"]] == ["bob"]


def test_a_streaming_plugin_carries_its_schema_and_is_found_by_name(plane: Any) -> None:
    path = f"{plane.core}/custom-plugins"
    body = {
        "name": "stream",
        "schema": """return { name = 'stream', fields = { { config = { type = 'record', fields = {
            { a = { type = 'string' } } } } } } }""",
        "handler": "return { PRIORITY = 1, VERSION = '1.0.0' }",
    }
    made = plane.make("custom-plugins", **body)
    assert plane.client.get(f"{path}/stream").json() == made
    assert plane.client.get(path).json()["data"] == [made]
    assert plane.client.put(f"{path}/stream", json=body).json()["id"] == made["id"]
    assert plane.client.put(f"{path}/{made['id']}", json={**body, "name": "other"}).status_code == 400
    assert plane.client.post(path, json={"name": "x"}).status_code == 400
    plugin = plane.make("plugins", name="stream", config={"a": "x"})
    assert plane.client.delete(f"{path}/stream").status_code == 400
    plane.client.delete(f"{plane.plugins}/{plugin['id']}")
    assert plane.client.delete(f"{path}/stream").status_code == 204
    assert plane.client.post(plane.plugins, json={"name": "stream"}).status_code == 400
