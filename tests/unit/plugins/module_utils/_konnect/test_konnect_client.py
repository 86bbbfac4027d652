# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client under faults: what is sent again, what never is, and what each message says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import VERSION, Client, path
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.connection import (
    Connection,
    ConnectionSettingsError,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError

TOKEN = "kpat_canary_of_the_token"
Answer = httpx.Response | Exception


class Script:
    """Answers one after another; the last one again and again. What was sent and slept is kept."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.sent, self.slept = list(answers), [], []  # type: ignore[var-annotated]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **settings: object) -> Client:
        connection = Connection(**{"base_url": "https://eu.test/v2", "token": TOKEN, **settings})  # type: ignore[arg-type]
        return Client(connection, transport=httpx.MockTransport(self), sleep=self.slept.append)


def problem(status: int, headers: dict[str, str] | None = None, **body: object) -> httpx.Response:
    return httpx.Response(status, json={"status": status, **body}, headers=headers)


def ok(body: object = None) -> httpx.Response:
    return httpx.Response(200, json={"fine": True} if body is None else body)


RESET, REFUSED = httpx.ReadError("connection reset by peer"), httpx.ConnectError("refused")
CUT = httpx.Response(200, content=b'{"item": {"na')
HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"


@pytest.mark.parametrize(
    "fault", [problem(429), problem(500), problem(502), problem(503), problem(504), RESET, REFUSED]
)
@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_what_can_be_repeated_is_repeated(method: str, fault: Answer) -> None:
    script = Script(fault, ok())
    call = {"get": lambda c: c.get("/x"), "put": lambda c: c.put("/x", {}), "delete": lambda c: c.delete("/x")}
    call[method](script.client())
    assert len(script.sent) == 2
    assert 0.7 <= script.slept[0] <= 1.3


@pytest.mark.parametrize(
    ("fault", "times"),
    [(problem(429), 2), (problem(503), 2), (REFUSED, 2), (RESET, 1), (problem(500), 1), (problem(502), 1), (CUT, 1)],
)
def test_a_post_goes_out_again_only_if_it_certainly_did_nothing(fault: Answer, times: int) -> None:
    script = Script(fault, ok())
    if times == 2:
        script.client().post("/x", {})
    else:
        with pytest.raises(KonnectError) as caught:
            script.client().post("/x", {})
        assert caught.value.may_have_landed
    assert len(script.sent) == times


@pytest.mark.parametrize("fault", [RESET, problem(502), CUT])
def test_a_question_that_stores_nothing_is_asked_again(fault: Answer) -> None:
    script = Script(fault, ok())
    assert script.client().ask("/x", {}) == {"fine": True}


def test_waits_grow_and_end() -> None:
    script = Script(problem(503))
    with pytest.raises(KonnectError):
        script.client(retries=4).get("/x")
    assert len(script.sent) == 5
    assert [round(seconds / 2**attempt) for attempt, seconds in enumerate(script.slept)] == [1, 1, 1, 1]


def test_an_internal_error_is_not_repeated_for_ever() -> None:
    script = Script(problem(500))
    with pytest.raises(KonnectError):
        script.client(retries=10).get("/x")
    assert len(script.sent) == 3


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [(lambda: "7", 7, 7), (lambda: formatdate(time.time() + 20, usegmt=True), 17, 20), (lambda: "soon", 0.7, 1.3)],
)
def test_retry_after_wins_in_both_forms(header: Callable[[], str], low: float, high: float) -> None:
    script = Script(problem(429, {"retry-after": header()}), ok())
    script.client().get("/x")
    assert low <= script.slept[0] <= high


def test_nobody_waits_an_hour() -> None:
    script = Script(problem(429, {"retry-after": "3600"}))
    with pytest.raises(KonnectError, match="limits the rate"):
        script.client().get("/x")
    assert script.slept == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_refusal_is_final(status: int) -> None:
    script = Script(problem(status))
    with pytest.raises(KonnectError) as caught:
        script.client().get("/x")
    assert len(script.sent) == 1
    assert not caught.value.may_have_landed


def test_a_cut_answer_is_asked_for_again() -> None:
    script = Script(CUT, ok())
    assert script.client().get("/x") == {"fine": True}


@pytest.mark.parametrize("status", [200, 502])
def test_a_page_of_a_proxy_is_called_one(status: int) -> None:
    script = Script(httpx.Response(status, content=HTML, headers={"content-type": "text/html"}))
    with pytest.raises(KonnectError, match="HTML page titled '502 Bad Gateway', so a proxy"):
        script.client(retries=0).get("/x")


def test_a_redirect_is_not_followed() -> None:
    script = Script(httpx.Response(302, headers={"location": "https://elsewhere.test/"}))
    with pytest.raises(KonnectError, match="Redirects are not followed"):
        script.client().get("/x")
    assert [str(request.url) for request in script.sent] == ["https://eu.test/v2/x"]


def test_a_deleted_entity_is_deleted_and_a_missing_control_plane_is_not() -> None:
    Script(problem(404, title="Not Found")).client().delete("/x")
    missing = problem(404, title="Not Found", detail="The requested control plane was not found.")
    with pytest.raises(KonnectError, match="lives in one region"):
        Script(missing).client().delete("/x")
    with pytest.raises(KonnectError, match="lives in one region"):
        Script(missing).client().find("/x")
    assert Script(httpx.Response(404, json={"code": 5})).client().find("/x") is None


def test_a_body_that_never_ends_is_cut_off() -> None:
    def drip() -> Iterator[bytes]:
        while True:
            yield b" " * 1024 * 1024

    script = Script(httpx.Response(200, content=drip()))
    with pytest.raises(KonnectError, match="larger than 64 MiB"):
        script.client(retries=0).get("/x")


def test_requests_say_who_asks_and_the_log_holds_no_secret() -> None:
    script = Script(problem(503), ok())
    client = script.client()
    client.put(path("a", "b c/d"), {"secret": "canary"})
    request = script.sent[0]
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["user-agent"] == f"ansible-kongops.konnect/{VERSION}"
    assert str(request.url) == "https://eu.test/v2/a/b%20c%2Fd"
    logged = json.dumps(client.log()) + repr(client) + repr(client.connection)
    assert [record.status for record in client.requests] == [503, 200]
    assert TOKEN not in logged
    assert "canary" not in logged


def test_no_exception_holds_token_or_body() -> None:
    answers = [problem(400, title="no"), RESET, REFUSED, CUT, problem(401)]
    for answer in answers:
        with pytest.raises(KonnectError) as caught:
            Script(answer).client(retries=0).put("/x", {"secret": "canary"})
        error: BaseException | None = caught.value
        while error is not None:
            assert TOKEN not in repr(error) + str(error)
            assert "canary" not in repr(error) + str(error)
            error = error.__cause__


def test_the_clock_is_the_servers() -> None:
    script = Script(httpx.Response(200, json={}, headers={"date": formatdate(time.time() - 500, usegmt=True)}))
    client = script.client()
    client.get("/x")
    assert 495 < time.time() - client.now() < 505


def test_a_ca_that_cannot_be_loaded_is_a_setting_to_change(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(ConnectionSettingsError, match="ca_path"):
        Script(ok()).client(ca_path=str(tmp_path / "ca.pem"))


def test_a_proxy_of_the_environment_never_sees_a_request_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = Client(Connection(base_url="http://127.0.0.1:9/v2", token=TOKEN, retries=0, proxy="http://127.0.0.1:9"))
    assert not client._http._mounts  # httpx has no public word for it
    client.close()


def _pages(*bodies: object) -> Script:
    return Script(*(ok(body) for body in bodies))


def test_numbered_pages_are_read_to_the_end() -> None:
    meta = {"page": {"number": 1, "size": 2, "total": 3}}
    script = _pages({"data": [{"id": 1}, {"id": 2}], "meta": meta}, {"data": [{"id": 3}], "meta": meta})
    assert [row["id"] for row in script.client().numbered("/x")] == [1, 2, 3]
    assert [request.url.params["page[number]"] for request in script.sent] == ["1", "2"]


@pytest.mark.parametrize("cursor", ["abc", "/v2/x?page[after]=abc", "https://eu.test/v2/x?page%5Bafter%5D=abc"])
def test_a_cursor_is_followed_however_it_is_told(cursor: str) -> None:
    first = {"items": [{"id": 1}], "page": {"total_count": 2, "next": cursor}}
    script = _pages(first, {"items": [{"id": 2}], "page": {"total_count": 2}})
    assert [row["id"] for row in script.client().items("/x")] == [1, 2]
    assert script.sent[1].url.params["page[after]"] == "abc"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ({"total_count": 2, "next": "https://elsewhere.test/x?page[after]=abc"}, "another host"),
        ({"total_count": 2}, "1 of 2"),
        ({"next": "/v2/x"}, "without a cursor"),
    ],
)
def test_a_list_is_never_cut_silently(page: dict[str, object], words: str) -> None:
    with pytest.raises(KonnectError, match=words):
        list(_pages({"items": [{"id": 1}], "page": page}).client().items("/x"))


def test_a_cursor_that_goes_in_circles_ends() -> None:
    with pytest.raises(KonnectError, match="twice"):
        list(_pages({"items": [{"id": 1}], "page": {"next": "same"}}).client().items("/x"))
    with pytest.raises(KonnectError, match="twice"):
        list(_pages({"data": [{"id": 1}], "offset": "same"}).client().entities("/x"))


def test_entities_end_where_the_offset_does() -> None:
    script = _pages({"data": [{"id": 1}], "offset": "o"}, {"data": [{"id": 2}], "offset": None, "next": None})
    assert [row["id"] for row in script.client().entities("/x", {"filter[name][eq]": "a"})] == [1, 2]
    assert dict(script.sent[1].url.params) == {"filter[name][eq]": "a", "size": "1000", "offset": "o"}


@pytest.mark.parametrize("kind", ["numbered", "items", "entities"])
def test_an_empty_object_is_an_empty_list(kind: str) -> None:
    read: Callable[..., Iterator[dict[str, object]]] = getattr(_pages({}).client(), kind)
    assert list(read("/x")) == []


def test_map_keeps_order_and_raises_the_first_error() -> None:
    client = Script(ok()).client(concurrency=3)
    assert client.map(lambda number: number * 2, range(20)) == [number * 2 for number in range(20)]

    def fail(number: int) -> int:
        if number == 7:
            raise KonnectError("seven")
        return number

    with pytest.raises(KonnectError, match="seven"):
        client.map(fail, range(20))
