# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three paging dialects of one API (konnect-api.md, section i)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from lab.control_plane.errors import bad_parameters, field_detail, invalid

Row = TypeVar("Row")

PLATFORM_DEFAULT, PLATFORM_MAXIMUM = 10, 100
DEFAULT, MAXIMUM = 100, 1000


def _whole_number(query: Mapping[str, str], name: str, default: int) -> int | None:
    text = query.get(name) or str(default)
    return int(text) if text.isascii() and text.isdigit() else None


def platform_page(rows: Sequence[Row], query: Mapping[str, str]) -> tuple[list[Row], dict[str, Any]]:
    """``page[size]`` and ``page[number]``; returns the rows and ``meta``. Raises 400 of shape C."""
    size = _whole_number(query, "page[size]", PLATFORM_DEFAULT)
    number = _whole_number(query, "page[number]", 1)
    if not size or size > PLATFORM_MAXIMUM:
        raise bad_parameters(_parameter("page[size]", f"must be an integer between 1 and {PLATFORM_MAXIMUM}"))
    if not number:
        raise bad_parameters(_parameter("page[number]", "must be an integer greater than 0"))
    start = (number - 1) * size
    return list(rows[start : start + size]), {"page": {"number": number, "size": size, "total": len(rows)}}


def membership_page(rows: Sequence[Row], query: Mapping[str, str], path: str) -> tuple[list[Row], dict[str, Any]]:
    """``page[size]`` and ``page[after]`` with the next page as a URI; returns the rows and ``meta``."""
    size = _whole_number(query, "page[size]", PLATFORM_DEFAULT)
    if not size or size > PLATFORM_MAXIMUM:
        raise bad_parameters(_parameter("page[size]", f"must be an integer between 1 and {PLATFORM_MAXIMUM}"))
    start = decode_cursor(query.get("page[after]"))
    if start is None:
        raise bad_parameters(_parameter("page[after]", "is not a cursor"))
    page: dict[str, Any] = {"size": size, "next": None}
    if start == 0:
        page["total"] = len(rows)
    if start + size < len(rows):
        page["next"] = f"{path}?{urlencode({'page[size]': size, 'page[after]': encode_cursor(start + size)})}"
    return list(rows[start : start + size]), {"page": page}


def item_page(rows: Sequence[Any], query: Mapping[str, str], cursor_key: str | None) -> dict[str, Any]:
    """koko's lists: ``items`` and ``page``, and ``{}`` when there is nothing (surprise 9)."""
    size = _whole_number(query, "page[size]", DEFAULT)
    if not size or size > MAXIMUM:
        raise bad_parameters(_parameter("page[size]", f"must be an integer between 1 and {MAXIMUM}"))
    start = decode_cursor(query.get("page[after]"))
    if start is None:
        raise bad_parameters(_parameter("page[after]", "is not a cursor"))
    if not rows:
        return {}
    page: dict[str, Any] = {"total_count": len(rows)}
    if start + size < len(rows) and cursor_key is not None:
        page[cursor_key] = encode_cursor(start + size)
    return {"items": list(rows[start : start + size]), "page": page}


def entity_page(
    rows: Sequence[Row], query: Mapping[str, str], path: str, place: Callable[[Row], int]
) -> tuple[list[Row], dict[str, Any]]:
    """``size`` and ``offset``; returns the rows, and ``offset`` and ``next`` as long as there is more."""
    size = _whole_number(query, "size", DEFAULT)
    if not size or size > MAXIMUM:
        raise invalid(field_detail("size", [f"must be >= 1 and <= {MAXIMUM}"]))
    after = decode_cursor(query.get("offset"))
    if after is None:
        raise invalid(field_detail("offset", ["is not a cursor"]))
    rest = [row for row in rows if place(row) > after] if after else rows
    page = list(rest[:size])
    if len(rest) <= size:
        return page, {}
    offset = encode_cursor(place(page[-1]))
    kept = {name: value for name, value in query.items() if name not in ("offset", "size")}
    return page, {"offset": offset, "next": f"{path}?{urlencode({**kept, 'offset': offset, 'size': size})}"}


def encode_cursor(position: int) -> str:
    """An opaque cursor."""
    return base64.urlsafe_b64encode(f"after:{position}".encode()).decode()


def decode_cursor(cursor: str | None) -> int | None:
    """The position that a cursor holds: 0 without one, None for one that was never given out."""
    if not cursor:
        return 0
    try:
        word, _, position = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
    except (binascii.Error, UnicodeError):
        return None
    return int(position) if word == "after" and position.isdigit() else None


def _parameter(field: str, reason: str) -> dict[str, Any]:
    return {"field": field, "rule": "invalid", "reason": reason, "source": "query"}
