# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of nodes as text for a terminal: a row for each, then what is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import (
    columns,
    plain,
    short_digest,
    wrapped,
)

Document = Mapping[str, Any]

_HEADS = ("node", "kong", "ready", "control plane", "proof", "plugins")
_READY = {True: "yes", False: "no", None: "unknown"}


def nodes_text(nodes: Sequence[Document]) -> str:
    """All nodes; each has ``host``, ``look``, ``record``, ``verdict`` (of a nudge, or None) and ``findings``."""
    ill = [one for one in nodes if one["findings"]]
    lines = [f"Nodes: {len(nodes)}, of which {len(ill)} need attention", "", *columns(map(_row, nodes), _HEADS)]
    for one in ill:
        lines += ["", f"{plain(one['host'])}:", *_findings(one)]
    return "\n".join(lines) + "\n"


def node_text(node: Document) -> str:
    """One node in words."""
    head = f"Diagnosis of {plain(node['host'])}"
    if not node["findings"]:
        return f"{head}: nothing wrong was found.\n\n" + "\n".join(columns([_row(node)], _HEADS)) + "\n"
    return "\n".join([f"{head}:", *_findings(node), "", *columns([_row(node)], _HEADS)]) + "\n"


def _findings(node: Document) -> Iterator[str]:
    for one in node["findings"]:
        yield from wrapped(one["what"], "  - ", "    ")
        if one["advice"]:
            yield from wrapped(one["advice"], "    => ", "       ")


def _row(node: Document) -> tuple[Any, ...]:
    look, record = node["look"], node["record"] or {}
    plugins = ", ".join(_plugin(name, one) for name, one in look["plugins"].items() if one["loads"])
    return (
        node["host"],
        look["kong_version"] or "-",
        _READY[look["ready"]],
        record.get("verdict", "no record"),
        (node["verdict"] or {}).get("kind", "-"),
        plugins or "-",
    )


def _plugin(name: str, plugin: Document) -> str:
    state = {True: "", False: ", not loaded", None: ""}[plugin["loaded"]]
    return f"{name} {short_digest(plugin['digest'])}{state}"
