# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Error shapes A to E of konnect-api.md section g, and settings that must not lead anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.connection import (
    ConnectionSettingsError,
    base_url,
    checked_token,
    read_token_file,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import (
    KonnectError,
    clean,
    error_from_answer,
)

FIELD = {
    "code": 3,
    "message": "validation error",
    "details": [{"type": "ERROR_TYPE_FIELD", "field": "config.ttl", "messages": ["expected an integer"]}],
}
UNIQUE = {
    "code": 3,
    "message": "data constraint error",
    "details": [{"type": "ERROR_TYPE_REFERENCE", "messages": ["unique-plugin (type: unique) constraint failed"]}],
}
FOREIGN = {
    "code": 3,
    "message": "data constraint error",
    "details": [{"type": "ERROR_TYPE_REFERENCE", "field": "service.id", "messages": ["(type: foreign) failed"]}],
}
INVALID = {
    "status": 400,
    "title": "Bad Request",
    "detail": "Invalid Parameters",
    "instance": "konnect:trace:228",
    "invalid_parameters": [{"field": "labels", "reason": "must not start with kong"}],
}


def answer(status: int, body: object) -> KonnectError:
    return error_from_answer("PUT /x", status, "application/json", json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, FIELD, "PUT /x answered 400: validation error (config.ttl: expected an integer)"),
        (404, {"code": 5}, "not found"),
        (404, {"message": "Not Found"}, "Not Found"),
        (400, INVALID, "Bad Request: Invalid Parameters (labels: must not start with kong) [konnect:trace:228]"),
        (401, {"message": "Unauthorized", "status": 401}, "Check the token"),
        (400, {"message": "[string]:6: nil", "request_id": "f" * 32}, f"[{'f' * 32}]"),
        (403, {"status": 403, "title": "Forbidden", "detail": "no"}, "lacks a role"),
        (404, {"title": "Not Found", "detail": "The requested control plane was not found."}, "lives in one region"),
        (400, {"detail": {"odd": ["shape"]}}, "odd"),
        (500, [], "HTTP status 500"),
    ],
)
def test_every_shape_gives_one_message(status: int, body: object, words: str) -> None:
    error = answer(status, body)
    assert words in str(error) or (not body and error.status == status)
    assert "\n" not in str(error)


def test_a_hundred_complaints_are_ten_and_a_number() -> None:
    details = [{"field": f"config.f{number}", "messages": ["unknown field"]} for number in range(100)]
    text = str(answer(400, {"message": "validation error", "details": details}))
    assert text.count("unknown field") == 10
    assert "and 90 more" in text


def test_conflicts_are_told_from_missing_references() -> None:
    assert answer(409, {"title": "Conflict"}).conflict
    assert answer(400, UNIQUE).conflict
    assert answer(400, {"code": 6}).conflict
    assert not answer(400, FOREIGN).conflict
    assert not answer(400, FIELD).conflict


def test_a_schema_in_use_is_recognized() -> None:
    assert answer(400, {"code": 3, "message": "plugin schema is currently in use, please delete"}).in_use


def test_foreign_text_is_cleaned_and_capped() -> None:
    assert clean("a\x1b[31mb\x00c\u202ed") == "a [31mb c d"
    assert len(clean("x" * 10_000)) <= 603


@pytest.mark.parametrize(
    ("url", "region", "expected"),
    [
        (None, "eu", "https://eu.api.konghq.com/v2"),
        ("https://eu.api.konghq.com", "us", "https://eu.api.konghq.com/v2"),
        ("https://eu.api.konghq.com/v2/", None, "https://eu.api.konghq.com/v2"),
        ("http://127.0.0.1:8000", None, "http://127.0.0.1:8000/v2"),
        ("http://[::1]:8000/", None, "http://[::1]:8000/v2"),
        ("http://localhost/prefix", None, "http://localhost/prefix/v2"),
    ],
)
def test_a_url_wins_over_a_region(url: str | None, region: str | None, expected: str) -> None:
    assert base_url(url, region) == expected


@pytest.mark.parametrize(
    ("url", "region", "words"),
    [
        (None, None, "Neither url nor region"),
        (None, "eu.evil.test/", "region is not one of"),
        ("http://eu.api.konghq.com", None, "in the clear"),
        ("http://127.0.0.1.evil.test", None, "in the clear"),
        ("https://user:pass@eu.test", None, "credentials"),
        ("ftp://eu.test", None, "not a URL"),
        ("https://eu.test/?a=b", None, "not a URL"),
        ("https://[bad", None, "not a URL"),
    ],
)
def test_a_token_goes_to_no_doubtful_place(url: str | None, region: str | None, words: str) -> None:
    with pytest.raises(ConnectionSettingsError, match=words):
        base_url(url, region)


def test_a_token_is_stripped_and_an_impossible_one_not_repeated() -> None:
    assert checked_token(" kpat_x\n") == "kpat_x"
    for bad in ("", None, "two words", "line\nbreak", "kpat_\u00e9"):
        with pytest.raises(ConnectionSettingsError) as caught:
            checked_token(bad)
        assert not bad or bad not in str(caught.value)


def test_a_token_file_is_read_or_named(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("spat_x\nsecond line\n")
    assert read_token_file(str(tmp_path / "token")) == "spat_x"
    with pytest.raises(ConnectionSettingsError, match="none cannot be read"):
        read_token_file(str(tmp_path / "none"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConnectionSettingsError, match="not a text file"):
        read_token_file(str(tmp_path / "binary"))
