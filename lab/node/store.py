# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last good configuration, kept in the prefix (Kong: LMDB) and not validated again when it is read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.node.board import EMPTY_HASH

STORE_FILE = Path("dbless.lmdb/configuration.json")


@dataclass(frozen=True)
class Stored:
    """A configuration and its hash; the entities are those of the payload, plugins with their defaults filled."""

    config_hash: str = EMPTY_HASH
    entities: dict[str, Any] = field(default_factory=dict)

    @property
    def plugins(self) -> list[dict[str, Any]]:
        """The instances."""
        instances: list[dict[str, Any]] = self.entities.get("plugins") or []
        return instances


def read_store(prefix: Path) -> Stored:
    """What the node at ``prefix`` kept; empty for a fresh one."""
    try:
        return Stored(**json.loads((prefix / STORE_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Stored()


def write_store(prefix: Path, stored: Stored) -> None:
    """Keep ``stored`` in place of what was there; raises OSError, leaving the old, when the disk is full."""
    file = prefix / STORE_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"config_hash": stored.config_hash, "entities": stored.entities}), encoding="utf-8")
    new.replace(file)
