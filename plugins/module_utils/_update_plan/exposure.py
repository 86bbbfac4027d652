# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan says beforehand: which writes must wait, and how many payloads its own steps let each node reject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Study
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.world import (
    Moment,
    Refusal,
    World,
    hosts_with_schema,
)


@dataclass(frozen=True)
class Exposed:
    """Between two steps, a kind of write that some hosts would reject: ``any``, or a ``save`` of these instances."""

    since: str
    until: str
    write: str
    plugin: str
    instances: tuple[str, ...]
    hosts: tuple[str, ...]
    reasons: tuple[str, ...]

    def to_dict(self) -> Json:
        return {
            "from": self.since,
            "until": self.until,
            "write": self.write,
            "plugin": self.plugin,
            "instances": list(self.instances),
            "hosts": list(self.hosts),
            "reasons": list(self.reasons),
        }


def announced(studies: Sequence[Study], moments: Sequence[Moment]) -> dict[str, int]:
    """How many payloads each host will reject in this plan's own steps.

    Only step 3 makes the control plane send one (a schema upload sends nothing; a reload gets the same payload again),
    and its writes are counted as one, as control planes coalesce them.
    """
    counts = {host: 0 for study in studies for host in hosts_with_schema(study)}
    for moment in moments:
        if moment.step == "instances":
            for host in {host for one in moment.refusals for host in one.hosts}:
                counts[host] += 1
    return dict(sorted(counts.items()))


def exposure(studies: Sequence[Study], moments: Sequence[Moment]) -> list[Exposed]:
    """Which writes must wait, from which step until which."""
    return [*_any_write(studies, moments), *_saves(studies, [one.step for one in moments])]


def _any_write(studies: Sequence[Study], moments: Sequence[Moment]) -> Iterator[Exposed]:
    for study in studies:
        open_since: str | None = None
        held: list[Refusal] = []
        for step, refusals in [*((one.step, one.refusals) for one in moments), ("later", ())]:
            mine = [one for one in refusals if one.plugin == study.name]
            if mine and open_since is None:
                open_since, held = step, []
            held += mine
            if not mine and open_since is not None:
                yield _exposed(open_since, step, "any", study.name, held)
                open_since = None


def _saves(studies: Sequence[Study], steps: Sequence[str]) -> Iterator[Exposed]:
    """With the new schema on the control plane a save stores its defaults: nodes that lack it may refuse them."""
    if "nodes" not in steps:
        return
    since = "schema" if "schema" in steps else steps[0]
    for study in studies:
        held = World((study,)).after("schema").saves()
        if held:
            yield _exposed(since, "nodes", "save", study.name, held)


def _exposed(since: str, until: str, write: str, plugin: str, held: Sequence[Refusal]) -> Exposed:
    return Exposed(
        since=since,
        until=until,
        write=write,
        plugin=plugin,
        instances=tuple(dict.fromkeys(one.instance for one in held)),
        hosts=tuple(sorted({host for one in held for host in one.hosts})),
        reasons=tuple(dict.fromkeys(str(reason) for one in held for reason in one.reasons)),
    )
