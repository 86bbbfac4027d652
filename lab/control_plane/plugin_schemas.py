# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``core-entities/plugin-schemas`` and ``schemas/plugins`` (konnect-api.md c).

Uploading checks the schema alone: no instance is looked at, nothing is pushed, the expected hash stays.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lab.control_plane.context import Lab, answer, control_plane, json_body, lab, no_content
from lab.control_plane.entities import writable
from lab.control_plane.errors import (
    INVALID_ARGUMENT,
    ApiError,
    constraint_failed,
    entity_detail,
    entity_not_found,
    field_detail,
    gateway_admin,
    grpc_error,
    invalid,
    legacy,
    reference_detail,
    undecodable,
)
from lab.control_plane.paging import item_page
from lab.control_plane.store import ControlPlane, PluginSchema
from lab.kong import KongVM, SchemaRefused

BODY_KEYS = ("lua_schema", "name")
IN_USE = "plugin schema is currently in use, please delete existing plugins using the schema and try again"


def is_known(here: Lab, plane: ControlPlane, name: str) -> bool:
    """Whether instances of that plugin can be checked here: a schema was uploaded (long enough ago) or streamed."""
    if plane.entities["custom_plugins"].find("name", name) is not None:
        return True
    schema = plane.schemas.get(name)
    return schema is not None and schema.created_at + here.settings.schema_visible_after <= here.store.now()


def declared_name(here: Lab, source: str, field: str = "lua_schema") -> str:
    """The name that a schema text declares, read in a VM of its own; raises 400 for a text that is no schema."""
    try:
        name = KongVM("control_plane").load_schema_text(source).name
    except SchemaRefused as error:
        if here.settings.schema_error_shape == "E":
            raise gateway_admin(400, str(error)) from None
        raise invalid(field_detail(field, [str(error)])) from None
    if KongVM.is_bundled(name):
        message = f"unique constraint failed: schema already exists for plugin '{name}'"
        raise invalid(entity_detail(message))
    return name


async def listing(request: Request) -> Response:
    """GET: koko-style page."""
    rows = [schema.to_dict() for schema in control_plane(request).schemas.values()]
    return answer(item_page(rows, request.query_params, lab(request).settings.cursor_key))


async def create(request: Request) -> Response:
    """POST: 201, or 400 (surprise 2) where the name is taken."""
    here, plane = lab(request), writable(request)
    name, source = await _uploaded(request)
    if name in plane.schemas:
        raise _taken(here, name)
    return answer({"item": _keep(here, plane, name, source).to_dict()}, 201)


async def get(request: Request) -> Response:
    """GET one; 404 of shape B."""
    schema = control_plane(request).schemas.get(request.path_params["name"])
    if schema is None:
        raise legacy(404, "Not Found")
    return answer({"item": schema.to_dict()})


async def put(request: Request) -> Response:
    """PUT: 200, under the name that the Lua text declares, whatever the path says (surprise 3)."""
    here, plane = lab(request), writable(request)
    name, source = await _uploaded(request)
    return answer({"item": _keep(here, plane, name, source).to_dict()})


async def delete(request: Request) -> Response:
    """DELETE: 204; 400 with code 3 while instances exist (surprise 6)."""
    plane, name = writable(request), request.path_params["name"]
    if name not in plane.schemas:
        raise legacy(404, "Not Found")
    if any(plugin["name"] == name for plugin in plane.entities["plugins"]):
        raise grpc_error(INVALID_ARGUMENT, IN_USE)
    del plane.schemas[name]
    plane.vm.forget(name)
    return no_content()


async def fields(request: Request) -> Response:
    """GET schemas/plugins/{name}: its fields without functions; 404 of shape A for one that is not live."""
    here, plane, name = lab(request), control_plane(request), request.path_params["name"]
    described = plane.vm.fields_json(name) if is_known(here, plane, name) else None
    if described is None and plane.vm.is_bundled(name):
        described = {"fields": [{"config": {"type": "record", "fields": []}}]}
    if described is None:
        raise entity_not_found()
    return answer(described)


async def partial_fields(request: Request) -> Response:
    """GET schemas/partials/{type}: none of them is known here."""
    control_plane(request)
    raise entity_not_found()


async def _uploaded(request: Request) -> tuple[str, str]:
    """Name and text of the schema that was sent; raises 400."""
    body: dict[str, Any] = await json_body(request)
    unknown = next((key for key in body if key not in BODY_KEYS), None)
    if unknown is not None:
        raise undecodable(f'unknown field "{unknown}"')
    source = body.get("lua_schema")
    if not source:
        raise invalid(entity_detail("missing properties: 'lua_schema'"))
    if not isinstance(source, str):
        raise undecodable('invalid value for field "lua_schema": want string')
    name = declared_name(lab(request), source)
    if body.get("name", name) != name:
        raise invalid(field_detail("name", ["is derived from the plugin schema and must match if set"]))
    return name, source


def _keep(here: Lab, plane: ControlPlane, name: str, source: str) -> PluginSchema:
    now, previous = here.store.seconds(), plane.schemas.get(name)
    schema = PluginSchema(name, source, previous.created_at if previous else now, now)
    plane.vm.load_schema_text(source)
    plane.schemas[name] = schema
    return schema


def _taken(here: Lab, name: str) -> ApiError:
    message = f"name (type: unique) constraint failed for value '{name}'"
    if here.settings.duplicate_status == 409:
        return legacy(409, message)
    return constraint_failed(reference_detail("name", message))
