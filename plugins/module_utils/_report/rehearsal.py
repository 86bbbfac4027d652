# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal of a plan: after each step a foreign write, and the rejections that it would cause."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import (
    paint,
    path_color,
    plain,
    some,
    wrapped,
)
from ansible_collections.kongops.konnect.plugins.module_utils._report.plan_rows import Document, announcement


def rehearsal_text(plan: Document, *, color: bool = False) -> str:
    """`Plan.to_dict` played step by step, for a terminal."""
    path = plan["path"]["effective"]
    lines = [f"Rehearsal of the update path {paint(path.upper(), path_color(path), on=color)}; nothing is written"]
    if not plan["rehearsal"]:
        lines.append("  No step: there is nothing to do.")
    for one in plan["rehearsal"]:
        lines += _step(one, color)
    lines += wrapped(f"Rejections in the plan's own steps: {announcement(plan)}.")
    return "\n".join(lines) + "\n"


def _step(step: Document, color: bool) -> Iterator[str]:
    name = plain(step["step"])
    if not step["hosts"]:
        yield f"  after {name}: a foreign write is taken by every node"
        return
    what = paint("REJECTED", "red", on=color)
    yield f"  after {name}: a foreign write is {what} by {len(step['hosts'])} node(s)"
    yield from wrapped(f"{some(step['hosts'])}: {step['instances']} instance(s), {some(step['reasons'], 3)}", "    ")
