# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane and look answers as plans take them, by hand."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
DIGEST = f"sha256:{'1' * 64}"
OTHER = f"sha256:{'2' * 64}"
ROOT = "/opt/kong-plugins"
SCHEMA = """
return { name = "tally", fields = { { config = { type = "record", fields = { { ttl = { type = "integer" } } } } } } }
"""


def wanted(name: str = "tally", schema: str = SCHEMA) -> Json:
    """One plugin directory, as read."""
    handler = {"priority": 10, "version": "1.0.0", "phases": ["access"]}
    return {"name": name, "directory": f"plugins/{name}", "schema": schema, "digest": DIGEST, "handler": handler}


def control_plane(*hosts: str, expected: str | None = None) -> Json:
    """A control plane that hears of these hosts."""
    nodes = [{"id": f"id-{host}", "hostname": host, "last_ping": 1000} for host in hosts]
    return {"id": "cp", "name": "prod", "cluster_type": "x", "nodes": nodes, "now": 1000, "expected_hash": expected}


def host(name: str, *, enabled: bool = False, plugin: Json | None = None, **other: Any) -> Json:
    """The look answer of a host; ``plugin`` is what it says of the plugin tally."""
    names = ["bundled", *(["tally"] if enabled else [])]
    return {
        "host": name,
        "reachable": True,
        "node_id": f"id-{name}",
        "hostname": name,
        "kong_version": "3.9.1",
        "plugin_root": ROOT,
        "config_hash": "a" * 32,
        "enabled": names,
        "enabled_next": names,
        "plugins": {"tally": plugin} if plugin else {},
        **other,
    }


def released(digest: str = DIGEST, **other: Any) -> Json:
    """A release of the plugin that is live."""
    return {
        "loads": f"{ROOT}/kong/plugins/tally",
        "copies": [f"{ROOT}/kong/plugins/tally"],
        "digest": digest,
        "live": digest,
        "live_kind": "release",
        "releases": [digest],
        "managed": True,
        "drift": [],
        "schema": SCHEMA,
        "loaded": True,
        **other,
    }


def unreachable(name: str) -> Json:
    """A host that gave no answer."""
    return {"host": name, "reachable": False, "error": "No route to host"}
