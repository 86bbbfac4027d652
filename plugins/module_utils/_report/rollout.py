# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a rollout as text and Markdown, announced and observed rejections side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import (
    columns,
    markdown,
    markdown_table,
    paint,
    plain,
    some,
    wrapped,
)

Document = Mapping[str, Any]

_COLORS = {"succeeded": "green", "failed": "red"}
_HEADS = ("node", "stage", "switch and reload", "rejections announced", "rejections observed")


def rollout_text(report: Document, *, color: bool = False) -> str:
    """A report for a terminal: ``{"rollout", "plan", "result"}``, the documents of a record, a plan and a result.

    ``observed``, where someone counted, maps hosts to the payloads that they rejected.
    """
    result, plan = report["result"], report["plan"]
    outcome = plain(result["outcome"])
    lines = [
        f"Rollout: {paint(outcome, _COLORS.get(outcome, 'yellow'), on=color)} (path {plan['path']['effective']})",
        *(line for text in _failures(result) for line in wrapped(text, "  - ", "    ")),
    ]
    if result["untouched"]:
        lines += wrapped(f"Not reached: {some(result['untouched'])}", "  ")
    lines += [f"  {plain(step)}: {plain(how)}" for step, how in result["steps"].items()]
    if report.get("undo"):
        lines += wrapped(f"Undo: {plain(report['undo']['text'])}", "  ", "    ")
    rows = list(_rows(report))
    if rows:
        lines += ["", *columns(rows, _HEADS)]
    return "\n".join(lines) + "\n"


def rollout_markdown(report: Document) -> str:
    """The same for a merge request or a ticket."""
    result, plan = report["result"], report["plan"]
    lines = [
        f"## Rollout: {markdown(result['outcome'])}",
        "",
        f"Update path: {plan['path']['effective']}. Plan: `{plain(plan['digest'])}`.",
        *(["", *(f"- {markdown(text)}" for text in _failures(result))] if result["failures"] else []),
    ]
    if result["untouched"]:
        lines += ["", f"Not reached: {markdown(some(result['untouched']))}"]
    if report.get("undo"):
        lines += ["", f"Undo: {markdown(report['undo']['text'])}"]
    rows = list(_rows(report))
    if rows:
        lines += ["", *markdown_table(rows, _HEADS)]
    return "\n".join(lines) + "\n"


def _failures(result: Document) -> Iterator[str]:
    for one in result["failures"]:
        where = f"step {one['step']} on {one['host']}" if one.get("host") else f"step {one['step']}"
        yield f"{where}: {one['reason']}"


def _rows(report: Document) -> Iterator[tuple[Any, ...]]:
    result, plan, observed = report["result"], report["plan"], report.get("observed")
    for host in sorted({*result["hosts"], *plan["announced"]}):
        steps = result["hosts"].get(host, {})
        seen = "not counted" if observed is None else observed.get(host, 0)
        yield host, steps.get("stage", "-"), steps.get("nodes", "-"), plan["announced"].get(host, 0), seen
