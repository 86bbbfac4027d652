# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: everything decided before anything is touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import parse_ahead
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.advice import Advice, advise
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.answers import misfits, questions
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.columns import Instances
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import Coverage, cover
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.decision import (
    Decision,
    decide,
    objections,
    risks,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import text_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.document import plan_document
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.exposure import (
    Exposed,
    announced,
    exposure,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Options, Wanted, hosts_of
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import (
    Json,
    Notice,
    PlanError,
    UpdatePath,
    heaviest,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.rehearsal import rehearse
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.steps import Step, steps_of
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Study, study, unused
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing, named
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.world import Moment, play


@dataclass(frozen=True)
class Plan:
    """A decided update of one or several plugins on one control plane; `to_dict` is its document."""

    control_plane: Json
    options: Options
    studies: tuple[Study, ...]
    decisions: tuple[Decision, ...]
    coverage: Coverage
    steps: tuple[Step, ...]
    moments: tuple[Moment, ...] = field(repr=False)
    exposure: tuple[Exposed, ...]
    announced: Mapping[str, int]
    advice: tuple[Advice, ...]
    problems: tuple[Notice, ...]
    warnings: tuple[Notice, ...]

    @property
    def path(self) -> UpdatePath:
        """The heaviest effective path; none where nothing is left to do."""
        return heaviest(one.path for one in self.decisions) if self.steps else UpdatePath.NONE

    @property
    def documented(self) -> UpdatePath:
        return heaviest(one.documented for one in self.studies)

    @property
    def evidence(self) -> UpdatePath:
        return heaviest(one.evidence for one in self.studies)

    @property
    def changes(self) -> int:
        """How many things the rollout will change: schemas, instances, and releases on nodes."""
        names = {one.name: one for one in self.steps}
        uploads = len(names["schema"].plugins) if "schema" in names else 0
        saves = names["instances"].instances if "instances" in names else 0
        releases = sum(len(one.releases) for one in self.studies) if "nodes" in names else 0
        return uploads + saves + releases

    @property
    def nudge(self) -> bool:
        """Whether a neutral push after each batch proves something and harms nobody: there are nodes to switch and
        instances to carry, and neither the old nor the new schemas refuse what is then stored."""
        names = [one.name for one in self.steps]
        if "nodes" not in names or not any(one.judgements for one in self.studies):
            return False
        at = names.index("nodes")
        return not self.moments[at - 1].refusals and not self.moments[at].refusals

    def requests(self) -> dict[str, dict[str, Json]]:
        """The configuration that step 3 sends, by plugin and instance id.  Holds secrets: never shown, never stored."""
        if not any(one.name == "instances" for one in self.steps):
            return {}
        return {
            one.name: {str(item.instance["id"]): item.rewrite.sent for item in one.rewrites if item.rewrite}
            for one in self.studies
        }

    def rehearsal(self) -> list[Json]:
        """Every rejection that a foreign write at each step would cause, as JSON data: see `rehearse`."""
        return rehearse(self.studies, self.steps)

    def to_dict(self) -> Json:
        """The plan as JSON data, format 1: no secret value, no plain digest of one."""
        return plan_document(self)


def make_plan(
    wanted: Sequence[Mapping[str, Any]],
    control_plane: Mapping[str, Any],
    fleet: Sequence[Json],
    instances: Mapping[str, Sequence[Json]],
    options: Mapping[str, Any] | None = None,
) -> Plan:
    """Decides an update.

    ``wanted``: one ``{"name", "directory", "schema", "digest", "handler"}`` for each plugin directory.
    ``control_plane``: ``{"id", "name", "cluster_type", "schemas": {name: text or None}, "nodes": [API node], "now":
    epoch seconds}``, for a group ``"members"`` that store a plugin as ``[{"id", "name"}]``, and for a member of one
    ``"elsewhere": {plugin: [other members with another schema]}``.
    ``fleet``: one look answer for each host.  ``instances``: those of each plugin, as the API returns them.
    ``options``: ``path_policy`` (``documented``, ``evidence``), ``update_path``, ``accept_risk``, ``instance_values``
    ({plugin: {"*" or instance: {path: value}}}), ``allow_missing`` (names), ``binding_key`` (bytes that key the digests
    of instances; without it they are good for this run only).

    Raises PlanError for input that cannot be planned with; what a person can decide is in ``Plan.problems``.
    """
    chosen = Options.read(options or {})
    parse_ahead(_schema_texts(wanted, control_plane, fleet))
    # Needs no schema: done while the first one is parsed.
    stored = {plugin: Instances(found) for plugin, found in instances.items()}
    plugins = [Wanted.read(one) for one in wanted]
    _check_names(plugins)
    coverage = cover(fleet, control_plane["nodes"], control_plane["now"], chosen.allow_missing)
    studies = tuple(
        study(
            one,
            _current_schema(one, control_plane),
            hosts_of(fleet, one.name),
            stored.get(one.name, ()),
            chosen,
            uncovered=coverage.uncovered(),
        )
        for one in plugins
    )
    decisions = tuple(decide(one, chosen) for one in studies)
    steps = steps_of(studies, {one.plugin: one.path for one in decisions})
    names = [one.name for one in steps]
    moments = play(studies, names)
    asked = [*questions(studies)] if "instances" in names else []
    return Plan(
        control_plane=named(control_plane),
        options=chosen,
        studies=studies,
        decisions=decisions,
        coverage=coverage,
        steps=steps,
        moments=moments,
        exposure=tuple(exposure(studies, moments)),
        announced=announced(studies, moments),
        advice=tuple(advice for one in studies for advice in advise(one)),
        problems=(
            *coverage.problems(),
            *(notice for one in studies for notice in one.problems),
            *unused(studies, chosen, allowed=False),
            *_left_behind(control_plane, chosen),
            *objections(studies, chosen),
            *misfits(studies, chosen),
            *asked,
        ),
        warnings=(
            *risks(studies, chosen),
            *unused(studies, chosen, allowed=True),
            *(notice for one in studies for notice in one.warnings),
        ),
    )


def _schema_texts(
    wanted: Sequence[Mapping[str, Any]], control_plane: Mapping[str, Any], fleet: Sequence[Json]
) -> Iterable[str]:
    """The texts that will be read, each once and in that order."""
    names = [str(one["name"]) for one in wanted]
    held = [control_plane["schemas"].get(name) for name in names]
    held += [one.text for name in names for one in hosts_of(fleet, name)]
    found: dict[str, str] = {}
    for text in (*(one["schema"] for one in wanted), *held):
        if isinstance(text, str):
            found.setdefault(text_digest(text), text)
    return found.values()


def _check_names(plugins: Sequence[Wanted]) -> None:
    if not plugins:
        raise PlanError("plugin_paths is empty: name at least one plugin directory.")
    names = [one.name for one in plugins]
    for name in names:
        if names.count(name) > 1:
            raise PlanError(f"plugin_paths holds {clean(name)} more than once: leave one of the directories out.")


def _left_behind(control_plane: Mapping[str, Any], options: Options) -> Iterator[Notice]:
    """Other members of the group that would be left with another schema, and are not allowed to be by name."""
    for plugin, names in control_plane.get("elsewhere", {}).items():
        others = [name for name in names if name not in options.allow_missing]
        if others:
            yield Notice(
                f"other members of the group of {clean(control_plane['name'])} would keep another schema of it: "
                f"{listing(map(clean, others))}",
                where=clean(plugin),
                why="Nodes have one schema.lua for the whole group, and this plan does not judge the instances there.",
                todo="Name the group in control_plane, and one plan changes them all. Or, if nothing there can be "
                "rejected, allow it by name and plan each of them next:",
                example={"allow_missing": [clean(name) for name in others]},
            )


def _current_schema(wanted: Wanted, control_plane: Mapping[str, Any]) -> str:
    text = control_plane["schemas"].get(wanted.name)
    if text is None:
        raise PlanError(
            f"{clean(wanted.name)}: the control plane {clean(control_plane['name'])} has no schema of that name, so "
            "there is nothing to update. Install the plugin first: playbook kongops.konnect.install."
        )
    return str(text)
