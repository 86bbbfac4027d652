# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from schemas, nodes and the API are not trusted: bounded and free of control characters before use."""

from __future__ import annotations

import re
from collections.abc import Mapping
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


def named(control_plane: Mapping[str, Any]) -> dict[str, Any]:
    """The control plane as every plan names it; of a group also the ``members`` that it is about."""
    members = control_plane.get("members") or ()
    return {
        "id": clean(control_plane["id"]),
        "name": clean(control_plane["name"]),
        "cluster_type": clean(control_plane.get("cluster_type") or ""),
        **({"members": [{key: clean(one[key]) for key in ("id", "name")} for one in members]} if members else {}),
    }


def label_of(instance: dict[str, Any]) -> str:
    """How people know an instance: its name or the head of its id, what it is attached to, and in a group where."""
    name = clean(instance.get("instance_name") or str(instance.get("id"))[:8], 60)
    member = (instance.get("control_plane") or {}).get("name")
    return f"{name} ({scope_of(instance)}{f', on {clean(member, 60)}' if member else ''})"


def scope_of(instance: dict[str, Any]) -> str:
    """``global``, or the kinds and the heads of the ids that an instance is attached to."""
    kinds = ("service", "route", "consumer", "consumer_group")
    found = [
        f"{kind.replace('_', ' ')} {clean(instance[kind].get('id'))[:8]}"
        for kind in kinds
        if isinstance(instance.get(kind), dict)
    ]
    return ", ".join(found) or "global"
