# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every request handler has at hand: the lab's parts, the control plane it is about, its body."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lab.control_plane.access import LEGACY, Tokens, family_of
from lab.control_plane.errors import ApiError, control_plane_not_found, problem, undecodable
from lab.control_plane.faults import Faults
from lab.control_plane.hybrid import Hybrid
from lab.control_plane.observe import RequestLog
from lab.control_plane.settings import Settings
from lab.control_plane.store import ControlPlane, Store


@dataclass(frozen=True)
class Lab:
    """One running control plane with all that belongs to it."""

    settings: Settings
    store: Store
    hybrid: Hybrid
    tokens: Tokens
    faults: Faults
    log: RequestLog


def lab(request: Request) -> Lab:
    """The lab that a request came to."""
    part: Lab = request.app.state.lab
    return part


def control_plane(request: Request) -> ControlPlane:
    """The control plane in the path; raises 404 of shape C, or B where the document wants that."""
    found = lab(request).store.control_planes.get(request.path_params["control_plane"].lower())
    if found is None:
        raise control_plane_not_found(legacy_shape=family_of(request.method, request.url.path) == LEGACY)
    return found


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; raises 415 of shape C, or 400 of shape A."""
    if not request.headers.get("content-type", "").split(";")[0].strip() == "application/json":
        raise problem(415, "Unsupported Media Type", "The request body must be application/json")
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise undecodable(f"invalid JSON: {error}") from None
    if not isinstance(body, dict):
        raise undecodable("expected a JSON object")
    return body


def is_uuid(text: str) -> bool:
    """Whether a path segment or a value is a UUID."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON answer."""
    return JSONResponse(body, status)


def no_content() -> Response:
    """204."""
    return Response(status_code=204)


async def show_error(_request: Request, error: Exception) -> Response:
    """An ApiError as the answer it stands for."""
    assert isinstance(error, ApiError)
    return JSONResponse(error.body, error.status, media_type=error.media_type)
