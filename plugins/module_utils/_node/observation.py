# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node was seen doing across one reload or one wait. Facts only; ``verdict`` judges them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer, number, numbers, said

TIMED_OUT = 124
"""Exit status of a reload command that did not return in time."""


@dataclass(frozen=True)
class Observation:
    """``role``: reload, again (the hash had changed), undo, or observe (nothing was touched)."""

    role: str
    rc: int = 0
    output: str = ""
    old_workers: tuple[int, ...] = ()
    workers: tuple[int, ...] = ()
    lingering: tuple[int, ...] = ()
    new_workers: bool = False
    running: bool = True
    ready: bool | None = None
    ready_message: str = ""
    hash_before: str | None = None
    hash_after: str | None = None
    status_api: str | None = None
    unable: str | None = None
    log_kind: str = "none"
    log: str = ""
    log_from: str | None = None
    log_to: str | None = None
    seconds: float = 0.0

    @property
    def log_readable(self) -> bool:
        """Whether silence of the log means anything."""
        return self.log_from is not None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for a module's result."""
        return asdict(self)


def read_observations(answer: Answer) -> list[Observation]:
    """Everything that was observed in a visit, in order."""
    return [_one(answer, which) for which in sorted(answer.subjects("seen.role"))]


def _one(answer: Answer, which: str) -> Observation:
    code, _space, message = (answer.get("seen.ready", which) or "").partition(" ")
    return Observation(
        role=answer.get("seen.role", which) or "observe",
        rc=answer.number("seen.rc", which),
        output=(answer.text("seen.output", which) or "").strip(),
        old_workers=numbers(answer.words("seen.old", which)),
        workers=numbers(answer.words("seen.workers", which)),
        lingering=numbers(answer.words("seen.lingering", which)),
        new_workers=answer.get("seen.new", which) == "yes",
        running=answer.get("seen.running", which) == "yes",
        ready=code == "200" if code else None,
        ready_message=said(message),
        hash_before=answer.get("seen.hash_before", which),
        hash_after=answer.get("seen.hash_after", which),
        status_api=answer.get("seen.status_api", which),
        unable=answer.get("seen.unable", which),
        log_kind=answer.get("seen.log_kind", which) or "none",
        log=answer.text("seen.log", which) or "",
        log_from=answer.get("seen.mark", which),
        log_to=answer.get("seen.end", which),
        seconds=(number(answer.get("seen.took", which)) or 0) / 100,
    )
