# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops moves from one plugin to another, and what an operator should know of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Schema
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import Coverage
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Change, Json, Missing, Notice
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_model import Move, MoveOptions, New, Old
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.moving import (
    HANDOVERS,
    ONE_WRITE,
    SECONDS_BETWEEN,
    finished,
    id_at,
    is_enabled,
    scope_of,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import declared, parse_path
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.secrecy import shown_example
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, label_of, listing


def names_of_nobody(old: Old, new: New, options: MoveOptions) -> Iterator[Notice]:
    """Names that stand for nothing."""
    if old.text is None and not old.instances and not new.instances:
        yield Notice(
            "the control plane knows no plugin of this name",
            where=clean(old.name),
            todo="Check the spelling of old_plugin, and that the control plane is the right one.",
        )
    there, name = {str(one["id"]) for one in new.instances}, new.wanted.name
    # Those that have another id since an earlier run moved them.
    moved = [one for one in options.selection.names if id_at(name, one) in there]
    for condition in options.selection.unmet([*map(finished, old.instances), *map(finished, new.instances)], moved):
        yield Notice(
            f"no instance {clean(condition)}",
            where=clean(old.name),
            why=f"Neither one of {clean(old.name)} nor one that {clean(name)} has already.",
            todo="Check the spelling, or leave this condition out.",
        )


def node_problems(coverage: Coverage, fleet: Sequence[Json], name: str, options: MoveOptions) -> Iterator[Notice]:
    """A node that does not have the plugin enabled rejects every payload that has an instance of it."""
    if options.upload is not None:
        return
    yield from coverage.problems()
    reachable = [one for one in fleet if one.get("reachable", True)]
    lacking = [
        str(one["host"])
        for one in reachable
        if name not in (one.get("enabled") or ()) or not (one["plugins"].get(name) or {}).get("loads")
    ]
    if lacking and options.expect_files:
        yield Notice(
            f"{listing(lacking)} do not have {clean(name)} enabled",
            why="They would reject every payload from the first move on.",
            todo="Install it first: playbook kongops.konnect.install.",
        )


def taken_scopes(moves: Sequence[Move], present: Sequence[Json], options: MoveOptions) -> Iterator[Notice]:
    """Scopes where the new plugin has an instance already."""
    by_scope = {scope_of(one): one for one in present}
    for move in moves:
        other = by_scope.get(scope_of(move.instance))
        if other is None:
            continue
        if move.begun is None:
            yield Notice(
                f"the new plugin has an instance there already: {label_of(other)}",
                where=f"instance {label_of(move.instance)}",
                why="One scope takes one instance of a plugin.",
                todo="Delete one of the two, or leave this one out of the selection.",
            )
        elif options.handover == ONE_WRITE:
            yield Notice(
                f"a run that was cut left {label_of(other)} there",
                where=f"instance {label_of(move.instance)}",
                why=f"It was made with another handover than {ONE_WRITE}.",
                todo="Give the handover of that run, overlap or gap, and it is finished.",
            )


def refused_moves(moves: Sequence[Move], wanted: Wanted) -> Iterator[Notice]:
    """What the new schema asks for and nothing stored gives, once for each path."""
    asked: dict[str, list[tuple[Json, Missing]]] = {}
    for move in moves:
        for one in move.judgement.rewrite.missing if move.judgement.rewrite else ():
            asked.setdefault(one.path, []).append((move.instance, one))
    for path, found in asked.items():
        first, instances = found[0][1], [instance for instance, _missing in found]
        who = f"{len(found)} instance(s) ({listing(label_of(one) for one in instances)})"
        if not _is_answerable(path, wanted.schema):
            yield Notice(
                f"the new schema does not take {who}: {clean(path)}: {clean(first.message)}",
                where=clean(wanted.name),
                why="That is not a value that the move could change.",
                todo="Leave these instances out of the selection, or correct the schema.",
            )
            continue
        people = ["*"] if len(found) == len(moves) else [_who(one) for one in instances[:3]]
        value = shown_example(wanted.schema, first)
        example = {"instance_values": {wanted.name: {one: {path: value} for one in people}}}
        yield Notice(
            f"{clean(path)} needs a value in {who}: {clean(first.message)}",
            where=clean(wanted.name),
            why="Its schema does not take them without it.",
            todo=f"For example: -e '{json.dumps(example)}'",
        )


def _is_answerable(path: str, schema: Schema) -> bool:
    try:
        return declared(schema, parse_path(path)) is not None
    except ValueError:
        return False


def _who(instance: Mapping[str, Any]) -> str:
    return str(instance.get("instance_name") or instance["id"])


def moments(moves: Sequence[Move], options: MoveOptions) -> Iterator[Notice]:
    """When neither or both of the versions are enabled."""
    touched = [one.instance for one in moves if is_enabled(one.instance)]
    if touched and options.handover != ONE_WRITE:
        yield Notice(
            f"{len(touched)} scope(s) have a moment of about {SECONDS_BETWEEN} s each: "
            f"{listing(label_of(one) for one in touched)}",
            where=f"handover {options.handover}",
            why=HANDOVERS[options.handover],
        )


def ordered_by(name: str, others: Sequence[Json]) -> Iterator[Notice]:
    """Instances of other plugins whose ordering names the old plugin: after the move it names nobody."""
    found = [one for one in others if _names_in_ordering(one, name)]
    if found:
        yield Notice(
            f"{listing(label_of(one) for one in found)} order themselves by {clean(name)}",
            where="ordering",
            why="They will not see the new name.",
            todo="Add it to their ordering as well.",
        )


def _names_in_ordering(instance: Mapping[str, Any], name: str) -> bool:
    ordering = instance.get("ordering") or {}
    return any(
        name in (names or ()) for side in ordering.values() if isinstance(side, Mapping) for names in side.values()
    )


def renamed_fields(changes: Sequence[Change], name: str) -> Iterator[Notice]:
    """Renames that were recognized, so that somebody can object."""
    for one in changes:
        if one.carry:
            yield Notice(
                f"{one.path} looks renamed to {one.to}: its value is carried over",
                where=clean(name),
                todo="If it is another field, give its values in instance_values.",
            )
