# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streaming plugins (``custom-plugins``): schema and handler that Konnect itself sends to nodes (section e)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client, path
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import find_schema


@dataclass(frozen=True)
class StreamingPlugin:
    """A stored streaming plugin; times are epoch seconds."""

    id: str
    name: str
    schema: str
    handler: str
    tags: tuple[str, ...] = ()
    created_at: int = 0
    updated_at: int = 0


def list_streaming(client: Client, control_plane_id: str) -> list[StreamingPlugin]:
    """Every streaming plugin of a control plane, by name."""
    rows = client.entities(_path(control_plane_id))
    return sorted((_streaming(row) for row in rows), key=lambda plugin: plugin.name)


def find_streaming(client: Client, control_plane_id: str, name: str) -> StreamingPlugin | None:
    """One streaming plugin by name or id, or None."""
    found = client.find(_path(control_plane_id, name))
    return _streaming(found) if found else None


def schema_text(client: Client, control_plane_id: str, name: str) -> str | None:
    """The schema of a custom plugin, be its files on nodes or streamed; None where there is no such plugin."""
    stored = find_schema(client, control_plane_id, name)
    if stored is not None:
        return stored.lua_schema
    streamed = find_streaming(client, control_plane_id, name)
    return streamed.schema if streamed else None


def put_streaming(client: Client, control_plane_id: str, wanted: StreamingPlugin) -> StreamingPlugin:
    """Creates or replaces a streaming plugin by its name.

    A new one gets an id that depends on its name, so that a PUT that is sent twice cannot make two.
    """
    existing = find_streaming(client, control_plane_id, wanted.name)
    derived = uuid.uuid5(uuid.NAMESPACE_URL, f"konnect:{control_plane_id}/custom-plugins/{wanted.name}")
    identity = existing.id if existing else str(derived)
    body: dict[str, Any] = {
        "id": identity,
        "name": wanted.name,
        "schema": wanted.schema,
        "handler": wanted.handler,
        **({"tags": list(wanted.tags)} if wanted.tags else {}),
    }
    return _streaming(client.put(_path(control_plane_id, identity), body))


def delete_streaming(client: Client, control_plane_id: str, name: str) -> None:
    """Deletes a streaming plugin; an absent one is no error."""
    client.delete(_path(control_plane_id, name))


def _path(control_plane_id: str, *name: str) -> str:
    return path("control-planes", control_plane_id, "core-entities", "custom-plugins", *name)


def _streaming(data: Mapping[str, Any]) -> StreamingPlugin:
    return StreamingPlugin(
        id=str(data.get("id") or ""),
        name=str(data.get("name") or ""),
        schema=str(data.get("schema") or ""),
        handler=str(data.get("handler") or ""),
        tags=tuple(data.get("tags") or ()),
        created_at=int(data.get("created_at") or 0),
        updated_at=int(data.get("updated_at") or 0),
    )
