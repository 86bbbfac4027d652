# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.control_plane) and its info twin do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import (
    GROUP,
    HYBRID,
    ControlPlane,
    create_control_plane,
    delete_control_plane,
    find_control_plane,
    get_control_plane,
    list_control_planes,
    update_control_plane,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import (
    group_of,
    group_status,
    member_ids,
    members,
    schema_conflicts,
    set_members,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import expected_hash
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError

CLUSTER_TYPES = {"control_plane": HYBRID, "group": GROUP}
_PATCHABLE = ("name", "description", "auth_type", "proxy_urls", "labels")
MOST_LABELS = 5


def control_plane_info(konnect: KonnectModule) -> Result:
    """One control plane with its group, or all that the token sees."""
    name = konnect.params["control_plane"]
    if not name:
        found = list_control_planes(konnect.client, konnect.params["labels"])
        return {"control_planes": [one.to_dict() for one in found]}
    return {"control_planes": [_described(konnect.client, get_control_plane(konnect.client, name))]}


def ensure_control_plane(konnect: KonnectModule) -> Result:
    """Present or absent, as the arguments say."""
    existing = find_control_plane(konnect.client, konnect.params["control_plane"])
    if konnect.params["state"] == "absent":
        return _absent(konnect, existing)
    wanted_members = _members(konnect)
    before = _view(konnect.client, existing) if existing else {}
    if existing is None:
        wanted = _wanted(konnect, None)
        after = {**wanted, **({} if wanted_members is None else {"members": sorted(wanted_members)})}
        if konnect.check_mode:
            return {"changed": True, "control_plane": after, **konnect.diff({}, after, wanted["name"])}
        made = create_control_plane(konnect.client, wanted)
        if wanted_members:
            set_members(konnect.client, made.id, wanted_members)
        shown = _described(konnect.client, made)
        return {"changed": True, "control_plane": shown, **konnect.diff({}, after, made.name)}
    changes = _wanted(konnect, existing)
    new_members = None if wanted_members is None else sorted(wanted_members)
    new_members = None if new_members == before.get("members") else new_members
    after = {**before, **changes, **({} if new_members is None else {"members": new_members})}
    if not konnect.check_mode:
        if changes:
            existing = update_control_plane(konnect.client, existing.id, changes)
        if new_members is not None:
            set_members(konnect.client, existing.id, new_members)
    return {
        "changed": bool(changes) or new_members is not None,
        "control_plane": _described(konnect.client, existing),
        **konnect.diff(before, after, existing.name),
    }


def _absent(konnect: KonnectModule, existing: ControlPlane | None) -> Result:
    if existing is None:
        return {"changed": False, "control_plane": None}
    if not konnect.check_mode:
        delete_control_plane(konnect.client, existing.id)
    return {
        "changed": True,
        "control_plane": None,
        **konnect.diff(
            _view(konnect.client, existing) if konnect.check_mode else {"name": existing.name}, {}, "absent"
        ),
    }


def _wanted(konnect: KonnectModule, existing: ControlPlane | None) -> dict[str, Any]:
    """The body that creates, or the keys that differ from what is there."""
    params = konnect.params
    given: dict[str, Any] = {
        key: params[key] for key in ("description", "auth_type", "proxy_urls") if params[key] is not None
    }
    if params["labels"] is not None:
        given["labels"] = _labels(params, existing.labels if existing else {})
    kind = CLUSTER_TYPES[params["cluster_type"]] if params["cluster_type"] else None
    if existing is None:
        return {"name": params["control_plane"], **given, "cluster_type": kind or HYBRID}
    if kind and kind != existing.cluster_type:
        raise UsageError(
            f"Control plane {existing.name!r} is of type {existing.cluster_type}, which Konnect cannot change. Create "
            "another one."
        )
    current = existing.to_dict()
    return {key: value for key, value in given.items() if value != current[key]}


def _labels(params: Mapping[str, Any], current: Mapping[str, str]) -> dict[str, str]:
    """The whole map to send: labels that are not named stay, unless only the named ones shall be."""
    given = {str(key): str(value) for key, value in params["labels"].items() if value is not None}
    kept = {} if params["exclusive_labels"] else {k: v for k, v in current.items() if k not in params["labels"]}
    merged = {**kept, **given}
    if len(merged) > MOST_LABELS:
        raise UsageError(
            f"A control plane carries at most {MOST_LABELS} labels, and these would be {len(merged)}: "
            f"{', '.join(sorted(merged))}. Remove one by setting it to null."
        )
    return merged


def _members(konnect: KonnectModule) -> list[str] | None:
    names = konnect.params["members"]
    if names is None:
        return None
    found = [get_control_plane(konnect.client, name) for name in names]
    for member in found:
        if member.cluster_type != HYBRID:
            raise UsageError(f"{member.name!r} is of type {member.cluster_type} and cannot be a member of a group.")
    return [member.id for member in found]


def _view(client: Client, control_plane: ControlPlane) -> dict[str, Any]:
    """What this module can change, for comparison and diff."""
    plain = control_plane.to_dict()
    view = {key: plain[key] for key in (*_PATCHABLE, "cluster_type")}
    return {**view, "members": sorted(member_ids(client, control_plane.id))} if control_plane.is_group else view


def _described(client: Client, control_plane: ControlPlane) -> dict[str, Any]:
    """A control plane with its group or members, and what it expects of its nodes."""
    described, owner = control_plane.to_dict(), control_plane
    if control_plane.is_group:
        status, inside = group_status(client, control_plane.id), members(client, control_plane.id)
        described["members"] = [{"id": member.id, "name": member.name} for member in inside]
        described["group_status"] = {"state": status.state, "conflicts": list(status.conflicts)}
        described["schema_conflicts"] = schema_conflicts(client, inside)
    else:
        group = group_of(client, control_plane)
        described["group"] = {"id": group.id, "name": group.name, "labels": dict(group.labels)} if group else None
        owner = group or control_plane
    described["baseline"] = expected_hash(client, owner.id).to_dict()
    return described
