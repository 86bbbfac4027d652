# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entities that an instance can be on: services, routes, consumers and consumer groups, by name or id."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client, path
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import is_uuid
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import SCOPES

COLLECTIONS: Mapping[str, str] = {
    "service": "services",
    "route": "routes",
    "consumer": "consumers",
    "consumer_group": "consumer_groups",
}
# Consumers have a user name where the others have a name, and no filter by it in the specification.
NAME_KEYS: Mapping[str, str] = {"service": "name", "route": "name", "consumer": "username", "consumer_group": "name"}


def entity_id(client: Client, control_plane_id: str, kind: str, name_or_id: str) -> str:
    """The id of an entity of a kind in SCOPES; KonnectError when no entity has this name.

    A text with the form of an id is taken as one: the control plane refuses an instance on an id that it does not know.
    """
    if is_uuid(name_or_id):
        return name_or_id
    key = NAME_KEYS[kind]
    params = {} if kind == "consumer" else {"filter[name][eq]": name_or_id}
    rows = client.entities(path("control-planes", control_plane_id, "core-entities", COLLECTIONS[kind]), params)
    found = next((str(row["id"]) for row in rows if row.get(key) == name_or_id), None)
    if found is None:
        label = kind.replace("_", " ")
        raise KonnectError(
            f"There is no {label} {name_or_id!r} on this control plane", hint=f"Give the {key} or the id of a {label}."
        )
    return found


def scope_references(
    client: Client, control_plane_id: str, scope: Mapping[str, str | None]
) -> dict[str, dict[str, str] | None]:
    """References for an instance from names or ids; a kind that is not given is None, so that scopes compare whole."""
    return {
        kind: {"id": entity_id(client, control_plane_id, kind, str(scope[kind]))} if scope.get(kind) else None
        for kind in SCOPES
    }


def names(client: Client, control_plane_id: str, kind: str) -> dict[str, str]:
    """Id to name for every entity of a kind, to show scopes by name."""
    rows = client.entities(path("control-planes", control_plane_id, "core-entities", COLLECTIONS[kind]))
    return {str(row["id"]): str(row.get(NAME_KEYS[kind]) or row["id"]) for row in rows if row.get("id")}
