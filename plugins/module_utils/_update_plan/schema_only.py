# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for step 2 alone: schemas on the control plane, ahead of a tool that manages the instances.

Nothing is sent to a node and no instance is written.  The checks are those of an update: the control plane tries every
stored instance, as it will have to be saved, before the schema stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import cover
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.installation import (
    Catalogue,
    check_names,
    name_objections,
    new_plugin,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Notice
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.operation import (
    Operation,
    OperationStep,
    Task,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.plan import make_plan
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing, named

TASKS = {
    "window": Task(1, "Open the maintenance window"),
    "schema": Task(2, "Upload the schema; this sends nothing to any node"),
    "validate": Task(2, "Let the control plane try every stored instance; a refusal puts the schema back"),
    "close": Task(3, "Close the maintenance window"),
}
_FITS = "fits as it is"


def plan_schemas(
    wanted: Sequence[Mapping[str, Any]],
    control_plane: Mapping[str, Any],
    catalogue: Catalogue,
    instances: Mapping[str, Sequence[Json]],
    options: Mapping[str, Any],
) -> Operation:
    """Decides step 2 alone; arguments as for `make_plan`, which plans what is not new.  Raises PlanError as it does."""
    plugins = [Wanted.read(one) for one in wanted]
    check_names(plugins)
    new = [one for one in plugins if catalogue.schemas.get(one.name) is None]
    known = [one for one in wanted if catalogue.schemas.get(one["name"]) is not None]
    documents, problems, warnings = _known(known, control_plane, instances, options)
    documents += [new_plugin(one, catalogue) for one in new]
    uploads = tuple(one["name"] for one in documents if one["uploads_schema"])
    tried = tuple(one["name"] for one in documents if one["uploads_schema"] and one["instances"])
    work = [OperationStep("schema", uploads)] if uploads else []
    if tried:
        count = sum(len(one["instances"]) for one in documents if one["name"] in tried)
        work.append(OperationStep("validate", tried, instances=count))
    return Operation(
        kind="schema",
        tasks=TASKS,
        control_plane=named(control_plane),
        reason=_reason(documents, uploads),
        changes=len(uploads),
        steps=(OperationStep("window"), *work, OperationStep("close")) if work else (),
        plugins=tuple(documents),
        coverage=cover([], control_plane["nodes"], control_plane["now"], ()),
        problems=(*(notice for one in new for notice in name_objections(one, catalogue)), *problems),
        warnings=tuple(warnings),
        looked_at_nodes=False,
    )


def _known(
    wanted: Sequence[Mapping[str, Any]],
    control_plane: Mapping[str, Any],
    instances: Mapping[str, Sequence[Json]],
    options: Mapping[str, Any],
) -> tuple[list[Json], list[Notice], list[Notice]]:
    """Documents, problems and warnings of the plugins that the control plane has already."""
    if not wanted:
        return [], [], []
    names = [str(one["name"]) for one in wanted]
    plan = make_plan(wanted, {**control_plane, "nodes": []}, [], instances, {**options, "allow_missing": names})
    aside = list(plan.coverage.problems())
    documents = [{**one, "shown": _shown(one)} for one in plan.to_dict()["plugins"]]
    return documents, [one for one in plan.problems if one not in aside], list(_warnings(documents))


def _shown(plugin: Json) -> list[Json]:
    rows = []
    for one in plugin["instances"]:
        again = one["action"] == "rewrite"
        edits = ", ".join(f"{edit['op']} {edit['path']}" for edit in one["edits"]) or "as it is"
        rows.append({"label": one["label"], "action": f"has to be saved again: {edits}" if again else _FITS})
    return rows


def _warnings(documents: Sequence[Json]) -> Iterator[Notice]:
    for one in documents:
        again = [row["label"] for row in one["shown"] if row["action"] != _FITS]
        if again and one["uploads_schema"]:
            yield Notice(
                f"{len(again)} instance(s) do not fit the new schema as they are stored: {listing(again)}",
                where=clean(one["name"]),
                why="They are not written here.",
                todo="Let the tool that manages them save them before any node gets the new schema.",
            )


def _reason(documents: Sequence[Json], uploads: Sequence[str]) -> str:
    if not uploads:
        return "Nothing to do: the control plane has these schemas."
    paths = [
        f"{one['name']}: {one['path']['documented']}" for one in documents if one["uploads_schema"] and "path" in one
    ]
    told = f" Documented update path of the change: {listing(paths)}." if paths else ""
    return f"{listing(uploads)} is uploaded, tried by the control plane, and taken back if it refuses.{told}"
