# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node was seen doing across one reload or one wait. Facts only; ``verdict`` judges them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer, said

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
    return [_one(answer, number) for number in sorted(answer.subjects("seen.role"))]


def _one(answer: Answer, number: str) -> Observation:
    code, _space, message = (answer.get("seen.ready", number) or "").partition(" ")
    return Observation(
        role=answer.get("seen.role", number) or "observe",
        rc=int(answer.get("seen.rc", number) or 0),
        output=(answer.text("seen.output", number) or "").strip(),
        old_workers=_pids(answer, "seen.old", number),
        workers=_pids(answer, "seen.workers", number),
        lingering=_pids(answer, "seen.lingering", number),
        new_workers=answer.get("seen.new", number) == "yes",
        running=answer.get("seen.running", number) == "yes",
        ready=code == "200" if code else None,
        ready_message=said(message),
        hash_before=answer.get("seen.hash_before", number),
        hash_after=answer.get("seen.hash_after", number),
        status_api=answer.get("seen.status_api", number),
        unable=answer.get("seen.unable", number),
        log_kind=answer.get("seen.log_kind", number) or "none",
        log=answer.text("seen.log", number) or "",
        log_from=answer.get("seen.mark", number),
        log_to=answer.get("seen.end", number),
        seconds=int(answer.get("seen.took", number) or 0) / 100,
    )


def _pids(answer: Answer, key: str, number: str) -> tuple[int, ...]:
    return tuple(int(pid) for pid in answer.words(key, number) if pid.isdigit())
