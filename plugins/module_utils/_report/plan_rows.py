# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of a plan as rows of plain strings, for text and Markdown alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import short_digest, some

Document = Mapping[str, Any]

CHANGE_HEADS = ("rule", "field", "change", "documented", "breaking")
INSTANCE_HEADS = ("instance", "verdict", "step 3", "what is done")
STEP_HEADS = ("step", "what", "on")
# Instances beyond this many are summed up: the plan file has them all.
MOST_INSTANCES = 20


def change_rows(plugin: Document) -> Iterator[tuple[str, ...]]:
    """One row for each change: rule, field, what, documented path of its cell, breaking or not."""
    for one in plugin["changes"]:
        cell = one["cell"]
        what = f"{cell['scenario']}: {one['detail']}" if cell else f"{one['name']} {one['detail']}".strip()
        documented = one["documented"] if cell or one["kind"] == "renamed" else f"({one['documented']})"
        yield one["rule"], one["path"], what, documented, "yes" if one["breaking"] else "no"


def instance_rows(plugin: Document) -> Iterator[tuple[str, ...]]:
    """One row for each instance, those that are saved first."""
    ordered = sorted(plugin["instances"], key=lambda one: one["action"] != "rewrite")
    for one in ordered[:MOST_INSTANCES]:
        label = one["label"] if one["enabled"] else f"{one['label']}, disabled"
        yield label, one["verdict"], one["action"], some(edit_texts(one)) or "stays as it is"


def edit_texts(instance: Document) -> list[str]:
    """``set config.ttl``, ``rename config.a to config.b``; never a value."""
    return [_edit(one) for one in instance["edits"]] or (["saved as it is"] if instance["action"] == "rewrite" else [])


def _edit(edit: Document) -> str:
    text = f"{edit['op']} {edit['path']}"
    if "to" in edit:
        text += f" to {edit['to']}"
    return f"{text} {edit['how']}" if edit.get("how") else text


def step_rows(plan: Document) -> Iterator[tuple[str, ...]]:
    """One row for each step, with the number that the documents give it."""
    for one in plan["steps"]:
        about = []
        if one["plugins"]:
            about.append(some(one["plugins"]))
        if one["instances"]:
            about.append(f"{one['instances']} instances")
        if one["hosts"]:
            about.append(f"{len(one['hosts'])} nodes: {some(one['hosts'])}")
        yield str(one["number"]), one["title"], "; ".join(about)


def releases(plan: Document) -> str:
    """``my-plugin 1f0e3b1c1c33``."""
    return some(f"{one['name']} {short_digest(one['digest'])}" for one in plan["plugins"])


def announcement(plan: Document) -> str:
    """How many payloads will be rejected, where, and for how long."""
    rejecting = {host: count for host, count in plan["announced"].items() if count}
    if not rejecting:
        return "none: no node rejects its configuration in any step of this plan"
    each = some(f"{host} {count}" for host, count in rejecting.items())
    return f"{sum(rejecting.values())} ({each}), out of sync for about {plan['gap']['estimate_seconds']} s"


def coverage_text(plan: Document) -> str:
    """Nodes and hosts held against each other, in one line."""
    found = plan["coverage"]
    parts = [f"{len(found['matched'])} nodes matched"]
    for key, words in (
        ("missing", "live but not in the inventory"),
        ("without_node", "hosts without a live node"),
        ("unreachable", "unreachable"),
        ("dead", "records of dead nodes"),
    ):
        if found[key]:
            parts.append(f"{len(found[key])} {words}")
    return ", ".join(parts)
