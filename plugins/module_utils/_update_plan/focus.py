# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many instances judged in the time of few: what is the same in every schema is validated once.

A field of ``config`` that the new schema and every fleet schema declare alike gets the same verdict from all of them,
so it is enough to ask the new one, once for each value.  Only the other fields, and keys that some schema does not
know, are asked of every schema, before and after a save; instances that are alike in these share the answer.  That
holds for fields that nothing else looks at: those that an entity check names are asked together with the others, and
where that cannot be told the whole instance is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Field, Schema, fill_defaults, validate
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.entity_checks import names_of
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.field_checks import lent_to_containers
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.validate import value_judge
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.columns import ABSENT, Instances
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.judge import Judge
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.migrate import plan_rewrite
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Change, Json, Judgement, Rewrite
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import parse_path, without_nulls

Answers = Mapping[str, Mapping[str, Any]]

_SCALARS = frozenset({str, int, float, bool})
_SCOPES = ("service", "route", "consumer", "consumer_group")
# Schemas ask whether an instance has a scope, never which one.
_ANY_SCOPE = {"id": "00000000-0000-4000-8000-000000000000"}


def judge_all(
    new: Schema, fleet: Mapping[str, Schema], changes: Sequence[Change], instances: Sequence[Json], answers: Answers
) -> tuple[Judgement, ...]:
    """A judgement for each instance; see `Judge` for the arguments."""
    instances = Instances(instances)
    whole = Judge(new, fleet, changes)
    shared = shared_fields([new, *fleet.values()]) - _answered(answers)
    if not shared:
        return tuple(whole.judge(one, answers) for one in instances)
    narrow = Judge(_without(new, shared), {key: _without(one, shared) for key, one in fleet.items()}, changes)
    focused = _Focused(narrow, new, shared, answers)
    alone = _judged_alone(new, shared, instances)
    shorthands = {one.name for schema in (new, *fleet.values()) for one in _shorthands(schema)}
    return tuple(
        whole.judge(one, answers)
        if unchecked is None or shorthands & (one.get("config") or {}).keys()
        else focused.judge(one, unchecked)
        for one, unchecked in zip(instances, alone, strict=True)
    )


def shared_fields(schemas: Sequence[Schema]) -> frozenset[str]:
    """The names in ``config`` that every schema declares alike and in which nothing else looks at them."""
    watched: set[str] = set()
    for one in schemas:
        names = _watched(one)
        if names is None:
            return frozenset()
        watched |= names
    first, *others = (_by_name(one) for one in schemas)
    return frozenset(
        name for name, one in first.items() if name not in watched and all(other.get(name) == one for other in others)
    )


def _watched(schema: Schema) -> set[str] | None:
    """The names in ``config`` whose values matter to something beside them; None where that may be all."""
    config = schema.config
    if config is None or config.unknown or schema.unknown or config.fields is None:
        return None
    if schema.shorthand_fields or schema.transformations or schema.check:
        return None
    names = [one.name for one in config.fields]
    found = {name for name in names if names.count(name) > 1}
    found |= {name for name, _container in lent_to_containers(config.fields)}
    for check in config.entity_checks:
        named = names_of(check)
        if named is None:
            return None
        found |= {one.partition(".")[0] for one in named}
    for check in schema.entity_checks:
        named = names_of(check)
        if named is None or "config" in named:
            return None
        found |= {one.split(".")[1] for one in named if one.startswith("config.")}
    return found


def _shorthands(schema: Schema) -> tuple[Field, ...]:
    return schema.config.shorthand_fields if schema.config else ()


def _by_name(schema: Schema) -> dict[str, Field]:
    config = schema.config
    return {one.name: one for one in (config.fields if config else None) or ()}


def _answered(answers: Answers) -> set[str | None]:
    return {_name_in_config(path) for values in answers.values() for path in values}


def _name_in_config(path: str) -> str | None:
    try:
        return str(parse_path(path)[1])
    except ValueError:
        return None


