# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan to install plugins: schema, files and settings on every node, and only then the first instances.

A node that gets a payload with a plugin it has not enabled rejects the whole of it (kong-data-plane.md 1.3), so no
instance is made before every node is proven to have the plugin enabled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import validate_instance
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import cover
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import same_text, text_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Notice, PlanError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.operation import (
    Operation,
    OperationStep,
    Task,
    host_inputs,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, label_of, listing, named

TASKS = {
    "window": Task(1, "Open the maintenance window"),
    "schema": Task(2, "Upload the schema and let the control plane try the instances; a refusal takes it away again"),
    "nodes": Task(3, "Bring the files, enable the plugin, reload, and prove that it is loaded, in batches"),
    "create": Task(4, "Save the instances, now that every node has the plugin enabled"),
    "accept": Task(5, "See every node take the payload that carries the plugin"),
    "close": Task(6, "Close the maintenance window"),
}
BUNDLED, STREAMING = "bundled", "streaming"
SCOPES = ("service", "route", "consumer", "consumer_group")
CREATE, CHANGE, NONE = "create", "change", "none"


@dataclass(frozen=True)
class Given:
    """An instance that the operator gave: as it would be sent, and what that does (`create`, `change`, `none`).

    ``choice`` is a keyed digest of what was given, ``before`` the stored instance that a `change` replaces.
    """

    instance: Json = field(repr=False)
    action: str
    choice: str = ""
    before: Json | None = field(default=None, repr=False)

    @property
    def plugin(self) -> str:
        return str(self.instance["name"])


@dataclass(frozen=True)
class Finding:
    """What a linter found in a plugin directory; an error would fail somewhere later."""

    what: str
    where: str
    why: str
    todo: str
    is_error: bool

    def notice(self) -> Notice:
        return Notice(clean(self.what), where=clean(self.where), why=clean(self.why, 400), todo=clean(self.todo, 400))


@dataclass(frozen=True)
class Catalogue:
    """What the control plane knows of the names: schema texts, names that are taken (`bundled`, `streaming`), and
    the digests of the instances that are there, by plugin (``{"id", "label", "before", "after"}``)."""

    schemas: Mapping[str, str | None]
    taken: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, Sequence[Json]] = field(default_factory=dict)


def plan_installation(
    wanted: Sequence[Mapping[str, Any]],
    control_plane: Mapping[str, Any],
    catalogue: Catalogue,
    fleet: Sequence[Json],
    given: Sequence[Given] = (),
    allow_missing: Sequence[str] = (),
    findings: Sequence[Finding] = (),
) -> Operation:
    """Decides an installation.

    ``wanted``, ``control_plane`` and ``fleet`` are as for `make_plan`.  Raises PlanError for a schema that cannot be
    read; what a person can decide is in ``problems``.
    """
    plugins = [Wanted.read(one) for one in wanted]
    check_names(plugins)
    coverage = cover(fleet, control_plane["nodes"], control_plane["now"], allow_missing)
    reachable = [one for one in fleet if one.get("reachable", True)]
    uploads = [one for one in plugins if catalogue.schemas.get(one.name) is None]
    needy = {one.name: [str(host["host"]) for host in reachable if not _in_place(host, one)] for one in plugins}
    writes = [one for one in given if one.action != NONE]
    behind = _behind(reachable, control_plane.get("expected_hash")) if any(catalogue.stored.values()) else []
    steps = _steps(plugins, uploads, needy, writes, [str(one["host"]) for one in reachable], behind)
    count = len(uploads) + sum(len(hosts) for hosts in needy.values()) + len(writes)
    return Operation(
        kind="install",
        tasks=TASKS,
        control_plane=named(control_plane),
        reason=_reason(plugins, steps),
        changes=count,
        steps=steps,
        plugins=tuple(new_plugin(one, catalogue, needy[one.name], given, reachable) for one in plugins),
        coverage=coverage,
        problems=(
            *(notice for one in plugins for notice in _objections(one, catalogue, reachable)),
            *coverage.problems(),
            *(one.notice() for one in findings if one.is_error),
            *_misfits(plugins, given),
        ),
        warnings=(
            *_warnings(plugins, catalogue, coverage.unreachable),
            *(one.notice() for one in findings if not one.is_error),
        ),
        enables=True,
    )


