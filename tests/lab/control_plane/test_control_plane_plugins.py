# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances of plugins: what a write fills, keeps, clears and refuses."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

SCOPES = [
    ("service", "services", {"host": "upstream.example"}),
    ("route", "routes", {"paths": ["/x"]}),
    ("consumer", "consumers", {"username": "ada"}),
    ("consumer_group", "consumer_groups", {"name": "gold"}),
]
NOBODY = "00000000-0000-4000-8000-000000000000"


def fields(answer: httpx.Response) -> dict[str, list[str]]:
    """Messages by field of a refusal in shape A."""
    assert answer.status_code == 400, answer.text
    return {detail.get("field", ""): detail["messages"] for detail in answer.json()["details"]}


@pytest.fixture
def tally(plane: Any) -> Any:
    """A control plane that knows the plugin tally."""
    plane.upload()
    return plane


def test_what_is_left_out_is_filled_with_defaults_and_nulls(tally: Any) -> None:
    made = tally.make("plugins", name="tally")
    assert made["config"] == {"ttl": 60, "header": None, "limits": None}
    assert made["enabled"] is True
    assert set(made["protocols"]) == {"grpc", "grpcs", "http", "https"}
    assert made["service"] is None
    assert isinstance(made["updated_at"], int)
    assert tally.client.get(f"{tally.plugins}/{made['id']}").json() == made


def test_a_null_means_the_default_and_no_config_is_an_empty_one(tally: Any) -> None:
    made = tally.make("plugins", name="tally", config={"ttl": None}, enabled=None, protocols=None, tags=None)
    assert made["config"]["ttl"] == 60
    assert made["enabled"] is True
    again = tally.client.put(f"{tally.plugins}/{made['id']}", json={"name": "tally", "config": None})
    assert again.json()["config"] == made["config"]


def test_elements_that_are_records_are_filled_too(tally: Any) -> None:
    made = tally.make("plugins", name="tally", config={"limits": [{"path": "/a"}, {"path": "/b", "rate": 2}]})
    assert made["config"]["limits"] == [{"path": "/a", "rate": 1.5}, {"path": "/b", "rate": 2}]


def test_a_put_replaces_the_whole_object(tally: Any) -> None:
    service = tally.make("services", host="upstream.example")
    made = tally.make(
        "plugins",
        name="tally",
        service={"id": service["id"]},
        tags=["a"],
        instance_name="first",
        enabled=False,
        config={"ttl": 5, "header": "x"},
    )
    put = tally.client.put(f"{tally.plugins}/{made['id']}", json={"name": "tally", "config": {"header": "y"}}).json()
    assert put["service"] is None
    assert put["enabled"] is True
    assert (put["tags"], put["instance_name"]) == (None, None)
    assert put["config"] == {"ttl": 60, "header": "y", "limits": None}
    assert put["created_at"] == made["created_at"]


def test_what_was_read_can_be_put_back_as_it_is(tally: Any) -> None:
    made = tally.make("plugins", name="tally", config={"ttl": 7}, tags=["x"], enabled=False)
    put = tally.client.put(f"{tally.plugins}/{made['id']}", json=made)
    assert put.json() == {**made, "updated_at": put.json()["updated_at"]}


def test_a_put_under_a_new_id_creates(tally: Any) -> None:
    wanted = str(uuid.uuid4())
    created = tally.client.put(f"{tally.plugins}/{wanted}", json={"name": "tally"})
    assert (created.status_code, created.json()["id"]) == (200, wanted)
    assert fields(tally.client.put(f"{tally.plugins}/not-a-uuid", json={"name": "tally"})) == {
        "id": ["must be a valid UUID"]
    }


