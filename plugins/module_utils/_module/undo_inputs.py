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
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import find_schema
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import list_instances
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_file import read_undo, undo_path
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import (
    begins_anew,
    can_be_undone,
    collect,
    is_half_undone,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import get
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, label_of

_LISTED = 3


def undo_data(konnect: KonnectModule, plan: Mapping[str, Any], journal: Path) -> Result:
    """``{"undo": ...}`` with what has to be written beside the journal, or nothing where an earlier attempt did so.

    Secret values are in it only when there is a key to encrypt them with. UsageError without one where the plan would
    lose a secret value for good.
    """
    if "undoes" in plan or not can_be_undone(plan):
        return {}
    path = undo_path(journal)
    if path.exists() and (not begins_anew(plan) or is_half_undone(read_undo(path, None), plan)):
        return {}
    has_key = konnect.params["undo_key"]
    names = [one["name"] for one in plan["plugins"]]
    stored = {name: list_instances(konnect.client, konnect.control_plane.id, name) for name in names}
    hidden = {
        name: [{**one, "config": masked(one.get("config") or {}, konnect.config_fields(name))} for one in instances]
        for name, instances in stored.items()
    }
    lost = [place for one in plan["plugins"] for place in _lost_secrets(one, hidden[one["name"]])]
    if lost and not has_key:
        more = f" and {len(lost) - _LISTED} more" if len(lost) > _LISTED else ""
        raise UsageError(
            f"The plan rewrites or removes secret values ({', '.join(lost[:_LISTED])}{more}), and could not bring them "
            "back if it had to be undone. Name a file with a password in undo_vault_password_file, or in the "
            "environment variable KONGOPS_UNDO_VAULT_PASSWORD_FILE: what is saved is then encrypted with it. "
            "Nothing was changed."
        )
    if konnect.check_mode:
        return {}
    schemas = {name: find_schema(konnect.client, konnect.control_plane.id, name) for name in names}
    saved = collect(
        plan,
        {name: one.lua_schema if one else "" for name, one in schemas.items()},
        stored if has_key else hidden,
        time.time(),
        masked=not has_key,
    )
    return {"undo": saved.to_dict()}


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
