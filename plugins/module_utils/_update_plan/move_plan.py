# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan to move instances from one plugin to another: which, in which order, with which configuration."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Schema, SchemaError, read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.answers import strangers, unknown_fields
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.binding import made_up_fields
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.compare import compare
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import cover
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import (
    digest_of,
    instance_digest,
    text_digest,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.judge import Judge
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Change, Json, Notice, PlanError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_model import (
    Move,
    MoveOptions,
    New,
    Old,
    as_stored,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_notices import (
    moments,
    names_of_nobody,
    node_problems,
    ordered_by,
    refused_moves,
    renamed_fields,
    taken_scopes,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.moving import (
    HANDOVERS,
    ONE_WRITE,
    batched,
    finished,
    id_at,
    is_enabled,
    is_unfinished,
    on_the_way,
    scope_of,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.operation import (
    Operation,
    OperationStep,
    Task,
    host_inputs,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, label_of, listing, named

TASKS = {
    "window": Task(1, "Open the maintenance window"),
    "upload": Task(2, "Upload the streaming plugin; nodes that run instances of it get it with their next payload"),
    "moves": Task(3, "Move the instances one at a time; a batch that a node does not take is moved back"),
    "close": Task(4, "Close the maintenance window"),
}


def plan_moves(
    old: Old,
    new: New,
    control_plane: Mapping[str, Any],
    fleet: Sequence[Json],
    others: Sequence[Json],
    options: MoveOptions,
    objections: Sequence[Notice] = (),
) -> Operation:
    """Decides the moves.

    ``control_plane`` and ``fleet`` are as for `make_plan`; ``others`` are the instances of all other plugins;
    ``objections`` are further reasons to stop.  PlanError where both are one plugin, ValueError where
    ``options.batches`` makes no sense.
    """
    if old.name == new.wanted.name:
        raise PlanError(f"{clean(old.name)} is both the old and the new plugin: give the new one a name of its own.")
    former, unread = _schema_of(old)
    changes = compare(former, new.wanted.schema) if former else []
    name = new.wanted.name
    moves = sorted(_moves(old, new, others, changes, options), key=_order)
    to_come = {scope_of(one) for one in old.instances}
    unfinished = [one for one in new.instances if is_unfinished(one) and scope_of(one) not in to_come]
    coverage = cover(fleet, control_plane["nodes"], control_plane["now"], options.allow_missing)
    arrivals = [_arrival(one, new.wanted, options) for one in moves]
    steps = _steps(old.name, name, len(moves) + len(unfinished), bool(options.upload))
    return Operation(
        kind="move",
        tasks=TASKS,
        control_plane=named(control_plane),
        reason=_reason(old, name, moves, unfinished, options),
        changes=len(moves) + len(unfinished) + bool(options.upload),
        steps=steps,
        plugins=(
            _old_document(old, former, new.wanted, moves, arrivals, unfinished, options),
            _new_document(new, arrivals, unfinished, [one for one in fleet if one.get("reachable", True)], options),
        ),
        coverage=coverage,
        problems=(
            *objections,
            *names_of_nobody(old, new, options),
            *node_problems(coverage, fleet, name, options),
            *taken_scopes(moves, new.instances, options),
            *refused_moves(moves, new.wanted),
            *_misfits(old, new, options),
        ),
        warnings=(
            *unread,
            *moments(moves, options),
            *ordered_by(old.name, others),
            *renamed_fields(changes, name),
        ),
    )


def _misfits(old: Old, new: New, options: MoveOptions) -> Iterator[Notice]:
    """Answers for an instance or a field that does not exist; what has moved by now counts by both of its ids."""
    name, there = new.wanted.name, {str(one["id"]) for one in new.instances}
    known = [*map(finished, old.instances), *map(finished, new.instances)]
    people = {str(one[key]) for one in known for key in ("id", "instance_name") if one.get(key)}
    people |= {who for who in options.answers if id_at(name, who) in there}
    yield from strangers(old.name, people, options.answers)
    yield from unknown_fields(new.wanted, options.answers)


def _schema_of(old: Old) -> tuple[Schema | None, list[Notice]]:
    """The schema of the old plugin, where there is one that can be read."""
    if old.text is None:
        return None, []
    try:
        return read_schema(old.text), []
    except SchemaError as error:
        return None, [
            Notice(
                "its schema cannot be read, so that no renamed field is recognized",
                where=clean(old.name),
                why=clean(error),
            )
        ]


def _moves(
    old: Old, new: New, others: Sequence[Json], changes: Sequence[Change], options: MoveOptions
) -> Iterator[Move]:
    judge, name = Judge(new.wanted.schema, {}, changes), new.wanted.name
    there = {scope_of(one): one for one in new.instances}
    taken = {str(one["id"]) for one in (*old.instances, *new.instances, *others)}
    for stored in old.instances:
        instance, begun = finished(stored), there.get(scope_of(stored))
        if not options.selection.takes(instance):
            continue
        if begun is not None and not (is_unfinished(begun) or is_unfinished(stored)):
            begun = None
        becomes = _id_there(instance, begun, name, taken, options.handover)
        yield Move(instance, judge.judge({**instance, "name": name}, options.answers), becomes, begun)


def _id_there(instance: Json, begun: Json | None, name: str, taken: Collection[str], handover: str) -> str:
    """The id that an instance will have at the new plugin."""
    if handover == ONE_WRITE:
        return str(instance["id"])
    if begun is not None:
        return str(begun["id"])
    identity = id_at(name, str(instance["id"]))
    while identity in taken:
        identity = id_at(name, identity)
    return identity


def _order(move: Move) -> tuple[int, str]:
    """What reaches least first: an instance on several scopes, on one, and the global one at the end."""
    return -sum(1 for one in scope_of(move.instance) if one), label_of(move.instance)


def _steps(old: str, new: str, count: int, upload: bool) -> tuple[OperationStep, ...]:
    work = []
    if upload:
        work.append(OperationStep("upload", (new,)))
    if count:
        work.append(OperationStep("moves", (old, new), instances=count))
    return (OperationStep("window"), *work, OperationStep("close")) if work else ()


def _old_document(
    old: Old,
    former: Schema | None,
    new: Wanted,
    moves: Sequence[Move],
    arrivals: Sequence[Json],
    unfinished: Sequence[Json],
    options: MoveOptions,
) -> Json:
    ids = [str(one.instance["id"]) for one in moves]
    leaving = {one["id"]: one for one in (_departure(move, former, new, options) for move in moves)}
    present = _as_they_are(old.instances, options.key)
    schema = text_digest(old.text) if old.text is not None else ""
    return {
        "name": old.name,
        "directory": "",
        "digest": "",
        "to": new.name,
        "handover": options.handover,
        "batches": batched(ids, options.batches),
        "moves": [_move_document(one, options.key) for one in moves],
        "unfinished": [str(one["id"]) for one in unfinished],
        "left": len(old.instances) - len(moves),
        "instances": [{"label": _label(one.instance), "action": _action(one, new.name)} for one in moves],
        "inputs": {
            "release": "",
            "schema": {"before": schema, "after": schema},
            "instances": [{**one, **leaving.get(one["id"], {})} for one in present],
            "hosts": [],
            "choices": [
                {"label": label_of(one.instance), "choice": digest_of([options.handover, arrival["after"]])}
                for one, arrival in zip(moves, arrivals, strict=True)
            ],
        },
    }


def _new_document(
    new: New,
    arrivals: Sequence[Json],
    unfinished: Sequence[Json],
    reachable: Sequence[Json],
    options: MoveOptions,
) -> Json:
    wanted, made_up = new.wanted, made_up_fields(new.wanted.schema)
    present = {one["id"]: one for one in _as_they_are(new.instances, options.key, made_up)}
    for one in unfinished:
        present[str(one["id"])]["after"] = instance_digest(finished(one), options.key, made_up)
    hosts = host_inputs(reachable, wanted.name, wanted.digest)
    schema = text_digest(new.text) if new.text is not None else ""
    if not options.expect_files and options.upload is None:
        # The moves are approved before there is an installation, and are made after it.
        hosts = [{**one, "before": one["after"]} for one in hosts]
        schema = wanted.schema_digest
    return {
        "name": wanted.name,
        "directory": wanted.directory,
        "digest": wanted.digest,
        "handler": wanted.handler,
        "instances": [
            {"label": _label(one), "action": "finished" if is_unfinished(one) else "stays as it is"}
            for one in new.instances
        ],
        "inputs": {
            "release": wanted.digest,
            "files": dict(wanted.files),
            "schema": {"before": schema, "after": wanted.schema_digest},
            "made_up": made_up,
            "instances": [*{**present, **{one["id"]: one for one in arrivals}}.values()],
            "hosts": hosts,
        },
    }


def _move_document(move: Move, key: bytes) -> Json:
    return {
        "id": str(move.instance["id"]),
        "becomes": move.becomes,
        "label": label_of(move.instance),
        "enabled": is_enabled(move.instance),
        "edits": [edit.to_dict() for edit in move.edits],
        "before": instance_digest(move.instance, key),
    }


def _as_they_are(instances: Sequence[Json], key: bytes, made_up: Sequence[str] = ()) -> list[Json]:
    """The inputs of instances that nothing is done to."""
    rows = [(one, instance_digest(one, key, made_up)) for one in instances]
    return [{"id": str(one["id"]), "label": label_of(one), "before": now, "after": now} for one, now in rows]


def _departure(move: Move, former: Schema | None, new: Wanted, options: MoveOptions) -> Json:
    """What the input of an instance that moves has of its own: it goes, and comes back if its batch is taken back."""
    back = [*on_the_way(move.target(new), move.instance, options.handover), move.instance]
    # What comes back is sent once more, and the control plane fills it again.
    filled = [as_stored(one, former) for one in back] if former else []
    return {
        "id": str(move.instance["id"]),
        "after": None,
        "between": [*dict.fromkeys(instance_digest(one, options.key) for one in (*back, *filled))],
    }


def _arrival(move: Move, new: Wanted, options: MoveOptions) -> Json:
    """The input that a move makes of an instance. It counts as not there yet, also where a cut run had begun it."""
    target, made_up = move.target(new), made_up_fields(new.schema)
    made = on_the_way(move.instance, target, options.handover)
    return {
        "id": move.becomes,
        "label": label_of(move.instance),
        "before": None,
        "after": instance_digest(target, options.key, made_up),
        "between": [instance_digest(one, options.key, made_up) for one in (*made, *filter(None, [move.begun]))],
    }


def _label(instance: Json) -> str:
    return label_of(instance) if is_enabled(instance) else f"{label_of(instance)}, disabled"


def _action(move: Move, new: str) -> str:
    told = [f"{one['op']} {one['path']}" for one in (edit.to_dict() for edit in move.edits)]
    return f"becomes {new}" + (f", {listing(told)}" if told else "")


def _reason(old: Old, new: str, moves: Sequence[Move], unfinished: Sequence[Json], options: MoveOptions) -> str:
    if not moves and not unfinished:
        left = f" {len(old.instances)} of {clean(old.name)} are not selected." if old.instances else ""
        upload = "" if options.upload else " Nothing to do."
        return f"No instance of {clean(old.name)} is left to move to {clean(new)}.{left}{upload}"
    many = f"{len(moves)} of {len(old.instances)} instances of {clean(old.name)} move to {clean(new)}."
    more = f" {len(unfinished)} that a cut run left are finished." if unfinished else ""
    return f"{many}{more} {HANDOVERS[options.handover]}"
