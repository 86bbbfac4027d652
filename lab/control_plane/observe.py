# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of requests: what arrived, from whom, and what was answered. Without the token."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

REMEMBERED = 20_000
SECRET_HEADERS = frozenset({"authorization"})


@dataclass
class Entry:
    """One request; ``at`` in epoch seconds, ``body`` as JSON where it was JSON, else as text.

    ``status`` is that of the true answer, None where a fault kept the request from being carried out.
    """

    number: int
    at: float
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    status: int | None = None
    faults: list[str] = field(default_factory=list)
    foreign: bool = False


class RequestLog:
    """The last requests under /v2, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=REMEMBERED)
        self._count = 0

    def note(
        self, at: float, method: str, target: tuple[str, str], headers: Iterable[tuple[str, str]], body: bytes
    ) -> Entry:
        """Write down a request; ``target`` is path and query."""
        self._count += 1
        shown = {name: value for name, value in headers if name not in SECRET_HEADERS}
        entry = Entry(self._count, at, method, *target, shown, _readable(body))
        self._entries.append(entry)
        return entry

    def since(self, number: int) -> list[dict[str, Any]]:
        """Every entry with a higher number."""
        return [asdict(entry) for entry in self._entries if entry.number > number]

    def clear(self) -> None:
        """Forget all; the numbers go on."""
        self._entries.clear()


def _readable(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
