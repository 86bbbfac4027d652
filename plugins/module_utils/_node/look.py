# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look answer of one node as plain data: one element of the plan's ``fleet``."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer, number, numbers, said

EMPTY_HASH = "0" * 32
"""The configuration hash of a node that has applied nothing yet."""

PHASES = frozenset(
    {
        "init_worker",
        "configure",
        "certificate",
        "rewrite",
        "access",
        "response",
        "header_filter",
        "body_filter",
        "log",
        "preread",
        "ws_handshake",
        "ws_client_frame",
        "ws_upstream_frame",
        "ws_close",
    }
)
"""The functions of a handler that Kong calls."""

_NUMBER = re.compile(r"-?[0-9]{1,9}\Z")
_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){1,3}")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_MAX_DRIFT = 50


def unreachable(host: str, error: str) -> dict[str, Any]:
    """The look answer of a node that gave none."""
    return {
        "host": host,
        "reachable": False,
        "error": error,
        "node_id": None,
        "hostname": "",
        "kong_version": None,
        "prefix": "",
        "plugin_root": "",
        "enabled": [],
        "enabled_next": [],
        "free_bytes": 0,
        "status_api": None,
        "log": {"kind": "none", "path": None},
        "log_position": None,
        "workers": [],
        "running": False,
        "config_hash": None,
        "ready": None,
        "ready_message": None,
        "empty_prefix": False,
        "plugins": {},
    }


def read_look(answer: Answer, host: str) -> dict[str, Any]:
    """The look answer of a node that ran the program."""
    config_hash = answer.get("hash")
    kind = next(iter(answer.subjects("log")), "none")
    code = next(iter(answer.subjects("ready")), None)
    version = _VERSION.search(answer.get("version") or "")
    running = answer.get("running") == "yes"
    return {
        "host": host,
        "reachable": True,
        "error": None,
        "node_id": answer.get("node_id"),
        "hostname": answer.get("hostname") or "",
        "kong_version": version.group() if version else None,
        "prefix": answer.get("prefix") or "",
        "plugin_root": answer.get("plugin_root") or "",
        "enabled": _enabled(answer.get("enabled") or ""),
        "enabled_next": _enabled(answer.get("enabled_next") or ""),
        "free_bytes": (number(answer.get("free")) or 0) * 1024,
        "status_api": (answer.get("status_api") or "").split("://")[-1] or None,
        "log": {"kind": kind, "path": answer.get("log", kind)},
        "log_position": answer.get("mark"),
        "workers": list(numbers(answer.words("workers"))),
        "running": running,
        "config_hash": config_hash,
        "ready": None if code is None else code == "200",
        "ready_message": said(answer.get("ready", code)) if code else None,
        "empty_prefix": config_hash == EMPTY_HASH if config_hash else answer.get("stored") != "yes",
        "plugins": {name: _plugin(answer, name) for name in sorted(answer.subjects("plugin.live"))},
    }


def _enabled(setting: str) -> list[str]:
    names = [name.strip() for name in setting.split(",")]
    if names and names[0] == "off":
        return []
    return [name for name in names if name and name != "off"]


def _digest(text: str | None) -> str | None:
    return f"sha256:{text}" if text and _DIGEST.match(text) else None


def _plugin(answer: Answer, name: str) -> dict[str, Any]:
    live = answer.get("plugin.live", name) or "none"
    root = answer.get("plugin_root") or ""
    loads = answer.get("plugin.loads", name)
    managed = _digest(live) is not None and loads == f"{root}/kong/plugins/{name}"
    runs = answer.get("plugin.runs", name) if managed else None
    return {
        "loads": loads,
        "copies": answer.all("plugin.copy", name),
        "live": _digest(live),
        "live_kind": "release" if _digest(live) else live,
        "previous": _digest(answer.get("plugin.previous", name)),
        "releases": [d for d in map(_digest, answer.all("plugin.release", name)) if d],
        "digest": _digest(answer.get("plugin.digest", name)),
        "schema": answer.text("plugin.schema", name),
        "handler": _handler(answer, name),
        "drift": _drift(answer, name),
        "managed": managed,
        # None where it cannot be known: Kong does not run, or loads the plugin from elsewhere.
        "loaded": runs == live if runs else None,
        "running": _digest(runs),
        "running_schema": answer.text("plugin.runs_schema", name) if managed else None,
    }


def _handler(answer: Answer, name: str) -> dict[str, Any]:
    """What handler.lua says in plain sight; None where it does not."""
    priority = answer.get("plugin.priority", name)
    return {
        "priority": int(priority) if priority and _NUMBER.match(priority) else None,
        "version": answer.get("plugin.version", name) or None,
        "phases": sorted(PHASES & set(answer.words("plugin.phases", name))),
    }


def _drift(answer: Answer, name: str) -> list[str]:
    """How the live release differs from its manifest, and other things that are not as they should be."""
    drift = []
    found = answer.text("plugin.found", name)
    if found is not None:
        here, should = _sums(found), _sums(answer.text("plugin.manifest", name) or "")
        drift += [f"{path} is missing" for path in sorted(should.keys() - here.keys())]
        drift += [f"{path} was changed" for path in sorted(should.keys() & here.keys()) if should[path] != here[path]]
        drift += [f"{path} does not belong to the release" for path in sorted(here.keys() - should.keys())]
    drift += [f"{path} is not a regular file" for path in answer.words("plugin.odd", name)]
    loads, handler = answer.get("plugin.loads", name), answer.get("plugin.handler", name)
    if loads and handler and loads != handler:
        drift.append(f"schema.lua loads from {loads} but handler.lua from {handler}")
    if answer.get("plugin.cut", name):
        drift.append("an adoption was cut; the next release visit finishes it or takes it back")
    return drift[:_MAX_DRIFT]


def _sums(manifest: str) -> dict[str, str]:
    return {line[66:]: line[:64] for line in manifest.splitlines() if len(line) > 66}
