# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas of custom plugins as the control plane stores them (konnect-api.md section c). Identity is the name."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client, path
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError, clean

VISIBLE_INTERVAL = 1.0
# Just after the last instance was deleted, the control plane may still believe that the schema is in use.
IN_USE_TRIES = 4


@dataclass(frozen=True)
class StoredSchema:
    """A schema as stored; ``created_at`` and ``updated_at`` are epoch seconds."""

    name: str
    lua_schema: str
    created_at: int = 0
    updated_at: int = 0


def same_text(left: str, right: str) -> bool:
    """Equal but for line endings and white space at the end of the file, which mean nothing in Lua."""
    return _normal(left) == _normal(right)


def normal_text(text: str) -> str:
    """The text as it is uploaded: line feeds, and exactly one at the end."""
    return _normal(text) + "\n"


def list_schemas(client: Client, control_plane_id: str) -> list[StoredSchema]:
    """Every custom plugin schema of a control plane, by name."""
    rows = client.items(_path(control_plane_id))
    return sorted((_schema(row) for row in rows), key=lambda schema: schema.name)


def find_schema(client: Client, control_plane_id: str, name: str) -> StoredSchema | None:
    """One schema, or None."""
    answer = client.find(_path(control_plane_id, name))
    return _schema(answer) if answer else None


def find_fields(client: Client, control_plane_id: str, name: str) -> list[Mapping[str, Any]] | None:
    """The fields of a plugin, bundled or custom, as the control plane validates them; None when it knows none."""
    answer = client.find(path("control-planes", control_plane_id, "core-entities", "schemas", "plugins", name))
    return list(answer.get("fields") or []) if answer else None


def put_schema(client: Client, control_plane_id: str, name: str, lua_schema: str) -> StoredSchema:
    """Stores a schema whose Lua returns ``name``, reads it back and raises KonnectError unless it is what was sent."""
    answer = _schema(client.put(_path(control_plane_id, name), {"lua_schema": lua_schema}))
    stored = find_schema(client, control_plane_id, name)
    if stored is None or answer.name != name or stored.name != name:
        other = answer.name if answer.name != name else "nothing"
        raise KonnectError(
            f"The control plane stored {other!r} when the schema of {name!r} was sent",
            hint="It reads the name from the Lua text; look at both schemas before going on.",
        )
    if not same_text(stored.lua_schema, lua_schema):
        raise KonnectError(
            f"The control plane does not hold the schema of {name!r} that was just sent",
            hint="Somebody else may have written it at the same time; run the same command again.",
        )
    return stored


def wait_until_visible(
    client: Client,
    control_plane_id: str,
    name: str,
    timeout: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Waits until instances can be validated against the schema; KonnectError after ``timeout`` seconds."""
    deadline = clock() + timeout
    while find_fields(client, control_plane_id, name) is None:
        if clock() >= deadline:
            raise KonnectError(
                f"The schema of {name!r} is stored, but the control plane does not use it after {timeout:g} s",
                hint="Wait and run the same command again before any instance is written.",
            )
        sleep(VISIBLE_INTERVAL)


def delete_schema(
    client: Client, control_plane_id: str, name: str, *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Deletes a schema; an absent one is no error. The refusal of one in use is tried again for a few seconds."""
    tries = 1
    while not _deleted(client, control_plane_id, name, last=tries == IN_USE_TRIES):
        sleep(VISIBLE_INTERVAL)
        tries += 1


def _deleted(client: Client, control_plane_id: str, name: str, *, last: bool) -> bool:
    try:
        client.delete(_path(control_plane_id, name))
    except KonnectError as error:
        if error.in_use and not last:
            return False
        raise
    return True


def _path(control_plane_id: str, *name: str) -> str:
    return path("control-planes", control_plane_id, "core-entities", "plugin-schemas", *name)


def _schema(answer: Any) -> StoredSchema:
    if not isinstance(answer, Mapping):
        raise KonnectError("The control plane answered with something that is not a plugin schema.")
    item = answer.get("item") or answer
    return StoredSchema(
        name=clean(item.get("name") or "", 200),
        lua_schema=str(item.get("lua_schema") or ""),
        created_at=int(item.get("created_at") or 0),
        updated_at=int(item.get("updated_at") or 0),
    )


def _normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
