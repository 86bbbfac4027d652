# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node makes of a payload: stored entities, or a refusal in Kong's words (kong-data-plane.md 1.3 and 5.2)."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.kong import KongVM, errors_as_log_text, flatten_errors


@dataclass(frozen=True)
class Payload:
    """One ``reconfigure`` frame."""

    config_hash: str
    config_table: dict[str, Any]


class Rejected(Exception):
    """The node keeps what it has. ``str()`` is the text after ``bad config received from control plane ``."""

    def __init__(self, errors: Mapping[int, Mapping[Any, Any]], instances: list[dict[str, Any]]) -> None:
        super().__init__(errors_as_log_text(errors))
        self.errors = errors
        self.instances = instances

    def as_frame(self, config_hash: str) -> dict[str, Any]:
        """The message to a control plane by a node in Konnect mode."""
        return {
            "type": "error",
            "error": {
                "code": 14,
                "name": "invalid declarative configuration",
                "source": "declarative configuration parse failure",
                "message": f"declarative config is invalid: {json.dumps(self._fields())}",
                "config_hash": config_hash,
                "fields": self._fields(),
                "flattened_errors": [self._flattened(position) for position in sorted(self.errors)],
            },
        }

    def _fields(self) -> dict[str, Any]:
        last = max(self.errors)
        return {"plugins": [_plain(self.errors.get(position)) for position in range(1, last + 1)]}

    def _flattened(self, position: int) -> dict[str, Any]:
        instance = self.instances[position - 1]
        return {
            "entity_type": "plugin",
            "entity_name": instance.get("name"),
            "entity_id": instance.get("id"),
            "errors": [
                {"type": "field", "field": path, "message": message}
                for path, message in flatten_errors(self.errors[position])
            ],
        }


def read_frame(frame: bytes) -> Payload | None:
    """The payload in a binary frame, None for another message. Raises ValueError for what cannot be read."""
    try:
        message = json.loads(gzip.decompress(frame))
    except (OSError, EOFError) as error:
        raise ValueError("could not inflate the message") from error
    if message.get("type") != "reconfigure":
        return None
    table = message["config_table"]
    return Payload(message.get("config_hash") or _own_hash(table), table)


def accept(table: Mapping[str, Any], vm: KongVM, enabled: list[str]) -> dict[str, Any]:
    """The entities to store; raises Rejected when one plugin instance is bad, disabled ones too."""
    instances: list[dict[str, Any]] = table.get("plugins") or []
    errors = {}
    for position, instance in enumerate(instances, start=1):
        tree = vm.validate_plugin(instance, enabled)
        if tree is not None:
            errors[position] = tree
    if errors:
        raise Rejected(errors, instances)
    return {**table, "plugins": [vm.fill_plugin(instance) for instance in instances]}


def _own_hash(table: Mapping[str, Any]) -> str:
    return hashlib.md5(json.dumps(table, sort_keys=True).encode()).hexdigest()


def _plain(tree: Any) -> Any:
    """An error tree as JSON, whose keys are texts."""
    if isinstance(tree, Mapping):
        return {str(key): _plain(value) for key, value in tree.items()}
    return tree
