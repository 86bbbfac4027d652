# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entities of a configuration, as data: their fields, what is filled in, what they refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.control_plane.errors import undecodable

Entity = dict[str, Any]

SCOPES: Mapping[str, str] = {
    "service": "services",
    "route": "routes",
    "consumer": "consumers",
    "consumer_group": "consumer_groups",
}
"""The references of a plugin, and the collections they lead to."""

NEWER = ("condition", "partials")
"""What Konnect knows of a plugin and the gateways of the lab (3.9) do not: kept, neither checked here nor sent."""

READ_ONLY = ("created_at", "updated_at")

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "strings": (list,),
    "list": (list,),
    "object": (dict,),
    "reference": (dict,),
}


@dataclass(frozen=True)
class Kind:
    """One kind of entity. ``fields`` maps each name to a type of TYPES; ``named_by`` is the name in the path."""

    collection: str
    fields: Mapping[str, str]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    named_by: str | None = "name"
    references: Mapping[str, str] = field(default_factory=dict)


COMMON = {"id": "string", "tags": "strings", "created_at": "integer", "updated_at": "integer"}
WEB = ["http", "https"]

SERVICES = Kind(
    "services",
    {
        **COMMON,
        "name": "string",
        "protocol": "string",
        "host": "string",
        "port": "integer",
        "path": "string",
        "retries": "integer",
        "connect_timeout": "integer",
        "read_timeout": "integer",
        "write_timeout": "integer",
        "enabled": "boolean",
    },
    defaults={
        "protocol": "http",
        "port": 80,
        "retries": 5,
        "connect_timeout": 60000,
        "read_timeout": 60000,
        "write_timeout": 60000,
        "enabled": True,
    },
    required=("host",),
)
ROUTES = Kind(
    "routes",
    {
        **COMMON,
        "name": "string",
        "protocols": "strings",
        "methods": "strings",
        "hosts": "strings",
        "paths": "strings",
        "headers": "object",
        "snis": "strings",
        "strip_path": "boolean",
        "preserve_host": "boolean",
        "path_handling": "string",
        "regex_priority": "integer",
        "https_redirect_status_code": "integer",
        "request_buffering": "boolean",
        "response_buffering": "boolean",
        "service": "reference",
    },
    defaults={
        "protocols": WEB,
        "strip_path": True,
        "preserve_host": False,
        "path_handling": "v0",
        "regex_priority": 0,
        "https_redirect_status_code": 426,
        "request_buffering": True,
        "response_buffering": True,
    },
    one_of=("methods", "hosts", "paths", "headers", "snis"),
    references={"service": "services"},
)
CONSUMERS = Kind(
    "consumers",
    {**COMMON, "username": "string", "custom_id": "string"},
    one_of=("username", "custom_id"),
    named_by="username",
)
CONSUMER_GROUPS = Kind("consumer_groups", {**COMMON, "name": "string"}, required=("name",))
CUSTOM_PLUGINS = Kind(
    "custom_plugins",
    {**COMMON, "name": "string", "schema": "string", "handler": "string"},
    required=("name", "schema", "handler"),
)
PLUGINS = Kind(
    "plugins",
    {
        **COMMON,
        "name": "string",
        "instance_name": "string",
        "enabled": "boolean",
        "protocols": "strings",
        "config": "object",
        "condition": "string",
        "ordering": "object",
        "partials": "list",
        **dict.fromkeys(SCOPES, "reference"),
    },
    required=("name",),
    named_by=None,
    references=SCOPES,
)


# A plugin's own schema says what its instances default to; this is for bundled ones, whose schemas the lab lacks.
BUNDLED_DEFAULTS: Mapping[str, Any] = {"enabled": True, "protocols": ["grpc", "grpcs", *WEB]}


def decode(kind: Kind, body: Mapping[str, Any]) -> Entity:
    """A request body as an entity of that kind: nulls are as good as absent, unknown keys and wrong types are refused.

    Raises 400 of shape A without details, as a strict decoder does (konnect-api.md d).
    """
    entity: Entity = {}
    for name, value in body.items():
        if name not in kind.fields:
            raise undecodable(f'unknown field "{name}"')
        if value is None or name in READ_ONLY:
            continue
        if not _fits(value, kind.fields[name]):
            raise undecodable(f'invalid value for field "{name}": want {kind.fields[name]}')
        entity[name] = value
    return entity


def _fits(value: Any, wanted: str) -> bool:
    if not isinstance(value, TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean"):
        return False
    if isinstance(value, list):
        return wanted != "strings" or all(isinstance(item, str) for item in value)
    return not isinstance(value, dict) or wanted != "reference" or isinstance(value.get("id"), str)
