# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One plugin studied: its changes against the control plane and every node, and what its instances say about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Schema, SchemaError, read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.columns import Instances
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.compare import compare
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import same_text, text_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.focus import judge_all
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.handler import (
    HandlerChange,
    handler_changes,
    handler_notices,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import (
    NEWEST,
    Host,
    Options,
    Wanted,
    minor,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import (
    Change,
    Json,
    Judgement,
    Notice,
    UpdatePath,
    heaviest,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import Parts, get, places
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing

CONTROL_PLANE = "control plane"
_UNUSED = (
    "Nothing stored can be rejected, so the documented table decides alone, and no payload will prove that the nodes "
    "accept it: that they load it is the best that can be said."
)


@dataclass(frozen=True)
class Baseline:
    """A schema that is still somewhere: its text's digest, and where (`CONTROL_PLANE` or host names)."""

    digest: str
    schema: Schema
    holders: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A change and the holders of the schema that it is a change from."""

    change: Change
    against: tuple[str, ...]


@dataclass(frozen=True)
class Study:
    """Everything known about one plugin before paths are chosen.

    ``baselines`` are the distinct schemas that differ from the wanted one; ``fleet`` maps each host with a schema of
    its own to that schema's digest; ``judged_against`` are the digests that instances were judged with.
    """

    wanted: Wanted
    control_plane_text: str
    hosts: tuple[Host, ...]
    instances: Instances
    baselines: tuple[Baseline, ...]
    fleet: Mapping[str, str]
    changes: tuple[Found, ...]
    judgements: tuple[Judgement, ...]
    problems: tuple[Notice, ...]
    warnings: tuple[Notice, ...]
    unknown: tuple[str, ...] = field(default=())
    handler: tuple[HandlerChange, ...] = ()

    @property
    def name(self) -> str:
        return self.wanted.name

    @cached_property
    def holders(self) -> Mapping[str, tuple[str, ...]]:
        """The hosts with a schema of their own, by its digest."""
        found: dict[str, tuple[str, ...]] = {}
        for one in self.hosts:
            if one.name in self.fleet:
                found[self.fleet[one.name]] = (*found.get(self.fleet[one.name], ()), one.name)
        return found

    @property
    def uploads(self) -> bool:
        """Whether the control plane's schema has to be replaced."""
        return not same_text(self.control_plane_text, self.wanted.text)

    @property
    def rewrites(self) -> tuple[Judgement, ...]:
        return tuple(one for one in self.judgements if one.rewrite is not None)

    @property
    def releases(self) -> tuple[Host, ...]:
        """The hosts that do not run the wanted release yet."""
        return tuple(one for one in self.hosts if not one.runs(self.wanted.digest))

    @property
    def floor(self) -> UpdatePath:
        """Short as soon as any schema has to be replaced, none where only code differs."""
        return UpdatePath.SHORT if self.baselines else UpdatePath.NONE

    @property
    def documented(self) -> UpdatePath:
        return heaviest([self.floor, *(one.change.rule.documented for one in self.changes)])

    @property
    def evidence(self) -> UpdatePath:
        heavier = (one.verdict for one in self.judgements if one.verdict > UpdatePath.SHORT)
        return heaviest([self.floor, *heavier])

    def decided_by(self) -> tuple[Judgement, ...]:
        """The instances that make the evidence as heavy as it is."""
        heaviest_verdict = self.evidence
        if heaviest_verdict <= UpdatePath.SHORT:
            return ()
        return tuple(one for one in self.judgements if one.verdict == heaviest_verdict)


def study(
    wanted: Wanted,
    control_plane_text: str,
    hosts: Sequence[Host],
    instances: Sequence[Json],
    options: Options,
    *,
    uncovered: bool,
) -> Study:
    """Compares and judges one plugin.  With ``uncovered`` nodes, or none, the control plane's schema stands for what
    nodes hold, beside those that were seen."""
    instances = Instances(instances)
    problems: list[Notice] = []
    texts: dict[str, tuple[str, list[str]]] = {}
    fleet: dict[str, str] = {}
    for holder, text in [(CONTROL_PLANE, control_plane_text), *((one.name, one.text) for one in hosts)]:
        if text is None:
            continue
        key = text_digest(text)
        texts.setdefault(key, (text, []))[1].append(holder)
        if holder != CONTROL_PLANE:
            fleet[holder] = key
    baselines = []
    for key, (text, holders) in texts.items():
        if key != wanted.schema_digest:
            schema = _read(wanted.name, text, holders, options, problems)
            if schema is not None:
                baselines.append(Baseline(key, schema, tuple(holders)))
    changes = _changes(wanted.schema, baselines)
    judged_with = {
        one.digest: one.schema for one in baselines if uncovered or not fleet or set(one.holders) - {CONTROL_PLANE}
    }
    answers = options.instance_values.get(wanted.name, {})
    judgements = judge_all(wanted.schema, judged_with, [one.change for one in changes], instances, answers)
    unknown = _unknown(wanted.schema, baselines)
    handler = handler_changes(wanted, hosts)
    problems += _version_problems(wanted, hosts)
    problems += _host_problems(wanted, hosts, instances)
    problems += _unknown_problems(wanted, unknown, options)
    return Study(
        wanted=wanted,
        control_plane_text=control_plane_text,
        hosts=tuple(hosts),
        instances=instances,
        baselines=tuple(baselines),
        fleet=fleet,
        changes=tuple(changes),
        judgements=judgements,
        problems=tuple(problems),
        warnings=(*_warnings(wanted, changes, judgements), *handler_notices(wanted, handler)),
        unknown=unknown,
        handler=handler,
    )


def _read(name: str, text: str, holders: list[str], options: Options, problems: list[Notice]) -> Schema | None:
    try:
        return read_schema(text)
    except SchemaError as error:
        if options.update_path is None:
            problems.append(
                Notice(
                    "the schema in use cannot be read, so nothing can be compared with it",
                    where=f"{clean(name)} on {listing(holders)}",
                    why=clean(error),
                    todo="Name the path yourself with update_path.",
                )
            )
        return None


def _changes(new: Schema, baselines: Sequence[Baseline]) -> list[Found]:
    found: dict[Change, list[str]] = {}
    for one in baselines:
        for change in compare(one.schema, new):
            found.setdefault(change, []).extend(one.holders)
    return [Found(change, tuple(holders)) for change, holders in found.items()]


def _unknown(new: Schema, baselines: Sequence[Baseline]) -> tuple[str, ...]:
    if not baselines:
        return ()
    told = []
    for schema in (new, *(one.schema for one in baselines)):
        told += [f"line {one.line}, column {one.column}: {clean(one.reason)}" for one in schema.unknowns]
    return tuple(dict.fromkeys(told))


def _unknown_problems(wanted: Wanted, unknown: tuple[str, ...], options: Options) -> list[Notice]:
    if not unknown or options.update_path is not None:
        return []
    return [
        Notice(
            f"parts of the schema cannot be told without running it: {listing(unknown, 3)}",
            where=clean(wanted.name),
            why="The path cannot be derived from what is not known.",
            todo="Write these parts as plain tables, or name the path yourself with update_path.",
        )
    ]


def _version_problems(wanted: Wanted, hosts: Sequence[Host]) -> list[Notice]:
    found = []
    for version in sorted({minor(one.kong_version) for one in hosts} - {NEWEST}):
        error = _refusal(wanted.text, version)
        if error is not None:
            names = [one.name for one in hosts if minor(one.kong_version) == version]
            found.append(
                Notice(
                    f"Kong {version} refuses the new schema: {clean(error.message)}",
                    where=f"{wanted.directory}/schema.lua:{error.line}:{error.column}",
                    why=f"It runs on {listing(names)}, which would not start with it.",
                    todo="Write the schema for the oldest node, or upgrade these nodes first.",
                )
            )
    return found


def _refusal(text: str, version: str) -> SchemaError | None:
    try:
        read_schema(text, kong_version=version)
    except SchemaError as error:
        return error
    return None


def _host_problems(wanted: Wanted, hosts: Sequence[Host], instances: Sequence[Json]) -> list[Notice]:
    off = [one.name for one in hosts if one.enabled is False]
    if not off:
        return []
    why = "They reject every payload that has an instance of it." if instances else "It would not be loaded there."
    return [
        Notice(
            f"the plugin is not enabled on {listing(off)}",
            where=clean(wanted.name),
            why=why,
            todo="Add it to plugins in kong.conf (or KONG_PLUGINS) there and reload with that configuration first.",
        )
    ]


def unused(studies: Sequence[Study], options: Options, *, allowed: bool) -> Iterator[Notice]:
    """Plugins that would change although nobody uses them.  That has to be ``allowed`` by name, since the control plane
    may be the wrong one."""
    for one in studies:
        if not one.judgements and (one.uploads or one.releases) and (one.name in options.allow_missing) == allowed:
            yield Notice(
                "the plugin has no instance on this control plane",
                where=clean(one.name),
                why=_UNUSED,
                todo="" if allowed else "If it is the right control plane, allow that by name:",
                example=None if allowed else {"allow_missing": [clean(one.name)]},
            )


def _warnings(wanted: Wanted, changes: Sequence[Found], judgements: Sequence[Judgement]) -> list[Notice]:
    name = clean(wanted.name)
    found = []
    unchecked = [one for one in judgements if one.unchecked]
    if unchecked and changes:
        paths = listing(sorted({path for one in unchecked for path in one.unchecked}))
        found.append(
            Notice(
                f"functions of the schema's author were not run: {paths}",
                where=name,
                why="The control plane runs them on every stored and planned instance before anything else is touched.",
            )
        )
    for one in changes:
        if one.change.rule.id == "KPS104":
            found.append(_faq_or_table(name, one.change, judgements))
        elif one.change.carry:
            found.append(
                Notice(
                    f"{one.change.path} looks renamed to {one.change.to}: its value is carried over",
                    where=name,
                    todo="If it is another field, give its values in instance_values.",
                )
            )
    return found


def _faq_or_table(name: str, change: Change, judgements: Sequence[Judgement]) -> Notice:
    """The documents disagree about a removed optional field without a default; the stored values decide."""
    if change.at is None:
        return Notice(f"removed {change.path}: whether instances set it was not looked at", where=name)
    setters = [one for one in judgements if _sets(one.instance, change.at)]
    if setters:
        who = listing(one.label for one in setters)
        says = f"{len(setters)} of {len(judgements)} instances set it ({who})"
        return Notice(f"removed {change.path}: {says}", where=name, why="So the table (long) applies, not the FAQ.")
    return Notice(
        f"removed {change.path}: none of {len(judgements)} instances sets it",
        where=name,
        why="The FAQ says harmless, the table long: nodes ignore unknown nulls, so here the FAQ is right.",
    )


def _sets(instance: Json, parts: Parts) -> bool:
    return any(get(instance, at) is not None for at in places(instance, parts))
