# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three ways Konnect pages a collection (konnect-api.md section i), each as a generator of items.

Empty collections may come back as ``{}``. A page that promises more and does not say where is an error: a list that was
cut silently would make instances look absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError

Item = dict[str, Any]
Fetch = Callable[[Mapping[str, str]], Any]

PLATFORM_PAGE = 100
KOKO_PAGE = 100
ENTITY_PAGE = 1000


def numbered_pages(fetch: Fetch, params: Mapping[str, str]) -> Iterator[Item]:
    """``/control-planes``: ``page[number]`` from 1 to where ``meta.page.total`` is reached."""
    number, seen = 1, 0
    while True:
        page = _mapping(fetch({**params, "page[size]": str(PLATFORM_PAGE), "page[number]": str(number)}))
        items = page.get("data") or []
        yield from items
        seen += len(items)
        total = _mapping(_mapping(page.get("meta")).get("page")).get("total") or 0
        if seen >= total:
            return
        if not items:
            raise _cut_short(seen, total)
        number += 1


def cursor_pages(
    fetch: Fetch, params: Mapping[str, str], *, origin: str, items_key: str = "items", size: int = KOKO_PAGE
) -> Iterator[Item]:
    """``nodes``, ``plugin-schemas``, ``group-memberships``: ``page[after]`` from whichever cursor the answer names."""
    cursor, seen, used = "", 0, set()
    while True:
        query = {**params, "page[size]": str(size)}
        page = _mapping(fetch({**query, "page[after]": cursor} if cursor else query))
        items = page.get(items_key) or []
        yield from items
        seen += len(items)
        meta = _mapping(page.get("page")) or _mapping(_mapping(page.get("meta")).get("page"))
        cursor = _cursor(meta, origin)
        total = meta.get("total_count") or meta.get("total") or 0
        if not cursor:
            if seen < total:
                raise _cut_short(seen, total)
            return
        if cursor in used:
            raise KonnectError("Konnect sent the same page cursor twice, so the list cannot be read to its end.")
        used.add(cursor)


def offset_pages(fetch: Fetch, params: Mapping[str, str]) -> Iterator[Item]:
    """Core entities: pass ``offset`` back until it is absent or null."""
    offset, used = "", set()
    while True:
        query = {**params, "size": str(ENTITY_PAGE)}
        page = _mapping(fetch({**query, "offset": offset} if offset else query))
        yield from page.get("data") or []
        offset = str(page.get("offset") or "")
        if not offset:
            return
        if offset in used:
            raise KonnectError("Konnect sent the same page offset twice, so the list cannot be read to its end.")
        used.add(offset)


def _cursor(meta: Mapping[str, Any], origin: str) -> str:
    """The value for ``page[after]``: an opaque cursor as it is, the cursor inside a URL when that is what came."""
    for key in ("next", "next_cursor", "next_page_num"):
        value = str(meta.get(key) or "")
        if not value:
            continue
        if not value.startswith(("/", "?", "http://", "https://")):
            return value
        parts = urlsplit(value)
        if parts.netloc and f"{parts.scheme}://{parts.netloc}" != origin:
            raise KonnectError("Konnect named a next page on another host, which is not followed.")
        after = parse_qs(parts.query).get("page[after]")
        if not after:
            raise KonnectError("Konnect named a next page without a cursor, so the list cannot be read to its end.")
        return after[0]
    return ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _cut_short(seen: int, total: int) -> KonnectError:
    return KonnectError(
        f"Konnect listed {seen} of {total} objects and did not say where the rest is; nothing was done."
    )