def test_updated_at_counts_whole_seconds(tally: Any) -> None:
    made = tally.make("plugins", name="tally")
    tally.client.put("/lab/settings", json={"clock_offset": 10.5})
    put = tally.client.put(f"{tally.plugins}/{made['id']}", json={"name": "tally"}).json()
    assert isinstance(put["updated_at"], int)
    assert put["updated_at"] >= made["updated_at"] + 10
    assert put["created_at"] == made["created_at"]


@pytest.mark.parametrize(("scope", "collection", "body"), SCOPES)
def test_every_scope_takes_an_instance_flat_and_below_it(
    tally: Any, scope: str, collection: str, body: dict[str, Any]
) -> None:
    target = tally.make(collection, **body)
    below = f"{tally.core}/{collection}/{target['id']}/plugins"
    tally.make("plugins", name="tally")
    flat = tally.make("plugins", name="tally", **{scope: {"id": target["id"]}})
    assert [row["id"] for row in tally.client.get(below).json()["data"]] == [flat["id"]]
    assert tally.client.get(f"{below}/{flat['id']}").json() == flat
    put = tally.client.put(f"{below}/{flat['id']}", json={"name": "tally", "config": {"ttl": 1}}).json()
    assert put[scope] == {"id": target["id"]}
    assert tally.client.delete(f"{below}/{flat['id']}").status_code == 204
    made = tally.client.post(below, json={"name": "tally"})
    assert made.json()[scope] == {"id": target["id"]}
    assert tally.client.get(f"{tally.core}/{collection}/{NOBODY}/plugins").json() == {"code": 5}


@pytest.mark.parametrize(("scope", "collection", "body"), SCOPES)
def test_an_instance_goes_with_its_scope(tally: Any, scope: str, collection: str, body: dict[str, Any]) -> None:
    target = tally.make(collection, **body)
    made = tally.make("plugins", name="tally", **{scope: {"id": target["id"]}})
    assert tally.client.delete(f"{tally.core}/{collection}/{target['id']}").status_code == 204
    assert tally.client.get(f"{tally.plugins}/{made['id']}").status_code == 404


def test_one_instance_fits_each_combination_of_scopes(tally: Any) -> None:
    service = tally.make("services", host="upstream.example")
    consumer = tally.make("consumers", username="ada")
    scoped = {"service": {"id": service["id"]}, "consumer": {"id": consumer["id"]}}
    for body in ({}, {"service": scoped["service"]}, scoped):
        tally.make("plugins", name="tally", **body)
        again = tally.client.post(tally.plugins, json={"name": "tally", **body})
        assert again.json()["message"] == "data constraint error"
        [message] = fields(again).popitem()[1]
        assert message.startswith("unique-plugin-per-entity (type: unique) constraint failed")
        assert again.json()["details"][0]["type"] == "ERROR_TYPE_REFERENCE"
    assert tally.client.put(f"{tally.plugins}/{uuid.uuid4()}", json={"name": "tally"}).status_code == 400


def test_an_instance_name_is_unique(tally: Any) -> None:
    service = tally.make("services", host="upstream.example")
    tally.make("plugins", name="tally", instance_name="one")
    again = {"name": "tally", "instance_name": "one", "service": {"id": service["id"]}}
    assert list(fields(tally.client.post(tally.plugins, json=again))) == ["instance_name"]


def test_a_scope_that_does_not_exist_is_a_broken_reference(tally: Any) -> None:
    refused = tally.client.post(tally.plugins, json={"name": "tally", "service": {"id": NOBODY}})
    assert list(fields(refused)) == ["service.id"]
    assert refused.json()["details"][0]["type"] == "ERROR_TYPE_REFERENCE"


def test_values_that_break_the_schema_are_named_by_path(tally: Any) -> None:
    config = {"ttl": "x", "zzz": 1, "limits": [{"path": "/a"}, {"rate": "x"}]}
    refused = tally.client.post(tally.plugins, json={"name": "tally", "config": config})
    assert refused.json()["message"] == "validation error"
    assert fields(refused) == {
        "config.ttl": ["expected an integer"],
        "config.zzz": ["unknown field"],
        "config.limits[1].path": ["required field missing"],
        "config.limits[1].rate": ["expected a number"],
    }


