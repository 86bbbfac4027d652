# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lua patterns for the validators: text in, a yes or no out, and a doubt where Lua itself would fail or never end."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_patterns import (
    Matcher,
    PatternError,
    PatternLimit,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_values import to_bytes
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import Unchecked

# What a fleet's instances say is much the same from one to the next.
_REMEMBERED = 256
_LONGEST_REMEMBERED = 256


def compile_match(pattern: str) -> Callable[[str], bool | Unchecked]:
    """A function that tells whether ``pattern`` is found in a text; Lua sees both as bytes."""
    as_bytes = _bytes_of(pattern)

    def search(text: str) -> bool | Unchecked:
        try:
            return Matcher(_bytes_of(text), as_bytes).search() is not None
        except PatternError as error:
            return Unchecked(f"not checked: the pattern is malformed: {error}")
        except (PatternLimit, RecursionError):
            return Unchecked("not checked: the pattern takes too many steps on this value")

    remembered = lru_cache(_REMEMBERED)(search)
    return lambda text: remembered(text) if len(text) <= _LONGEST_REMEMBERED else search(text)


def _bytes_of(text: str) -> str:
    return text if text.isascii() else to_bytes(text).decode("latin-1")
