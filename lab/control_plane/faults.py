# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misbehaviour on demand: rules that a test lays down, each for the requests it matches (``/lab/faults``)."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from lab.control_plane.access import family_of, unauthenticated
from lab.control_plane.errors import ApiError, problem

KINDS = {
    "latency": "wait `ms`, then answer",
    "status": "answer `status`, with `retry_after` seconds (and `retry_after_form` seconds or date) if given",
    "html": "a proxy's HTML page with `status` (502)",
    "truncated_json": "the true answer, its body cut in the middle",
    "reset": "a connection reset instead of the answer",
    "slow_body": "the true answer, its body in pieces that take `ms` together",
    "expired_token": "401 as for a token that has expired",
    "foreign_write": "someone else's `request` {method, path, body} slips in; the answer is the true one",
}
HTML = "<html><head><title>{status}</title></head><body><h1>{status} Bad Gateway</h1><hr>proxy</body></html>\n"
TITLES = {
    429: ("Rate Limited", "Too many requests"),
    500: ("Internal Server Error", "An internal failure occurred"),
    503: ("Service Unavailable", "Could not retrieve permissions"),
}


@dataclass(frozen=True)
class Reply:
    """An answer before it is sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass
class Fault:
    """One rule: for which requests, from the nth match on, how many times, and what happens.

    ``when`` is ``before`` or ``after`` the server acted, for the kinds where that makes a difference.
    """

    kind: str
    method: str = "*"
    path: str = ""
    nth: int = 1
    times: int | None = 1
    when: str = "before"
    ms: float = 0.0
    status: int | None = None
    retry_after: float | None = None
    retry_after_form: str = "seconds"
    request: dict[str, Any] | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    matched: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}; there are {', '.join(KINDS)}")
        if self.when not in ("before", "after"):
            raise ValueError(f"when is before or after, not {self.when!r}")
        if self.kind == "foreign_write" and not {"method", "path"} <= set(self.request or {}) <= {
            "method",
            "path",
            "body",
        }:
            raise ValueError("a foreign_write needs the request {method, path, body}")
        try:
            self._pattern = re.compile(self.path)
        except re.error as error:
            raise ValueError(f"path is not a regular expression: {error}") from None

    def take(self, method: str, path: str) -> bool:
        """Whether the rule strikes this request; counts it."""
        if self.method not in ("*", method) or not self._pattern.search(path):
            return False
        self.matched += 1
        if self.matched < self.nth or (self.times is not None and self.done >= self.times):
            return False
        self.done += 1
        return True

    @property
    def acts(self) -> bool:
        """Whether the request is carried out although its answer is spoilt."""
        return self.when == "after" or self.kind in ("latency", "truncated_json", "slow_body", "foreign_write")

    def to_dict(self) -> dict[str, Any]:
        """The rule, and how often it matched and struck."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}


class Faults:
    """The rules in force, in the order in which they were laid down."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.rules: list[Fault] = []

    def add(self, rule: dict[str, Any]) -> Fault:
        """Lay down a rule; raises ValueError or TypeError for one that makes no sense."""
        fault = Fault(**rule)
        self.rules.append(fault)
        return fault

    def take(self, method: str, path: str) -> list[Fault]:
        """The rules that strike this request."""
        return [rule for rule in self.rules if rule.take(method, path)]

    def reply(self, fault: Fault, method: str, path: str, true_reply: Reply | None) -> Reply | None:
        """The answer that a fault puts in the place of the true one; None where there is to be none."""
        if fault.kind == "reset":
            return None
        if fault.kind == "html":
            status = fault.status or 502
            return Reply(status, (("content-type", "text/html"),), HTML.format(status=status).encode())
        if fault.kind == "expired_token":
            return as_reply(unauthenticated(family_of(method, path)))
        if fault.kind == "status":
            return as_reply(_refusal(fault.status or 503), self._retry_after(fault))
        if fault.kind == "truncated_json" and true_reply is not None:
            return Reply(true_reply.status, true_reply.headers, true_reply.body[: len(true_reply.body) // 2])
        return true_reply

    def _retry_after(self, fault: Fault) -> tuple[tuple[str, str], ...]:
        if fault.retry_after is None:
            return ()
        if fault.retry_after_form == "date":
            return (("retry-after", formatdate(self._now() + fault.retry_after, usegmt=True)),)
        return (("retry-after", f"{fault.retry_after:g}"),)


def as_reply(error: ApiError, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """An error as an answer that can be sent."""
    return Reply(error.status, (("content-type", error.media_type), *headers), json.dumps(error.body).encode())


def _refusal(status: int) -> ApiError:
    title, detail = TITLES.get(status, ("Error", "The request could not be served"))
    return problem(status, title, detail)
