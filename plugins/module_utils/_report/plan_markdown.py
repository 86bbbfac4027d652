# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as Markdown, for a merge request."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import markdown, markdown_table, pasted
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
    instance_rows,
    step_rows,
)


def plan_markdown(plan: Document) -> str:
    """`Plan.to_dict` for a reviewer."""
    path = plan["path"]
    lines = [
        f"## Update path: {path['effective']}",
        "",
        f"Documented: **{path['documented']}**, evidence: **{path['evidence']}**. {markdown(path['reason'])}",
        "",
        *markdown_table(facts(plan), ("", "")),
        *(["", f"> {markdown(gap_text(plan))}"] if plan["gap"] else []),
        *_notices("Stops the rollout", plan["problems"]),
        *_notices("Know this", plan["warnings"]),
        *(line for one in plan["plugins"] for line in _plugin(one)),
        *_steps(plan),
        *_advice(plan),
    ]
    return "\n".join(lines) + "\n"


def _notices(title: str, notices: list[Document]) -> Iterator[str]:
    if notices:
        yield from ("", f"### {title}", "")
        for one in notices:
            yield f"- {markdown(one['prose'] if one.get('example') else one['text'])}"
            if one.get("example"):
                yield from ("", "  ```shell", *(f"  {line}" for line in pasted(one["example"])), "  ```", "")


def _plugin(plugin: Document) -> Iterator[str]:
    path = plugin["path"]
    yield from ("", f"### {markdown(plugin['name'])}: {path['effective']}", "")
    if plugin["changes"]:
        yield from markdown_table(change_rows(plugin), CHANGE_HEADS)
    else:
        yield "No field changes."
    if plugin["handler_changes"]:
        yield from ("", f"Handler: {markdown(handler_text(plugin))}")
    if plugin["instances"]:
        yield ""
        yield from markdown_table(instance_rows(plugin), INSTANCE_HEADS)


def _steps(plan: Document) -> Iterator[str]:
    if plan["steps"]:
        yield from ("", "### Steps", "")
        yield from markdown_table(step_rows(plan), STEP_HEADS)
    if plan["exposure"]:
        yield from ("", "### Until it is done", "")
    yield from (f"- {markdown(exposure_text(one))}" for one in plan["exposure"])


def _advice(plan: Document) -> Iterator[str]:
    if plan["advice"]:
        yield from ("", "### What would avoid the gap")
    for one in plan["advice"]:
        yield from ("", f"**{markdown(one['title'])}.** {markdown(one['text'])}")
        if one["lua"]:
            yield from ("", "```lua", *one["lua"].splitlines(), "```")