def _steps(
    plugins: Sequence[Wanted],
    uploads: Sequence[Wanted],
    needy: Mapping[str, Sequence[str]],
    writes: Sequence[Given],
    everybody: Sequence[str],
    behind: Sequence[str],
) -> tuple[OperationStep, ...]:
    hosts = tuple(dict.fromkeys(host for one in plugins for host in needy[one.name]))
    work = []
    if uploads:
        work.append(OperationStep("schema", tuple(one.name for one in uploads)))
    if hosts:
        work.append(OperationStep("nodes", tuple(name for name, names in needy.items() if names), hosts))
    if writes:
        named = tuple(dict.fromkeys(one.plugin for one in writes))
        work.append(OperationStep("create", named, instances=len(writes)))
    if writes or behind:
        work.append(OperationStep("accept", hosts=tuple(everybody if writes else behind)))
    return (OperationStep("window"), *work, OperationStep("close")) if work else ()


def _in_place(host: Mapping[str, Any], plugin: Wanted) -> bool:
    """Whether a node runs these very files, enabled, and will after a restart too.

    A visit that was cut between its switch and its reload leaves them on the disk alone: ``loaded`` is False then.
    """
    told = host["plugins"].get(plugin.name) or {}
    is_enabled = plugin.name in host["enabled"] and plugin.name in host["enabled_next"]
    is_run = told.get("digest") == plugin.digest and told.get("loaded") is not False
    return is_enabled and is_run and not told.get("drift")


def _behind(reachable: Sequence[Mapping[str, Any]], expected: str | None) -> list[str]:
    """The nodes that run another configuration than the control plane expects."""
    return [str(one["host"]) for one in reachable if expected and one.get("config_hash") not in (None, expected)]


def name_objections(plugin: Wanted, catalogue: Catalogue) -> Iterator[Notice]:
    """Why this name is none for a custom plugin of this control plane."""
    name, kind = clean(plugin.name), catalogue.taken.get(plugin.name)
    if kind == BUNDLED:
        yield Notice(
            "a plugin of this name comes with Kong",
            where=name,
            todo="Choose another name; a prefix of your own keeps it clear of future releases too.",
        )
    elif kind == STREAMING:
        yield Notice(
            "a streaming plugin of this name is on the control plane",
            where=name,
            why="One name cannot be both.",
            todo="Choose another name, or delete the streaming plugin first.",
        )


def _objections(plugin: Wanted, catalogue: Catalogue, reachable: Sequence[Mapping[str, Any]]) -> Iterator[Notice]:
    """Why this plugin cannot be installed here."""
    yield from name_objections(plugin, catalogue)
    name, stored = clean(plugin.name), catalogue.schemas.get(plugin.name)
    if stored is not None and not same_text(stored, plugin.text):
        yield Notice(
            "the control plane already has a plugin of this name, with another schema",
            where=name,
            why="It is another version of it, or somebody else's.",
            todo="Update it with the playbook kongops.konnect.update, or choose another name.",
        )
    foreign = [host for host in reachable if _is_foreign(host["plugins"].get(plugin.name) or {}, plugin)]
    if foreign:
        first = foreign[0]
        yield Notice(
            f"{len(foreign)} node(s) have another plugin of this name: {listing(one['host'] for one in foreign)}",
            where=name,
            why=f"{clean(first['host'])} loads it from {clean(first['plugins'][plugin.name]['loads'])}.",
            todo="Remove that copy, or choose another name.",
        )


def _is_foreign(told: Mapping[str, Any], plugin: Wanted) -> bool:
    return bool(told.get("loads")) and not told.get("managed") and told.get("digest") != plugin.digest


