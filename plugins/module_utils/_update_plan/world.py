# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout as the nodes live through it: what each of them would say to a payload at any moment.

A payload holds every stored instance (full sync), so one that a node's schema refuses makes it reject everything and
go on with its last good configuration (kong-data-plane.md 1.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Judgement, Rejection
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Study


@dataclass(frozen=True)
class Refusal:
    """One instance that some hosts would refuse for the same reasons."""

    plugin: str
    instance: str
    hosts: tuple[str, ...]
    reasons: tuple[Rejection, ...]


@dataclass(frozen=True)
class World:
    """A moment of a rollout: what has been done decides what is stored and what each host runs.

    ``switched`` are the hosts that have the new schema already while the step ``nodes`` is under way.
    """

    studies: tuple[Study, ...]
    steps_done: frozenset[str] = frozenset()
    switched: frozenset[str] = frozenset()

    def after(self, step: str) -> World:
        return replace(self, steps_done=self.steps_done | {step})

    def with_node(self, host: str) -> World:
        return replace(self, switched=self.switched | {host})

    def push(self) -> tuple[Refusal, ...]:
        """The refusals if the control plane sent its configuration to every host now."""
        saved = "instances" in self.steps_done
        return tuple(
            refusal
            for study in self.studies
            for one in study.judgements
            for refusal in self._refusals(study, one, saved=saved and one.rewrite is not None)
        )

    def saves(self) -> tuple[Refusal, ...]:
        """The refusals if someone saved each instance now, unchanged in what the new schema keeps.

        While the control plane has the old schema, a save changes nothing.
        """
        return tuple(
            refusal
            for study in self.studies
            if "schema" in self.steps_done or not study.uploads
            for one in study.judgements
            for refusal in self._refusals(study, one, saved=True)
        )

    def _refusals(self, study: Study, one: Judgement, *, saved: bool) -> Sequence[Refusal]:
        if not (one.refused_saved if saved else one.refused_stored):
            return ()
        answers = ((hosts, _answer(study, one, schema, saved=saved)) for schema, hosts in self._holders(study).items())
        return [Refusal(study.name, one.label, hosts, reasons) for hosts, reasons in answers if reasons]

    def _holders(self, study: Study) -> Mapping[str, tuple[str, ...]]:
        """The hosts by the digest of the schema that they have now."""
        if "nodes" in self.steps_done:
            return {study.wanted.schema_digest: hosts_with_schema(study)}
        if not self.switched:
            return study.holders
        found: dict[str, tuple[str, ...]] = {}
        for host in hosts_with_schema(study):
            schema = study.wanted.schema_digest if host in self.switched else study.fleet[host]
            found[schema] = (*found.get(schema, ()), host)
        return found


@dataclass(frozen=True)
class Moment:
    """After a step, or within ``nodes`` after one ``node``: what a payload would meet."""

    step: str
    world: World
    refusals: tuple[Refusal, ...]
    node: str | None = None


def play(studies: Sequence[Study], steps: Sequence[str]) -> tuple[Moment, ...]:
    """The moment after each step."""
    world, found = World(tuple(studies)), []
    for step in steps:
        world = world.after(step)
        found.append(Moment(step, world, world.push()))
    return tuple(found)


def hosts_with_schema(study: Study) -> tuple[str, ...]:
    """The hosts that answered with a schema of their own, in the order of the fleet."""
    return tuple(one.name for one in study.hosts if one.name in study.fleet)


def _answer(study: Study, one: Judgement, schema: str, *, saved: bool) -> tuple[Rejection, ...]:
    if schema == study.wanted.schema_digest:
        return one.new_b1 if saved else one.new_b0
    return (one.fleet_b1 if saved else one.fleet_b0).get(schema, ())
