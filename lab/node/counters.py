# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node went through, counted over its whole life in ``<prefix>/lab-counters.json``."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

COUNTERS_FILE = "lab-counters.json"
_NOTHING_YET: dict[str, Any] = {
    "starts": 0,
    "reloads": 0,
    "failed_reloads": 0,
    "received": 0,
    "applied": 0,
    "unchanged": 0,
    "lost": 0,
    "rejected": [],
}


def read_counters(prefix: Path) -> dict[str, Any]:
    """Numbers by name; ``rejected`` is a list of {"hash", "time" (epoch s), "text"}, oldest first.

    ``received`` counts payloads; each is applied, unchanged (same hash), lost (stored, not served: 5 A), rejected, or
    was overtaken by a newer one before its turn.
    """
    try:
        return {**_NOTHING_YET, **json.loads((prefix / COUNTERS_FILE).read_text(encoding="utf-8"))}
    except FileNotFoundError:
        return {**_NOTHING_YET, "rejected": []}


def count(prefix: Path, name: str) -> None:
    """Add one to a number; safe from several processes."""

    def add(counters: dict[str, Any]) -> None:
        counters[name] += 1

    _change(prefix, add)


def count_rejection(prefix: Path, config_hash: str, text: str) -> None:
    """Remember a refused payload."""
    rejection = {"hash": config_hash, "time": time.time(), "text": text}
    _change(prefix, lambda counters: counters["rejected"].append(rejection))


def _change(prefix: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """On a full disk the count is lost: a node does not fail for being watched."""
    file = prefix / COUNTERS_FILE
    with suppress(OSError), open(prefix / f".{COUNTERS_FILE}.lock", "w", encoding="utf-8") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        counters = read_counters(prefix)
        change(counters)
        new = file.with_suffix(".new")
        new.write_text(json.dumps(counters) + "\n", encoding="utf-8")
        new.replace(file)
