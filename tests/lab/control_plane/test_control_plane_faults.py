# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misbehaviour on demand, and the log that shows what really arrived."""

from __future__ import annotations

import email.utils
import json
import time
import uuid
from typing import Any

import httpx
import pytest


@pytest.fixture
def client(server: Any, plane: Any) -> Any:
    """A client that takes any answer; the document does not know faults."""
    with server.client() as client:
        yield client


def lay(client: httpx.Client, **rule: Any) -> dict[str, Any]:
    answer = client.post("/lab/faults", json=rule)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def consumers(plane: Any) -> list[str]:
    return [row["username"] for row in plane.client.get(f"{plane.core}/consumers").json()["data"]]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_status_comes_once_and_nothing_is_done(plane: Any, client: httpx.Client, status: int) -> None:
    lay(client, kind="status", status=status, method="POST", path=f"{plane.id}/core-entities/consumers$")
    path = f"{plane.core}/consumers"
    assert client.get(path).status_code == 200
    failed = client.post(path, json={"username": "ada"})
    assert failed.status_code == status
    assert failed.headers["content-type"] == "application/problem+json"
    assert failed.json()["instance"].startswith("konnect:trace:")
    assert "retry-after" not in failed.headers
    assert consumers(plane) == []
    assert client.post(path, json={"username": "ada"}).status_code == 201


def test_retry_after_comes_in_seconds_or_as_a_date(plane: Any, client: httpx.Client) -> None:
    lay(client, kind="status", status=429, retry_after=7, path=plane.id)
    assert client.get(plane.path).headers["retry-after"] == "7"
    lay(client, kind="status", status=503, retry_after=100, retry_after_form="date", path=plane.id)
    until = email.utils.parsedate_to_datetime(client.get(plane.path).headers["retry-after"])
    assert 90 < until.timestamp() - time.time() < 110


@pytest.mark.parametrize(("when", "landed"), [("before", []), ("after", ["ada"])])
@pytest.mark.parametrize("kind", ["status", "reset", "html"])
def test_a_fault_strikes_before_or_after_the_server_acted(
    plane: Any, client: httpx.Client, kind: str, when: str, landed: list[str]
) -> None:
    lay(client, kind=kind, when=when, method="POST", path=plane.id)
    try:
        assert client.post(f"{plane.core}/consumers", json={"username": "ada"}).status_code >= 500
    except httpx.TransportError:
        assert kind == "reset"
    assert consumers(plane) == landed


def test_a_reset_is_a_broken_connection(plane: Any, client: httpx.Client) -> None:
    lay(client, kind="reset", path=plane.id)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.get(plane.path)
    assert client.get(plane.path).status_code == 200


def test_html_is_what_a_proxy_says(plane: Any, client: httpx.Client) -> None:
    lay(client, kind="html", path=plane.id)
    answer = client.get(plane.path)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert answer.text.startswith("<html>")


def test_truncated_json_is_a_true_answer_cut_in_the_middle(plane: Any, client: httpx.Client) -> None:
    lay(client, kind="truncated_json", path=plane.id)
    answer = client.post(f"{plane.core}/consumers", json={"username": "ada"})
    assert answer.status_code == 201
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert consumers(plane) == ["ada"]


def test_a_slow_body_is_whole_in_the_end(plane: Any, client: httpx.Client) -> None:
    lay(client, kind="slow_body", ms=200, path=plane.id)
    begun = time.monotonic()
    assert client.get(plane.path).json()["id"] == plane.id
    assert time.monotonic() - begun >= 0.2


def test_latency_is_added_to_one_request_or_to_all(plane: Any, client: httpx.Client) -> None:
    lay(client, kind="latency", ms=150, path=plane.id)
    begun = time.monotonic()
    client.get(plane.path)
    assert time.monotonic() - begun >= 0.15
    client.put("/lab/settings", json={"latency_ms": 50})
    begun = time.monotonic()
    for _ in range(3):
        assert client.get(plane.path).status_code == 200
    assert time.monotonic() - begun >= 0.15


def test_an_expired_token_is_401_from_the_nth_request_on(plane: Any, client: httpx.Client) -> None:
    rule = lay(client, kind="expired_token", nth=2, times=None, path=plane.id)
    assert [client.get(plane.plugins).status_code for _ in range(3)] == [200, 401, 401]
    [shown] = client.get("/lab/faults").json()["faults"]
    assert (shown["id"], shown["matched"], shown["done"]) == (rule["id"], 3, 2)
    assert client.get(plane.path).json()["title"] == "Unauthenticated"
    assert client.delete("/lab/faults").status_code == 204
    assert client.get(plane.path).status_code == 200


def test_someone_else_writes_between_two_requests(plane: Any, client: httpx.Client) -> None:
    foreign = {"method": "PUT", "path": f"{plane.core}/consumers/{uuid.uuid4()}", "body": {"username": "eve"}}
    lay(client, kind="foreign_write", when="after", method="GET", path=f"{plane.id}/core-entities", request=foreign)
    assert client.get(f"{plane.core}/consumers").json()["data"] == []
    assert consumers(plane) == ["eve"]
    written = client.post("/lab/foreign-write", json={**foreign, "body": {"username": "mallory"}}).json()
    assert (written["status"], written["body"]["username"]) == (200, "mallory")
    assert consumers(plane) == ["mallory"]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "gremlin"},
        {"kind": "html", "when": "never"},
        {"kind": "html", "path": "("},
        {"kind": "html", "colour": 1},
        {"kind": "foreign_write"},
        {"kind": "foreign_write", "request": {"method": "PUT"}},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(client: httpx.Client, rule: dict[str, Any]) -> None:
    assert client.post("/lab/faults", json=rule).status_code == 400


def test_a_setting_that_does_not_exist_is_refused(client: httpx.Client) -> None:
    before = client.get("/lab/settings").json()
    assert "latency_ms" in client.put("/lab/settings", json={"colour": 1}).json()["message"]
    assert client.put("/lab/settings", json={"latency_ms": "x", "clock_offset": []}).status_code == 400
    assert client.get("/lab/settings").json() == before


def test_the_log_shows_requests_without_the_token(server: Any, plane: Any, client: httpx.Client) -> None:
    client.get(plane.path)
    [*_, last] = client.get("/lab/requests").json()["requests"]
    client.post(f"{plane.core}/consumers?x=1", json={"username": "ada"}, headers={"user-agent": "kongops/0.1"})
    foreign = {"method": "GET", "path": plane.path}
    client.post("/lab/foreign-write", json=foreign)
    answer = client.get("/lab/requests", params={"since": last["number"]})
    mine, other = answer.json()["requests"]
    assert (mine["method"], mine["path"], mine["query"]) == ("POST", f"{plane.core}/consumers", "x=1")
    assert (mine["body"], mine["status"], mine["foreign"]) == ({"username": "ada"}, 201, False)
    assert mine["headers"]["user-agent"] == "kongops/0.1"
    assert other["foreign"] is True
    assert server.where["token"] not in answer.text
    assert client.delete("/lab/requests").status_code == 204
    assert client.get("/lab/requests").json() == {"requests": []}
