# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal of a plan: at each step two kinds of foreign write, and each rejection that they would cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import (
    columns,
    paint,
    path_color,
    some,
    wrapped,
)
from ansible_collections.kongops.konnect.plugins.module_utils._report.plan_rows import Document, announcement

Moment = Mapping[str, Any]

_HEADS = ("after", "a write to anything else", "an instance saved again")
_WRITES = {"other": "A write to anything else", "save": "A save"}


def rehearsal_text(plan: Document, moments: Sequence[Moment], *, color: bool = False) -> str:
    """`Plan.to_dict` and `Plan.rehearsal` for a terminal."""
    path = plan["path"]["effective"]
    word = paint(path.upper(), path_color(path), on=color)
    lines = [f"Rehearsal of the update path {word}: every step played, with a foreign write after it"]
    lines += wrapped(
        "Nothing was written. Nodes that reject a payload go on serving their last good configuration.", "  "
    )
    lines.append("")
    if moments:
        lines += columns((_row(one) for one in moments), _HEADS)
    else:
        lines.append("  No step: there is nothing to do.")
    told = [line for one in moments for line in _rejections(one)]
    if told:
        lines += ["", paint("Each rejection", "bold", on=color), *told]
    lines += ["", *wrapped(f"Rejections in the plan's own steps: {announcement(plan)}.")]
    return "\n".join(lines) + "\n"


def _row(moment: Moment) -> tuple[str, str, str]:
    return _name(moment), _verdict(moment["other"]), _verdict(moment["save"])


def _name(moment: Moment) -> str:
    return f"{moment['step']}: {moment['node']}" if moment["node"] else str(moment["step"])


def _verdict(groups: Iterable[Document]) -> str:
    hosts = list(dict.fromkeys(host for one in groups for host in one["hosts"]))
    return f"REJECTED by {some(hosts, 3)}" if hosts else "taken by every node"


def _rejections(moment: Moment) -> Iterator[str]:
    for kind, words in _WRITES.items():
        for one in moment[kind]:
            who = f"{some(one['hosts'], 3)} would reject {one['plugin']}: {some(one['instances'], 3)}"
            text = f"{_name(moment)}. {words}: {who}; {some(one['reasons'], 3)}"
            yield from wrapped(text, "  - ", "    ")
