# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge itself: what the OpenAPI document allows, what it refuses, and which gaps are known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.openapi import GAPS, Document

ID = "3b1b6d7e-1a5c-4a2e-9b1d-2f1a2b3c4d5e"
PLANE = f"/v2/control-planes/{ID}"
PLUGIN = f"{PLANE}/core-entities/plugins/{ID}"
JSON, PROBLEM = "application/json", "application/problem+json"
NOT_FOUND = {"status": 404, "title": "Not Found", "instance": "konnect:trace:1", "detail": "x"}


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/v2/control-planes", {"filter[name][eq]": "x", "page[size]": "1", "labels": "a:b"}, None),
        ("PATCH", PLANE, {}, {"labels": {"a": "b"}}),
        ("PUT", PLUGIN, {}, {"name": "tally", "service": None, "config": {"anything": [1]}}),
        ("PUT", f"{PLANE}/core-entities/plugin-schemas/tally", {}, {"lua_schema": "return {}"}),
        ("DELETE", PLUGIN, {}, None),
        ("POST", f"{PLANE}/core-entities/consumers", {}, {"username": "ada"}),
    ],
)
def test_a_request_of_the_document_is_allowed(
    document: Document, method: str, path: str, query: dict[str, str], body: Any
) -> None:
    assert document.problems_of_request(method, path, query, body) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "hint"),
    [
        ("PATCH", PLUGIN, {}, {"enabled": False}, "no such operation"),
        ("GET", f"{PLANE}/nodes", {"size": "1"}, None, "query argument 'size'"),
        ("GET", "/v2/control-planes/by-name/nodes", {}, None, "uuid"),
        ("PUT", PLUGIN, {}, {"name": "tally", "colour": "red"}, "colour"),
        ("PUT", PLUGIN, {}, None, "wants a body"),
        ("DELETE", PLUGIN, {}, {}, "takes no body"),
        ("PATCH", PLANE, {}, {"labels": {"a": None}}, "labels.a"),
        ("PATCH", PLANE, {}, {"labels": {"a": "-"}}, "labels.a"),
        ("POST", f"{PLANE}/core-entities/plugin-schemas", {}, {"schema": "x"}, "lua_schema"),
    ],
)
def test_any_other_request_is_a_problem(
    document: Document, method: str, path: str, query: dict[str, str], body: Any, hint: str
) -> None:
    problems = document.problems_of_request(method, path, query, body)
    assert any(hint in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("method", "path", "status", "media_type", "body", "hint"),
    [
        ("GET", "/v2/control-planes", 200, JSON, {"data": []}, "'meta' is a required property"),
        ("GET", PLANE, 404, JSON, NOT_FOUND, "media type"),
        ("GET", PLANE, 404, PROBLEM, {"message": "x"}, "'status' is a required property"),
        ("GET", PLANE, 201, JSON, {}, "status not documented"),
        ("GET", PLUGIN, 200, JSON, {"name": "x", "created_at": "2026-01-01"}, "created_at"),
        ("GET", PLUGIN, 409, JSON, {"error": "x"}, "no known shape of an error"),
        ("GET", f"{PLANE}/nodes/eol", 200, JSON, {"items": [{"node_id": 1}]}, "node_id"),
        ("DELETE", PLUGIN, 204, JSON, {}, "has a body"),
        ("GET", "/v2/nonsense", 200, JSON, {}, "no such operation"),
    ],
)
def test_an_answer_that_breaks_the_document_is_a_problem(
    document: Document, method: str, path: str, status: int, media_type: str, body: Any, hint: str
) -> None:
    problems = document.problems_of_response(method, path, status, media_type, body)
    assert any(hint in problem for problem in problems), problems


def test_the_requests_that_a_lab_has_logged_can_be_judged(document: Document, plane: Any) -> None:
    [*_, last] = plane.client.get("/lab/requests").json()["requests"]
    plane.client.get(plane.plugins, params={"size": 1, "filter[name][eq]": "tally"})
    plane.client.put(f"{plane.plugins}/{ID}", json={"name": "tally", "colour": "red"})

    def logged() -> list[Any]:
        return list(plane.client.get("/lab/requests", params={"since": last["number"]}).json()["requests"])

    assert len(logged()) == 2
    assert ["colour" in problem for problem in document.problems_of_log(logged())] == [True]


def test_a_known_gap_is_no_problem_and_has_a_reason(document: Document) -> None:
    in_use = {"code": 3, "message": "plugin schema is currently in use"}
    path = f"{PLANE}/core-entities/plugin-schemas/tally"
    assert document.problems_of_response("DELETE", path, 400, JSON, in_use) == []
    assert document.problems_of_response("GET", f"{PLANE}/expected-config-hash", 404, JSON, {"code": 5}) == []
    assert document.problems_of_response("DELETE", path, 418, JSON, in_use) != []
    assert all(gap.reason for gap in GAPS)
