# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``core-entities``: one resource class for services, routes, consumers and groups; plugins build on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from lab.control_plane.context import Lab, answer, control_plane, is_uuid, json_body, lab, no_content
from lab.control_plane.errors import (
    constraint_failed,
    entity_detail,
    entity_not_found,
    field_detail,
    invalid,
    not_permitted,
    reference_detail,
)
from lab.control_plane.kinds import SCOPES, Kind, decode
from lab.control_plane.paging import entity_page
from lab.control_plane.store import HYBRID, Collection, ControlPlane, Entity

# How the refusal of a write names each type of control plane that takes none (konnect-api.md b).
CLOSED_TO_WRITES = {
    "CLUSTER_TYPE_K8S_INGRESS_CONTROLLER": "KIC",
    "CLUSTER_TYPE_CONTROL_PLANE_GROUP": "control plane group",
    "CLUSTER_TYPE_SERVERLESS": "serverless",
    "CLUSTER_TYPE_SERVERLESS_V1": "serverless",
    "CLUSTER_TYPE_KAFKA_NATIVE_EVENT_PROXY": "event proxy",
}
Condition = Callable[[Entity], bool]

PORTS = {"http": 80, "https": 443}


def writable(request: Request) -> ControlPlane:
    """The control plane in the path, if its type takes configuration; raises 403 of shape A."""
    plane = control_plane(request)
    if plane.cluster_type != HYBRID:
        raise not_permitted(CLOSED_TO_WRITES[plane.cluster_type])
    return plane


