# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan to remove plugins.  The order is the point (kong-data-plane.md 5 C): instances first, then every node's
applied configuration without them, then the schema, then the settings of each node, and its files at last.  A node
whose stored configuration uses a plugin that is not enabled answers nothing, and one that enables a plugin without
files does not start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import Coverage, cover
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import text_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.installation import BUNDLED, STREAMING
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Notice, PlanError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.operation import (
    Operation,
    OperationStep,
    Task,
    host_inputs,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing, named

TASKS = {
    "window": Task(1, "Open the maintenance window"),
    "keep_files": Task(2, "Keep a copy of the files"),
    "keep": Task(2, "Keep the schema and the instances, to be restored"),
    "delete_instances": Task(3, "Delete the instances, and wait until no node's configuration carries them"),
    "delete_schema": Task(4, "Delete the schema from the control plane"),
    "nodes": Task(5, "Take the plugin out of the settings, reload, prove it, and remove the files, in batches"),
    "close": Task(6, "Close the maintenance window"),
}


@dataclass(frozen=True)
class Known:
    """What the control plane knows of one plugin.

    ``stored`` are the inputs of its instances (``{"id", "label", "before", "after"}``), ``secret`` says whether one of
    them holds a secret value, ``taken`` is `bundled` or `streaming`, and ``elsewhere`` names the control planes of the
    same nodes that use the plugin too.
    """

    name: str
    schema: str | None = None
    stored: tuple[Json, ...] = ()
    secret: bool = False
    taken: str | None = None
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemovalOptions:
    """``confirmed``: plugins whose instances may be deleted.  ``has_key``: whether undo data will be encrypted."""

    confirmed: tuple[str, ...] = ()
    has_key: bool = False
    allow_missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Study:
    """One plugin on the reachable hosts: those that have anything of it, and by digest those to copy files from."""

    known: Known
    hosts: tuple[str, ...] = ()
    copies: Mapping[str, Json] = field(default_factory=dict)
    inputs: Sequence[Json] = ()
    strays: Mapping[str, str] = field(default_factory=dict)


def plan_removal(
    plugins: Sequence[Known],
    control_plane: Mapping[str, Any],
    fleet: Sequence[Json],
    options: RemovalOptions,
) -> Operation:
    """Decides a removal.  PlanError for no plugin at all; what a person can decide is in ``problems``."""
    if not plugins:
        raise PlanError("names is empty: name at least one plugin to remove.")
    coverage = cover(fleet, control_plane["nodes"], control_plane["now"], options.allow_missing)
    reachable = [one for one in fleet if one.get("reachable", True)]
    studies = [_study(one, reachable) for one in plugins]
    steps = _steps(studies)
    return Operation(
        kind="remove",
        tasks=TASKS,
        control_plane=named(control_plane),
        reason=_reason(plugins, steps),
        changes=sum(len(one.known.stored) + (one.known.schema is not None) + len(one.hosts) for one in studies),
        steps=steps,
        plugins=tuple(_document(one) for one in studies),
        coverage=coverage,
        problems=(
            *(notice for one in plugins for notice in _objections(one, options)),
            *coverage.problems(),
        ),
        warnings=tuple(_warnings(studies, coverage)),
    )


def _study(known: Known, reachable: Sequence[Mapping[str, Any]]) -> _Study:
    hosts: list[str] = []
    copies: dict[str, Json] = {}
    strays: dict[str, str] = {}
    for host in reachable:
        name, told = str(host["host"]), host["plugins"].get(known.name) or {}
        here = told.get("live_kind", "none") != "none" or bool(told.get("releases"))
        if here or known.name in (*host["enabled"], *host["enabled_next"]):
            hosts.append(name)
        if told.get("loads") and told.get("digest"):
            copies.setdefault(told["digest"], {"host": name, "path": told["loads"]})
        stray = [
            path for path in told.get("copies") or () if path != f"{host['plugin_root']}/kong/plugins/{known.name}"
        ]
        if stray:
            strays[name] = stray[0]
    if known.elsewhere:
        return _Study(known, copies=copies)
    return _Study(known, tuple(hosts), copies, host_inputs(reachable, known.name, ""), strays)


def _steps(studies: Sequence[_Study]) -> tuple[OperationStep, ...]:
    hosts = tuple(dict.fromkeys(host for one in studies for host in one.hosts))
    stored = [one.known for one in studies if one.known.stored]
    schemas = [one.known for one in studies if one.known.schema is not None]
    work = []
    copied = tuple(dict.fromkeys(copy["host"] for one in studies if _is_known(one) for copy in one.copies.values()))
    if copied:
        work.append(OperationStep("keep_files", hosts=copied))
    if schemas:
        work.append(OperationStep("keep", _names(schemas)))
    if stored:
        count = sum(len(one.stored) for one in stored)
        work.append(OperationStep("delete_instances", _names(stored), instances=count))
    if schemas:
        work.append(OperationStep("delete_schema", _names(schemas)))
    if hosts:
        work.append(OperationStep("nodes", _names([one.known for one in studies if one.hosts]), hosts))
    return (OperationStep("window"), *work, OperationStep("close")) if work else ()


def _is_known(study: _Study) -> bool:
    """Whether the control plane still knows the plugin; else what can be restored was kept by an earlier run."""
    return study.known.schema is not None


def _objections(plugin: Known, options: RemovalOptions) -> Iterator[Notice]:
    name = clean(plugin.name)
    if plugin.taken == BUNDLED:
        yield Notice("comes with Kong and cannot be removed", where=name, todo="Name a custom plugin.")
    elif plugin.taken == STREAMING:
        yield Notice(
            "is a streaming plugin", where=name, todo="Delete it with the module kongops.konnect.streaming_plugin."
        )
    if plugin.stored and plugin.name not in options.confirmed:
        yield Notice(
            f"{len(plugin.stored)} instance(s) would be deleted",
            where=name,
            why=f"They are {listing(one['label'] for one in plugin.stored)}.",
            todo=f"Confirm it with confirm_removal: {name}.",
        )
    if plugin.secret and not options.has_key:
        yield Notice(
            "its instances hold secret values, which are not kept in the clear",
            where=name,
            todo="Name a file that holds a password, with undo_vault_password_file, so that they can be restored.",
        )


def _warnings(studies: Sequence[_Study], coverage: Coverage) -> Iterator[Notice]:
    for one in studies:
        name = clean(one.known.name)
        if one.known.elsewhere:
            yield Notice(
                f"is used by {listing(one.known.elsewhere)} too, whose nodes these are",
                where=name,
                why="It stays on the nodes until it is removed there as well.",
                todo="Name the group in control_plane to remove it from all of them.",
            )
        if one.strays:
            first, path = min(one.strays.items())
            yield Notice(
                f"{len(one.strays)} node(s) have a copy that no release visit made: {listing(one.strays)}",
                where=name,
                why=f"{clean(first)} has it at {clean(path)}. It is not loaded any more and stays there.",
                todo="Remove it as it was brought there.",
            )
    for host in coverage.unreachable:
        yield Notice(
            "is left over: it is not reached and keeps the files and the settings",
            where=clean(host["host"]),
            todo="Run the same command again when it is back.",
        )


def _document(study: _Study) -> Json:
    known = study.known
    return {
        "name": known.name,
        # Nothing is to be there in the end: no directory, no digest.
        "directory": "",
        "digest": None,
        "hosts": list(study.hosts),
        "copies": [{"digest": digest, **where} for digest, where in study.copies.items()] if _is_known(study) else [],
        "instances": [{"id": one["id"], "label": one["label"], "action": "delete"} for one in known.stored],
        "inputs": {
            "release": None,
            "schema": {"before": text_digest(known.schema) if known.schema is not None else "", "after": ""},
            "instances": [{**one, "after": None} for one in known.stored],
            "hosts": list(study.inputs),
        },
    }


def _reason(plugins: Sequence[Known], steps: Sequence[OperationStep]) -> str:
    names = listing(one.name for one in plugins)
    if not steps:
        return f"Nothing to do: {names} is neither on the control plane nor on a node."
    return f"{names} goes from the control plane first, and from a node once its configuration is without it."


def _names(plugins: Sequence[Known]) -> tuple[str, ...]:
    return tuple(one.name for one in plugins)
