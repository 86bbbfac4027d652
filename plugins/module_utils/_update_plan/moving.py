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

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
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

# What the name of an instance ends with that was made and is not finished, before the name of its plugin: whether it is
# to be enabled at the end.
_MARKS = {False: ".moving-to-", True: ".off-moving-to-"}

Scope = tuple[str, ...]


@dataclass(frozen=True)
class Write:
    """A PUT of the whole ``body``, or where that is None a DELETE."""

    id: str
    body: Json | None


@dataclass(frozen=True)
class Selection:
    """Which instances move: all that meet every kind of condition that is given.

    ``scopes`` are pairs of kind and id, or (`GLOBAL`, ""), by what the operator calls them; ``tags`` any of which is
    enough; ``names`` are instance names or ids.
    """

    scopes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def takes(self, instance: Mapping[str, Any]) -> bool:
        return (
            (not self.scopes or bool(_places(instance) & set(self.scopes.values())))
            and (not self.tags or bool(_tags(instance) & set(self.tags)))
            and (not self.names or bool(_names(instance) & set(self.names)))
        )

    def unmet(self, instances: Sequence[Mapping[str, Any]], names: Collection[str] = ()) -> list[str]:
        """The conditions that nobody meets, as the end of a sentence; ``names`` are known beside those of instances."""
        places = {place for one in instances for place in _places(one)}
        tags = {tag for one in instances for tag in _tags(one)}
        known = {*names, *(name for one in instances for name in _names(one))}
        return [
            *(f"is on {text}" for text, place in self.scopes.items() if place not in places),
            *(f"carries the tag {tag}" for tag in self.tags if tag not in tags),
            *(f"is called {name}" for name in self.names if name not in known),
        ]


def scope_of(instance: Mapping[str, Any]) -> Scope:
    """Ids of service, route, consumer and consumer group, each empty when the instance is not on one."""
    return tuple(str((instance.get(kind) or {}).get("id") or "") for kind in SCOPES)


def id_at(plugin: str, source_id: str) -> str:
    """The id that an instance gets at another plugin when it cannot keep its own: a later run knows it by that."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"konnect-plugin:{source_id}/{plugin}"))


def writes_of(source: Json, target: Json, handover: str) -> tuple[Write, ...]:
    """The writes that put ``target`` in the place of ``source``; the same with the two changed takes them back.

    With `ONE_WRITE` both have one id.  Else the target is made under a name that says what is left to do, since no
    two instances may have one name, and since a run that is cut must find out where it was.
    """
    if handover == ONE_WRITE:
        return (Write(str(source["id"]), {**target, "id": source["id"]}),)
    waits = handover == GAP and is_enabled(target)
    name = f"{target.get('instance_name') or target['id']}{_MARKS[waits]}{target['name']}"
    made = {**target, "instance_name": name, "enabled": is_enabled(target) and not waits}
    identity = str(target["id"])
    return Write(identity, made), Write(str(source["id"]), None), Write(identity, target)


def on_the_way(source: Json, target: Json, handover: str) -> list[Json]:
    """What `writes_of` makes of the target before it is finished."""
    return [write.body for write in writes_of(source, target, handover)[:-1] if write.body is not None]


def is_unfinished(instance: Mapping[str, Any]) -> bool:
    """Whether a cut run left it between two writes."""
    return _unmarked(instance) is not None


def finished(instance: Json) -> Json:
    """What the last write makes of an unfinished instance; any other as it is."""
    found = _unmarked(instance)
    if found is None:
        return instance
    name, waits = found
    whole = {**instance, "instance_name": None if name == instance.get("id") else name}
    return {**whole, "enabled": True} if waits else whole


def _unmarked(instance: Mapping[str, Any]) -> tuple[str, bool] | None:
    """The name of an unfinished instance without its mark, and whether it is to be enabled."""
    marked = str(instance.get("instance_name") or "")
    for waits, mark in _MARKS.items():
        name = marked.removesuffix(f"{mark}{instance.get('name')}")
        if name not in ("", marked):
            return name, waits
    return None


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
    except (ValueError, OverflowError):
        size = 0
    if size < 1:
        raise ValueError(f"batches: {word[:40]!r} is neither a positive number nor a percentage such as 25%")
    return size


def _places(instance: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(kind, one) for kind, one in zip(SCOPES, scope_of(instance), strict=True) if one} or {(GLOBAL, "")}


def _tags(instance: Mapping[str, Any]) -> set[str]:
    return set(instance.get("tags") or ())


def _names(instance: Mapping[str, Any]) -> set[str]:
    return {str(instance[key]) for key in ("id", "instance_name") if instance.get(key)}
