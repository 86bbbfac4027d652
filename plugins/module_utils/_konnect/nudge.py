# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nudge: a neutral write that makes the control plane push a payload without saving any instance.

An equal hash is not parsed again by a node, and saving an instance of the plugin could itself break nodes on the old
schema (update-paths.md 3, corollaries). So the write goes to a disabled service that no route leads to.
"""

from __future__ import annotations

import uuid
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client, path

NAME = "kongops-nudge"
TAG = "kongops-nudge"
# Reserved by RFC 2606: never resolves, so that the service could not take traffic even if it were enabled by hand.
HOST = "nudge.invalid"
_NAMESPACE = uuid.UUID("6b0f3f0e-2f0c-4d4e-9c39-8f6d1f0a7a11")


def nudge_id(control_plane_id: str) -> str:
    """The id of the tool's own service on a control plane; the same at every call, so that none is left behind."""
    return str(uuid.uuid5(_NAMESPACE, control_plane_id))


def find(client: Client, control_plane_id: str) -> dict[str, Any] | None:
    """The service as it is, or None."""
    found = client.find(_path(control_plane_id))
    return dict(found) if found else None


def push(client: Client, control_plane_id: str) -> dict[str, Any]:
    """Write the service with a tag that it never had, which makes a new configuration; the service as written."""
    body = {
        "id": nudge_id(control_plane_id),
        "name": NAME,
        "host": HOST,
        "port": 80,
        "protocol": "http",
        "enabled": False,
        "tags": [TAG, f"{TAG}-{uuid.uuid4().hex[:12]}"],
    }
    return dict(client.put(_path(control_plane_id), body))


def remove(client: Client, control_plane_id: str) -> None:
    """Delete the service; nothing happens where there is none."""
    client.delete(_path(control_plane_id))


def _path(control_plane_id: str) -> str:
    return path("control-planes", control_plane_id, "core-entities", "services", nudge_id(control_plane_id))
