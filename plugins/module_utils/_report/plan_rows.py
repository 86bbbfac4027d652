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
INSTANCE_HEADS = ("instances", "verdict", "what step 3 does")
STEP_HEADS = ("step", "what", "on")
# Instances beyond this many are summed up: the plan file has them all.
MOST_INSTANCES = 20
# Of those that fare alike, this many are named.
MOST_ALIKE = 6


def change_rows(plugin: Document) -> Iterator[tuple[str, ...]]:
    """One row for each change: rule, field, what, documented path of its cell, breaking or not."""
    for one in plugin["changes"]:
        cell = one["cell"]
        name = "" if one["kind"] == "renamed" else one["name"]
        what = f"{cell['scenario']}: {one['detail']}" if cell else f"{name} {one['detail']}".strip()
        documented = f"({one['documented']})" if has_no_cell(one) else one["documented"]
        yield one["rule"], one["path"], what, documented, "yes" if one["breaking"] else "no"


def has_no_cell(change: Document) -> bool:
    """Whether the documents say nothing of such a change; a renamed field is one removed and one added."""
    return change["cell"] is None and change["kind"] != "renamed"


def instance_rows(plugin: Document) -> list[tuple[str, ...]]:
    """One row for the instances that fare alike, those that are saved first."""
    waiting = {label for one in plugin["missing"] for label in one["instances"]}
    alike: dict[tuple[str, ...], list[str]] = {}
    for one in sorted(plugin["instances"], key=lambda one: one["action"] != "rewrite"):
        label = one["label"] if one["enabled"] else f"{one['label']}, disabled"
        edits = [*edit_texts(one), "needs a value"] if one["label"] in waiting else edit_texts(one) or [_untouched(one)]
        alike.setdefault((one["verdict"], some(edits)), []).append(label)
    return [(_together(labels), *rest) for rest, labels in alike.items()]


def _together(labels: list[str]) -> str:
    if len(labels) == 1:
        return labels[0]
    more = [f"{len(labels) - MOST_ALIKE} more"] if len(labels) > MOST_ALIKE else []
    return f"{len(labels)}: {'; '.join([*labels[:MOST_ALIKE], *more])}"


def edit_texts(instance: Document) -> list[str]:
    """``set config.ttl``, ``rename config.a to config.b``; never a value."""
    return [_edit(one) for one in instance["edits"]]


def _untouched(instance: Document) -> str:
    return "saved as it is" if instance["action"] == "rewrite" else "stays as it is"


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
        yield f"{one['number']} {one['name']}", one["title"], "; ".join(about)


def control_plane_text(plan: Document) -> str:
    """Name and id, and of a group the members that the plan is about."""
    control_plane = plan["control_plane"]
    members = [one["name"] for one in control_plane.get("members", ())]
    told = f", a group: on {some(members)}" if members else ""
    return f"{control_plane['name']} ({control_plane['id']}){told}"


def facts(plan: Document) -> Iterator[tuple[str, str]]:
    """What a reader wants to know after the path, each with its name."""
    yield "Control plane", control_plane_text(plan)
    yield "Releases", releases(plan)
    yield "Nodes", coverage_text(plan)
    yield "Changes", _changes_text(plan)
    yield "Rejections", announcement(plan)
    yield "Plan", str(plan["digest"])


def _changes_text(plan: Document) -> str:
    steps = {one["name"]: one for one in plan["steps"]}
    schemas = len(steps["schema"]["plugins"]) if "schema" in steps else 0
    instances = steps["instances"]["instances"] if "instances" in steps else 0
    releases_on_nodes = plan["changes"] - schemas - instances
    return f"{plan['changes']}: {schemas} schema(s), {instances} instance(s), {releases_on_nodes} release(s) on nodes"


def releases(plan: Document) -> str:
    """``my-plugin 1f0e3b1c1c33``."""
    return some(f"{one['name']} {short_digest(one['digest'])}" for one in plan["plugins"])


def announcement(plan: Document) -> str:
    """How many payloads will be rejected, where, and for how long."""
    rejecting = {host: count for host, count in plan["announced"].items() if count}
    if not rejecting:
        return "none in any step of this plan"
    each = some(f"{host} {count}" for host, count in rejecting.items())
    return f"{sum(rejecting.values())} ({each}), out of sync for about {plan['gap']['estimate_seconds']} s"


def gap_text(plan: Document) -> str:
    """Which nodes are out of sync, from which step until which, for how long; empty where none is."""
    gap = plan["gap"]
    if not gap:
        return ""
    return (
        f"Out of sync: {some(gap['hosts'])}, from step {gap['from']} until each is switched in step {gap['until']}, "
        f"about {gap['estimate_seconds']} s in all. {gap['text']}"
    )


def handler_text(plugin: Document) -> str:
    """``PRIORITY 790 to 800, VERSION 1.0.0 to 2.0.0 (dp1, dp2)``; empty where nothing that is told differs."""
    told = [
        f"{one['fact'] if one['fact'] == 'phases' else one['fact'].upper()} {one['before']} to {one['after']} "
        f"({some(one['hosts'], 3)})"
        for one in plugin["handler_changes"]
    ]
    return "; ".join(told)


def exposure_text(exposed: Document) -> str:
    """Which write must wait, from which step until which, who would reject it and why."""
    if exposed["write"] == "any":
        what = "any write would be rejected"
    else:
        what = f"do not save {some(exposed['instances'], 3)}: that would be rejected"
    return (
        f"From step {exposed['from']} until step {exposed['until']} is done, {what} by {some(exposed['hosts'])} "
        f"({some(exposed['reasons'], 2)})."
    )


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
