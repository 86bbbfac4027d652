# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugin instances as values: merged, compared, made ready for the PUT that replaces them whole. Pure.

There is no PATCH (konnect-api.md surprise 1), so what is sent starts from what is stored: a scope, ``enabled``, tags or
an ordering that were left out would be cleared by the write.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.fields import Field

Instance = dict[str, Any]

SCOPES = ("service", "route", "consumer", "consumer_group")
WRITABLE = (
    "id",
    "name",
    "instance_name",
    "enabled",
    "protocols",
    "tags",
    "config",
    "condition",
    "ordering",
    "partials",
    *SCOPES,
)
HOME = "control_plane"
"""Under this key an instance that was read tells where it is stored, as ``{"id"}``, in a group ``{"id", "name"}``. It
is never written."""
_UNORDERED = frozenset({"protocols", "tags"})
_ANY = Field()


def scope_of(instance: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of service, route, consumer and consumer group, each empty when the instance is not on one."""
    return tuple(str((instance.get(kind) or {}).get("id") or "") for kind in SCOPES)


def scope_text(instance: Mapping[str, Any]) -> str:
    """The scope for people: ``global``, or ``service <id>, consumer <id>``."""
    named = [f"{kind} {identity}" for kind, identity in zip(SCOPES, scope_of(instance), strict=True) if identity]
    return ", ".join(named) or "global"


def home_of(instance: Mapping[str, Any]) -> str:
    """The id of the control plane that stores an instance: in a group, one of its members."""
    return str(instance[HOME]["id"])


def writable(instance: Mapping[str, Any], config: Field | None = None, *, nulls_only: bool = False) -> Instance:
    """The whole object for a PUT: known keys that are set, and no configuration key that the schema lost."""
    body = {key: instance[key] for key in WRITABLE if instance.get(key) is not None}
    if config is not None and "config" in body:
        body["config"] = known_only(body["config"], config, nulls_only=nulls_only)
    return body


def known_only(value: Any, about: Field, *, nulls_only: bool = False) -> Any:
    """A value without the keys that its records do not declare; a record without declared fields is left alone.

    With ``nulls_only`` such a key is left out only where it is null, as the server itself does with stored instances.
    """

    def stays(key: str, item: Any) -> bool:
        return key in about.children or (nulls_only and item is not None)

    def below(key: str, item: Any) -> Any:
        return known_only(item, about.children.get(key, _ANY), nulls_only=nulls_only)

    if about.children and isinstance(value, Mapping):
        return {key: below(key, item) for key, item in value.items() if stays(key, item)}
    if about.element and isinstance(value, Mapping):
        return {key: known_only(item, about.element, nulls_only=nulls_only) for key, item in value.items()}
    if about.element and isinstance(value, (list, tuple)):
        return [known_only(item, about.element, nulls_only=nulls_only) for item in value]
    return value


def desired_instance(existing: Mapping[str, Any] | None, wanted: Mapping[str, Any], config: Field | None) -> Instance:
    """What is stored with what is wanted laid over it; a key that ``wanted`` does not have stays as it is.

    In ``config`` records are merged, lists, sets and maps are replaced whole, and null means the schema's default.
    """
    desired = dict(existing or {})
    for key, value in wanted.items():
        if key == "config":
            desired["config"] = merged_config(desired.get("config") or {}, value or {}, config or _ANY)
        else:
            desired[key] = value
    return desired


def merged_config(stored: Mapping[str, Any], wanted: Mapping[str, Any], about: Field) -> dict[str, Any]:
    """``wanted`` over ``stored``, below one record."""
    merged = dict(stored)
    for key, value in wanted.items():
        below, current = about.children.get(key, _ANY), merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and below.type in {"record", "any"}:
            merged[key] = merged_config(current if isinstance(current, Mapping) else {}, value, below)
        else:
            merged[key] = value
    return merged


def same_instance(planned: Mapping[str, Any], stored: Mapping[str, Any], config: Field | None) -> bool:
    """Whether a PUT of ``planned`` would leave ``stored`` as it is; key order, set order and filled defaults aside."""
    for key in WRITABLE:
        left, right = planned.get(key), stored.get(key)
        if key == "config":
            if not same_value(left or {}, right or {}, config or _ANY):
                return False
        elif key in _UNORDERED:
            if left is not None and sorted(left) != sorted(right or []):
                return False
        elif key == "enabled":
            if (left is not False) != (right is not False):
                return False
        elif key != "id" and (left or None) != (right or None):
            return False
    return True


def same_value(planned: Any, stored: Any, about: Field) -> bool:
    """Whether saving ``planned`` gives ``stored``: absent and null are equal, and absent is filled with the default."""
    if planned is None:
        if stored is None:
            return True
        planned = about.default
        if planned is None and about.type == "record" and about.required is not False:
            planned = {}
    if isinstance(planned, Mapping) and (stored is None or isinstance(stored, Mapping)):
        beside = stored or {}
        return all(
            same_value(planned.get(key), beside.get(key), about.children.get(key) or about.element or _ANY)
            for key in {*planned, *beside}
        )
    if about.type == "set" and isinstance(planned, (list, tuple)) and isinstance(stored, (list, tuple)):
        return _sorted(planned) == _sorted(stored)
    if isinstance(planned, (list, tuple)) and isinstance(stored, (list, tuple)):
        return len(planned) == len(stored) and all(
            same_value(left, right, about.element or _ANY) for left, right in zip(planned, stored, strict=True)
        )
    return bool(planned == stored) and isinstance(planned, bool) == isinstance(stored, bool)


def new_id(control_plane_id: str, instance: Mapping[str, Any], taken: set[str]) -> str:
    """An id that depends on plugin and scope only: a PUT that is sent twice creates one instance.

    taken: ids in use, which an instance that moved to another scope may hold; those are passed over.
    """
    name = "/".join(["plugins", str(instance["name"]), *scope_of(instance)])
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"konnect:{control_plane_id}/{name}")
    while str(identity) in taken:
        identity = uuid.uuid5(identity, name)
    return str(identity)


def _sorted(values: Any) -> list[str]:
    return sorted({json.dumps(value, sort_keys=True) for value in values})
