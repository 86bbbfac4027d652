# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong between here and Konnect, as one exception that says what to do next (konnect-api.md section g)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 600
SHOWN_DETAILS = 10
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")

# Codes of the gRPC shape whose body carries no message of its own.
_GRPC_CODES = {
    3: "invalid argument",
    5: "not found",
    6: "already exists",
    7: "permission denied",
    8: "rate limited",
    9: "failed precondition",
    13: "internal error",
    14: "unavailable",
    16: "unauthenticated",
}
_ALREADY_EXISTS = 6

_HINTS = {
    400: "Correct what it names; nothing was stored.",
    409: "Something with this name exists already: choose another name, or look at what is there first.",
    401: "Check the token: it may be wrong, expired or revoked. Give it by the option token, KONNECT_TOKEN or a "
    "token file.",
    403: "The token is valid but lacks a role on this control plane: Plugin Admin and Viewer suffice for plugins, "
    "Admin is needed for schemas in some organizations and for labels. An IP allowlist of the organization also "
    "answers so.",
    429: "Konnect limits the rate of requests: lower the concurrency, or raise the number of retries.",
}
_CONTROL_PLANE_HINT = (
    "A control plane lives in one region: check that the region (or URL) and the control plane belong together, "
    "and that the token may see it."
)
_UNAVAILABLE_HINT = "Konnect, or something between here and Konnect, had trouble: run the same command again."


def clean(text: object, limit: int = MAX_TEXT) -> str:
    """Foreign text, fit to be shown: no control characters, at most ``limit`` characters."""
    shown = _CONTROL_CHARACTERS.sub(" ", str(text)).strip()
    return shown if len(shown) <= limit else f"{shown[:limit]}..."


@dataclass(frozen=True)
class Detail:
    """One complaint of the API about one field (``field`` is empty when it is about the whole object)."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class KonnectError(Exception):
    """A request that failed, or a state of Konnect that does not allow what was asked.

    status: HTTP status, None when no answer came. reached: False when the request certainly did not reach the server.
    retryable: whether the same request may be sent again without a second thought about the answer.
    retry_after: seconds that the server asked to wait. Bodies of requests are never part of it.
    """

    def __init__(
        self,
        message: str,
        *,
        request: str = "",
        status: int | None = None,
        code: int | None = None,
        details: tuple[Detail, ...] = (),
        correlation_id: str = "",
        hint: str = "",
        reached: bool = True,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        self.message = message
        self.request = request
        self.status = status
        self.code = code
        self.details = details
        self.correlation_id = correlation_id
        self.hint = hint
        self.reached = reached
        self.retryable = retryable
        self.retry_after = retry_after
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [self.message]
        if self.request:
            answered = f" answered {self.status}" if self.status else ""
            parts = [f"{self.request}{answered}: {self.message}"]
        if self.details:
            more = [f"and {len(self.details) - SHOWN_DETAILS} more"] if len(self.details) > SHOWN_DETAILS else []
            parts.append("(" + "; ".join([*map(str, self.details[:SHOWN_DETAILS]), *more]) + ")")
        if self.correlation_id:
            parts.append(f"[{self.correlation_id}]")
        text = " ".join(parts)
        if not self.hint:
            return text
        return f"{text if text.endswith(('.', '!', '?')) else text + '.'} {self.hint}"

    @property
    def text(self) -> str:
        """Everything the server said, lower case, to look for known words in."""
        return " ".join([self.message, *map(str, self.details)]).lower()

    @property
    def control_plane_missing(self) -> bool:
        """The control plane itself is not there, which is never the same as a missing entity (pitfall 22)."""
        return self.status == 404 and "control plane" in self.text

    @property
    def missing(self) -> bool:
        """The entity is not there; the control plane is."""
        return self.status == 404 and not self.control_plane_missing

    @property
    def conflict(self) -> bool:
        """Something with this name or these references exists already: 409, or 400 in core entities (section g)."""
        return (
            self.status == 409
            or self.code == _ALREADY_EXISTS
            or (self.status == 400 and "(type: unique)" in self.text)
            or (self.status == 400 and self.message == "data constraint error" and "(type: foreign)" not in self.text)
        )

    @property
    def in_use(self) -> bool:
        """A schema could not be deleted because instances use it."""
        return self.status == 400 and "currently in use" in self.text

    @property
    def may_have_landed(self) -> bool:
        """Whether the server may have done what was asked although it did not say so."""
        if not self.request or not self.reached:
            return False
        return self.status is None or self.status in {500, 502, 504} or self.status < 300

    @property
    def refused(self) -> bool:
        """The server understood the request and refused it: sending it again changes nothing."""
        return self.status is not None and 400 <= self.status < 500 and self.status != 429


def error_from_answer(
    request: str, status: int, content_type: str, body: bytes, *, retry_after: float | None = None
) -> KonnectError:
    """The error in an answer, whichever of the API's shapes it has (A to E of section g, or a proxy's HTML)."""
    data = _json(body)
    if not isinstance(data, Mapping):
        return KonnectError(
            _not_json(content_type, body) or f"HTTP status {status}",
            request=request,
            status=status,
            hint=_hint(status, ""),
            retry_after=retry_after,
        )
    code = data.get("code")
    message = _message(data, status)
    details = tuple(_details(data))
    return KonnectError(
        message,
        request=request,
        status=status,
        code=code if isinstance(code, int) else None,
        details=details,
        correlation_id=clean(data.get("instance") or data.get("request_id") or data.get("trace_id") or "", 120),
        hint=_hint(status, message),
        retry_after=retry_after,
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _not_json(content_type: str, body: bytes) -> str:
    start = body[:200].lstrip().lower()
    if "html" in content_type.lower() or start.startswith((b"<!doctype", b"<html")):
        title = re.search(rb"<title[^>]*>(.*?)</title>", body[:4096], re.IGNORECASE | re.DOTALL)
        named = f" titled {clean(title.group(1).decode(errors='replace'), 80)!r}" if title else ""
        return f"the answer is an HTML page{named}, so a proxy or gateway on the way answered instead of Konnect"
    return clean(body[:MAX_TEXT].decode(errors="replace"))


def _message(data: Mapping[str, Any], status: int) -> str:
    title, detail, message = data.get("title"), data.get("detail"), data.get("message")
    if detail or title:
        texts = [t if isinstance(t, str) else json.dumps(t) for t in (title, detail) if t]
        return clean(": ".join(dict.fromkeys(texts)))
    if message:
        return clean(message)
    code = data.get("code")
    return _GRPC_CODES.get(code, f"error code {code}") if isinstance(code, int) else f"HTTP status {status}"


def _details(data: Mapping[str, Any]) -> Iterator[Detail]:
    for detail in _mappings(data.get("details")):
        for text in detail.get("messages") or []:
            yield Detail(clean(detail.get("field") or "", 200), clean(text))
    for parameter in _mappings(data.get("invalid_parameters")):
        reason = parameter.get("reason") or parameter.get("rule") or "is not accepted"
        yield Detail(clean(parameter.get("field") or "", 200), clean(reason))


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _hint(status: int, message: str) -> str:
    if status == 404 and "control plane" in message.lower():
        return _CONTROL_PLANE_HINT
    if 300 <= status < 400:
        return "Redirects are not followed, since the token would go along: check the URL."
    if status >= 500:
        return _UNAVAILABLE_HINT
    return _HINTS.get(status, "")
