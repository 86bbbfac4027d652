# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that a plan must never show: those of fields that any schema in play declares encrypted or referenceable.

A field can be secret in the old schema and plain in the new one, and a validator may quote another field's value: so a
message is held against every secret value of the instance, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Field, Schema, Violation
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.fields import is_secret
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import (
    Json,
    Missing,
    Rejection,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import (
    Parts,
    declared,
    get,
    lineage,
    parse_path,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import places as places_of
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean

HIDDEN = "invalid value (not shown: the field is secret)"
PLACEHOLDER = "THE-VALUE"
# Shorter values are parts of ordinary words; where the message is about the field itself, any length counts.
_TELLING = 4


def is_secret_at(schema: Schema, parts: Parts) -> bool:
    """Whether a value there must not be shown: the field, or one that holds it, is secret or not known."""
    return any(is_secret(one) for one in lineage(schema, parts))


def holds_secret(field: Field | None) -> bool:
    """Whether a value of this field, or a part of one, must not be shown."""
    if field is None or is_secret(field):
        return True
    below = (*(field.fields or ()), field.elements, field.values)
    return any(holds_secret(one) for one in below if one is not None)


def must_hide(schema: Schema, parts: Parts) -> bool:
    """Whether a value there must not be shown as it is: it is secret, or a part of it is."""
    return is_secret_at(schema, parts) or holds_secret(declared(schema, parts))


def shown_example(schema: Schema, missing: Missing) -> Any:
    """An example that can be pasted: of the shape that the field takes, with a placeholder wherever a secret goes."""
    if not missing.secret:
        return missing.example
    try:
        return _veiled(declared(schema, parse_path(missing.path)), missing.example)
    except ValueError:
        return PLACEHOLDER


def _veiled(field: Field | None, example: Any) -> Any:
    if field is None or is_secret(field) or not isinstance(example, (dict, list)):
        return PLACEHOLDER
    if isinstance(example, list):
        return [_veiled(field.elements, one) if holds_secret(field.elements) else one for one in example]
    below = {key: field.values if field.type == "map" else field.child(str(key)) for key in example}
    return {key: _veiled(below[key], one) if holds_secret(below[key]) else one for key, one in example.items()}


def rejection(schemas: Iterable[Schema], instance: Json, violation: Violation) -> Rejection:
    """The violation as it may be shown: a message that repeats a secret value loses the repetition."""
    known = list(schemas)
    path, message = clean(violation.path), violation.shown
    config = instance.get("config") or {}
    secrets = {text for one in known for text in _secret_texts(one.config, config) if len(text) >= _TELLING}
    secrets |= set(_texts_at(known, instance, violation.path))
    return Rejection(path, HIDDEN if any(one in message for one in secrets) else clean(message))


def _texts_at(schemas: list[Schema], instance: Json, path: str) -> Iterator[str]:
    """What a message about this path might repeat, where one of the schemas holds it secret."""
    try:
        parts = parse_path(path)
    except ValueError:
        return
    declaring = [one for one in schemas if all(lineage(one, parts))]
    if any(is_secret_at(one, parts) for one in declaring):
        for at in places_of(instance, parts):
            yield from (text for text in _leaves(get(instance, at)) if len(text) > 1)


def _secret_texts(field: Field | None, value: Any) -> Iterator[str]:
    """The values below a field that it, or one that holds it, declares secret."""
    if field is None or value is None:
        return
    if is_secret(field):
        yield from _leaves(value)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _secret_texts(field.values if field.type == "map" else field.child(str(key)), one)
    elif isinstance(value, list):
        for one in value:
            yield from _secret_texts(field.elements, one)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