class Resource:
    """The five calls on one kind of entity."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    async def listing(self, request: Request) -> Response:
        """GET: ``size``, ``offset``, ``tags`` and ``filter[name]``."""
        rows = self.rows(request)
        collection = self.collection(control_plane(request))
        for condition in self._conditions(request.query_params):
            rows = [row for row in rows if condition(row)]
        page, rest = entity_page(rows, request.query_params, request.url.path, collection.place)
        return answer({"data": page, **rest})

    async def create(self, request: Request) -> Response:
        """POST: 201."""
        plane = writable(request)
        entity = await self._sent(request)
        entity["id"] = _identifier(entity.get("id") or str(uuid.uuid4()))
        if self.collection(plane).get(entity["id"]) is not None:
            raise constraint_failed(reference_detail("id", f"id (type: unique) constraint failed for '{entity['id']}'"))
        return answer(self.store(lab(request), plane, entity), 201)

    async def get(self, request: Request) -> Response:
        """GET one; 404 of shape A."""
        found = self.find(request)
        if found is None:
            raise entity_not_found()
        return answer(found)

    async def put(self, request: Request) -> Response:
        """PUT: the whole entity, new or not; what is left out is cleared."""
        plane = writable(request)
        entity = await self._sent(request)
        entity["id"] = self._identity(plane, request.path_params["entity"], entity)
        return answer(self.store(lab(request), plane, entity))

    async def delete(self, request: Request) -> Response:
        """DELETE: 204, there or not."""
        plane = writable(request)
        found = self.find(request)
        if found is not None:
            self.remove(lab(request), plane, found)
        return no_content()

    def collection(self, plane: ControlPlane) -> Collection:
        """Where the entities of this kind are kept."""
        return plane.entities[self.kind.collection]

    def rows(self, request: Request) -> list[Entity]:
        """All entities that the path speaks of."""
        return list(self.collection(control_plane(request)))

    def find(self, request: Request) -> Entity | None:
        """The entity in the path, by id, or by name where this kind has names."""
        collection, key = self.collection(control_plane(request)), request.path_params["entity"]
        found = collection.get(key)
        if found is None and self.kind.named_by is not None:
            found = collection.find(self.kind.named_by, key)
        return found

    def read(self, body: dict[str, Any]) -> Entity:
        """A request body as an entity; raises 400."""
        return decode(self.kind, body)

    def complete(self, here: Lab, plane: ControlPlane, entity: Entity) -> Entity:
        """Check an entity by itself and fill it; raises 400 of shape A."""
        missing = [name for name in self.kind.required if name not in entity]
        if missing:
            names = ", ".join(f"'{name}'" for name in missing)
            raise invalid(entity_detail(f"missing properties: {names}"))
        if self.kind.one_of and not any(entity.get(name) for name in self.kind.one_of):
            names = ", ".join(f"'{name}'" for name in self.kind.one_of)
            raise invalid(entity_detail(f"at least one of these fields must be non-empty: {names}"))
        unset = dict.fromkeys(self.kind.fields)
        return {**unset, **deepcopy(dict(self.kind.defaults)), **entity}

    def store(self, here: Lab, plane: ControlPlane, entity: Entity) -> Entity:
        """Check, fill and keep an entity, and have the nodes told; returns it as stored."""
        entity = self.complete(here, plane, entity)
        self._check_references(plane, entity)
        collection = self.collection(plane)
        self._check_unique(collection, entity)
        now, previous = here.store.seconds(), collection.get(entity["id"])
        entity["created_at"] = previous["created_at"] if previous else now
        entity["updated_at"] = now
        collection.put(entity)
        here.hybrid.changed(plane)
        return entity

    def remove(self, here: Lab, plane: ControlPlane, entity: Entity) -> None:
        """Take an entity out with the plugins on it; raises 400 where something else refers to it."""
        for route in plane.entities["routes"] if self.kind.collection == "services" else ():
            if (route["service"] or {}).get("id") == entity["id"]:
                raise constraint_failed(reference_detail("id", f"route '{route['id']}' (type: foreign) refers to it"))
        self.collection(plane).delete(entity["id"])
        for plugin in [row for row in plane.entities["plugins"] if self._is_scope_of(row, entity)]:
            plane.entities["plugins"].delete(plugin["id"])
        here.hybrid.changed(plane)

    async def _sent(self, request: Request) -> Entity:
        return self.read(await json_body(request))

    def _identity(self, plane: ControlPlane, key: str, entity: Entity) -> str:
        """The id that a PUT to this path writes to; a new name gets a new id."""
        if is_uuid(key) or self.kind.named_by is None:
            return _identifier(key)
        entity.setdefault(self.kind.named_by, key)
        present = self.collection(plane).find(self.kind.named_by, key)
        return present["id"] if present else str(uuid.uuid4())

    def _is_scope_of(self, plugin: Entity, entity: Entity) -> bool:
        return any(
            (plugin[scope] or {}).get("id") == entity["id"]
            for scope, collection in SCOPES.items()
            if collection == self.kind.collection
        )

    def _check_references(self, plane: ControlPlane, entity: Entity) -> None:
        for name, collection in self.kind.references.items():
            target = (entity.get(name) or {}).get("id")
            if target is not None and plane.entities[collection].get(target) is None:
                message = f"{name} (type: foreign) constraint failed for value '{target}'"
                raise constraint_failed(reference_detail(f"{name}.id", message))

    def _check_unique(self, collection: Collection, entity: Entity) -> None:
        clash = collection.clash(entity)
        if clash is not None:
            key, value = clash
            shown = ",".join(str(part) for part in value if part) if isinstance(value, tuple) else value
            message = f"{key} (type: unique) constraint failed for value '{shown}'"
            raise constraint_failed(reference_detail("" if key.startswith("unique-") else key, message))

    def _conditions(self, query: Mapping[str, str]) -> list[Condition]:
        """What the query wants of a row; nothing when it asks for nothing."""
        key, conditions = self.kind.named_by or "name", []
        exact, part = query.get("filter[name][eq]", query.get("filter[name]")), query.get("filter[name][contains]")
        custom_id, tags = query.get("custom_id"), query.get("tags")
        if exact is not None:
            conditions.append(lambda row: row.get(key) == exact)
        if part is not None:
            conditions.append(lambda row: part in (row.get(key) or ""))
        if custom_id is not None:
            conditions.append(lambda row: row.get("custom_id") == custom_id)
        if tags:
            conditions.append(lambda row: has_tags(row["tags"] or (), tags))
        return conditions


class Services(Resource):
    """Services: ``url`` is a short form of protocol, host, port and path."""

    def read(self, body: dict[str, Any]) -> Entity:
        rest = {name: value for name, value in body.items() if name != "url"}
        if body.get("url") is not None:
            rest |= _parts(body["url"])
        return super().read(rest)


def _parts(address: Any) -> dict[str, Any]:
    try:
        url = urlsplit(address)
        port = url.port or PORTS[url.scheme]
    except (ValueError, KeyError, AttributeError, TypeError):
        raise invalid(field_detail("url", ["is not an http or https address"])) from None
    return {"protocol": url.scheme, "host": url.hostname, "port": port, "path": url.path or None}


def has_tags(tags: Iterable[str], wanted: str) -> bool:
    """``a,b`` wants both, ``a/b`` either."""
    if "/" in wanted:
        return not set(wanted.split("/")).isdisjoint(tags)
    return set(filter(None, wanted.split(","))) <= set(tags)


def _identifier(text: str) -> str:
    if not is_uuid(text):
        raise invalid(field_detail("id", ["must be a valid UUID"]))
    return text.lower()
