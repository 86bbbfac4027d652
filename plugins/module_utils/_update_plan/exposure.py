# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nodes would do with a payload at each step: exposure, announced rejections, and the rehearsal of a whole plan.

A payload holds every stored instance (full sync), so one that a node's schema refuses makes it reject everything and
go on with its last good configuration (kong-data-plane.md 1.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Judgement, Rejection
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Study
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import label_of


@dataclass(frozen=True)
class Refusal:
    """One instance that one host would refuse, and why."""

    host: str
    plugin: str
    instance: str
    reasons: tuple[Rejection, ...]


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


@dataclass(frozen=True)
class World:
    """A moment of a rollout: which step has been done decides what is stored and what each host runs."""

    studies: tuple[Study, ...]
    steps_done: frozenset[str] = frozenset()

    def after(self, step: str) -> World:
        return World(self.studies, self.steps_done | {step})

    def push(self) -> tuple[Refusal, ...]:
        """The refusals if the control plane sent its configuration to every host now."""
        return tuple(
            Refusal(host, study.name, label_of(one.instance), reasons)
            for study in self.studies
            for one in study.judgements
            if one.is_refused_anywhere
            for host in _hosts(study)
            if (reasons := self._answer(study, one, host, saved=self._is_rewritten(one)))
        )

    def save(self, study: Study, one: Judgement) -> tuple[Refusal, ...]:
        """The refusals of this instance if someone saved it now, unchanged in what the new schema keeps."""
        return tuple(
            Refusal(host, study.name, label_of(one.instance), reasons)
            for host in _hosts(study)
            if (reasons := self._answer(study, one, host, saved=True))
        )

    def _is_rewritten(self, one: Judgement) -> bool:
        return one.rewrite is not None and "instances" in self.steps_done

    def _answer(self, study: Study, one: Judgement, host: str, *, saved: bool) -> tuple[Rejection, ...]:
        key = study.wanted.schema_digest if "nodes" in self.steps_done else study.fleet[host]
        if key == study.wanted.schema_digest:
            return one.new_b1 if saved else one.new_b0
        return (one.fleet_b1 if saved else one.fleet_b0).get(key, ())


def _hosts(study: Study) -> Sequence[str]:
    return [one.name for one in study.hosts if one.name in study.fleet]


def announced(studies: Sequence[Study], steps: Sequence[str]) -> dict[str, int]:
    """How many payloads each host will reject in this plan's own steps.

    Only step 3 makes the control plane send one (a schema upload sends nothing; a reload gets the same payload again),
    and its writes are counted as one, as control planes coalesce them.
    """
    counts = {host: 0 for study in studies for host in _hosts(study)}
    world = World(tuple(studies))
    for step in steps:
        world = world.after(step)
        if step == "instances":
            for host in {one.host for one in world.push()}:
                counts[host] += 1
    return dict(sorted(counts.items()))


def rehearse(studies: Sequence[Study], steps: Sequence[str]) -> list[tuple[str, tuple[Refusal, ...]]]:
    """Plays the steps with a foreign write after each: the refusals that the write would cause, step by step."""
    world = World(tuple(studies))
    told = []
    for step in steps:
        world = world.after(step)
        told.append((step, world.push()))
    return told


def exposure(studies: Sequence[Study], steps: Sequence[str]) -> list[Exposed]:
    """Which writes must wait, from which step until which."""
    return [*_any_write(studies, steps), *_saves(studies, steps)]


def _any_write(studies: Sequence[Study], steps: Sequence[str]) -> Iterator[Exposed]:
    moments = rehearse(studies, steps)
    for study in studies:
        open_since: str | None = None
        held: list[Refusal] = []
        for step, refusals in [*moments, ("", ())]:
            mine = [one for one in refusals if one.plugin == study.name]
            if mine and open_since is None:
                open_since, held = step, []
            held += mine
            if not mine and open_since is not None:
                yield _exposed(open_since, step or "later", "any", study.name, held)
                open_since = None


def _saves(studies: Sequence[Study], steps: Sequence[str]) -> Iterator[Exposed]:
    """With the new schema on the control plane a save stores its defaults: nodes that lack it may refuse them."""
    if "nodes" not in steps:
        return
    since = "schema" if "schema" in steps else steps[0]
    for study in studies:
        world = World((study,)).after("schema")
        held = [refusal for one in study.judgements for refusal in world.save(study, one)]
        if held:
            yield _exposed(since, "nodes", "save", study.name, held)


def _exposed(since: str, until: str, write: str, plugin: str, held: Sequence[Refusal]) -> Exposed:
    return Exposed(
        since=since,
        until=until,
        write=write,
        plugin=plugin,
        instances=tuple(dict.fromkeys(one.instance for one in held)),
        hosts=tuple(sorted({one.host for one in held})),
        reasons=tuple(dict.fromkeys(str(reason) for one in held for reason in one.reasons)),
    )
