# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/lab/...``: how a test watches the control plane, makes it misbehave, and forges what it needs. Takes no token."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.control_plane.access import Grant
from lab.control_plane.context import answer, control_plane, json_body, lab, no_content
from lab.control_plane.errors import legacy
from lab.control_plane.store import Node

Handler = Callable[[Request], Awaitable[Response]]


async def show_settings(request: Request) -> Response:
    """GET settings."""
    return answer(lab(request).settings.to_dict())


async def change_settings(request: Request) -> Response:
    """PUT settings: the named ones change."""
    lab(request).settings.change(await json_body(request))
    return await show_settings(request)


async def show_requests(request: Request) -> Response:
    """GET requests?since=NUMBER."""
    return answer({"requests": lab(request).log.since(int(request.query_params.get("since", 0)))})


async def clear_requests(request: Request) -> Response:
    """DELETE requests."""
    lab(request).log.clear()
    return no_content()


async def show_payloads(request: Request) -> Response:
    """GET payloads?control_plane=ID: what was pushed, and to which nodes, oldest first."""
    wanted = request.query_params.get("control_plane")
    pushes = [asdict(push) for push in lab(request).hybrid.pushes if wanted in (None, push.control_plane)]
    return answer({"payloads": pushes})


async def show_payload(request: Request) -> Response:
    """GET control-planes/ID/payload: the present one in full, null before any node connected."""
    payload = control_plane(request).payload
    if payload is None:
        return answer({"hash": None, "version": 0, "config_table": None})
    return answer({"hash": payload.hash, "version": payload.version, "config_table": payload.config_table})


async def show_faults(request: Request) -> Response:
    """GET faults."""
    return answer({"faults": [rule.to_dict() for rule in lab(request).faults.rules]})


async def add_fault(request: Request) -> Response:
    """POST faults: a rule as in faults.Fault."""
    return answer(lab(request).faults.add(await json_body(request)).to_dict(), 201)


async def clear_faults(request: Request) -> Response:
    """DELETE faults."""
    lab(request).faults.rules.clear()
    return no_content()


async def write_as_someone_else(request: Request) -> Response:
    """POST foreign-write {method, path, body}: carried out now with the main token; answers what it got."""
    reply = await request.app.state.gate.write_as_someone_else(**await json_body(request))
    return answer({"status": reply.status, "body": json.loads(reply.body) if reply.body else None})


async def issue_token(request: Request) -> Response:
    """POST tokens {write, control_planes, expired}: a token with that grant."""
    body = await json_body(request)
    planes = body.get("control_planes")
    grant = Grant(
        write=body.get("write", True),
        control_planes=None if planes is None else frozenset(planes),
        expired=body.get("expired", False),
    )
    return answer({"token": lab(request).tokens.issue(grant)}, 201)


async def show_nodes(request: Request) -> Response:
    """GET nodes?control_plane=ID: the records with what the API hides."""
    wanted = request.query_params.get("control_plane")
    planes = lab(request).store.control_planes.values()
    rows = [
        {"control_plane": plane.id, **asdict(node)}
        for plane in planes
        if wanted in (None, plane.id)
        for node in plane.nodes.values()
    ]
    return answer({"nodes": rows})


async def forge_node(request: Request) -> Response:
    """POST nodes {control_plane, and any field of store.Node}: a new record, or an existing one changed."""
    here, body = lab(request), await json_body(request)
    plane = here.store.control_planes[body.pop("control_plane")]
    now = here.store.seconds()
    made = {"hostname": "forged", "version": "3.9.3", "created_at": now, "updated_at": now, "last_ping": now}
    node_id = body.pop("id", None) or str(uuid.uuid4())
    forged = Node(node_id, **{**made, **body})
    node = plane.nodes.setdefault(node_id, forged)
    for name in body:
        setattr(node, name, getattr(forged, name))
    return answer(asdict(node), 201)


async def open_or_close(request: Request) -> Response:
    """POST outlets {control_plane, accepting}: false drops every node and refuses new connections."""
    body = await json_body(request)
    lab(request).hybrid.accept(lab(request).store.control_planes[body["control_plane"]].id, body["accepting"])
    return no_content()


def _forgiving(handler: Handler) -> Handler:
    """A mistake in what a test asks for is 400 with its reason."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except (ValueError, TypeError, KeyError) as error:
            raise legacy(400, f"{type(error).__name__}: {error}") from None

    return handle


def routes() -> list[Route]:
    """Everything below /lab."""
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/lab/settings", show_settings),
        ("PUT", "/lab/settings", change_settings),
        ("GET", "/lab/requests", show_requests),
        ("DELETE", "/lab/requests", clear_requests),
        ("GET", "/lab/payloads", show_payloads),
        ("GET", "/lab/control-planes/{control_plane}/payload", show_payload),
        ("GET", "/lab/faults", show_faults),
        ("POST", "/lab/faults", add_fault),
        ("DELETE", "/lab/faults", clear_faults),
        ("POST", "/lab/foreign-write", write_as_someone_else),
        ("POST", "/lab/tokens", issue_token),
        ("GET", "/lab/nodes", show_nodes),
        ("POST", "/lab/nodes", forge_node),
        ("POST", "/lab/outlets", open_or_close),
    ]
    return [Route(path, _forgiving(handler), methods=[method]) for method, path, handler in table]
