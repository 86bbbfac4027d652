# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas of custom plugins: what an upload checks, and what it does not do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

CODE_3_IN_USE = "plugin schema is currently in use, please delete existing plugins using the schema and try again"
STRICT = """
return {
  name = "tally",
  fields = { { config = { type = "record", fields = {
    { limit = { type = "integer", required = true } },
  } } } },
}
"""


def details(answer: httpx.Response) -> list[tuple[str, str | None, list[str]]]:
    assert answer.status_code == 400, answer.text
    return [
        (detail["type"].removeprefix("ERROR_TYPE_"), detail.get("field"), detail["messages"])
        for detail in answer.json()["details"]
    ]


def test_an_uploaded_schema_comes_back_byte_for_byte_under_the_name_it_declares(plane: Any) -> None:
    text = "-- CRLF stays\r\nreturn { name = 'tally', fields = {} }\n\n"
    created = plane.client.post(f"{plane.core}/plugin-schemas", json={"lua_schema": text})
    assert created.status_code == 201
    item = created.json()["item"]
    assert (item["name"], item["lua_schema"]) == ("tally", text)
    assert isinstance(item["created_at"], int)
    assert plane.client.get(f"{plane.core}/plugin-schemas/tally").json()["item"] == item


def test_creating_a_schema_twice_is_400_and_not_409(plane: Any) -> None:
    before = plane.upload()
    again = plane.client.post(f"{plane.core}/plugin-schemas", json={"lua_schema": STRICT})
    assert again.json()["message"] == "data constraint error"
    assert [(kind, field) for kind, field, _ in details(again)] == [("REFERENCE", "name")]
    assert plane.client.get(f"{plane.core}/plugin-schemas/tally").json()["item"] == before
    plane.client.put("/lab/settings", json={"duplicate_status": 409})
    assert plane.client.post(f"{plane.core}/plugin-schemas", json={"lua_schema": STRICT}).status_code == 409


def test_a_put_under_the_wrong_name_silently_writes_the_other_schema(plane: Any) -> None:
    answer = plane.client.put(f"{plane.core}/plugin-schemas/wrong", json={"lua_schema": STRICT})
    assert answer.status_code == 200
    assert answer.json()["item"]["name"] == "tally"
    assert plane.client.get(f"{plane.core}/plugin-schemas/wrong").json() == {"message": "Not Found"}
    assert plane.client.get(f"{plane.core}/plugin-schemas/tally").json()["item"]["lua_schema"] == STRICT


def test_a_put_of_the_same_text_still_stamps_it(plane: Any) -> None:
    before = plane.upload()
    plane.client.put("/lab/settings", json={"clock_offset": 100})
    after = plane.upload()
    assert after["created_at"] == before["created_at"]
    assert after["updated_at"] >= before["updated_at"] + 100


def test_an_upload_looks_at_no_instance(plane: Any) -> None:
    plane.upload()
    instance = plane.make("plugins", name="tally", config={"ttl": 5})
    plane.upload("tally", STRICT)
    assert plane.client.get(f"{plane.plugins}/{instance['id']}").json() == instance
    again = plane.client.put(f"{plane.plugins}/{instance['id']}", json=instance)
    assert ("FIELD", "config.ttl", ["unknown field"]) in details(again)


def test_a_list_of_no_schemas_is_an_empty_object(plane: Any) -> None:
    assert plane.client.get(f"{plane.core}/plugin-schemas").json() == {}


@pytest.mark.parametrize("key", ["next", "next_cursor", "next_page_num"])
def test_a_long_list_gives_a_cursor_under_the_key_that_was_set(plane: Any, key: str) -> None:
    plane.client.put("/lab/settings", json={"cursor_key": key})
    for number in range(5):
        plane.upload(f"plugin-{number}")
    names, query = [], {"page[size]": "2"}
    while True:
        answer = plane.client.get(f"{plane.core}/plugin-schemas", params=query).json()
        assert answer["page"]["total_count"] == 5
        names += [item["name"] for item in answer["items"]]
        if key not in answer["page"]:
            break
        query["page[after]"] = answer["page"][key]
    assert names == [f"plugin-{number}" for number in range(5)]


def test_a_long_list_without_a_cursor_shows_that_it_is_cut(plane: Any) -> None:
    plane.client.put("/lab/settings", json={"cursor_key": None})
    for number in range(3):
        plane.upload(f"plugin-{number}")
    answer = plane.client.get(f"{plane.core}/plugin-schemas", params={"page[size]": 2}).json()
    assert (len(answer["items"]), answer["page"]) == (2, {"total_count": 3})
    assert plane.client.get(f"{plane.core}/plugin-schemas", params={"page[size]": 1001}).status_code == 400