def test_a_required_field_without_a_default_must_be_there(plane: Any) -> None:
    plane.upload("tally", """return { name = "tally", fields = { { config = { type = "record", fields = {
        { limit = { type = "integer", required = true } } } } } } }""")  # fmt: skip
    for config in ({}, {"limit": None}, None):
        refused = plane.client.post(plane.plugins, json={"name": "tally", "config": config})
        assert fields(refused) == {"config.limit": ["required field missing"]}


def test_entity_checks_and_custom_validators_run_here(plane: Any) -> None:
    plane.upload("tally", """return { name = "tally", fields = { { config = { type = "record",
        fields = {
          { a = { type = "string" } }, { b = { type = "string" } },
          { even = { type = "integer", custom_validator = function(n)
              if n % 2 == 1 then return nil, "odd" end return true end } },
        },
        entity_checks = { { mutually_required = { "a", "b" } } } } } } }""")  # fmt: skip
    odd = plane.client.post(plane.plugins, json={"name": "tally", "config": {"even": 3}})
    assert fields(odd) == {"config.even": ["odd"]}
    lone = plane.client.post(plane.plugins, json={"name": "tally", "config": {"a": "x"}}).json()["details"]
    assert [(detail["type"], detail["messages"]) for detail in lone] == [
        ("ERROR_TYPE_ENTITY", ["all or none of these fields must be set: 'a', 'b'"])
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "tally", "colour": "red"},
        {"name": "tally", "enabled": "yes"},
        {"name": "tally", "config": []},
        {"name": "tally", "tags": [1]},
        {"name": "tally", "service": "x"},
        {"name": "tally", "service": {}},
    ],
)
def test_a_body_that_does_not_decode_is_refused_without_details(tally: Any, body: dict[str, Any]) -> None:
    refused = tally.client.post(tally.plugins, json=body)
    assert refused.status_code == 400
    assert set(refused.json()) == {"code", "message"}


def test_a_plugin_without_a_name_or_without_a_schema_is_refused(tally: Any) -> None:
    assert fields(tally.client.post(tally.plugins, json={})) == {"": ["missing properties: 'name'"]}
    assert fields(tally.client.post(tally.plugins, json={"name": "other"})) == {
        "name": ["plugin(other) does not exist"]
    }


def test_deleting_is_204_whether_it_was_there_or_not(tally: Any) -> None:
    made = tally.make("plugins", name="tally")
    for _ in range(2):
        assert tally.client.delete(f"{tally.plugins}/{made['id']}").status_code == 204
    missing = tally.client.get(f"{tally.plugins}/{made['id']}")
    assert (missing.status_code, missing.json()) == (404, {"code": 5})


def test_a_list_pages_by_offset_until_there_is_none(tally: Any) -> None:
    ids = []
    for _ in range(7):
        service = tally.make("services", host="upstream.example")
        ids.append(tally.make("plugins", name="tally", service={"id": service["id"]})["id"])
    seen, query = [], {"size": "3"}
    while True:
        page = tally.client.get(tally.plugins, params=query).json()
        seen += [row["id"] for row in page["data"]]
        if "offset" not in page:
            break
        assert page["next"].startswith(tally.plugins)
        tally.client.delete(f"{tally.plugins}/{seen[0]}")
        query["offset"] = page["offset"]
    assert seen == ids
    for size in ("0", "1001", "x"):
        assert tally.client.get(tally.plugins, params={"size": size}).status_code == 400


