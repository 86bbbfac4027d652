# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application: which path leads where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.control_plane import control_planes, groups, nodes, plugin_schemas, watch
from lab.control_plane.context import Lab, show_error
from lab.control_plane.entities import Resource, Services
from lab.control_plane.errors import ApiError, legacy
from lab.control_plane.gate import Gate
from lab.control_plane.kinds import CONSUMER_GROUPS, CONSUMERS, ROUTES, SCOPES, SERVICES
from lab.control_plane.plugins import Plugins, Validation
from lab.control_plane.streaming import StreamingPlugins

Handler = Callable[[Request], Awaitable[Response]]

ROOT = "/v2/control-planes"
ONE = ROOT + "/{control_plane}"
CORE = ONE + "/core-entities"


def create_app(lab: Lab) -> Gate:
    """The lab's application; the same ``lab`` answers in every request."""
    app = Starlette(
        routes=[*_platform(), *_nodes(), *_schemas(), *_entities(), *watch.routes()],
        exception_handlers={ApiError: show_error, HTTPException: _no_route},
    )
    app.router.redirect_slashes = False
    gate = Gate(app, lab)
    app.state.lab = lab
    app.state.gate = gate
    return gate


async def _no_route(_request: Request, error: Exception) -> Response:
    """What the gateway says to a path or a method that does not exist (a PATCH of a plugin, surprise 1)."""
    assert isinstance(error, HTTPException)
    message = "no Route matched with those values" if error.status_code == 404 else error.detail
    return await show_error(_request, legacy(error.status_code, message))


def _on(path: str, **handlers: Handler) -> Iterator[Route]:
    """The routes of one path, by method."""
    for method, handler in handlers.items():
        yield Route(path, handler, methods=[method.upper()])


def _platform() -> Iterator[Route]:
    yield from _on(ROOT, get=control_planes.listing, post=control_planes.create)
    yield from _on(ONE, get=control_planes.get, patch=control_planes.update, delete=control_planes.delete)
    yield from _on(ONE + "/group-memberships", get=groups.listing, put=groups.replace)
    yield from _on(ONE + "/group-memberships/add", post=groups.add)
    yield from _on(ONE + "/group-memberships/remove", post=groups.remove)
    yield from _on(ONE + "/group-member-status", get=groups.member_status)
    yield from _on(ONE + "/group-status", get=groups.status)


def _nodes() -> Iterator[Route]:
    yield from _on(ONE + "/expected-config-hash", get=nodes.expected_hash)
    yield from _on(ONE + "/expected-config-version", get=nodes.expected_version)
    yield from _on(ONE + "/nodes", get=nodes.listing)
    yield from _on(ONE + "/nodes/eol", get=nodes.end_of_life)
    yield from _on(ONE + "/nodes/{node}", get=nodes.get, delete=nodes.delete)
    certificates = ONE + "/dp-client-certificates"
    yield from _on(certificates, get=nodes.list_certificates, post=nodes.create_certificate)
    yield from _on(
        certificates + "/{certificate}",
        get=nodes.get_certificate,
        put=nodes.put_certificate,
        delete=nodes.delete_certificate,
    )


def _schemas() -> Iterator[Route]:
    path = CORE + "/plugin-schemas"
    yield from _on(path, get=plugin_schemas.listing, post=plugin_schemas.create)
    yield from _on(path + "/{name}", get=plugin_schemas.get, put=plugin_schemas.put, delete=plugin_schemas.delete)
    yield from _on(CORE + "/schemas/plugins/{name}", get=plugin_schemas.fields)
    yield from _on(CORE + "/schemas/partials/{name}", get=plugin_schemas.partial_fields)


def _entities() -> Iterator[Route]:
    resources: dict[str, Resource] = {
        "services": Services(SERVICES),
        "routes": Resource(ROUTES),
        "consumers": Resource(CONSUMERS),
        "consumer_groups": Resource(CONSUMER_GROUPS),
        "plugins": Plugins(),
        "custom-plugins": StreamingPlugins(),
    }
    yield from _on(CORE + "/schemas/{kind}/validate", post=Validation(resources).validate)
    for name, resource in resources.items():
        yield from _resource(f"{CORE}/{name}", resource)
    for scope, collection in SCOPES.items():
        yield from _resource(f"{CORE}/{collection}/{{scope}}/plugins", Plugins(scope))


def _resource(path: str, resource: Resource) -> Iterator[Route]:
    yield from _on(path, get=resource.listing, post=resource.create)
    yield from _on(path + "/{entity}", get=resource.get, put=resource.put, delete=resource.delete)
