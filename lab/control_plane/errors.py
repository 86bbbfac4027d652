# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error bodies of Konnect, one constructor for each shape of konnect-api.md, section g."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

JSON = "application/json"
PROBLEM = "application/problem+json"
DETAIL_TYPE = "type.googleapis.com/kong.admin.model.v1.ErrorDetail"

# gRPC status codes that the entity API uses, and the HTTP status each one travels under.
INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, INTERNAL = 3, 5, 7, 13
HTTP_STATUS = {INVALID_ARGUMENT: 400, NOT_FOUND: 404, PERMISSION_DENIED: 403, INTERNAL: 500}


class ApiError(Exception):
    """An answer other than success: status, JSON body and media type."""

    def __init__(self, status: int, body: Mapping[str, Any], media_type: str = JSON) -> None:
        super().__init__(f"{status} {body.get('message') or body.get('detail') or ''}")
        self.status = status
        self.body = dict(body)
        self.media_type = media_type


def field_detail(field: str, messages: Sequence[str]) -> dict[str, Any]:
    """One ERROR_TYPE_FIELD entry of shape A."""
    return {"@type": DETAIL_TYPE, "type": "ERROR_TYPE_FIELD", "field": field, "messages": list(messages)}


def entity_detail(*messages: str) -> dict[str, Any]:
    """One ERROR_TYPE_ENTITY entry of shape A."""
    return {"@type": DETAIL_TYPE, "type": "ERROR_TYPE_ENTITY", "messages": list(messages)}


def reference_detail(field: str, message: str) -> dict[str, Any]:
    """One ERROR_TYPE_REFERENCE entry of shape A: a unique or foreign constraint."""
    return {"@type": DETAIL_TYPE, "type": "ERROR_TYPE_REFERENCE", "field": field, "messages": [message]}


def grpc_error(code: int, message: str | None = None, details: Sequence[Mapping[str, Any]] = ()) -> ApiError:
    """Shape A. Without a message the body is the code alone."""
    body: dict[str, Any] = {"code": code}
    if message is not None:
        body["message"] = message
    if details:
        body["details"] = [dict(detail) for detail in details]
    return ApiError(HTTP_STATUS[code], body)


def invalid(*details: Mapping[str, Any]) -> ApiError:
    """400 of shape A for values that break a schema."""
    return grpc_error(INVALID_ARGUMENT, "validation error", details)


def constraint_failed(*details: Mapping[str, Any]) -> ApiError:
    """400 of shape A for a broken unique or foreign constraint (surprise 2: not 409)."""
    return grpc_error(INVALID_ARGUMENT, "data constraint error", details)


def undecodable(message: str) -> ApiError:
    """400 of shape A for a body that does not decode: bad JSON, unknown keys, wrong types; no details."""
    return grpc_error(INVALID_ARGUMENT, message)


def entity_not_found() -> ApiError:
    """404 of shape A: the code alone."""
    return grpc_error(NOT_FOUND)


def crashed() -> ApiError:
    """500 of shape A with an empty message: Lua code of a schema failed while it checked an instance."""
    return grpc_error(INTERNAL, "")


def permission_denied() -> ApiError:
    """403 of shape A for a token that may not do this."""
    return grpc_error(PERMISSION_DENIED, "permission denied")


def not_permitted(cluster: str) -> ApiError:
    """403 of shape A for a write that this type of control plane refuses."""
    details = [{"@type": DETAIL_TYPE, "messages": [f"operation not permitted on {cluster} cluster"]}]
    return grpc_error(PERMISSION_DENIED, "usage constraint error", details)


def legacy(status: int, message: str) -> ApiError:
    """Shape B: a message and nothing else."""
    return ApiError(status, {"message": message})


def trace() -> str:
    """A correlation id as problem bodies carry it."""
    return f"konnect:trace:{secrets.randbits(63)}"


def problem(
    status: int, title: str, detail: str, invalid_parameters: Sequence[Mapping[str, Any]] | None = None
) -> ApiError:
    """Shape C, with a correlation id; 400 names the parameters."""
    body: dict[str, Any] = {"status": status, "title": title, "instance": trace(), "detail": detail}
    if invalid_parameters is not None:
        body["invalid_parameters"] = [dict(parameter) for parameter in invalid_parameters]
    return ApiError(status, body, PROBLEM)


def bad_parameters(*parameters: Mapping[str, Any]) -> ApiError:
    """400 of shape C."""
    return problem(400, "Bad Request", "Invalid Parameters", parameters)


def control_plane_not_found(*, legacy_shape: bool = False) -> ApiError:
    """404 of shape C or B for a control plane that does not exist here, or lives in another region."""
    text = "The requested control plane was not found."
    return legacy(404, text) if legacy_shape else problem(404, "Not Found", text)


def edge(status: int, message: str) -> ApiError:
    """Shape D: the gateway in front of the API."""
    return ApiError(status, {"message": message, "status": status})


def gateway_admin(status: int, message: str) -> ApiError:
    """Shape E: Kong's Admin API, seen on schema uploads."""
    return ApiError(status, {"message": message, "request_id": secrets.token_hex(16)})