def test_deleting_a_schema_in_use_is_refused_with_code_3_and_no_details(plane: Any) -> None:
    plane.upload()
    instance = plane.make("plugins", name="tally")
    refused = plane.client.delete(f"{plane.core}/plugin-schemas/tally")
    assert (refused.status_code, refused.json()) == (400, {"code": 3, "message": CODE_3_IN_USE})
    assert plane.client.delete(f"{plane.plugins}/{instance['id']}").status_code == 204
    assert plane.client.delete(f"{plane.core}/plugin-schemas/tally").status_code == 204
    assert plane.client.delete(f"{plane.core}/plugin-schemas/tally").status_code == 404
    assert details(plane.client.post(plane.plugins, json={"name": "tally"})) == [
        ("FIELD", "name", ["plugin(tally) does not exist"])
    ]


@pytest.mark.parametrize(
    "text",
    [
        "return { name = ",
        "return nil",
        "return { name = 'tally', fields = { { config = { type = 'strin' } } } }",
        "return { fields = {} }",
        "error('boom')",
    ],
)
def test_text_that_is_no_schema_is_refused_with_what_lua_said(plane: Any, text: str) -> None:
    refused = plane.client.put(f"{plane.core}/plugin-schemas/tally", json={"lua_schema": text})
    [(kind, field, [message])] = details(refused)
    assert (kind, field) == ("FIELD", "lua_schema")
    assert message
    plane.client.put("/lab/settings", json={"schema_error_shape": "E"})
    admin = plane.client.put(f"{plane.core}/plugin-schemas/tally", json={"lua_schema": text}).json()
    assert admin["message"] == message
    assert len(admin["request_id"]) == 32
    assert plane.client.get(f"{plane.core}/plugin-schemas").json() == {}


def test_the_name_of_a_bundled_plugin_is_refused(plane: Any) -> None:
    bundled = {"lua_schema": "return { name = 'key-auth', fields = {} }"}
    refused = plane.client.post(f"{plane.core}/plugin-schemas", json=bundled)
    message = "unique constraint failed: schema already exists for plugin 'key-auth'"
    assert details(refused) == [("ENTITY", None, [message])]


@pytest.mark.parametrize("body", [{}, {"lua_schema": ""}, {"lua_schema": None}])
def test_a_body_without_a_schema_is_refused(plane: Any, body: dict[str, Any]) -> None:
    refused = plane.client.post(f"{plane.core}/plugin-schemas", json=body)
    assert details(refused) == [("ENTITY", None, ["missing properties: 'lua_schema'"])]


def test_a_name_beside_the_schema_must_match_it(plane: Any) -> None:
    refused = plane.client.post(f"{plane.core}/plugin-schemas", json={"lua_schema": STRICT, "name": "other"})
    assert [(kind, field) for kind, field, _ in details(refused)] == [("FIELD", "name")]
    unknown = plane.client.post(f"{plane.core}/plugin-schemas", json={"lua_schema": STRICT, "tags": []})
    assert unknown.json() == {"code": 3, "message": 'unknown field "tags"'}


def test_the_fields_of_a_live_schema_are_shown_and_of_an_unknown_one_not(plane: Any) -> None:
    assert plane.client.get(f"{plane.core}/schemas/plugins/tally").json() == {"code": 5}
    plane.upload()
    [config] = [row["config"] for row in plane.client.get(f"{plane.core}/schemas/plugins/tally").json()["fields"]]
    assert {"ttl": {"type": "integer", "required": True, "default": 60}} in config["fields"]
    assert plane.client.get(f"{plane.core}/schemas/plugins/key-auth").status_code == 200


def test_a_new_schema_may_take_its_time_to_be_seen(plane: Any) -> None:
    plane.client.put("/lab/settings", json={"schema_visible_after": 30})
    plane.upload()
    assert plane.client.get(f"{plane.core}/schemas/plugins/tally").status_code == 404
    assert details(plane.client.post(plane.plugins, json={"name": "tally"}))[0][1] == "name"
    plane.client.put("/lab/settings", json={"clock_offset": 60})
    assert plane.client.get(f"{plane.core}/schemas/plugins/tally").status_code == 200


def test_control_planes_share_no_schema(new_plane: Any) -> None:
    one, two = new_plane(), new_plane()
    one.upload("tally")
    two.upload("tally", STRICT)
    one.make("plugins", name="tally", config={"ttl": 1})
    two.make("plugins", name="tally", config={"limit": 1})
    assert details(two.client.post(two.plugins, json={"name": "tally", "config": {"ttl": 1}}))