def _misfits(plugins: Sequence[Wanted], given: Sequence[Given]) -> Iterator[Notice]:
    """Instances of no plugin of this plan, of one scope twice, or that the schema refuses."""
    schemas = {one.name: one.schema for one in plugins}
    seen: dict[tuple[Any, ...], str] = {}
    for one in given:
        label = label_of(one.instance)
        where = f"instance {label} of {clean(one.plugin)}"
        if one.plugin not in schemas:
            yield Notice(
                "its plugin is not among those to install", where=where, todo=f"Name one of {listing(schemas)}."
            )
            continue
        scope = (one.plugin, *(str(one.instance.get(kind)) for kind in SCOPES))
        if scope in seen:
            yield Notice(
                "a second instance of the plugin in the same scope", where=where, why=f"{seen[scope]} has it too."
            )
        seen[scope] = label
        if one.action == NONE:
            continue
        found = [found for found in validate_instance(schemas[one.plugin], one.instance) if found.checked]
        if found:
            told = "; ".join(f"{clean(violation.path)}: {violation.shown}" for violation in found[:3])
            yield Notice("the schema refuses it", where=where, why=told, todo="Correct it in instances.")


def _warnings(
    plugins: Sequence[Wanted], catalogue: Catalogue, unreachable: Sequence[Mapping[str, Any]]
) -> Iterator[Notice]:
    for one in plugins:
        present = catalogue.stored.get(one.name) or ()
        if present and one.name in catalogue.schemas:
            yield Notice(
                f"{len(present)} instance(s) of it are on the control plane already",
                where=clean(one.name),
                why="A node that has it not enabled yet rejects every payload until it is.",
            )
    for host in unreachable:
        yield Notice(
            "is left over: it is not reached, and will reject its configuration once an instance exists",
            where=clean(host["host"]),
            todo="Run the same command again when it is back, before it serves.",
        )


def new_plugin(
    plugin: Wanted,
    catalogue: Catalogue,
    hosts: Sequence[str] = (),
    given: Sequence[Given] = (),
    reachable: Sequence[Json] = (),
) -> Json:
    """The document of a plugin that is new, or on its way: nothing of it is there that would have to be migrated.

    ``hosts`` are those that lack something of it, ``reachable`` the look answers of all.
    """
    before = catalogue.schemas.get(plugin.name)
    mine = [one for one in given if one.plugin == plugin.name]
    as_given = {str(one.instance.get("id")) for one in mine if one.action == NONE}
    # Once every node has it, others may use it: a new version's own moves do.
    settled = before is not None and not hosts
    return {
        "name": plugin.name,
        "directory": plugin.directory,
        "digest": plugin.digest,
        "handler": plugin.handler,
        "uploads_schema": before is None,
        "hosts": list(hosts),
        "shown": [{"label": label_of(one.instance), "action": one.action} for one in mine],
        "instances": [],
        "inputs": {
            "release": plugin.digest,
            "files": dict(plugin.files),
            "schema": {"before": text_digest(before) if before is not None else "", "after": plugin.schema_digest},
            "instances": [
                {**one, "as_given": settled or one["id"] in as_given} for one in catalogue.stored.get(plugin.name) or ()
            ],
            "hosts": host_inputs(reachable, plugin.name, plugin.digest),
            "choices": [{"label": label_of(one.instance), "choice": one.choice} for one in mine],
        },
    }


def _reason(plugins: Sequence[Wanted], steps: Sequence[OperationStep]) -> str:
    names = listing(one.name for one in plugins)
    if not steps:
        return f"Nothing to do: {names} is installed, and every instance is as given."
    return f"{names} is made known to the control plane, enabled on every node, and only then used."


def check_names(plugins: Sequence[Wanted]) -> None:
    """PlanError for no plugin at all, or one that is given twice."""
    if not plugins:
        raise PlanError("plugin_paths is empty: name at least one plugin directory.")
    names = [one.name for one in plugins]
    for name in names:
        if names.count(name) > 1:
            raise PlanError(f"plugin_paths holds {clean(name)} more than once: leave one of the directories out.")
