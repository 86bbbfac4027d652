# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as text for a terminal: the path and its reason first, nothing wider than 100 columns."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import (
    columns,
    paint,
    path_color,
    plain,
    some,
    wrapped,
)
from ansible_collections.kongops.konnect.plugins.module_utils._report.plan_rows import (
    CHANGE_HEADS,
    INSTANCE_HEADS,
    MOST_INSTANCES,
    STEP_HEADS,
    Document,
    announcement,
    change_rows,
    coverage_text,
    instance_rows,
    releases,
    step_rows,
)


def plan_text(plan: Document, *, color: bool = False) -> str:
    """`Plan.to_dict` for people; with ``color``, escape sequences of a terminal."""
    lines = [
        *_head(plan, color),
        *_notices("Stops the rollout", plan["problems"], "red", color),
        *_notices("Know this", plan["warnings"], "yellow", color),
        *(line for one in plan["plugins"] for line in _plugin(one, color)),
        *_steps(plan, color),
        *_exposure(plan, color),
        *_advice(plan, color),
    ]
    return "\n".join(lines) + "\n"


def _head(plan: Document, color: bool) -> Iterator[str]:
    path = plan["path"]
    word = paint(path["effective"].upper(), path_color(path["effective"]), on=color)
    yield f"Update path: {word}   (documented: {path['documented']}, evidence: {path['evidence']})"
    yield from wrapped(path["reason"], "  ")
    yield from wrapped(f"Control plane: {plan['control_plane']['name']} ({plan['control_plane']['id']})")
    yield from wrapped(f"Releases: {releases(plan)}")
    yield from wrapped(f"Changes to make: {plan['changes']}. Nodes: {coverage_text(plan)}.")
    yield from wrapped(f"Announced rejections: {announcement(plan)}.")


def _title(text: str, color: bool) -> Iterator[str]:
    yield ""
    yield paint(text, "bold", on=color)


def _notices(title: str, notices: list[Document], shade: str, color: bool) -> Iterator[str]:
    if notices:
        yield from _title(paint(title, shade, on=color), color)
        for one in notices:
            yield from wrapped(one["text"], "  - ", "    ")


def _plugin(plugin: Document, color: bool) -> Iterator[str]:
    path = plugin["path"]
    title = (
        f"{plain(plugin['name'])}: {path['effective']} (documented {path['documented']}, evidence {path['evidence']})"
    )
    yield from _title(title, color)
    if plugin["changes"]:
        yield from columns(change_rows(plugin), CHANGE_HEADS)
        if any(one["cell"] is None for one in plugin["changes"]):
            yield "  (path) in brackets: the documents have no cell for it, the instances decide."
    else:
        yield (
            "  The schema is the same everywhere." if plugin["path"]["documented"] == "none" else "  No field changes."
        )
    if plugin["instances"]:
        yield ""
        yield from columns(instance_rows(plugin), INSTANCE_HEADS)
        more = len(plugin["instances"]) - MOST_INSTANCES
        if more > 0:
            yield f"  and {more} more instances"
    for one in plugin["missing"]:
        yield from wrapped(f"{one['path']} needs a value ({one['message']}): {some(one['instances'])}", "  ? ", "    ")


def _steps(plan: Document, color: bool) -> Iterator[str]:
    yield from _title("Steps", color)
    if plan["steps"]:
        yield from columns(step_rows(plan), STEP_HEADS)
    else:
        yield "  none"


def _exposure(plan: Document, color: bool) -> Iterator[str]:
    if plan["exposure"]:
        yield from _title("Until it is done", color)
    for one in plan["exposure"]:
        what = "any write is rejected" if one["write"] == "any" else f"do not save {some(one['instances'], 3)}"
        text = (
            f"From step {one['from']} until {one['until']}, {what}: {some(one['hosts'])} would reject it "
            f"({some(one['reasons'], 2)})."
        )
        yield from wrapped(text, "  - ", "    ")


def _advice(plan: Document, color: bool) -> Iterator[str]:
    if plan["advice"]:
        yield from _title("What would avoid the gap", color)
    for one in plan["advice"]:
        yield from wrapped(f"{one['title']}: {one['text']}", "  - ", "    ")
        for line in one["lua"].splitlines():
            yield f"      {line}"
