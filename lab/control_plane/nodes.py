# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of a control plane, what they should have, and the certificates they come with (konnect-api.md f)."""

from __future__ import annotations

import re
import uuid
from typing import Any

from cryptography import x509
from starlette.requests import Request
from starlette.responses import Response

from lab.control_plane.context import answer, control_plane, is_uuid, json_body, lab, no_content
from lab.control_plane.errors import entity_not_found, field_detail, invalid, legacy
from lab.control_plane.paging import item_page
from lab.control_plane.store import ControlPlane, Entity, Node

PURGED_AFTER = 24 * 3600
"""Seconds of silence after which a node's record goes."""

COMPATIBLE = "COMPATIBILITY_STATE_FULLY_COMPATIBLE"
UNKNOWN = "COMPATIBILITY_STATE_UNKNOWN"
END_OF_LIFE: dict[tuple[int, int], str] = {
    (3, version): f"Kong Gateway 3.{version} has reached its end of full support" for version in range(8)
}


def show(node: Node) -> Entity:
    """A node's record as the API shows it: no hash until it has reported one."""
    state = node.state or (COMPATIBLE if node.config_hash else UNKNOWN)
    record: Entity = {
        "id": node.id,
        "version": node.version,
        "hostname": node.hostname,
        "last_ping": node.last_ping,
        "type": node.type,
        "created_at": node.created_at,
        "updated_at": node.updated_at,
        "compatibility_status": {"state": state, "issues": node.issues},
    }
    return record if node.config_hash is None else {**record, "config_hash": node.config_hash}


async def listing(request: Request) -> Response:
    """GET nodes."""
    rows = [show(node) for node in _present(request)]
    return answer(item_page(rows, request.query_params, lab(request).settings.cursor_key))


async def get(request: Request) -> Response:
    """GET one node."""
    return answer({"item": show(_named(request))})


async def delete(request: Request) -> Response:
    """DELETE a node's record; a live node comes back with its next connection."""
    del control_plane(request).nodes[_named(request).id]
    return no_content()


async def end_of_life(request: Request) -> Response:
    """GET nodes/eol."""
    rows = []
    for node in _present(request):
        match = re.match(r"(\d+)\.(\d+)", node.version)
        message = END_OF_LIFE.get((int(match[1]), int(match[2]))) if match else None
        if message is not None:
            rows.append({"node_id": node.id, "node_version": node.version, "message": message})
    return answer(item_page(rows, request.query_params, None))


async def expected_hash(request: Request) -> Response:
    """GET expected-config-hash: 404 ``{"code":5}`` before any node ever connected."""
    payload = control_plane(request).payload
    if payload is None:
        raise entity_not_found()
    times = {"created_at": payload.created_at, "updated_at": payload.updated_at}
    return answer({"expected_hash": payload.hash, **times})


async def expected_version(request: Request) -> Response:
    """GET expected-config-version."""
    payload = control_plane(request).payload
    if payload is None:
        raise entity_not_found()
    return answer({"expected_config_version": str(payload.version), "created_at": payload.updated_at})


async def list_certificates(request: Request) -> Response:
    """GET dp-client-certificates."""
    return answer(item_page(list(control_plane(request).certificates), request.query_params, None))


async def create_certificate(request: Request) -> Response:
    """POST: 201."""
    return answer({"item": await _pin(request, str(uuid.uuid4()))}, 201)


async def put_certificate(request: Request) -> Response:
    """PUT: 200, new or not."""
    certificate_id = request.path_params["certificate"]
    if not is_uuid(certificate_id):
        raise invalid(field_detail("id", ["must be a valid UUID"]))
    return answer({"item": await _pin(request, certificate_id)})


async def get_certificate(request: Request) -> Response:
    """GET one; 404 of shape B."""
    return answer({"item": _certificate(request)})


async def delete_certificate(request: Request) -> Response:
    """DELETE: 204; 404 of shape B."""
    control_plane(request).certificates.delete(_certificate(request)["id"])
    return no_content()


def _present(request: Request) -> list[Node]:
    """The records of a control plane; those silent for a day are purged on the way."""
    plane = control_plane(request)
    oldest = lab(request).store.now() - PURGED_AFTER
    for node in [node for node in plane.nodes.values() if node.last_ping < oldest and not node.connections]:
        del plane.nodes[node.id]
    return list(plane.nodes.values())


def _named(request: Request) -> Node:
    node = control_plane(request).nodes.get(request.path_params["node"])
    if node is None:
        raise entity_not_found()
    return node


async def _pin(request: Request, certificate_id: str) -> Entity:
    plane: ControlPlane = control_plane(request)
    body: dict[str, Any] = await json_body(request)
    pem = body.get("cert")
    if not isinstance(pem, str):
        raise legacy(400, "missing properties: 'cert'")
    try:
        x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise legacy(400, "cert: invalid certificate: no PEM") from None
    now, previous = lab(request).store.seconds(), plane.certificates.get(certificate_id)
    created_at = previous["created_at"] if previous else now
    entity = {"id": certificate_id, "cert": pem, "created_at": created_at, "updated_at": now}
    if body.get("title") is not None:
        entity["title"] = str(body["title"])
    plane.certificates.put(entity)
    lab(request).hybrid.trust(plane, pem)
    return entity


def _certificate(request: Request) -> Entity:
    found = control_plane(request).certificates.get(request.path_params["certificate"])
    if found is None:
        raise legacy(404, "Not Found")
    return found
