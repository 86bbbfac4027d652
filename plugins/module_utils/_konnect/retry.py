# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a failed request may be sent again, and after how long (konnect-api.md section h)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timezone
from email.utils import parsedate_to_datetime

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError

FIRST_DELAY = 1.0
MAX_DELAY = 60.0
# A server that asks for more patience than this gets an error instead: nobody waits an hour for one request.
MAX_RETRY_AFTER = 120.0

_TRANSIENT = frozenset({429, 500, 502, 503, 504})
# Nothing was done when the server answers so; a POST may go out again.
_NOT_DONE = frozenset({429, 503})
# A schema whose Lua crashes makes instance writes answer 500 for ever: two more tries tell a hiccup from that.
_MAX_RETRIES_OF_500 = 2


def retry_delay(
    error: KonnectError, *, repeatable: bool, attempt: int, retries: int, jitter: Callable[[], float] = random.random
) -> float | None:
    """Seconds to wait before sending the request again, or None when it must not be.

    attempt: how many times it was sent again already. repeatable: whether sending it twice is the same as once; what is
    not, as a POST that creates, goes out again only if it certainly did nothing.
    """
    if attempt >= retries or (error.status == 500 and attempt >= _MAX_RETRIES_OF_500):
        return None
    if not error.retryable and error.status not in _TRANSIENT:
        return None
    if not repeatable and error.reached and error.status not in _NOT_DONE:
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= MAX_RETRY_AFTER else None
    return min(FIRST_DELAY * 2.0**attempt * (0.75 + jitter() / 2.0), MAX_DELAY)


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds from a ``Retry-After`` header, which may be a number or an HTTP date; None when absent or unreadable."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return max(0.0, when.timestamp() - now)


def epoch_of_http_date(value: str | None) -> float | None:
    """Epoch seconds of a ``Date`` header, or None."""
    try:
        return parsedate_to_datetime(value).timestamp() if value else None
    except (TypeError, ValueError):
        return None
