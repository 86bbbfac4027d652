# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many instances judged in the time of few: what is the same in every schema is validated once.

A field of ``config`` that the new schema and every fleet schema declare alike gets the same verdict from all of them,
so it is enough to ask the new one, once for each value.  Only the other fields, and keys that some schema does not
know, are asked of every schema, before and after a save; instances that are alike in these share the answer.  That
holds where no field looks at another one: with entity checks, shorthand fields, transformations and deprecations the
whole instance is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Field, Schema, fill_defaults, validate
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.validate import validate_value
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.judge import Judge
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Change, Json, Judgement, Rewrite
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import parse_path, without_nulls

Answers = Mapping[str, Mapping[str, Any]]

_ABSENT = object()
_SCALARS = frozenset({str, int, float, bool})
_PLAIN = _SCALARS | {type(None), type(_ABSENT)}
_SCOPES = ("service", "route", "consumer", "consumer_group")
# Schemas ask whether an instance has a scope, never which one.
_ANY_SCOPE = {"id": "00000000-0000-4000-8000-000000000000"}


def judge_all(
    new: Schema, fleet: Mapping[str, Schema], changes: Sequence[Change], instances: Sequence[Json], answers: Answers
) -> tuple[Judgement, ...]:
    """A judgement for each instance; see `Judge` for the arguments."""
    whole = Judge(new, fleet, changes)
    shared = shared_fields([new, *fleet.values()]) - _answered(answers)
    if not shared:
        return tuple(whole.judge(one, answers) for one in instances)
    narrow = {key: _without(schema, shared) for key, schema in fleet.items()}
    focused = _Focused(whole, Judge(_without(new, shared), narrow, changes), new, shared, answers)
    return tuple(focused.judge(one) for one in instances)


def shared_fields(schemas: Sequence[Schema]) -> frozenset[str]:
    """The names in ``config`` that every schema declares alike; none where fields may look at one another."""
    if not all(_judges_fields_alone(one) for one in schemas):
        return frozenset()
    first, *others = (_by_name(one) for one in schemas)
    return frozenset(name for name, one in first.items() if all(other.get(name) == one for other in others))


def _judges_fields_alone(schema: Schema) -> bool:
    config = schema.config
    if config is None or config.unknown or schema.unknown or config.fields is None:
        return False
    beside = (schema.entity_checks, schema.shorthand_fields, schema.transformations, schema.check)
    if any(beside) or config.entity_checks or config.shorthand_fields:
        return False
    return not any("deprecation" in one.attributes for one in _all_fields(config))


def _all_fields(field: Field) -> Iterator[Field]:
    yield field
    for one in (*(field.fields or ()), field.elements, field.keys, field.values):
        if one is not None:
            yield from _all_fields(one)


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
    return replace(schema, fields=tuple(replace(one, fields=(field,)) for one in schema.fields if one.name == "config"))


class _Focused:
    def __init__(self, whole: Judge, narrow: Judge, new: Schema, shared: frozenset[str], answers: Answers) -> None:
        self._whole, self._narrow, self._new, self._answers = whole, narrow, new, answers
        self._alone = {one.name: _Alone(new, one) for one in _by_name(new).values() if one.name in shared}
        self._known: dict[str, Judgement] = {}

    def judge(self, instance: Json) -> Judgement:
        config = instance.get("config") or {}
        unchecked: list[str] = []
        for name, alone in self._alone.items():
            value = config.get(name, _ABSENT)
            kind = type(value)
            key = (kind, value if kind in _PLAIN else repr(value))
            if key not in alone.known:
                alone.known[key] = alone.unchecked(value)
            told = alone.known[key]
            if told is None:
                return self._whole.judge(instance, self._answers)
            unchecked += told
        found = self._judge_rest(instance, {key: value for key, value in config.items() if key not in self._alone})
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
        beside = without_nulls({key: value for key, value in config.items() if key in self._alone})
        stored = {**fill_defaults(self._new, {**beside, **rewrite.sent}), **rewrite.stored}
        return replace(rewrite, sent={**beside, **rewrite.sent}, stored=stored)


class _Alone:
    """One field of ``config`` with a schema of its own; ``known`` is what was found about its values, by their type
    and themselves, or their repr where they hold others."""

    def __init__(self, new: Schema, field: Field) -> None:
        self._field = field
        self._schema = _only(new, field)
        self.known: dict[tuple[type, Any], tuple[str, ...] | None] = {}

    def unchecked(self, value: Any) -> tuple[str, ...] | None:
        """The paths that only Kong can check in this field; None where the schema refuses the value."""
        if type(value) in _SCALARS:
            found, holder = validate_value(self._field, value, role="data_plane"), "config."
        else:
            config = {} if value is _ABSENT else {self._field.name: value}
            found, holder = validate(self._schema, config, role="data_plane"), ""
        if any(one.checked for one in found):
            return None
        return tuple(f"{holder}{one.path}" for one in found)
