# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugin instances on a control plane: list, read, write whole, delete, try (konnect-api.md sections d and j)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client, path
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import Instance

# Just after its schema was uploaded, a plugin may not exist yet for the part of Konnect that takes instances.
UNKNOWN_PLUGIN_TRIES = 5
UNKNOWN_PLUGIN_INTERVAL = 1.0


def list_instances(client: Client, control_plane_id: str, plugin: str | None = None) -> list[Instance]:
    """Every instance, or every instance of one plugin, in every scope, ordered by id."""
    params = {"filter[name][eq]": plugin} if plugin else {}
    rows = client.entities(_path(control_plane_id), params)
    return sorted((row for row in rows if plugin in {None, row.get("name")}), key=lambda row: str(row.get("id")))


def find_instance(client: Client, control_plane_id: str, instance_id: str) -> Instance | None:
    """One instance by its id, or None."""
    found = client.find(_path(control_plane_id, instance_id))
    return dict(found) if found else None


def put_instance(
    client: Client,
    control_plane_id: str,
    body: Mapping[str, Any],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Instance:
    """Creates or replaces the instance ``body["id"]`` with the whole object; the stored object is returned."""
    tries = 1
    while True:
        try:
            return dict(client.put(_path(control_plane_id, str(body["id"])), body))
        except KonnectError as error:
            if tries == UNKNOWN_PLUGIN_TRIES or not _unknown_plugin(error):
                raise
        sleep(UNKNOWN_PLUGIN_INTERVAL)
        tries += 1


def delete_instance(client: Client, control_plane_id: str, instance_id: str) -> None:
    """Deletes an instance; an absent one is no error."""
    client.delete(_path(control_plane_id, instance_id))


def refusal(client: Client, control_plane_id: str, body: Mapping[str, Any]) -> KonnectError | None:
    """The control plane's complaint about an instance, or None; nothing is stored, no uniqueness is checked."""
    try:
        client.ask(path("control-planes", control_plane_id, "core-entities", "schemas", "plugins", "validate"), body)
    except KonnectError as error:
        if error.status == 400:
            return error
        raise
    return None


def _path(control_plane_id: str, *instance_id: str) -> str:
    return path("control-planes", control_plane_id, "core-entities", "plugins", *instance_id)


def _unknown_plugin(error: KonnectError) -> bool:
    return error.status == 400 and "plugin(" in error.text and "does not exist" in error.text
