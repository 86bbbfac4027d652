# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control plane groups: nodes and their hash belong to the group, schemas and instances to its members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client, path
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import (
    HYBRID,
    ControlPlane,
    find_control_plane,
    list_control_planes,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError, clean
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import (
    find_schema,
    list_schemas,
    normal_text,
    same_text,
)


@dataclass(frozen=True)
class GroupStatus:
    """``state`` is OK, CONFLICT or UNKNOWN; conflicts as texts. A group in conflict sends its nodes nothing new."""

    state: str
    conflicts: tuple[str, ...] = ()


def member_ids(client: Client, group_id: str) -> list[str]:
    """Ids of the members of a group."""
    return [str(row["id"]) for row in client.items(path("control-planes", group_id, "group-memberships"), key="data")]


def members(client: Client, group_id: str) -> list[ControlPlane]:
    """The members of a group; of one that the token does not see, only the id is known."""

    def described(identity: str) -> ControlPlane:
        return find_control_plane(client, identity) or ControlPlane(identity, identity, HYBRID)

    return client.map(described, member_ids(client, group_id))


def group_status(client: Client, group_id: str) -> GroupStatus:
    """Whether the members of a group fit together."""
    data = client.get(path("control-planes", group_id, "group-status")) or {}
    item = data.get("item") or data
    return GroupStatus(
        state=clean(item.get("state") or "UNKNOWN", 40),
        conflicts=tuple(_conflict(conflict) for conflict in item.get("conflicts") or []),
    )


def is_member(client: Client, control_plane_id: str) -> bool:
    """Whether a control plane is in a group, so that it has no nodes of its own."""
    answer = client.find(path("control-planes", control_plane_id, "group-member-status"))
    return bool(answer and answer.get("is_member"))


def group_of(client: Client, control_plane: ControlPlane) -> ControlPlane | None:
    """The group that a control plane is a member of, as far as the token sees it."""
    if control_plane.is_group or not is_member(client, control_plane.id):
        return None
    groups = [group for group in list_control_planes(client) if group.is_group]
    return next((group for group in groups if control_plane.id in member_ids(client, group.id)), None)


def node_owner(client: Client, control_plane: ControlPlane) -> ControlPlane:
    """The control plane that nodes connect to: the group of a member, else the control plane itself."""
    if control_plane.is_group or not is_member(client, control_plane.id):
        return control_plane
    group = group_of(client, control_plane)
    if group is None:
        raise KonnectError(
            f"Control plane {control_plane.name!r} is a member of a group that this token does not see",
            hint="Its nodes belong to the group: give the token the role Viewer on the group.",
        )
    return group


def set_members(client: Client, group_id: str, ids: Iterable[str]) -> None:
    """Replaces the members of a group."""
    client.put(path("control-planes", group_id, "group-memberships"), {"members": [{"id": i} for i in ids]})


def schema_conflicts(client: Client, members: Iterable[ControlPlane]) -> dict[str, list[str]]:
    """Plugins of which members of one group store different schemas: plugin name to the names of those members.

    Schemas are not shared in a group, and its nodes have one ``schema.lua`` for all of them.
    """
    holders: dict[str, dict[str, list[str]]] = {}
    for member in members:
        for schema in list_schemas(client, member.id):
            holders.setdefault(schema.name, {}).setdefault(normal_text(schema.lua_schema), []).append(member.name)
    return {
        name: sorted(holder for named in texts.values() for holder in named)
        for name, texts in holders.items()
        if len(texts) > 1
    }


def schemas_elsewhere(client: Client, control_plane: ControlPlane, group: ControlPlane, name: str) -> dict[str, str]:
    """The schema of that plugin on each other member of ``group`` that stores one, by the member's name."""
    others = [one for one in members(client, group.id) if one.id != control_plane.id]
    found = client.map(lambda one: find_schema(client, one.id, name), others)
    return {other.name: schema.lua_schema for other, schema in zip(others, found, strict=True) if schema is not None}


def ensure_schemas_agree(
    control_plane: ControlPlane, elsewhere: Mapping[str, str], name: str, stored: str | None, wanted: str
) -> None:
    """Raises KonnectError when another member of the group stores neither the schema that this one has nor the one it
    is about to get: what two members already disagree about, a third text would not settle."""
    if stored is not None and same_text(stored, wanted):
        return
    for member, text in elsewhere.items():
        if not same_text(text, wanted) and (stored is None or not same_text(text, stored)):
            raise KonnectError(
                f"The members {control_plane.name!r} and {member!r} of one group "
                f"{'have' if stored is not None else 'would have'} different schemas of {name!r}",
                hint="Their nodes have one schema.lua for both: give both members the same schema first.",
            )


def ensure_consistent(client: Client, group: ControlPlane) -> None:
    """Raises KonnectError when a group is in conflict: waiting for its nodes would be waiting for nothing."""
    status = group_status(client, group.id)
    if status.state == "CONFLICT":
        raise KonnectError(
            f"The group {group.name!r} is in conflict and sends its nodes no new configuration: "
            + ("; ".join(status.conflicts) or "Konnect gives no detail"),
            hint="Solve the conflict between its members first.",
        )


def _conflict(conflict: Mapping[str, Any]) -> str:
    resource = conflict.get("resource") or {}
    where = f" ({resource.get('type')} {resource.get('id')} in {conflict.get('cluster_id')})" if resource else ""
    return clean(f"{conflict.get('description') or 'conflict'}{where}", 300)
