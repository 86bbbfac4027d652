# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of an installation or a removal as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import (
    columns,
    notice,
    plain,
    short_digest,
    wrapped,
)
from ansible_collections.kongops.konnect.plugins.module_utils._report.plan_rows import (
    CHANGE_HEADS,
    MOST_INSTANCES,
    STEP_HEADS,
    Document,
    change_rows,
    control_plane_text,
    coverage_text,
    step_rows,
)


def operation_text(plan: Document) -> str:
    """`Operation.to_dict` for people, nothing wider than 100 columns."""
    kind = plain(plan["kind"])
    lines = [
        f"{kind.capitalize()}: {plan['changes']} change(s) to make",
        *wrapped(plan["path"]["reason"], "  "),
        *wrapped(f"Control plane: {control_plane_text(plan)}"),
        *(wrapped(f"Nodes: {coverage_text(plan)}.") if plan["looked_at_nodes"] else []),
        *_notices("Stops it", plan["problems"]),
        *_notices("Know this", plan["warnings"]),
        *(line for one in plan["plugins"] for line in _plugin(one)),
        "",
        "Steps",
        *(columns(step_rows(plan), STEP_HEADS) if plan["steps"] else ["  none"]),
    ]
    return "\n".join(lines) + "\n"


def _notices(title: str, notices: list[dict[str, Any]]) -> Iterator[str]:
    if notices:
        yield ""
        yield title
        for one in notices:
            yield from notice(one)


def _plugin(plugin: Document) -> Iterator[str]:
    yield ""
    digest = f" {short_digest(plugin['digest'])}" if plugin["digest"] else ""
    yield f"{plain(plugin['name'])}{digest}"
    if plugin.get("changes"):
        yield from columns(change_rows(plugin), CHANGE_HEADS)
    instances = plugin.get("shown", plugin["instances"])
    if not instances:
        yield "  no instance"
        return
    yield from columns(
        ((one["label"], one["action"]) for one in instances[:MOST_INSTANCES]), ("instance", "what is done")
    )
    if len(instances) > MOST_INSTANCES:
        yield f"  and {len(instances) - MOST_INSTANCES} more instances"
