# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host is which node, and which nodes a plan would not reach."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Notice
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing

# Konnect calls a node offline after 60 to 90 s of silence (konnect-api.md f); its record stays for a day.
DEAD_AFTER_SECONDS = 90


@dataclass(frozen=True)
class Match:
    """A host and the node it is; ``by`` is ``id`` (``<prefix>/kong.id``) or ``hostname``."""

    host: str
    node_id: str
    by: str


@dataclass(frozen=True)
class Coverage:
    """Hosts and nodes held against each other.  ``missing`` are live nodes that no host is, ``without_node`` hosts
    whose node the control plane does not see, ``dead`` records that stopped pinging, ``allowed`` names let through."""

    matched: tuple[Match, ...]
    missing: tuple[Json, ...]
    without_node: tuple[str, ...]
    unreachable: tuple[Json, ...]
    dead: tuple[Json, ...]
    allowed: tuple[str, ...]
    nodes: int

    def to_dict(self) -> Json:
        return {
            "matched": [{"host": one.host, "node_id": one.node_id, "by": one.by} for one in self.matched],
            "missing": [_shown(one) for one in self.missing],
            "without_node": list(self.without_node),
            "unreachable": [str(one["host"]) for one in self.unreachable],
            "dead": [_shown(one) for one in self.dead],
            "allowed": list(self.allowed),
        }

    def uncovered(self) -> bool:
        """Whether nodes exist, or may come back, that the plan says nothing about."""
        return bool(self.missing or self.unreachable)

    def problems(self) -> Iterator[Notice]:
        """What stops a plan: every node must be listed, reachable and known, unless it is allowed by name."""
        if not self.nodes and not self.matched:
            yield Notice(
                "the control plane has no node",
                why="Nothing could prove that an update works.",
                todo="Connect a node first, or check that the control plane is the right one.",
            )
            return
        for one in self.unreachable:
            if str(one["host"]) not in self.allowed:
                yield Notice(
                    "the node cannot be reached",
                    where=clean(one["host"]),
                    why=clean(one.get("error") or "No answer."),
                    todo="Bring it back, or leave it out by name with allow_missing.",
                )
        missing = [one for one in self.missing if not _names(one) & set(self.allowed)]
        if missing:
            yield Notice(
                f"{len(missing)} live node(s) of the control plane are not in the inventory: "
                f"{listing(one.get('hostname') or one.get('id') for one in missing)}",
                why="They would keep the old schema and could reject what is sent.",
                todo="Add them (or drop --limit), or leave them out by name with allow_missing.",
            )
        without = [one for one in self.without_node if one not in self.allowed]
        if without:
            yield Notice(
                f"{len(without)} host(s) are no live node of this control plane: {listing(without)}",
                why="Neither <prefix>/kong.id nor the hostname is that of a node that pinged within "
                f"{DEAD_AFTER_SECONDS} s.",
                todo="Start the node, correct the inventory, or leave it out by name with allow_missing.",
            )


def cover(fleet: Sequence[Json], nodes: Sequence[Json], now: float, allowed: Collection[str]) -> Coverage:
    """Matches look answers to the control plane's node records: by id first, then by a hostname that only one has."""
    live = [one for one in nodes if now - float(one.get("last_ping") or 0) <= DEAD_AFTER_SECONDS]
    dead = [one for one in nodes if one not in live]
    reachable = [one for one in fleet if one.get("reachable", True)]
    by_id = {one["id"]: one for one in live}
    matched = [Match(str(one["host"]), str(one["node_id"]), "id") for one in reachable if one.get("node_id") in by_id]
    taken = {one.node_id for one in matched}
    known = {one.host for one in matched}
    for answer in reachable:
        found = [one for one in live if one["id"] not in taken and one.get("hostname") == answer.get("hostname")]
        if str(answer["host"]) not in known and len(found) == 1 and answer.get("hostname"):
            matched.append(Match(str(answer["host"]), str(found[0]["id"]), "hostname"))
            taken.add(found[0]["id"])
            known.add(str(answer["host"]))
    unreachable = tuple(one for one in fleet if not one.get("reachable", True))
    silent = {str(one["host"]) for one in unreachable}
    return Coverage(
        matched=tuple(matched),
        missing=tuple(one for one in live if one["id"] not in taken and one.get("hostname") not in silent),
        without_node=tuple(str(one["host"]) for one in reachable if str(one["host"]) not in known),
        unreachable=unreachable,
        dead=tuple(dead),
        allowed=tuple(sorted(allowed)),
        nodes=len(live),
    )


def _names(node: Json) -> set[Any]:
    return {node.get("id"), node.get("hostname")}


def _shown(node: Json) -> Json:
    return {"id": clean(node.get("id")), "hostname": clean(node.get("hostname") or ""), "version": node.get("version")}