def _without(schema: Schema, names: frozenset[str]) -> Schema:
    def narrowed(one: Field) -> Field:
        if one.name != "config":
            return one
        return replace(one, fields=tuple(inner for inner in one.fields or () if inner.name not in names))

    return replace(schema, fields=tuple(narrowed(one) for one in schema.fields))


def _only(schema: Schema, field: Field) -> Schema:
    """The schema with this one field in ``config`` and nothing beside it."""
    config = Field("config", "record", fields=(field,))
    return Schema(schema.name, fields=(config,), kong_version=schema.kong_version)


def _judged_alone(new: Schema, shared: frozenset[str], instances: Instances) -> list[tuple[str, ...] | None]:
    """For each instance the paths in its shared fields that only Kong can check; None where it has to be asked as a
    whole."""
    found: list[tuple[str, ...] | None] = [()] * len(instances)
    for field in _by_name(new).values():
        if field.name not in shared:
            continue
        column, alone = instances.field(field.name), _Alone(new, field)
        told = {key: alone.unchecked(value) for key, value in column.known.items()}
        if not any(one != () for one in told.values()):
            continue
        for at, key in enumerate(column.keys):
            before, here = found[at], told[key]
            found[at] = None if before is None or here is None else before + here
    return found


class _Alone:
    """One field of ``config`` with a schema of its own."""

    def __init__(self, new: Schema, field: Field) -> None:
        self._name = field.name
        self._judge = value_judge(field, role="data_plane")
        self._schema = _only(new, field)

    def unchecked(self, value: Any) -> tuple[str, ...] | None:
        """The paths that only Kong can check in this field; None where the schema refuses the value, or where saving
        it again would edit it."""
        if type(value) in _SCALARS:
            found, holder = self._judge(value), "config."
        else:
            config = {} if value is ABSENT else {self._name: value}
            found, holder = validate(self._schema, config, role="data_plane"), ""
            if self._is_edited(config):
                return None
        if any(one.checked for one in found):
            return None
        return tuple(f"{holder}{one.path}" for one in found)

    def _is_edited(self, config: Json) -> bool:
        saved = plan_rewrite(
            self._schema,
            {"config": config},
            renames={},
            named={},
            general={},
            check=lambda _config: [],
            fill=lambda sent: fill_defaults(self._schema, sent),
        )
        return bool(saved.edits)


class _Focused:
    """Judges instances by the fields that are not shared; those that are alike in these share the answer."""

    def __init__(self, narrow: Judge, new: Schema, shared: frozenset[str], answers: Answers) -> None:
        self._narrow, self._new, self._shared, self._answers = narrow, new, shared, answers
        self._known: dict[str, Judgement] = {}

    def judge(self, instance: Json, unchecked: Sequence[str]) -> Judgement:
        config = instance.get("config") or {}
        found = self._judge_rest(instance, {key: value for key, value in config.items() if key not in self._shared})
        rewrite = found.rewrite and self._widened(found.rewrite, config)
        return replace(
            found, instance=instance, rewrite=rewrite, unchecked=tuple(sorted({*found.unchecked, *unchecked}))
        )

    def _judge_rest(self, instance: Json, config: Json) -> Judgement:
        rest = {
            "name": instance.get("name"),
            "enabled": instance.get("enabled"),
            "protocols": instance.get("protocols"),
            "config": config,
            **{kind: _ANY_SCOPE for kind in _SCOPES if instance.get(kind) is not None},
        }
        if self._has_own_answers(instance):
            return self._narrow.judge({**instance, **rest}, self._answers)
        told = repr(rest)
        if told not in self._known:
            self._known[told] = self._narrow.judge(rest, self._answers)
        return self._known[told]

    def _has_own_answers(self, instance: Json) -> bool:
        return any(str(instance.get(key)) in self._answers for key in ("id", "instance_name"))

    def _widened(self, rewrite: Rewrite, config: Json) -> Rewrite:
        beside = without_nulls({key: value for key, value in config.items() if key in self._shared})
        stored = {**fill_defaults(self._new, {**beside, **rewrite.sent}), **rewrite.stored}
        return replace(rewrite, sent={**beside, **rewrite.sent}, stored=stored)
