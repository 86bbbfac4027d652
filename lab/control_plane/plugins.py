# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``core-entities/plugins``, flat and below their scopes (konnect-api.md d), and validation without saving (j)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lab.control_plane.context import Lab, answer, control_plane, json_body, lab
from lab.control_plane.entities import Resource
from lab.control_plane.errors import ApiError, crashed, entity_detail, entity_not_found, field_detail, invalid
from lab.control_plane.kinds import BUNDLED_DEFAULTS, NEWER, PLUGINS, SCOPES
from lab.control_plane.plugin_schemas import is_known
from lab.control_plane.store import ControlPlane, Entity
from lab.kong import SchemaRunError, flatten_errors

ENTITY_CHECK = "@entity"


class Plugins(Resource):
    """Instances of plugins. In a path below a scope, that scope is part of every instance."""

    def __init__(self, scope: str | None = None) -> None:
        super().__init__(PLUGINS)
        self._scope = scope

    def rows(self, request: Request) -> list[Entity]:
        rows = super().rows(request)
        if self._scope is None:
            return rows
        target = self._target(request)
        return [row for row in rows if (row[self._scope] or {}).get("id") == target]

    def find(self, request: Request) -> Entity | None:
        found = super().find(request)
        if found is None or self._scope is None:
            return found
        return found if (found[self._scope] or {}).get("id") == self._target(request) else None

    async def _sent(self, request: Request) -> Entity:
        entity = await super()._sent(request)
        return entity if self._scope is None else {**entity, self._scope: {"id": self._target(request)}}

    def complete(self, here: Lab, plane: ControlPlane, entity: Entity) -> Entity:
        """Check an instance against the schema stored here, as far as there is one, and fill defaults and nulls."""
        entity = super().complete(here, plane, entity)
        name = entity["name"]
        if not is_known(here, plane, name):
            if plane.vm.is_bundled(name):
                return {**entity, **BUNDLED_DEFAULTS, **without_nulls(entity)}
            raise invalid(field_detail("name", [f"plugin({name}) does not exist"]))
        sent = {key: value for key, value in without_nulls(entity).items() if key not in NEWER}
        try:
            tree = plane.vm.validate_plugin(sent)
            if tree is not None:
                raise _refusal(tree)
            return {**entity, **plane.vm.fill_plugin(sent)}
        except SchemaRunError:
            raise crashed() from None

    def remove(self, here: Lab, plane: ControlPlane, entity: Entity) -> None:
        self.collection(plane).delete(entity["id"])
        here.hybrid.changed(plane)

    def _target(self, request: Request) -> str:
        """The id of the scope in the path, which may be given by name; raises 404 of shape A."""
        assert self._scope is not None
        collection, key = control_plane(request).entities[SCOPES[self._scope]], request.path_params["scope"]
        name = "username" if self._scope == "consumer" else "name"
        found = collection.get(key) or collection.find(name, key)
        if found is None:
            raise entity_not_found()
        return str(found["id"])


class Validation:
    """``schemas/{entity}/validate``: everything but uniqueness and references, and nothing is kept."""

    def __init__(self, resources: dict[str, Resource]) -> None:
        self._resources = resources

    async def validate(self, request: Request) -> Response:
        """POST: 200 with a message, or the 400 that a write would get."""
        resource = self._resources.get(request.path_params["kind"])
        if resource is None:
            raise entity_not_found()
        plane = control_plane(request)
        resource.complete(lab(request), plane, resource.read(await json_body(request)))
        return answer({"message": "schema validation successful"})


def without_nulls(value: Any) -> Any:
    """An object without the keys that are null: in a request, null is as good as absent (konnect-api.md d)."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _refusal(tree: dict[Any, Any]) -> ApiError:
    messages: dict[str, list[str]] = {}
    for path, message in flatten_errors(tree):
        messages.setdefault(path, []).append(message)
    return invalid(
        *(
            entity_detail(*texts) if path.partition("[")[0].endswith(ENTITY_CHECK) else field_detail(path, texts)
            for path, texts in messages.items()
        )
    )
