# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control planes as the platform shows them: paging, filters, labels, types, tokens."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.openapi import Document

ROOT = "/v2/control-planes"
GONE = "The requested control plane was not found."


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["data"]]


def invalid_fields(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [parameter["field"] for parameter in answer.json()["invalid_parameters"]]


def test_a_control_plane_is_shown_bare_with_iso_times_and_an_endpoint(konnect: httpx.Client, plane: Any) -> None:
    shown = konnect.get(plane.path).json()
    assert shown["id"] == plane.id
    assert shown["created_at"].endswith("Z")
    assert shown["description"] == ""
    assert shown["config"]["cluster_type"] == "CLUSTER_TYPE_CONTROL_PLANE"


def test_a_list_is_numbered_in_pages_with_a_total(konnect: httpx.Client, new_plane: Callable[..., Any]) -> None:
    tag = f"t{uuid.uuid4().hex[:8]}"
    made = {new_plane(labels={"batch": tag}).id for _ in range(5)}
    seen = []
    for number in (1, 2, 3):
        page = konnect.get(ROOT, params={"labels": f"batch:{tag}", "page[size]": 2, "page[number]": number}).json()
        assert page["meta"]["page"] == {"number": number, "size": 2, "total": 5}
        seen += [row["id"] for row in page["data"]]
    assert len(seen) == 5
    assert set(seen) == made


@pytest.mark.parametrize("query", [{"page[size]": "0"}, {"page[size]": "x"}, {"page[number]": "0"}])
def test_a_page_that_cannot_be_is_refused(konnect: httpx.Client, query: dict[str, str]) -> None:
    assert invalid_fields(konnect.get(ROOT, params=query)) == list(query)


def test_filters_choose_by_name_id_and_type(konnect: httpx.Client, new_plane: Callable[..., Any]) -> None:
    tag = f"f{uuid.uuid4().hex[:8]}"
    one, two = (
        new_plane(name=f"{tag}-one"),
        new_plane(name=f"{tag}-two", cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP"),
    )
    assert names(konnect.get(ROOT, params={"filter[name][eq]": f"{tag}-one"})) == [f"{tag}-one"]
    assert names(konnect.get(ROOT, params={"filter[name]": f"{tag}-one"})) == [f"{tag}-one"]
    assert names(konnect.get(ROOT, params={"filter[name][contains]": tag})) == [f"{tag}-one", f"{tag}-two"]
    both = {"filter[id][oeq]": f"{one.id},{two.id}"}
    assert names(konnect.get(ROOT, params={**both, "sort": "created_at desc"})) == [f"{tag}-two", f"{tag}-one"]
    groups = {**both, "filter[cluster_type][eq]": "CLUSTER_TYPE_CONTROL_PLANE_GROUP"}
    assert names(konnect.get(ROOT, params=groups)) == [f"{tag}-two"]
    assert names(konnect.get(ROOT, params={**both, "filter[cloud_gateway]": "true"})) == []


def test_a_filter_that_does_not_exist_is_refused(konnect: httpx.Client) -> None:
    assert invalid_fields(konnect.get(ROOT, params={"filter[name][ocontains]": "x"})) == ["filter[name][ocontains]"]
    assert invalid_fields(konnect.get(ROOT, params={"filter[color]": "x"})) == ["filter[color]"]
    assert invalid_fields(konnect.get(ROOT, params={"sort": "name"})) == ["sort"]


def test_labels_choose_by_value_and_by_existence(konnect: httpx.Client, new_plane: Callable[..., Any]) -> None:
    tag = f"l{uuid.uuid4().hex[:8]}"
    new_plane(name=f"{tag}-a", labels={tag: "x", "env": "prod"})
    new_plane(name=f"{tag}-b", labels={tag: "y"})
    assert names(konnect.get(ROOT, params={"labels": tag})) == [f"{tag}-a", f"{tag}-b"]
    assert names(konnect.get(ROOT, params={"labels": f"{tag}:y"})) == [f"{tag}-b"]
    assert names(konnect.get(ROOT, params={"labels": f"{tag},env:prod"})) == [f"{tag}-a"]


def test_patch_replaces_the_whole_map_of_labels(konnect: httpx.Client, new_plane: Callable[..., Any]) -> None:
    plane = new_plane(labels={"a": "1", "b": "2"}, description="kept")
    patched = konnect.patch(plane.path, json={"labels": {"c": "3"}}).json()
    assert patched["labels"] == {"c": "3"}
    assert patched["description"] == "kept"
    assert konnect.get(plane.path).json() == patched


@pytest.mark.parametrize(
    "labels",
    [
        {"kong-lock": "x"},
        {"konnect": "x"},
        {"_x": "x"},
        {"mesh1": "x"},
        {"kicked": "x"},
        {"": "x"},
        {"k" * 64: "x"},
        {"key": ""},
        {"key": "with space"},
        {"key": "-edge"},
        {"key": "x" * 64},
        {"key": None},
        {f"k{number}": "x" for number in range(6)} | {"last": "x"},
    ],
)
def test_labels_that_break_the_rules_are_refused_and_nothing_changes(
    konnect: httpx.Client, plane: Any, labels: dict[str, Any]
) -> None:
    before = konnect.get(plane.path).json()
    assert all(
        field.startswith("labels") for field in invalid_fields(konnect.patch(plane.path, json={"labels": labels}))
    )
    assert konnect.get(plane.path).json() == before


def test_five_labels_with_values_up_to_63_characters_are_fine(konnect: httpx.Client, plane: Any) -> None:
    labels = {f"key{number}": "a.B_c-" + "x" * 57 for number in range(5)}
    assert konnect.patch(plane.path, json={"labels": labels}).json()["labels"] == labels


def test_an_unknown_or_a_fixed_property_is_refused(konnect: httpx.Client, plane: Any) -> None:
    assert invalid_fields(konnect.patch(plane.path, json={"colour": "red"})) == ["colour"]
    assert invalid_fields(konnect.patch(plane.path, json={"cluster_type": "CLUSTER_TYPE_CONTROL_PLANE"})) == [
        "cluster_type"
    ]
    assert invalid_fields(konnect.patch(plane.path, json={"name": "x"})) == ["name"]
    assert invalid_fields(konnect.patch(plane.path, json={"auth_type": "none"})) == ["auth_type"]
    proxy = {"host": "h", "port": 0, "protocol": "http"}
    assert invalid_fields(konnect.patch(plane.path, json={"proxy_urls": [proxy]})) == ["proxy_urls[0].port"]
    assert invalid_fields(konnect.post(ROOT, json={})) == ["name"]


def test_a_name_is_taken_once(konnect: httpx.Client, new_plane: Callable[..., Any]) -> None:
    one, two = new_plane(), new_plane()
    taken = konnect.get(one.path).json()["name"]
    assert konnect.post(ROOT, json={"name": taken}).status_code == 409
    refused = konnect.patch(two.path, json={"name": taken})
    assert refused.status_code == 409
    assert "already exists" in refused.json()["detail"]


def test_a_deleted_or_foreign_control_plane_is_not_found_with_a_correlation_id(
    konnect: httpx.Client, plane: Any
) -> None:
    assert konnect.delete(plane.path).status_code == 204
    assert konnect.get(f"{plane.path}/dp-client-certificates").json() == {"message": GONE}
    for path in (plane.path, plane.plugins, f"{plane.path}/nodes"):
        problem = konnect.get(path)
        assert problem.status_code == 404
        assert problem.json()["detail"] == GONE
        assert problem.json()["instance"].startswith("konnect:trace:")


@pytest.mark.parametrize(
    ("cluster_type", "word"),
    [
        ("CLUSTER_TYPE_K8S_INGRESS_CONTROLLER", "KIC"),
        ("CLUSTER_TYPE_CONTROL_PLANE_GROUP", "group"),
        ("CLUSTER_TYPE_SERVERLESS", "serverless"),
    ],
)
def test_control_planes_of_some_types_take_no_configuration(
    konnect: httpx.Client, new_plane: Callable[..., Any], cluster_type: str, word: str
) -> None:
    plane = new_plane(cluster_type=cluster_type)
    for kind, body in (("plugins", {"name": "cors"}), ("plugin-schemas", {"lua_schema": "return {}"})):
        refused = konnect.post(f"{plane.core}/{kind}", json=body)
        assert refused.status_code == 403
        assert refused.json()["code"] == 7
        assert word in refused.json()["details"][0]["messages"][0]


def test_a_request_without_a_valid_token_is_unauthenticated(server: Any, konnect: httpx.Client, plane: Any) -> None:
    expired = konnect.post("/lab/tokens", json={"expired": True}).json()["token"]
    hooks = konnect.event_hooks
    for token in ("kpat_wrong", expired):
        with server.client(token, event_hooks=hooks) as stranger:
            assert stranger.get(ROOT).json()["title"] == "Unauthenticated"
            assert stranger.get(plane.plugins).json() == {"message": "Unauthorized", "status": 401}
            assert stranger.get(f"{plane.core}/plugin-schemas").json()["title"] == "Unauthenticated"
    with httpx.Client(base_url=server.where["url"], event_hooks=hooks) as nobody:
        assert nobody.get(plane.plugins).json() == {"message": "No API key found in request", "status": 401}


def test_a_token_that_may_only_read_is_refused_to_write(server: Any, konnect: httpx.Client, plane: Any) -> None:
    token = konnect.post("/lab/tokens", json={"write": False}).json()["token"]
    with server.client(token, event_hooks=konnect.event_hooks) as reader:
        assert reader.get(plane.path).status_code == 200
        assert reader.patch(plane.path, json={"description": "x"}).json()["title"] == "Forbidden"
        assert reader.post(plane.plugins, json={"name": "cors"}).json()["code"] == 7
        assert reader.put(f"{plane.core}/plugin-schemas/x", json={"lua_schema": "x"}).status_code == 403


def test_a_token_for_one_control_plane_sees_no_other(
    server: Any, konnect: httpx.Client, new_plane: Callable[..., Any]
) -> None:
    mine, other = new_plane(), new_plane()
    token = konnect.post("/lab/tokens", json={"control_planes": [mine.id]}).json()["token"]
    with server.client(token, event_hooks=konnect.event_hooks) as limited:
        assert [row["id"] for row in limited.get(ROOT).json()["data"]] == [mine.id]
        assert limited.get(mine.path).status_code == 200
        assert limited.get(other.path).status_code == 403
        assert limited.get(other.plugins).status_code == 403


def test_every_operation_of_the_document_is_answered(konnect: httpx.Client, plane: Any, document: Document) -> None:
    assert len(document.operations) == 64
    deletions_last = sorted(document.operations, key=lambda row: (row[0] == "DELETE", -len(row[1])))
    for method, template in deletions_last:
        path = re.sub(r"\{[^}]+\}", str(uuid.uuid4()), template.replace("{controlPlaneId}", plane.id))
        answer = konnect.request(method, path, json={} if method in ("POST", "PUT", "PATCH") else None)
        assert answer.status_code < 500
        assert "no Route matched" not in answer.text, f"{method} {template}"
        assert answer.status_code != 405, f"{method} {template}"


def test_a_path_that_does_not_exist_is_not_found_and_never_redirected(konnect: httpx.Client) -> None:
    for path in (f"{ROOT}/", "/v2/nonsense"):
        missing = konnect.get(path)
        assert (missing.status_code, missing.json()) == (404, {"message": "no Route matched with those values"})


def test_plugins_cannot_be_patched(konnect: httpx.Client, plane: Any) -> None:
    assert konnect.patch(f"{plane.plugins}/{uuid.uuid4()}", json={"enabled": False}).status_code == 405


def test_a_body_must_be_json(konnect: httpx.Client, plane: Any) -> None:
    form = konnect.post(plane.plugins, data={"name": "cors"})
    assert (form.status_code, form.json()["title"]) == (415, "Unsupported Media Type")
    headers = {"content-type": "application/json"}
    assert konnect.post(plane.plugins, content=b"{", headers=headers).json()["code"] == 3
    assert konnect.post(plane.plugins, content=b"[]", headers=headers).status_code == 400
