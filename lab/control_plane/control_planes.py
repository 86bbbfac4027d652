# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/v2/control-planes``: the platform's side of a control plane (konnect-api.md b)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lab.control_plane.access import Grant
from lab.control_plane.context import Lab, answer, control_plane, is_uuid, json_body, lab, no_content
from lab.control_plane.errors import bad_parameters, problem
from lab.control_plane.gate import GRANT
from lab.control_plane.hybrid import Hybrid
from lab.control_plane.paging import platform_page
from lab.control_plane.store import GROUP, HYBRID, ControlPlane, Store

Parameter = dict[str, Any]
Check = Callable[[str, Any], list[Parameter]]

CLUSTER_TYPES = (
    HYBRID,
    "CLUSTER_TYPE_K8S_INGRESS_CONTROLLER",
    GROUP,
    "CLUSTER_TYPE_SERVERLESS",
    "CLUSTER_TYPE_KAFKA_NATIVE_EVENT_PROXY",
    "CLUSTER_TYPE_SERVERLESS_V1",
)
AUTH_TYPES = ("pinned_client_certs", "pki_client_certs")

LABEL_VALUE = re.compile(r"[a-z0-9A-Z]([a-z0-9A-Z\-._]*[a-z0-9A-Z])?")
LABEL_LENGTH = 63
LABELS_AT_MOST = 5
RESERVED_PREFIXES = ("kong", "konnect", "mesh", "kic", "insomnia", "kuma", "_")


def _parameter(field: str, rule: str, reason: str, **more: Any) -> Parameter:
    return {"field": field, "rule": rule, "reason": reason, "source": "body", **more}


def _text(shortest: int, longest: int) -> Check:
    def check(field: str, value: Any) -> list[Parameter]:
        if not isinstance(value, str):
            return [_parameter(field, "is_string", "must be a string")]
        if len(value) < shortest:
            return [_parameter(field, "min_length", f"must have at least {shortest} characters", minimum=shortest)]
        if len(value) > longest:
            return [_parameter(field, "max_length", f"must not have more than {longest} characters", maximum=longest)]
        return []

    return check


def _choice(choices: Iterable[str]) -> Check:
    allowed = list(choices)

    def check(field: str, value: Any) -> list[Parameter]:
        if value in allowed:
            return []
        return [_parameter(field, "enum", "must be one of the allowed values", choices=allowed)]

    return check


def _boolean(field: str, value: Any) -> list[Parameter]:
    return [] if isinstance(value, bool) else [_parameter(field, "is_boolean", "must be a boolean")]


def _labels(field: str, value: Any) -> list[Parameter]:
    """The rules for user labels: konnect-api.md b."""
    if not isinstance(value, dict):
        return [_parameter(field, "is_object", "must be an object")]
    found = []
    if len(value) > LABELS_AT_MOST:
        reason = f"must not have more than {LABELS_AT_MOST} labels"
        found.append(_parameter(field, "max_items", reason, maximum=LABELS_AT_MOST))
    for key, text in value.items():
        where = f"{field}.{key}"
        if not 1 <= len(key) <= LABEL_LENGTH or key.startswith(RESERVED_PREFIXES):
            reason = f"key must have 1 to {LABEL_LENGTH} characters and not start with a reserved prefix"
            found.append(_parameter(where, "is_label", reason))
        if not isinstance(text, str):
            found.append(_parameter(where, "is_string", "must be a string"))
        elif len(text) > LABEL_LENGTH or not LABEL_VALUE.fullmatch(text):
            found.append(_parameter(where, "is_label", "is not a label value"))
    return found


PROXY_URL: Mapping[str, Check] = {
    "host": _text(1, 120),
    "protocol": _text(1, 32),
    "port": lambda field, value: (
        []
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1
        else [_parameter(field, "is_integer", "must be an integer greater than 0")]
    ),
}
PROXY_URLS_AT_MOST = 5


def _proxy_urls(field: str, value: Any) -> list[Parameter]:
    if not isinstance(value, list):
        return [_parameter(field, "is_array", "must be an array")]
    if len(value) > PROXY_URLS_AT_MOST:
        reason = f"must not have more than {PROXY_URLS_AT_MOST} items"
        return [_parameter(field, "max_items", reason, maximum=PROXY_URLS_AT_MOST)]
    found = []
    for position, proxy in enumerate(value):
        where = f"{field}[{position}]"
        if not isinstance(proxy, dict):
            found.append(_parameter(where, "is_object", "must be an object"))
        else:
            found += _check(proxy, PROXY_URL, required=PROXY_URL, prefix=f"{where}.")
    return found


UPDATE: Mapping[str, Check] = {
    "name": _text(2, 256),
    "description": _text(0, 2048),
    "labels": _labels,
    "auth_type": _choice(AUTH_TYPES),
    "proxy_urls": _proxy_urls,
}
CREATE: Mapping[str, Check] = {**UPDATE, "cluster_type": _choice(CLUSTER_TYPES), "cloud_gateway": _boolean}


def _check(
    body: Mapping[str, Any], checks: Mapping[str, Check], required: Iterable[str] = (), prefix: str = ""
) -> list[Parameter]:
    found = [_parameter(prefix + name, "required", "is a required field") for name in required if name not in body]
    for name, value in body.items():
        if name not in checks:
            found.append(_parameter(prefix + name, "unknown_property", "is not a known property"))
        else:
            found += checks[name](prefix + name, value)
    return found


