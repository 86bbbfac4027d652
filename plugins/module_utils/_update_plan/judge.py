# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole instances decide (update-paths.md section 3): each instance against the new schema and every fleet schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import (
    Schema,
    fill_defaults,
    validate_instance,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.migrate import plan_rewrite
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import (
    Change,
    Json,
    Judgement,
    Missing,
    Rejection,
    Rewrite,
    UpdatePath,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import get, places
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.secrecy import rejection

_REFERENCE = "{vault://"


def verdict(
    new_b0: Sequence[Rejection], fleet_b0: Sequence[Sequence[Rejection]], fleet_b1: Sequence[Sequence[Rejection]]
) -> UpdatePath:
    """Short, long or sync for one instance, from what every schema says about b0 and b1."""
    if not new_b0:
        return UpdatePath.SYNC if any(fleet_b0) else UpdatePath.SHORT
    return UpdatePath.SYNC if any(fleet_b1) else UpdatePath.LONG


class Judge:
    """Judges the instances of one plugin.  Equal configurations are validated once.

    ``fleet`` maps the digest of each schema that nodes hold (or are taken to hold) to it; ``changes`` tell the renames
    and the fields that no longer take references.
    """

    def __init__(self, new: Schema, fleet: Mapping[str, Schema], changes: Sequence[Change]) -> None:
        self._new = new
        self._fleet = dict(fleet)
        self._schemas = (new, *fleet.values())
        self._renames = {one.path: one.to for one in changes if one.carry and one.to}
        self._dereferenced = [one for one in changes if one.rule.name == "referenceable-removed"]
        self._seen: dict[tuple[str, str, str], tuple[tuple[Rejection, ...], tuple[str, ...]]] = {}

    def judge(self, instance: Json, answers: Mapping[str, Mapping[str, Any]]) -> Judgement:
        """The verdict for one instance; ``answers`` are those for the plugin (by ``*``, id or instance name)."""
        named = {**answers.get(str(instance.get("instance_name")), {}), **answers.get(str(instance.get("id")), {})}
        new_b0, unchecked = self.ask_new(instance)
        fleet_b0 = self._ask_fleet(instance)
        broken = tuple(self._broken_references(instance))
        resave = plan_rewrite(
            self._new,
            instance,
            renames=self._renames,
            named=named,
            general=answers.get("*", {}),
            check=lambda config: list(self._ask("new", self._new, {**instance, "config": config}, "control_plane")[0]),
            fill=lambda config: fill_defaults(self._new, config),
            unusable=tuple(one.path for one in broken),
        )
        after = {**instance, "config": resave.stored}
        new_b1 = self._ask("new", self._new, after, "data_plane")[0]
        fleet_b1 = self._ask_fleet(after)
        found = verdict(new_b0, list(fleet_b0.values()), list(fleet_b1.values()))
        wanted = bool(new_b0)
        if broken:
            resave = self._ask_for_references(resave, broken)
            wanted = True
            found = max(found, verdict([Rejection("", "")], [], list(fleet_b1.values())))
        return Judgement(
            instance=instance,
            verdict=found,
            new_b0=new_b0,
            new_b1=new_b1,
            fleet_b0=fleet_b0,
            fleet_b1=fleet_b1,
            rewrite=resave if wanted else None,
            unchecked=unchecked,
        )

    def ask_new(self, instance: Json) -> tuple[tuple[Rejection, ...], tuple[str, ...]]:
        """What the new schema refuses in an instance as stored, and the paths that only Kong can check."""
        return self._ask("new", self._new, instance, "data_plane")

    def verdict_of(self, stored: Json, saved: Json) -> UpdatePath:
        """The verdict for an instance of which both sides are given: as it is stored, and as it would be."""
        new_b0 = self.ask_new(stored)[0]
        return verdict(new_b0, list(self._ask_fleet(stored).values()), list(self._ask_fleet(saved).values()))

    def _ask_fleet(self, instance: Json) -> dict[str, tuple[Rejection, ...]]:
        return {key: self._ask(key, one, instance, "data_plane")[0] for key, one in self._fleet.items()}

    def _ask(
        self, key: str, schema: Schema, instance: Json, role: str
    ) -> tuple[tuple[Rejection, ...], tuple[str, ...]]:
        judged = {name: instance[name] for name in _JUDGED if instance.get(name) is not None}
        told = repr(judged)
        known = self._seen.get((key, role, told))
        if known is None:
            violations = validate_instance(schema, judged, role=role)
            refused = (one for one in violations if one.checked)
            known = (
                tuple(rejection(self._schemas, instance, one) for one in refused),
                tuple(sorted({one.path for one in violations if not one.checked})),
            )
            self._seen[key, role, told] = known
        return known

    def _broken_references(self, instance: Json) -> list[Change]:
        """The changes that leave a reference of this instance without anybody who looks it up."""
        return [one for one in self._dereferenced if _has_reference(instance, one)]

    def _ask_for_references(self, resave: Rewrite, broken: tuple[Change, ...]) -> Rewrite:
        work = {"config": resave.sent}
        open_ones = tuple(
            Missing(one.path, "the reference will no longer be looked up: give the value itself", "value", secret=True)
            for one in broken
            if _has_reference(work, one)
        )
        return Rewrite(resave.sent, resave.stored, resave.edits, (*resave.missing, *open_ones))


def _has_reference(instance: Json, change: Change) -> bool:
    """Whether a reference is stored where the change is; in the keys of a map there is none."""
    if change.at is None:
        return False
    return any(str(get(instance, at)).startswith(_REFERENCE) for at in places(instance, change.at))


# Everything that Kong judges, other than the id and the times that it makes itself.
_JUDGED = (
    "name",
    "instance_name",
    "enabled",
    "config",
    "protocols",
    "tags",
    "service",
    "route",
    "consumer",
    "consumer_group",
)
