# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollback: a plan in the other direction. What was saved is wanted, and whole instances decide the order.

With S the saved schema, and each instance as it is stored now (b1) and as it was saved (b0):

- S takes every b1: the nodes go back first, since they take what is stored already, and b0 is written when no node is
  left that could refuse it. There is no gap.
- S refuses some b1: the instances go back first. The nodes that run the new schema may refuse b0, which is the gap of
  update-paths.md section 3; it is announced for those that do.

An instance that was written since is not put back over its writer's values: it is fitted into S, as in any update.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Field, fill_defaults
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.answers import questions
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.binding import made_up_fields
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import cover
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.decision import Decision, evidence_reason
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import canonical, instance_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.exposure import announced, exposure
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.fields import is_secret
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.focus import judge_all
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import (
    Host,
    Options,
    Wanted,
    hosts_of,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.judge import verdict
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import (
    Edit,
    Json,
    Judgement,
    Notice,
    Place,
    PlanError,
    Rewrite,
    UpdatePath,
    place_text,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import get, parse_path, without_nulls
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.plan import Plan
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.steps import Step
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import CONTROL_PLANE, Study, study
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, label_of, listing, named
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.world import play

_NODES_FIRST = "The nodes go back first, since the saved schema takes what is stored now; the instances follow."
_INSTANCES_FIRST = "The saved schema refuses instances as they are stored now, so these go back before the nodes do."


@dataclass(frozen=True)
class SavedState:
    """One plugin as it was before a rollout: the schema's text, the digest that each host had, the whole instances, and
    by id the digests of each instance before and after that rollout.

    ``release`` is what a host is taken to have had that is not named.
    """

    name: str
    schema: str
    release: str | None
    hosts: Mapping[str, str | None]
    instances: Sequence[Json]
    known: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Rollback:
    """The plan, and for each host that has to go back the digest of each plugin."""

    target: str
    plan: Plan
    releases: Mapping[str, Mapping[str, str]]

    def to_dict(self) -> Json:
        """The document of the plan, with ``undoes``: the target (see `_rollout`) that it leads away from."""
        return {**self.plan.to_dict(), "undoes": self.target}


def make_rollback(
    target: str,
    saved: Sequence[SavedState],
    control_plane: Mapping[str, Any],
    fleet: Sequence[Json],
    instances: Mapping[str, Sequence[Json]],
    options: Mapping[str, Any] | None = None,
) -> Rollback:
    """Decides a rollback. ``control_plane``, ``fleet``, ``instances`` and ``options`` are as for `make_plan`.

    Raises PlanError for saved data that cannot be planned with; why it would not be safe is in ``Plan.problems``.
    """
    chosen = Options.read(options or {})
    coverage = cover(fleet, control_plane["nodes"], control_plane["now"], chosen.allow_missing)
    sides = [
        _Side(one, control_plane, fleet, instances.get(one.name, ()), chosen, uncovered=coverage.uncovered())
        for one in saved
    ]
    studies = tuple(one.study for one in sides)
    nodes_first = not any(item.new_b0 for one in studies for item in one.judgements)
    steps = _steps(studies, nodes_first=nodes_first)
    names = [one.name for one in steps]
    moments = play(studies, names)
    counts = announced(studies, moments)
    decisions = tuple(_decide(one, gap=any(counts.values()), nodes_first=nodes_first) for one in studies)
    asked = [*questions(studies)] if "instances" in names else []
    plan = Plan(
        control_plane=named(control_plane),
        options=chosen,
        studies=studies,
        decisions=decisions,
        coverage=coverage,
        steps=steps,
        moments=moments,
        exposure=tuple(exposure(studies, moments)),
        announced=counts,
        advice=(),
        problems=(
            *coverage.problems(),
            *(notice for one in sides for notice in one.problems()),
            *asked,
        ),
        warnings=tuple(notice for one in sides for notice in one.warnings()),
    )
    return Rollback(target, plan, _releases(sides))


class _Side:
    """One plugin on its way back."""

    def __init__(
        self,
        saved: SavedState,
        control_plane: Mapping[str, Any],
        fleet: Sequence[Json],
        stored: Sequence[Json],
        options: Options,
        *,
        uncovered: bool,
    ) -> None:
        self.saved = saved
        self._fleet = fleet
        self._key = options.binding_key
        text = control_plane["schemas"].get(saved.name)
        if text is None:
            raise PlanError(
                f"{clean(saved.name)}: the control plane {clean(control_plane['name'])} has no schema of that name any "
                "more. Install the plugin again: playbook kongops.konnect.install."
            )
        release = saved.release or ""
        wanted = Wanted.read({"name": saved.name, "schema": saved.schema, "digest": release})
        hosts = [self._as_wanted(one, release) for one in hosts_of(fleet, saved.name)]
        found = study(wanted, str(text), hosts, stored, options, uncovered=uncovered)
        self._made_up = _made_up(found)
        kept = {str(one["id"]): one for one in saved.instances}
        self._mine: list[Judgement] = []
        self._written: list[Judgement] = []
        for one in found.judgements:
            (self._mine if self._is_untouched(one.instance, kept) else self._written).append(one)
        self._gone = [one for one in saved.instances if str(one["id"]) not in {str(now["id"]) for now in stored}]
        back = _restored(found, self._mine, kept, uncovered=uncovered)
        judgements = tuple(back.get(str(one.instance["id"]), one) for one in found.judgements)
        self.study = replace(found, judgements=judgements)

    def digest_for(self, host: str) -> str | None:
        """The release that a host had, or is taken to have had."""
        return self.saved.hosts.get(host, self.saved.release)

    def _as_wanted(self, host: Host, release: str) -> Host:
        """A host that has what it had shows the release that stands for all; one that has not, never does."""
        had = self.digest_for(host.name)
        if host.digest == had:
            return replace(host, digest=release)
        return replace(host, digest="") if host.digest == release else host

    def _is_untouched(self, now: Json, kept: Mapping[str, Json]) -> bool:
        identity = str(now["id"])
        before = kept.get(identity)
        if before is None:
            return False
        known = self.saved.known.get(identity, ())
        if canonical(now["config"]) == canonical(before["config"]):
            return True
        return any(instance_digest(now, self._key, paths) in known for paths in self._made_up)

    def problems(self) -> Iterator[Notice]:
        """What makes it unsafe, or cannot be done from here."""
        yield from self.study.problems
        answers = {str(one["host"]): one for one in self._fleet}
        missing = []
        for host in self.study.releases:
            told = (answers[host.name].get("plugins") or {}).get(self.saved.name) or {}
            if self.digest_for(host.name) not in (told.get("releases") or ()):
                missing.append(host.name)
        if missing:
            yield Notice(
                f"the release to go back to is not on {listing(missing)} any more",
                where=clean(self.saved.name),
                why=f"It is {self.saved.release or 'none: the plugin was not there before'}; nodes keep a few only.",
                todo="Update with the directory of that release instead.",
            )

    def warnings(self) -> Iterator[Notice]:
        """What will not be as it was."""
        if self._written:
            yield Notice(
                f"{len(self._written)} instance(s) were made or written since: "
                f"{listing(label_of(one.instance) for one in self._written)}",
                where=clean(self.saved.name),
                why="They keep the values that the saved schema takes, and are not put back.",
            )
        if self._gone:
            yield Notice(
                f"{len(self._gone)} instance(s) were deleted since: {listing(label_of(one) for one in self._gone)}",
                where=clean(self.saved.name),
                why="They are not made again.",
            )


def _made_up(found: Study) -> tuple[list[str], ...]:
    """What the digests of instances may have been taken without: the rollout left out what its schema made up.

    That is a schema that is still somewhere. Where a rollback was cut after the saved one was back everywhere, that one
    is the nearest that there is.
    """
    schemas = [one.schema for one in found.baselines] or [found.wanted.schema]
    return tuple(made_up_fields(one) for one in schemas)


def _restored(
    found: Study, mine: Sequence[Judgement], kept: Mapping[str, Json], *, uncovered: bool
) -> dict[str, Judgement]:
    """The judgements of instances that go back to what was saved, by id."""
    schema = found.wanted.schema
    fleet = {
        one.digest: one.schema
        for one in found.baselines
        if uncovered or not found.fleet or set(one.holders) - {CONTROL_PLANE}
    }
    saved = [{**one.instance, "config": kept[str(one.instance["id"])]["config"]} for one in mine]
    result = {}
    for now, before, after in zip(mine, saved, judge_all(schema, fleet, [], saved, {}), strict=True):
        edits = tuple(_edits(schema.config, ("config",), now.instance["config"], before["config"]))
        sent = without_nulls({"config": before["config"]})["config"]
        result[str(before["id"])] = replace(
            now,
            verdict=verdict(now.new_b0, list(now.fleet_b0.values()), list(after.fleet_b0.values())),
            new_b1=after.new_b0,
            fleet_b1=after.fleet_b0,
            rewrite=Rewrite(sent, fill_defaults(schema, sent), edits, ()) if edits else None,
        )
    return result


def _edits(field: Field | None, at: Place, now: Any, before: Any, *, secret: bool = False) -> Iterator[Edit]:
    """From what is stored to what was saved, one edit for each place that differs, as deep as both have the place.

    Not higher up, since a record may hold a secret beside what differs, and saved secrets may be masked.  But a secret
    value is found by the text of its place: below a key such as ``api.example.com`` the edit is of the whole map.
    """
    if canonical(now) == canonical(before):
        return
    secret = secret or is_secret(field)
    if isinstance(now, dict) and isinstance(before, dict):
        inside = [
            edit
            for key in sorted({*now, *before})
            for edit in _edits(_below(field, key), (*at, key), now.get(key), before.get(key), secret=secret)
        ]
        if any(edit.secret and not _is_readable(edit.at) for edit in inside) and _is_readable(at):
            yield Edit("set", at, secret=True)
        else:
            yield from inside
    elif isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        for position, (one, other) in enumerate(zip(now, before, strict=True)):
            yield from _edits(field and field.elements, (*at, position), one, other, secret=secret)
    elif before is None:
        yield Edit("remove", at)
    else:
        hidden = secret or _holds_secret(field)
        yield Edit("set", at, value=None if hidden else before, secret=hidden)


def _below(field: Field | None, key: str) -> Field | None:
    """What is declared for a key of a record or a map."""
    return field and (field.values if field.type == "map" else field.child(key))


def _is_readable(at: Place) -> bool:
    """Whether the text of a place leads back to it: keys of maps may hold dots and brackets."""
    try:
        return parse_path(place_text(at)) == at
    except ValueError:
        return False


def _holds_secret(field: Field | None) -> bool:
    """Whether a value of this field, or a part of one, must not be in a plan."""
    if field is None or is_secret(field):
        return True
    below = (*(field.fields or ()), field.elements, field.values)
    return any(_holds_secret(one) for one in below if one is not None)


def secret_answers(plan: Mapping[str, Any], saved: Mapping[str, Sequence[Json]]) -> dict[str, Any]:
    """``instance_values`` for a rollback's plan: the saved values of the edits that do not carry theirs.

    ``saved`` has the saved instances by plugin name. The result holds secrets.
    """
    answers: dict[str, Any] = {}
    for plugin in plan["plugins"]:
        kept = {str(one["id"]): one for one in saved.get(plugin["name"], ())}
        for item in plugin["instances"]:
            hidden = [Edit.from_dict(edit) for edit in item["edits"] if edit.get("secret")]
            before = kept.get(item["id"])
            if hidden and before is not None:
                values = {place_text(edit.at): get(before, edit.at) for edit in hidden}
                answers.setdefault(plugin["name"], {})[item["id"]] = values
    return answers


def _steps(studies: Sequence[Study], *, nodes_first: bool) -> tuple[Step, ...]:
    """Files come from the nodes themselves, so nothing is staged."""
    uploads = [one.name for one in studies if one.uploads]
    saves = [one for one in studies if one.rewrites]
    ships = [one for one in studies if one.releases]
    judged = [one for one in studies if one.judgements and (one.uploads or one.rewrites)]
    work = []
    if uploads:
        work.append(Step("schema", tuple(uploads)))
    if judged:
        count = sum(len(one.judgements) for one in judged)
        work.append(Step("validate", tuple(one.name for one in judged), instances=count))
    moves = []
    if ships:
        hosts = tuple(dict.fromkeys(host.name for one in ships for host in one.releases))
        moves.append(Step("nodes", tuple(one.name for one in ships), hosts))
    if saves:
        count = sum(len(one.rewrites) for one in saves)
        moves.append(Step("instances", tuple(one.name for one in saves), instances=count))
    work += moves if nodes_first else moves[::-1]
    return (Step("window"), *work, Step("close")) if work else ()


def _decide(found: Study, *, gap: bool, nodes_first: bool) -> Decision:
    if found.rewrites:
        path = UpdatePath.SYNC if gap else UpdatePath.LONG
        reason = _NODES_FIRST if nodes_first else _INSTANCES_FIRST
    else:
        path, reason = found.floor, "No instance has to be put back."
    return Decision(found.name, path, "evidence", f"A rollback. {reason}", evidence_reason(found))


def _releases(sides: Sequence[_Side]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in sides:
        for host in one.study.releases:
            found.setdefault(host.name, {})[one.saved.name] = one.digest_for(host.name) or ""
    return found
