# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance of a plugin as a whole: scope, protocols, name and tags beside the configuration.

Kong keeps one entity for the instances of all plugins; the schema of a plugin says more about some of its fields, such
as ``consumer = typedefs.no_consumer``.  Both are compiled together, once per schema, role and way of filling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.defaults import is_named
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.entity_checks import compile_transformation
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.field_checks import (
    CONTROL_PLANE,
    Judging,
    filling,
    lookup,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.memo import PerSchema
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Field, NamedValidator, Schema
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import (
    ENTITY,
    REQUIRED,
    Problem,
    Unchecked,
    Violation,
    flatten,
)

JudgeInstance = Callable[[dict[str, Any]], dict[Any, Problem]]

_PROTOCOLS = ["grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp"]

PLUGIN_FIELDS: tuple[Field, ...] = (
    Field("id", "string", {"uuid": True, "auto": True}),
    Field("name", "string", {"required": True}),
    Field("instance_name", "string", {"custom_validator": NamedValidator("utf8_name")}),
    Field("route", "foreign", {"reference": "routes"}),
    Field("service", "foreign", {"reference": "services"}),
    Field("consumer", "foreign", {"reference": "consumers"}),
    Field("consumer_group", "foreign", {"reference": "consumer_groups"}),
    Field("config", "record", {"abstract": True}, fields=()),
    Field(
        "protocols",
        "set",
        {"required": True, "default": ["grpc", "grpcs", "http", "https"]},
        elements=Field("", "string", {"one_of": _PROTOCOLS}),
    ),
    Field("enabled", "boolean", {"required": True, "default": True}),
    Field("tags", "set", elements=Field("", "string", {"custom_validator": NamedValidator("tag")})),
)
"""The fields that every instance has, before the plugin's own schema adds to them."""

# What Konnect answers and Kong's own schema does not have, or keeps to itself; and where an instance was read.
_NOT_JUDGED = frozenset({"created_at", "updated_at", "condition", "ordering", "partials", "control_plane"})


def validate_instance(schema: Schema, instance: Any, *, role: str = CONTROL_PLANE) -> list[Violation]:
    """Everything that Kong says about one instance, a plugin object of the API; paths from its top (``consumer``,
    ``protocols[1]``, ``config.ttl``).  Keys that only Konnect knows are left out."""
    if not isinstance(instance, dict):
        return [Violation("", "expected a record")]
    if instance.get("name") is None:
        return [Violation("name", REQUIRED)]
    table = {key: value for key, value in instance.items() if key not in _NOT_JUDGED}
    return list(flatten(instance_judge(schema, Judging(role))(table)))


def _compile(schema: Schema, judging: Any) -> JudgeInstance:
    fields = tuple(schema.child(one.name) or one for one in PLUGIN_FIELDS)
    unread = schema.unknown or next((one.unknown for one in schema.fields if not is_named(one)), None)
    if unread is not None and schema.config is None:
        fields = tuple(replace(one, type=None, unknown=unread) if one.name == "config" else one for one in fields)
    doubt = unread and Unchecked(f"not checked: part of the schema could not be read: {unread.reason}")
    judge = judging.record(fields, schema.entity_checks, schema.shorthand_fields, implied=True)
    fill = filling(judging).record(fields, schema.shorthand_fields, implied=True)
    rules = [compile_transformation(one, lambda name: lookup(fields, name)) for one in _listed(schema.transformations)]

    def judge_instance(table: dict[str, Any]) -> dict[Any, Problem]:
        # Kong fills what comes in, and fills a copy again when it judges a record: a default that is written with
        # duplicates, or without the defaults of its own fields, is complete only then.
        filled = fill(fill(table)) if judging.fill else table
        errors: dict[Any, Problem] = judge(filled)
        for rule in rules:
            rule(filled, errors)
        if doubt is not None:
            errors.setdefault(ENTITY, []).append(doubt)
        return errors

    return judge_instance


def _listed(transformations: Any) -> list[Any]:
    if transformations is None:
        return []
    return transformations if isinstance(transformations, list) else [transformations]


instance_judge: PerSchema[JudgeInstance] = PerSchema(_compile)
"""The compiled judge of whole instances, by schema and `Judging`."""
