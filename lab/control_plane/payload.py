# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From entities to the frame that nodes are sent (kong-data-plane.md 3): pure functions.

Schemas are no part of it. The hash is that of the configuration alone, so the same configuration has the same hash
whatever happened in between.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.control_plane.kinds import NEWER, SCOPES
from lab.control_plane.store import ControlPlane, Entity

KINDS = ("services", "routes", "consumers", "consumer_groups", "plugins", "custom_plugins")
HASHED_APART = ("routes", "services", "plugins", "upstreams", "targets")
FORMAT = {"_format_version": "3.0", "_transform": False}

# koko stamps a write, but keeps the stamp out of the payload: saving the same thing again pushes nothing.
LEFT_OUT = ("updated_at", *NEWER)

# What two members of a group may not have twice, and the key under which the store finds it.
UNIQUE_IN_A_GROUP = {"services": "name", "routes": "name", "consumers": "username", "consumer_groups": "name"}


@dataclass(frozen=True)
class Configuration:
    """Some control planes together: the ``config_table``, its parts as JSON text, and its hash (32 hex digits)."""

    table: Entity
    parts: dict[str, str]
    hash: str


def build(sources: Iterable[ControlPlane]) -> Configuration:
    """What the entities of some control planes amount to; the text is made once and used for hash and frame."""
    sources = list(sources)
    table: Entity = dict(FORMAT)
    for kind in KINDS:
        rows = [_flat(row) for source in sources for row in source.entities[kind]]
        if rows:
            table[kind] = rows
    parts = {name: json.dumps(value, sort_keys=True, separators=(",", ":")) for name, value in table.items()}
    return Configuration(table, parts, _digest(_object(parts)))


def encode(configuration: Configuration, now: float) -> bytes:
    """The gzipped ``reconfigure`` frame."""
    hashes = {"config": configuration.hash}
    hashes |= {kind: _digest(configuration.parts.get(kind, "[]")) for kind in HASHED_APART}
    message = {
        "type": '"reconfigure"',
        "timestamp": json.dumps(now),
        "config_table": _object(configuration.parts),
        "config_hash": json.dumps(configuration.hash),
        "hashes": json.dumps(hashes),
    }
    return gzip.compress(_object(message).encode(), compresslevel=1)


def conflicts(members: Iterable[ControlPlane]) -> list[Entity]:
    """What keeps a group from having one configuration (konnect-api.md b): names used twice, global plugins twice."""
    claims = [claim for member in members for claim in _claims(member)]
    times = Counter(key for key, _, _ in claims)
    return [
        {
            "cluster_id": member.id,
            "description": f"{kind[:-1]} '{name}' exists in more than one control plane of the group",
            "resource": {"id": row["id"], "type": kind[:-1]},
        }
        for (kind, name), member, row in claims
        if times[kind, name] > 1
    ]


def _claims(member: ControlPlane) -> Iterable[tuple[tuple[str, str], ControlPlane, Entity]]:
    for kind, key in UNIQUE_IN_A_GROUP.items():
        yield from (((kind, row[key]), member, row) for row in member.entities[kind] if row.get(key))
    for row in member.entities["plugins"]:
        if not any(row.get(reference) for reference in SCOPES):
            yield ("plugins", row["name"]), member, row


def _flat(row: Entity) -> Entity:
    """An entity as nodes take it: references are plain ids, what is unset is absent."""
    flat = {key: value for key, value in row.items() if value is not None and key not in LEFT_OUT}
    for reference in SCOPES:
        if reference in flat:
            flat[reference] = flat[reference]["id"]
    return flat


def _object(members: Mapping[str, str]) -> str:
    """A JSON object of members that are JSON text already."""
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
