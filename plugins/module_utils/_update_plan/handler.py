# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes in a plugin's handler: its place among the other plugins, its version and its phases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Host, Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Notice
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing

FACTS = ("priority", "version", "phases")


@dataclass(frozen=True)
class HandlerChange:
    """One fact of the handler that differs from what these hosts have."""

    fact: str
    before: str
    after: str
    hosts: tuple[str, ...]

    def to_dict(self) -> Json:
        return {"fact": self.fact, "before": self.before, "after": self.after, "hosts": list(self.hosts)}


def handler_changes(wanted: Wanted, hosts: Sequence[Host]) -> tuple[HandlerChange, ...]:
    """The facts that both sides tell and that differ; a handler need not say them in plain sight."""
    found: dict[tuple[str, str], list[str]] = {}
    for fact in FACTS:
        after = _shown(wanted.handler.get(fact))
        for host in hosts:
            before = _shown(host.handler.get(fact))
            if before and after and before != after:
                found.setdefault((fact, before), []).append(host.name)
    return tuple(
        HandlerChange(fact, before, _shown(wanted.handler[fact]), tuple(names))
        for (fact, before), names in found.items()
    )


def handler_notices(wanted: Wanted, changes: Sequence[HandlerChange]) -> Iterator[Notice]:
    """A new place among the other plugins is no matter of schemas, and changes what requests meet first."""
    for one in changes:
        if one.fact == "priority":
            yield Notice(
                f"PRIORITY {one.before} becomes {one.after} on {listing(one.hosts)}",
                where=clean(wanted.name),
                why="Plugins run from the highest priority to the lowest: this one may now run before or after another "
                "that it did not.",
            )


def _shown(value: Any) -> str:
    if value is None or value == []:
        return ""
    return listing(value, 14) if isinstance(value, list) else clean(value, 40)
