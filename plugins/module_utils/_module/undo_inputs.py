# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout has to save before it begins, read from the control plane."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.masking import MASK, masked
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_file import (
    all_undo,
    read_undo,
    undo_path,
)
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import (
    can_be_undone,
    collect,
    keeps,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import text_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import get
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, label_of

_LISTED = 3

Instances = dict[str, list[dict[str, Any]]]


class Undo:
    """The undo data of a plan. ``result`` is ``{"undo": ...}`` once it was collected, to be written by the action."""

    def __init__(
        self, konnect: KonnectModule, plan: Mapping[str, Any], journal: Path, finished_at: float | None
    ) -> None:
        self._konnect, self._plan, self._path, self._finished_at = konnect, plan, undo_path(journal), finished_at
        self.result: Result = {}

    def is_due(self) -> bool:
        """Whether this attempt has to save. UsageError where it would have to, and a secret value would be lost."""
        if "undoes" in self._plan or not can_be_undone(self._plan):
            return False
        saved = read_undo(self._path, None) if self._path.exists() else None
        others = [one for path, one in all_undo(self._path.parent) if path != self._path]
        if keeps(saved, self._plan, others, self._finished_at):
            return False
        stored = self._stored()
        lost = [] if self._has_key else self._lost(self._masked(stored))
        if lost:
            more = f" and {len(lost) - _LISTED} more" if len(lost) > _LISTED else ""
            raise UsageError(
                f"The plan rewrites or removes secret values ({', '.join(lost[:_LISTED])}{more}), and could not bring "
                "them back if it had to be undone. Name a file with a password in undo_vault_password_file, or in the "
                "environment variable KONGOPS_UNDO_VAULT_PASSWORD_FILE: what is saved is then encrypted with it. "
                "Nothing was changed."
            )
        return True

    def collect(self) -> None:
        """Reads schemas and instances; secret values are among them only when there is a key to encrypt them with."""
        stored = self._stored()
        saved = collect(
            self._plan,
            {one["name"]: self._schema(one) for one in self._plan["plugins"]},
            stored if self._has_key else self._masked(stored),
            time.time(),
            masked=not self._has_key,
        )
        self.result = {"undo": saved.to_dict()}

    @property
    def _names(self) -> list[str]:
        return [str(one["name"]) for one in self._plan["plugins"]]

    @property
    def _has_key(self) -> bool:
        return bool(self._konnect.params["undo_key"])

    def _stored(self) -> Instances:
        return {name: self._konnect.stored.instances(name) for name in self._names}

    def _schema(self, plugin: Mapping[str, Any]) -> str:
        """The schema to go back to: where some members of a group have the wanted one already, that of the others."""
        wanted = plugin["inputs"]["schema"]["after"]
        return self._konnect.stored.schema(plugin["name"], lambda text: text_digest(text) == wanted) or ""

    def _masked(self, stored: Instances) -> Instances:
        return {
            name: [
                {**one, "config": masked(one.get("config") or {}, self._konnect.config_fields(name))}
                for one in instances
            ]
            for name, instances in stored.items()
        }

    def _lost(self, hidden: Instances) -> list[str]:
        return [place for one in self._plan["plugins"] for place in _lost_secrets(one, hidden[one["name"]])]


def _lost_secrets(plugin: Mapping[str, Any], hidden: list[dict[str, Any]]) -> Iterator[str]:
    """Where the edits of a plugin's instances touch a secret value, for people."""
    configs = {str(one["id"]): one for one in hidden}
    for item in plugin["instances"]:
        for edit in item["edits"]:
            if item["id"] in configs and any(
                _holds_mask(get(configs[item["id"]], tuple(edit[place]))) for place in ("at", "to_at") if place in edit
            ):
                yield f"{clean(edit['path'])} of {label_of(configs[item['id']])}"


def _holds_mask(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_mask(one) for one in value.values())
    if isinstance(value, list):
        return any(_holds_mask(one) for one in value)
    return bool(value == MASK)