def iso(seconds: float) -> str:
    """Epoch seconds as the platform writes times."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def show(plane: ControlPlane) -> dict[str, Any]:
    """A control plane as the API shows it; times are ISO 8601."""
    return {
        "id": plane.id,
        "name": plane.name,
        "description": plane.description,
        "labels": plane.labels,
        "config": {
            "control_plane_endpoint": plane.endpoint,
            "telemetry_endpoint": plane.telemetry,
            "cluster_type": plane.cluster_type,
            "auth_type": plane.auth_type,
            "cloud_gateway": plane.cloud_gateway,
            "proxy_urls": plane.proxy_urls,
        },
        "created_at": iso(plane.created_at),
        "updated_at": iso(plane.updated_at),
    }


async def add(store: Store, hybrid: Hybrid, **values: Any) -> ControlPlane:
    """A new control plane with its outlet open; ``values`` are checked already."""
    now = store.now()
    plane = ControlPlane(str(uuid.uuid4()), endpoint="", telemetry="", created_at=now, updated_at=now, **values)
    await hybrid.open(plane)
    store.control_planes[plane.id] = plane
    return plane


async def listing(request: Request) -> Response:
    """GET: filters, labels, sort, ``page[size]`` and ``page[number]``."""
    grant: Grant = request.scope[GRANT]
    rows = [plane for plane in lab(request).store.control_planes.values() if grant.covers(plane.id)]
    for keep in (*_filters(request), *_label_filters(request.query_params.get("labels", ""))):
        rows = [plane for plane in rows if keep(plane)]
    page, meta = platform_page(_sorted(rows, request.query_params.get("sort")), request.query_params)
    return answer({"meta": meta, "data": [show(plane) for plane in page]})


async def create(request: Request) -> Response:
    """POST: 201, or 409 where the name is taken."""
    here = lab(request)
    body = await json_body(request)
    found = _check(body, CREATE, required=["name"])
    if found:
        raise bad_parameters(*found)
    _refuse_taken_name(here, body["name"], None)
    return answer(show(await add(here.store, here.hybrid, **body)), 201)


async def get(request: Request) -> Response:
    """GET one."""
    return answer(show(_named(request)))


async def update(request: Request) -> Response:
    """PATCH: what is given replaces what was there, the map of labels as a whole."""
    here, plane = lab(request), _named(request)
    body = await json_body(request)
    found = _check(body, UPDATE)
    if found:
        raise bad_parameters(*found)
    if "name" in body:
        _refuse_taken_name(here, body["name"], plane.id)
    for name, value in body.items():
        setattr(plane, name, value)
    plane.updated_at = here.store.now()
    return answer(show(plane))


async def delete(request: Request) -> Response:
    """DELETE: 204, and its nodes are gone with it."""
    here, plane = lab(request), _named(request)
    del here.store.control_planes[plane.id]
    for group in here.store.groups_of(plane.id):
        group.members.remove(plane.id)
        here.hybrid.changed(group)
    await here.hybrid.close(plane.id)
    return no_content()


def _named(request: Request) -> ControlPlane:
    if not is_uuid(request.path_params["control_plane"]):
        raise bad_parameters({"field": "id", "rule": "is_uuid", "reason": "must be a UUID", "source": "path"})
    return control_plane(request)


def _refuse_taken_name(here: Lab, name: str, but: str | None) -> None:
    if any(plane.name == name and plane.id != but for plane in here.store.control_planes.values()):
        raise problem(409, "Conflict", f"Key (org_id, name)=(lab, {name}) already exists.")


FILTERED: Mapping[str, tuple[tuple[str, ...], Callable[[ControlPlane], str]]] = {
    "id": (("eq", "oeq"), lambda plane: plane.id),
    "name": (("eq", "neq", "contains"), lambda plane: plane.name),
    "cluster_type": (("eq", "neq", "oeq"), lambda plane: plane.cluster_type),
    "cloud_gateway": (("eq",), lambda plane: str(plane.cloud_gateway).lower()),
}
OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "neq": lambda value, wanted: value != wanted,
    "contains": lambda value, wanted: wanted in value,
    "oeq": lambda value, wanted: value in wanted.split(","),
}
FILTER = re.compile(r"filter\[(\w+)\](?:\[(\w+)\])?")


def _filters(request: Request) -> Iterable[Callable[[ControlPlane], bool]]:
    for name, wanted in request.query_params.items():
        if not name.startswith("filter"):
            continue
        match = FILTER.fullmatch(name)
        field, operator = (match[1], match[2] or "eq") if match else ("", "")
        if field not in FILTERED or operator not in FILTERED[field][0]:
            reason = "is not a filter of control planes"
            raise bad_parameters({"field": name, "rule": "unknown_property", "reason": reason, "source": "query"})
        yield _filter(FILTERED[field][1], OPERATORS[operator], wanted)


def _filter(
    read: Callable[[ControlPlane], str], operator: Callable[[str, str], bool], wanted: str
) -> Callable[[ControlPlane], bool]:
    return lambda plane: operator(read(plane), wanted)


def _label_filters(labels: str) -> Iterable[Callable[[ControlPlane], bool]]:
    for part in filter(None, labels.split(",")):
        key, colon, value = part.partition(":")
        yield _label_filter(key, value if colon else None)


def _label_filter(key: str, value: str | None) -> Callable[[ControlPlane], bool]:
    return lambda plane: key in plane.labels and value in (None, plane.labels[key])


def _sorted(rows: list[ControlPlane], order: str | None) -> list[ControlPlane]:
    if not order:
        return rows
    field, _, direction = order.partition(" ")
    if field != "created_at" or direction not in ("", "asc", "desc"):
        reason = "control planes sort by created_at, asc or desc"
        raise bad_parameters({"field": "sort", "rule": "invalid", "reason": reason, "source": "query"})
    return sorted(rows, key=lambda plane: plane.created_at, reverse=direction == "desc")
