# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from schemas, nodes and the API are not trusted: bounded and free of control characters before use."""

from __future__ import annotations

import re
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def clean(text: Any, limit: int = 200) -> str:
    """The text on one line, without control or direction characters, at most ``limit`` characters long."""
    found = _CONTROL.sub(" ", str(text)).strip()
    return found if len(found) <= limit else f"{found[: limit - 3]}..."


def listing(names: Any, limit: int = 5) -> str:
    """``a, b, c and 4 more``."""
    shown = [clean(one) for one in names]
    if len(shown) <= limit:
        return ", ".join(shown)
    return f"{', '.join(shown[:limit])} and {len(shown) - limit} more"


def label_of(instance: dict[str, Any]) -> str:
    """How people know an instance: its name or the head of its id, and what it is attached to."""
    name = clean(instance.get("instance_name") or str(instance.get("id"))[:8], 60)
    return f"{name} ({scope_of(instance)})"


def scope_of(instance: dict[str, Any]) -> str:
    """``global``, or the kinds and the heads of the ids that an instance is attached to."""
    kinds = ("service", "route", "consumer", "consumer_group")
    found = [
        f"{kind.replace('_', ' ')} {clean(instance[kind].get('id'))[:8]}"
        for kind in kinds
        if isinstance(instance.get(kind), dict)
    ]
    return ", ".join(found) or "global"
