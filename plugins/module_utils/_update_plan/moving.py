# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving instances from one plugin name to another: which writes, in which order, and what is enabled in between.

An instance keeps its id, so that one PUT changes its plugin: a payload has it under the old name or under the new one,
and never under both or none.  Kong keeps ``plugins.name`` changeable (kong#8664 has a user who turns one plugin into
another that way), and koko replaces whatever is stored under the id.  For a control plane that refuses it there are
two orders of three writes, each with a moment that has to be announced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json

ONE_WRITE, OVERLAP, GAP = "one_write", "overlap", "gap"
HANDOVERS: Mapping[str, str] = {
    ONE_WRITE: "Each instance changes its plugin in one write, so every payload has exactly one version enabled on it.",
    OVERLAP: "Each instance is made anew and the old one deleted: both versions are enabled on it in between.",
    GAP: "Each instance is made anew and the old one deleted: neither version is enabled on it in between.",
}
# Konnect sends a payload about once a second, so a state between two writes lasts as long as its payload.
SECONDS_BETWEEN = 2
SCOPES = ("service", "route", "consumer", "consumer_group")
GLOBAL = "global"

# What the name of an instance says that was made and is not finished: whether it is yet to be enabled.
_MARK = re.compile(r"(.+)\.moving(-on)?")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

Scope = tuple[str, ...]


@dataclass(frozen=True)
class Write:
    """A PUT of the whole ``body``, or where that is None a DELETE."""

    id: str
    body: Json | None


@dataclass(frozen=True)
class Selection:
    """Which instances move: all that meet every kind of condition that is given.

    ``scopes`` are pairs of kind and id, or (`GLOBAL`, ""); ``tags`` any of which is enough; ``names`` are instance
    names or ids.
    """

    scopes: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def takes(self, instance: Mapping[str, Any]) -> bool:
        attached = {(kind, one) for kind, one in zip(SCOPES, scope_of(instance), strict=True) if one} or {(GLOBAL, "")}
        return (
            (not self.scopes or bool(attached & set(self.scopes)))
            and (not self.tags or bool(set(self.tags) & set(instance.get("tags") or ())))
            and (not self.names or bool(_names(instance) & set(self.names)))
        )

    def unknown(self, instances: Sequence[Mapping[str, Any]]) -> list[str]:
        """The names that are nobody's."""
        known = {name for one in instances for name in _names(one)}
        return [name for name in self.names if name not in known]


def scope_of(instance: Mapping[str, Any]) -> Scope:
    """Ids of service, route, consumer and consumer group, each empty when the instance is not on one."""
    return tuple(str((instance.get(kind) or {}).get("id") or "") for kind in SCOPES)


def writes_of(source: Json, target: Json, handover: str) -> tuple[Write, ...]:
    """The writes that put ``target`` in the place of ``source``; the same with the two changed takes them back.

    With `ONE_WRITE` both have one id.  Else the target is made under a name that says what is left to do, since no
    two instances may have one name, and since a run that is cut must find out where it was.
    """
    if handover == ONE_WRITE:
        return (Write(str(source["id"]), {**target, "id": source["id"]}),)
    waits = handover == GAP and is_enabled(target)
    mark = f"{target.get('instance_name') or target['id']}.moving{'-on' if waits else ''}"
    made = {**target, "instance_name": mark, "enabled": is_enabled(target) and not waits}
    identity = str(target["id"])
    return Write(identity, made), Write(str(source["id"]), None), Write(identity, target)


def is_unfinished(instance: Mapping[str, Any]) -> bool:
    """Whether a cut run left it between two writes."""
    return _MARK.fullmatch(str(instance.get("instance_name") or "")) is not None


def finished(instance: Json) -> Json:
    """What the last write makes of an unfinished instance."""
    found = _MARK.fullmatch(str(instance["instance_name"]))
    if found is None:
        return instance
    name, waits = found.groups()
    whole = {**instance, "instance_name": None if _UUID.fullmatch(name) else name}
    return {**whole, "enabled": True} if waits else whole


def is_enabled(instance: Mapping[str, Any]) -> bool:
    return instance.get("enabled") is not False


def batched(ids: Sequence[str], sizes: Sequence[int | str]) -> list[list[str]]:
    """The ids in batches of these sizes, as ``serial`` of a play counts them: numbers, percentages, the last repeated.

    :raises ValueError: a size is neither a positive number nor a percentage.
    """
    batches: list[list[str]] = []
    left, at = list(ids), 0
    while left:
        size = _size(sizes[min(at, len(sizes) - 1)], len(ids))
        batches.append(left[:size])
        left, at = left[size:], at + 1
    return batches


def _size(text: int | str, whole: int) -> int:
    word = str(text).strip()
    try:
        size = max(1, int(whole * float(word[:-1]) / 100)) if word.endswith("%") else int(word)
    except ValueError:
        size = 0
    if size < 1:
        raise ValueError(f"batches: {word[:40]!r} is neither a positive number nor a percentage such as 25%")
    return size


def _names(instance: Mapping[str, Any]) -> set[str]:
    return {str(instance[key]) for key in ("id", "instance_name") if instance.get(key)}
