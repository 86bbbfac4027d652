# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of nodes and the hash that the control plane expects of them (konnect-api.md section f)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client, path
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import clean

EMPTY_HASH = "0" * 32
INCOMPATIBLE = "COMPATIBILITY_STATE_INCOMPATIBLE"


@dataclass(frozen=True)
class Node:
    """One record; times are epoch seconds by the control plane's clock, ``config_hash`` is None until one is told."""

    id: str
    hostname: str = ""
    version: str = ""
    last_ping: int = 0
    config_hash: str | None = None
    compatibility: str = ""
    issues: tuple[str, ...] = ()
    created_at: int = 0
    updated_at: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "issues": list(self.issues)}


@dataclass(frozen=True)
class Expected:
    """What the control plane expects its nodes to run. ``hash`` is None while it has computed none."""

    hash: str | None = None
    created_at: int = 0
    updated_at: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As a baseline for node_sync."""
        return {"expected_hash": self.hash, "updated_at": self.updated_at}


@dataclass(frozen=True)
class Fleet:
    """Records and expectation of one control plane, fetched together; ``now`` is epoch seconds by its clock."""

    expected: Expected = Expected()
    nodes: tuple[Node, ...] = field(default=())
    now: float = 0.0


def fetch_fleet(client: Client, control_plane_id: str) -> Fleet:
    """The expected hash first and the records after it, so that a node is never compared with an older hash."""
    expected = expected_hash(client, control_plane_id)
    return Fleet(expected, tuple(list_nodes(client, control_plane_id)), client.now())


def list_nodes(client: Client, control_plane_id: str) -> list[Node]:
    """Every record, dead ones too, by host name."""
    rows = client.items(path("control-planes", control_plane_id, "nodes"))
    return sorted((node_from(row) for row in rows), key=lambda node: (node.hostname, node.id))


def expected_hash(client: Client, control_plane_id: str) -> Expected:
    """The expected hash; empty when no node ever connected, which the API answers with 404 or ``{}``."""
    data = client.find(path("control-planes", control_plane_id, "expected-config-hash")) or {}
    return Expected(
        hash=str(data.get("expected_hash") or "") or None,
        created_at=int(data.get("created_at") or 0),
        updated_at=int(data.get("updated_at") or 0),
    )


def delete_node(client: Client, control_plane_id: str, node_id: str) -> None:
    """Removes a record; a node that lives registers again."""
    client.delete(path("control-planes", control_plane_id, "nodes", node_id))


def node_from(data: Mapping[str, Any]) -> Node:
    """From the API's object; texts that nodes sent are cleaned, unknown keys ignored."""
    compatibility = data.get("compatibility_status") or {}
    reported = str(data.get("config_hash") or "")
    return Node(
        id=clean(data.get("id") or "", 100),
        hostname=clean(data.get("hostname") or "", 255),
        version=clean(data.get("version") or "", 40),
        last_ping=int(data.get("last_ping") or 0),
        config_hash=clean(reported, 64) or None,
        compatibility=clean(compatibility.get("state") or "", 60),
        issues=tuple(
            clean(f"{issue.get('code') or ''} {issue.get('description') or ''}", 300)
            for issue in compatibility.get("issues") or []
        ),
        created_at=int(data.get("created_at") or 0),
        updated_at=int(data.get("updated_at") or 0),
    )
