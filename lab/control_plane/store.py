# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered, in memory: control planes with their entities, schemas, nodes and certificates."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lab.control_plane.settings import Settings
from lab.kong import KongVM

Entity = dict[str, Any]
Key = Callable[[Entity], Hashable]

HYBRID = "CLUSTER_TYPE_CONTROL_PLANE"
GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"


class Collection:
    """Entities by id, in the order they came, with unique keys beside the id.

    A key function returns None for an entity that has no such key.
    """

    def __init__(self, **keys: Key) -> None:
        self._rows: dict[str, Entity] = {}
        self._order: dict[str, int] = {}
        self._keys = keys
        self._index: dict[str, dict[Hashable, str]] = {name: {} for name in keys}
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._rows.values())

    def get(self, entity_id: str) -> Entity | None:
        """The entity of that id."""
        return self._rows.get(entity_id)

    def find(self, key: str, value: Hashable) -> Entity | None:
        """The entity whose unique key has that value."""
        entity_id = self._index[key].get(value)
        return None if entity_id is None else self._rows[entity_id]

    def clash(self, entity: Entity) -> tuple[str, Hashable] | None:
        """The first unique key, and its value, that another entity already has."""
        for name, key in self._keys.items():
            value = key(entity)
            if value is not None and self._index[name].get(value, entity["id"]) != entity["id"]:
                return name, value
        return None

    def put(self, entity: Entity) -> None:
        """Store or replace; a replaced entity keeps its place in the order."""
        entity_id = entity["id"]
        previous = self._rows.get(entity_id)
        if previous is None:
            self._sequence += 1
            self._order[entity_id] = self._sequence
        else:
            self._forget_keys(previous)
        self._rows[entity_id] = entity
        for name, key in self._keys.items():
            value = key(entity)
            if value is not None:
                self._index[name][value] = entity_id

    def delete(self, entity_id: str) -> Entity | None:
        """Take an entity out, and return it."""
        entity = self._rows.pop(entity_id, None)
        if entity is not None:
            del self._order[entity_id]
            self._forget_keys(entity)
        return entity

    def place(self, entity: Entity) -> int:
        """A number that grows along the order and survives deletions: what a cursor holds."""
        return self._order[entity["id"]]

    def _forget_keys(self, entity: Entity) -> None:
        for name, key in self._keys.items():
            self._index[name].pop(key(entity), None)


@dataclass
class PluginSchema:
    """An uploaded schema; times are epoch seconds."""

    name: str
    lua_schema: str
    created_at: int
    updated_at: int

    def to_dict(self) -> Entity:
        """As the API shows it."""
        return dict(vars(self))


@dataclass
class Node:
    """The record of a data plane node; times are epoch seconds. What follows `issues` the public API hides."""

    id: str
    hostname: str
    version: str
    created_at: int
    updated_at: int
    last_ping: int
    type: str = "kong-proxy"
    config_hash: str | None = None
    state: str | None = None
    issues: list[Entity] = field(default_factory=list)
    connections: int = 0
    pings: int = 0
    plugins: list[Entity] = field(default_factory=list)
    errors: list[Entity] = field(default_factory=list)


@dataclass
class Payload:
    """What nodes were last sent, or would be sent; `version` counts configurations."""

    hash: str
    version: int
    frame: bytes
    config_table: Entity
    created_at: int
    updated_at: int


def _name(entity: Entity) -> Hashable:
    return entity.get("name")


def _plugin_scope(plugin: Entity) -> Hashable:
    scopes = ("service", "route", "consumer", "consumer_group")
    return (plugin["name"], *((plugin.get(scope) or {}).get("id") for scope in scopes))


def _collections() -> dict[str, Collection]:
    return {
        "services": Collection(name=_name),
        "routes": Collection(name=_name),
        "consumers": Collection(username=lambda row: row.get("username"), custom_id=lambda row: row.get("custom_id")),
        "consumer_groups": Collection(name=_name),
        "plugins": Collection(
            instance_name=lambda row: row.get("instance_name"), **{"unique-plugin-per-entity": _plugin_scope}
        ),
        "custom_plugins": Collection(name=_name),
    }


@dataclass
class ControlPlane:
    """A control plane or a group of them; times are epoch seconds with fractions."""

    id: str
    name: str
    endpoint: str
    telemetry: str
    created_at: float
    updated_at: float
    description: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    cluster_type: str = HYBRID
    auth_type: str = "pinned_client_certs"
    cloud_gateway: bool = False
    proxy_urls: list[Entity] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    entities: dict[str, Collection] = field(default_factory=_collections)
    schemas: dict[str, PluginSchema] = field(default_factory=dict)
    certificates: Collection = field(default_factory=Collection)
    nodes: dict[str, Node] = field(default_factory=dict)
    payload: Payload | None = None

    @cached_property
    def vm(self) -> KongVM:
        """Kong's schema code with the schemas of this control plane; made when it is first needed."""
        return KongVM("control_plane")

    @property
    def is_group(self) -> bool:
        """Whether this is a control plane group."""
        return self.cluster_type == GROUP


class Store:
    """All control planes, and the clock that stamps what happens to them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.control_planes: dict[str, ControlPlane] = {}

    def now(self) -> float:
        """The lab's time, epoch seconds."""
        return time.time() + self.settings.clock_offset

    def seconds(self) -> int:
        """The lab's time as entities carry it: whole epoch seconds."""
        return int(self.now())

    def groups_of(self, control_plane_id: str) -> list[ControlPlane]:
        """The groups that a control plane is a member of."""
        return [group for group in self.control_planes.values() if control_plane_id in group.members]

    def sources(self, control_plane: ControlPlane) -> list[ControlPlane]:
        """The control planes whose entities make up the configuration: the members of a group, or itself."""
        if not control_plane.is_group:
            return [control_plane]
        return [self.control_planes[member] for member in control_plane.members]
