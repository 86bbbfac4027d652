# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as text for a terminal: the path and its reason first, nothing wider than 100 columns."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import (
    columns,
    notice,
    paint,
    path_color,
    plain,
    some,
    wrapped,
)
from ansible_collections.kongops.konnect.plugins.module_utils._report.plan_rows import (
    CHANGE_HEADS,
    INSTANCE_HEADS,
    STEP_HEADS,
    Document,
    change_rows,
    exposure_text,
    facts,
    gap_text,
    handler_text,
    has_no_cell,
    instance_rows,
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
    yield ""
    for name, value in facts(plan):
        yield from wrapped(value, f"{name:<16}", " " * 16)
    if plan["gap"]:
        yield ""
        yield from wrapped(gap_text(plan))


def _title(text: str, color: bool) -> Iterator[str]:
    yield ""
    yield paint(text, "bold", on=color)


def _notices(title: str, notices: list[Document], shade: str, color: bool) -> Iterator[str]:
    if notices:
        yield from _title(paint(title, shade, on=color), color)
        for one in notices:
            yield from notice(one)


def _plugin(plugin: Document, color: bool) -> Iterator[str]:
    path = plugin["path"]
    title = (
        f"{plain(plugin['name'])}: {path['effective']} (documented {path['documented']}, evidence {path['evidence']})"
    )
    yield from _title(title, color)
    if plugin["changes"]:
        yield from columns(change_rows(plugin), CHANGE_HEADS)
        if any(map(has_no_cell, plugin["changes"])):
            yield "  (path) in brackets: the documents have no cell for it, the instances decide."
    else:
        same = plugin["path"]["documented"] == "none"
        yield "  The schema is the same everywhere." if same else "  No field changes."
    if plugin["handler_changes"]:
        yield from wrapped(f"Handler: {handler_text(plugin)}", "  ", "    ")
    yield from _instances(plugin)
    for one in plugin["missing"]:
        yield from wrapped(f"{one['path']} needs a value ({one['message']}): {some(one['instances'])}", "  ? ", "    ")


def _instances(plugin: Document) -> Iterator[str]:
    if not plugin["instances"]:
        return
    if all(one["action"] == "none" for one in plugin["instances"]):
        yield from wrapped(f"{len(plugin['instances'])} instance(s), all stay as they are.", "  ")
        return
    yield ""
    yield from columns(instance_rows(plugin), INSTANCE_HEADS)


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
        yield from wrapped(exposure_text(one), "  - ", "    ")


def _advice(plan: Document, color: bool) -> Iterator[str]:
    if plan["advice"]:
        yield from _title("What would avoid the gap", color)
    for one in plan["advice"]:
        yield from wrapped(f"{one['title']}: {one['text']}", "  - ", "    ")
        for line in one["lua"].splitlines():
            yield f"      {line}"
