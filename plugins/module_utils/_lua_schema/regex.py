# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a text compiles as a PCRE pattern.

Only compiled, never run.  Python's own dialect decides; what PCRE has beyond it is first rewritten to something of the
same form that Python knows.  Unusual patterns may therefore be judged more kindly than Kong judges them.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

# A pattern longer than this is not compiled: the time to compile grows with it.
_LONGEST = 10_000

# PCRE's spelling, and one that Python compiles to something of the same shape.  Order matters.
_BEYOND_PYTHON: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(found), put)
    for found, put in (
        (r"\\Q(?:.*?)(?:\\E|$)", "q"),  # literal text
        (r"\\x\{[0-9A-Fa-f]{1,6}\}", "x"),  # a code point
        (r"\\[pP](?:\{\^?[A-Za-z_&]+\}|[A-Za-z])", r"\\w"),  # a Unicode property
        (r"\\[hHvVRXNKGeEC]", r"\\s"),
        (r"\\c[ -~]", "c"),
        (r"\\z", r"\\Z"),
        (r"\\g(?:\d|\{-?\w+\})|\\k(?:\{\w+\}|<\w+>|'\w+')", "g"),  # back references
        (r"\[\[:\^?[a-z]+:\]\]", "[a]"),
        (r"\[:\^?[a-z]+:\]", "a"),
        (r"\(\?(?:<|P<|')([A-Za-z_]\w*)[>']", r"(?P<\1>"),  # a named group
        (r"\(\?(?:R|[+-]?\d+|&\w+|P>\w+)\)", "(?:r)"),  # recursion
        (r"\(\?[>|]", "(?:"),  # atomic groups, branch reset
        (r"\(\*[A-Z_]+(?:[=:][^)]*)?\)", ""),  # verbs such as (*UTF8)
        (r"([*+?}])\+", r"\1"),  # possessive quantifiers
    )
)


@lru_cache(maxsize=1024)
def fault_in(pattern: str) -> str | None:
    """Why Kong would not take ``pattern`` for a regular expression; None where it would."""
    if len(pattern) > _LONGEST:
        return None
    fault = _fault(pattern)
    return fault and (fault if _fault(_rewritten(pattern)) else None)


def _rewritten(pattern: str) -> str:
    for found, put in _BEYOND_PYTHON:
        pattern = found.sub(put, pattern)
    return pattern


def _fault(pattern: str) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError, ValueError) as error:
            return str(error)
    return None
