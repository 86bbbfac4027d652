# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests: of texts, of instances (keyed), of whole plans.  Pure."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.columns import ABSENT, Instances
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import drop, parse_path, places

# Times, and where an instance was read, are no operator's to set.
_NOT_SET = ("created_at", "updated_at", "control_plane")
_NOT_IN_HEAD = frozenset({*_NOT_SET, "config"})
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> bytes:
    """One text for equal data: sorted keys, no nulls, integral numbers as integers (stores may return 5.0 for 5)."""
    return _ENCODER.encode(_plain(value)).encode()


# Most of an instance is of these types, and as it should be.
_AS_IT_IS = frozenset({str, int, bool, type(None)})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            str(key): one if type(one) in _AS_IT_IS else _plain(one) for key, one in value.items() if one is not None
        }
    if isinstance(value, list):
        return [one if type(one) in _AS_IT_IS else _plain(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def instance_digest(instance: Json, key: bytes, made_up: Sequence[str] = ()) -> str:
    """A keyed digest of everything an operator can set: without the key, no value can be guessed from it.

    ``made_up`` are the paths of fields that the control plane fills by itself with what nobody can foresee.
    """
    if made_up:
        instance = {**instance, "config": copy.deepcopy(instance.get("config"))}
        for path in made_up:
            for at in [*places(instance, parse_path(path))]:
                drop(instance, at)
    config = instance.get("config")
    # An empty configuration may come as a list: to Lua both are one table.
    return _keyed(_beside_config(instance) + canonical(config if config is None else config or {}), key)


def instance_digests(instances: Instances, key: bytes, made_up: Sequence[str] = ()) -> list[str]:
    """`instance_digest` of each of many, in less time."""
    if made_up:
        return [instance_digest(one, key, made_up) for one in instances]
    members = [instances.fields[name].each(partial(_member, str(name))) for name in sorted(instances.fields, key=str)]
    configs = ["{" + ",".join(filter(None, row)) + "}" for row in zip(*members, strict=True)] or ["{}"] * len(instances)
    return [
        _keyed(_beside_config(one) + (b"null" if one.get("config") is None else config.encode()), key)
        for one, config in zip(instances, configs, strict=True)
    ]


def _beside_config(instance: Json) -> bytes:
    return canonical({name: value for name, value in instance.items() if name not in _NOT_IN_HEAD})


def _member(name: str, value: Any) -> str:
    """A key of a configuration with its value, as `canonical` has it: nothing where that is null."""
    return "" if value is None or value is ABSENT else f"{_ENCODER.encode(name)}:{canonical(value).decode()}"


def answers_digest(answers: Mapping[str, Any], key: bytes) -> str:
    """A keyed digest of an operator's answers for the instances of a plugin; null is an answer."""
    return _keyed(json.dumps(answers, sort_keys=True, default=str).encode(), key)


def _keyed(content: bytes, key: bytes) -> str:
    return f"hmac-sha256:{hmac.digest(key, content, 'sha256').hex()}"


def digest_of(content: Any) -> str:
    """The digest of a plan's binding content."""
    return f"sha256:{hashlib.sha256(canonical(content)).hexdigest()}"


def text_digest(text: str) -> str:
    """The digest of a schema's text; line ends and trailing blanks do not count, since transports change them."""
    return f"sha256:{hashlib.sha256(_normal(text).encode()).hexdigest()}"


def same_text(one: str | None, other: str | None) -> bool:
    """Whether two texts differ in nothing that `text_digest` sees."""
    return one is not None and other is not None and _normal(one) == _normal(other)


def _normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
