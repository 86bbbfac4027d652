# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control plane groups: members, their status, and what keeps them apart (konnect-api.md b)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lab.control_plane.context import answer, control_plane, json_body, lab, no_content
from lab.control_plane.control_planes import iso, show
from lab.control_plane.errors import bad_parameters
from lab.control_plane.paging import membership_page
from lab.control_plane.payload import conflicts
from lab.control_plane.store import HYBRID, ControlPlane

CONFLICTS_SHOWN = 256


async def listing(request: Request) -> Response:
    """GET group-memberships."""
    members = lab(request).store.sources(_group(request))
    page, meta = membership_page(members, request.query_params, request.url.path)
    return answer({"meta": meta, "data": [show(member) for member in page]})


async def replace(request: Request) -> Response:
    """PUT group-memberships: these are the members."""
    group = _group(request)
    return _settle(request, group, await _wanted(request))


async def add(request: Request) -> Response:
    """POST group-memberships/add."""
    group = _group(request)
    return _settle(request, group, [*group.members, *await _wanted(request)])


async def remove(request: Request) -> Response:
    """POST group-memberships/remove."""
    group = _group(request)
    leaving = await _wanted(request, joining=False)
    return _settle(request, group, [member for member in group.members if member not in leaving])


async def member_status(request: Request) -> Response:
    """GET group-member-status of a control plane."""
    return answer({"is_member": bool(lab(request).store.groups_of(control_plane(request).id))})


async def status(request: Request) -> Response:
    """GET group-status: UNKNOWN until a node has connected, since only then conflicts are looked for."""
    group = _group(request)
    found = conflicts(lab(request).store.sources(group)) if group.payload is not None else []
    state = "UNKNOWN" if group.payload is None else "CONFLICT" if found else "OK"
    item = {
        "id": group.id,
        "created_at": iso(group.created_at),
        "updated_at": iso(group.updated_at),
        "state": state,
        "conflicts": found[:CONFLICTS_SHOWN],
    }
    return answer({"item": item})


def _group(request: Request) -> ControlPlane:
    plane = control_plane(request)
    if not plane.is_group:
        raise bad_parameters(_invalid("id", "is not a control plane group", source="path"))
    return plane


async def _wanted(request: Request, *, joining: bool = True) -> list[str]:
    body = await json_body(request)
    members = body.get("members")
    if not isinstance(members, list) or not all(isinstance(member, dict) and member.get("id") for member in members):
        raise bad_parameters(_invalid("members", "must be an array of objects with an id"))
    ids = [str(member["id"]) for member in members]
    if joining:
        found = [problem for member in ids for problem in _objections(request, member)]
        if found:
            raise bad_parameters(*found)
    return ids


def _objections(request: Request, member: str) -> Iterable[dict[str, Any]]:
    """Why a control plane cannot be a member: only hybrid ones without nodes of their own can."""
    plane = lab(request).store.control_planes.get(member)
    if plane is None:
        yield _invalid("members", f"control plane {member} does not exist", rule="missing_reference")
    elif plane.cluster_type != HYBRID:
        yield _invalid("members", f"control plane {member} is of type {plane.cluster_type}")
    elif plane.nodes:
        yield _invalid("members", f"control plane {member} has data plane nodes")


def _settle(request: Request, group: ControlPlane, members: Iterable[str]) -> Response:
    here = lab(request)
    group.members = list(dict.fromkeys(members))
    group.updated_at = here.store.now()
    here.hybrid.changed(group)
    return no_content()


def _invalid(field: str, reason: str, *, rule: str = "invalid", source: str = "body") -> dict[str, Any]:
    return {"field": field, "rule": rule, "reason": reason, "source": source}
