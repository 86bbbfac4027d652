# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: one line of JSON for each intent and each outcome, written before and after every mutation.

It holds no configuration and no secret: names, steps, verdicts and reasons only. A line cut by a crash is the last one
and is dropped when read, since its mutation is found again by observation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

OPENED = "opened"
STARTED = "started"
DONE = "done"
FAILED = "failed"
INCONCLUSIVE = "inconclusive"
CLOSED = "closed"

EVENTS = frozenset({OPENED, STARTED, DONE, FAILED, INCONCLUSIVE, CLOSED})
MAX_REASON = 2000


class JournalError(ValueError):
    """The text is not a journal; the message names the line."""


@dataclass(frozen=True)
class Entry:
    """One line. ``at`` is epoch seconds; ``host`` is None for what happens once; ``facts`` is small plain JSON."""

    at: float
    attempt: int
    step: str
    event: str
    host: str | None = None
    reason: str | None = None
    facts: dict[str, Any] | None = None

    def to_line(self) -> str:
        """The entry as one line with its newline, empty members left out."""
        members = {key: value for key, value in asdict(self).items() if value is not None}
        if self.reason is not None:
            members["reason"] = self.reason[:MAX_REASON]
        return json.dumps(members, sort_keys=True, separators=(",", ":")) + "\n"


def read_journal(text: str) -> list[Entry]:
    """The entries of a journal, oldest first.

    :raises JournalError: a line that is not the last one cannot be read, so the file is not (or no longer) a journal.
    """
    return list(_entries(text.splitlines(keepends=True)))


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    lines = list(lines)
    for number, line in enumerate(lines, start=1):
        if number == len(lines) and not line.endswith("\n"):
            return
        try:
            members = json.loads(line)
            if members["event"] not in EVENTS:
                raise ValueError(f"unknown event {str(members['event'])[:40]!r}")
            yield Entry(**members)
        except (ValueError, TypeError, KeyError) as exc:
            raise JournalError(f"line {number} is not a journal entry ({exc})") from None