def test_a_list_is_narrowed_by_name_and_tags(tally: Any) -> None:
    tally.upload("other")
    tally.make("plugins", name="tally", tags=["a", "b"])
    tally.make("plugins", name="other", tags=["b", "c"])

    def names(**query: str) -> list[str]:
        return [row["name"] for row in tally.client.get(tally.plugins, params=query).json()["data"]]

    assert names(**{"filter[name][eq]": "tally"}) == ["tally"]
    assert names(**{"filter[name][contains]": "th"}) == ["other"]
    assert names(tags="a,b") == ["tally"]
    assert names(tags="a/c") == ["tally", "other"]
    assert names(tags="a,c") == []


def test_validation_answers_as_a_write_would_and_keeps_nothing(tally: Any) -> None:
    path = f"{tally.core}/schemas/plugins/validate"
    good = tally.client.post(path, json={"name": "tally", "config": {"ttl": 1}})
    assert (good.status_code, list(good.json())) == (200, ["message"])
    bad = tally.client.post(path, json={"name": "tally", "config": {"ttl": "x"}})
    assert fields(bad) == {"config.ttl": ["expected an integer"]}
    tally.make("plugins", name="tally")
    unchecked = {"name": "tally", "service": {"id": NOBODY}}
    assert tally.client.post(path, json=unchecked).status_code == 200
    assert tally.client.post(path, json={"name": "tally"}).status_code == 200
    assert len(tally.client.get(tally.plugins).json()["data"]) == 1
    assert tally.client.post(f"{tally.core}/schemas/nonsense/validate", json={}).json() == {"code": 5}


def test_a_bundled_plugin_can_be_used_without_an_upload(plane: Any) -> None:
    assert plane.make("plugins", name="cors", config={})["name"] == "cors"


def test_protocols_and_scopes_that_a_schema_narrows_are_its_own_defaults_and_limits(plane: Any) -> None:
    plane.upload("tally", """local typedefs = require "kong.db.schema.typedefs"
        return { name = "tally", fields = {
          { protocols = typedefs.protocols_http }, { consumer = typedefs.no_consumer },
          { config = { type = "record", fields = {} } } } }""")  # fmt: skip
    assert plane.make("plugins", name="tally")["protocols"] == ["grpc", "grpcs", "http", "https"]
    tcp = plane.client.post(plane.plugins, json={"name": "tally", "protocols": ["tcp"]})
    assert fields(tcp) == {"protocols[0]": ["expected one of: grpc, grpcs, http, https"]}
    consumer = plane.make("consumers", username="ada")
    refused = plane.client.post(plane.plugins, json={"name": "tally", "consumer": {"id": consumer["id"]}})
    assert fields(refused) == {"consumer": ["value must be null"]}


def test_a_schema_may_default_to_other_protocols(plane: Any) -> None:
    plane.upload("tally", """return { name = "tally", fields = {
          { protocols = { type = "set", required = true, default = { "tcp" },
                          elements = { type = "string", one_of = { "tcp", "tls" } } } },
          { config = { type = "record", fields = {} } } } }""")  # fmt: skip
    assert plane.make("plugins", name="tally")["protocols"] == ["tcp"]


def test_a_schema_whose_code_crashes_makes_instance_writes_fail_with_500(plane: Any) -> None:
    plane.upload("tally", """return { name = "tally", fields = { { config = { type = "record", fields = {
        { a = { type = "string", custom_validator = function() error("boom") end } } } } } } }""")  # fmt: skip
    crash = plane.client.post(plane.plugins, json={"name": "tally", "config": {"a": "x"}})
    assert (crash.status_code, crash.json()) == (500, {"code": 13, "message": ""})


def test_attributes_newer_than_the_gateways_are_kept_and_not_sent(tally: Any) -> None:
    newer = {
        "condition": "http.path == '/x'",
        "ordering": {"before": {"access": ["cors"]}},
        "partials": [{"id": NOBODY}],
    }
    made = tally.make("plugins", name="tally", **newer)
    assert {name: made[name] for name in newer} == newer
    [sent] = tally.join().hear()["config_table"]["plugins"]
    assert set(newer) & set(sent) == {"ordering"}
