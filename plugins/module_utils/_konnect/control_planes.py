# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control planes: found by name or id, and refused where this collection cannot serve them (konnect-api.md b)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client, path
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

HYBRID = "CLUSTER_TYPE_CONTROL_PLANE"
GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"
KUBERNETES = "CLUSTER_TYPE_K8S_INGRESS_CONTROLLER"
SERVERLESS = frozenset({"CLUSTER_TYPE_SERVERLESS", "CLUSTER_TYPE_SERVERLESS_V1"})
EVENT_PROXY = "CLUSTER_TYPE_KAFKA_NATIVE_EVENT_PROXY"


class Purpose(Enum):
    """What a module is about to write."""

    SCHEMA = "schemas of custom plugins"
    INSTANCE = "plugin instances"
    STREAMING = "streaming plugins"


@dataclass(frozen=True)
class ControlPlane:
    """A control plane or a group of them. ``created_at`` and ``updated_at`` are ISO-8601 as the API gives them."""

    id: str
    name: str
    cluster_type: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    auth_type: str = ""
    cloud_gateway: bool = False
    proxy_urls: tuple[Mapping[str, Any], ...] = ()
    control_plane_endpoint: str = ""
    telemetry_endpoint: str = ""
    created_at: str = ""
    updated_at: str = ""

    @property
    def is_group(self) -> bool:
        """Whether nodes connect to it while its configuration is written to its members."""
        return self.cluster_type == GROUP

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            **asdict(self),
            "labels": dict(self.labels),
            "proxy_urls": [dict(url) for url in self.proxy_urls],
            "is_group": self.is_group,
        }


def control_plane_from(data: Mapping[str, Any]) -> ControlPlane:
    """From the API's object; unknown keys are ignored."""
    config = data.get("config") or {}
    return ControlPlane(
        id=str(data.get("id") or ""),
        name=str(data.get("name") or ""),
        cluster_type=str(config.get("cluster_type") or HYBRID),
        description=str(data.get("description") or ""),
        labels=dict(data.get("labels") or {}),
        auth_type=str(config.get("auth_type") or ""),
        cloud_gateway=bool(config.get("cloud_gateway")),
        proxy_urls=tuple(config.get("proxy_urls") or ()),
        control_plane_endpoint=str(config.get("control_plane_endpoint") or ""),
        telemetry_endpoint=str(config.get("telemetry_endpoint") or ""),
        created_at=str(data.get("created_at") or ""),
        updated_at=str(data.get("updated_at") or ""),
    )


def is_uuid(text: str) -> bool:
    """Whether a text has the form of an id."""
    return _UUID.fullmatch(text) is not None


def list_control_planes(client: Client, labels: Mapping[str, str] | None = None) -> list[ControlPlane]:
    """Every control plane the token may see, optionally only those that carry all of the labels."""
    params = {"labels": ",".join(f"{key}:{value}" for key, value in labels.items())} if labels else {}
    return [control_plane_from(item) for item in client.numbered(path("control-planes"), params)]


def find_control_plane(client: Client, name_or_id: str) -> ControlPlane | None:
    """By id when it looks like one, else by its exact name; None when this token sees none in this region."""
    if is_uuid(name_or_id):
        try:
            return control_plane_from(client.get(path("control-planes", name_or_id)))
        except KonnectError as error:
            if error.status == 404:
                return None
            raise
    rows = client.numbered(path("control-planes"), {"filter[name][eq]": name_or_id})
    return next((control_plane_from(row) for row in rows if row.get("name") == name_or_id), None)


def get_control_plane(client: Client, name_or_id: str) -> ControlPlane:
    """Like find_control_plane, but its absence is an error that speaks of the region."""
    found = find_control_plane(client, name_or_id)
    if found is None:
        raise KonnectError(
            f"There is no control plane {name_or_id!r} at {client.connection.base_url}",
            hint="A control plane lives in one region: check region (or url), the spelling, and that the token may "
            "see it.",
        )
    return found


def ensure_writable(control_plane: ControlPlane, purpose: Purpose, members: Sequence[str] = ()) -> None:
    """Raises KonnectError with the reason and the way when this control plane does not take such a write.

    members: names of the members when it is a group, to be named in the message.
    """
    refusal = _refusal(control_plane, purpose, members)
    if refusal:
        raise KonnectError(f"Control plane {control_plane.name!r} does not take {purpose.value}: {refusal}")


def _refusal(control_plane: ControlPlane, purpose: Purpose, members: Sequence[str]) -> str:
    if control_plane.is_group:
        return (
            "it is a group, and its configuration is that of its members. Name the member that holds what you mean: "
            + (", ".join(members) or "it has none yet")
            + "."
        )
    if control_plane.cluster_type == KUBERNETES:
        return (
            "it is written by the Kong Ingress Controller and read-only to the API. Change the KongPlugin resources "
            "in the cluster instead."
        )
    if control_plane.cluster_type in SERVERLESS and purpose is not Purpose.INSTANCE:
        return "its gateways are serverless and run bundled plugins only. Use a hybrid control plane."
    if control_plane.cluster_type == EVENT_PROXY:
        return "it is a Kafka event proxy and has no Kong plugins. Use a hybrid control plane."
    if control_plane.cloud_gateway and purpose is Purpose.SCHEMA:
        return (
            "its nodes are Dedicated Cloud Gateways, which take no plugin files. Use kongops.konnect.streaming_plugin "
            "instead."
        )
    return ""


def create_control_plane(client: Client, wanted: Mapping[str, Any]) -> ControlPlane:
    """Creates by POST. When the answer was lost, the name tells whether it had landed; it is never created twice."""
    try:
        return control_plane_from(client.post(path("control-planes"), wanted))
    except KonnectError as error:
        landed = find_control_plane(client, str(wanted["name"])) if error.may_have_landed else None
        if landed is None:
            raise
        return landed


def update_control_plane(client: Client, control_plane_id: str, changes: Mapping[str, Any]) -> ControlPlane:
    """PATCH of the given keys. ``labels`` replaces the whole map, so it must hold every label that is to stay."""
    return control_plane_from(client.patch(path("control-planes", control_plane_id), changes))


def delete_control_plane(client: Client, control_plane_id: str) -> None:
    """Deletes a control plane with everything in it; one that is gone already is no error."""
    try:
        client.delete(path("control-planes", control_plane_id))
    except KonnectError as error:
        if error.status != 404:
            raise
