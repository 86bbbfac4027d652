# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that step 3 needs: asked for by name, and answers that fit nothing."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Options, Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Missing, Notice
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import declared, parse_path
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.secrecy import shown_example
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Study
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, label_of, listing


def missing_answers(study: Study) -> list[Json]:
    """One entry for each field that needs a value, with the instances that need it and an example to paste."""
    asked: dict[str, tuple[Missing, list[Any]]] = {}
    for one in study.rewrites:
        for missing in one.rewrite.missing if one.rewrite else ():
            asked.setdefault(missing.path, (missing, []))[1].append(one.instance)
    return [_entry(study, missing, instances) for missing, instances in asked.values()]


def _entry(study: Study, missing: Missing, instances: Sequence[Json]) -> Json:
    try:
        answerable = declared(study.wanted.schema, parse_path(missing.path)) is not None
    except ValueError:
        answerable = False
    everyone = len(instances) == len(study.judgements)
    keys = ["*"] if everyone else [str(one.get("instance_name") or one.get("id")) for one in instances[:3]]
    value = shown_example(study.wanted.schema, missing)
    values = {study.name: {key: {missing.path: value} for key in keys}}
    return {
        "plugin": study.name,
        "path": missing.path,
        "message": missing.message,
        "instances": [label_of(one) for one in instances],
        "example": {"instance_values": values} if answerable else None,
    }


def questions(studies: Sequence[Study]) -> Iterator[Notice]:
    """The missing answers as reasons to stop; the last one carries an example for all of them, since a variable that
    is given twice counts once."""
    asked = [(study, one) for study in studies for one in missing_answers(study)]
    answerable = [one for _study, one in asked if one["example"] is not None]
    example: Json = {}
    for one in answerable:
        _merge(example, one["example"])
    for study, one in asked:
        last = one is answerable[-1] if answerable else False
        who = f"{len(one['instances'])} instance(s) ({listing(one['instances'], 3)})"
        if one["example"] is None:
            yield Notice(
                f"the new schema does not take {who}: {one['path']}: {one['message']}",
                where=clean(study.name),
                why="That is not a value that saving them again could change.",
                todo="Change or delete these instances, or correct the schema.",
            )
            continue
        yield Notice(
            f"{one['path']} needs a value in {who}: {one['message']}",
            where=clean(study.name),
            why="The new schema does not take these instances without it.",
            todo="For example:" if last else "",
            example=example if last else None,
        )


def _merge(into: Json, more: Json) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)


def misfits(studies: Sequence[Study], options: Options) -> Iterator[Notice]:
    """Answers for a plugin, an instance or a field that does not exist: most likely a slip of the pen."""
    known = {one.name: one for one in studies}
    for name, by_instance in options.instance_values.items():
        study = known.get(name)
        if study is None:
            yield _misfit(f"{clean(name)} is not a plugin of this plan", listing(known))
            continue
        people = {str(one.instance.get(key)) for one in study.judgements for key in ("id", "instance_name")}
        yield from strangers(name, people, by_instance)
        yield from unknown_fields(study.wanted, by_instance)


def strangers(plugin: str, people: Collection[str], by_instance: Mapping[str, Any]) -> Iterator[Notice]:
    """Answers for instances that are none of these, which are known by id or name."""
    for who in by_instance:
        if who != "*" and who not in people:
            yield _misfit(f"{clean(plugin)} has no instance {clean(who)}", "use '*', an id or an instance name")


def unknown_fields(wanted: Wanted, by_instance: Mapping[str, Mapping[str, Any]]) -> Iterator[Notice]:
    """Answers for fields that the new schema does not have."""
    for path in dict.fromkeys(path for values in by_instance.values() for path in values):
        try:
            field = declared(wanted.schema, parse_path(path))
        except ValueError as error:
            yield _misfit(clean(error), "for example config.ttl, or config.list[].name for every element")
            continue
        if field is None:
            yield _misfit(f"{clean(path)} is not a field of {clean(wanted.name)}'s new schema", "")


def _misfit(what: str, hint: str) -> Notice:
    return Notice(what, where="instance_values", todo=f"Known: {hint}." if hint else "")
