# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.given_instances) does: the instances of an installation, tried or saved together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import Instance, new_id
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import (
    delete_instance,
    list_instances,
    put_instance,
    refusal,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.installation import given_instance
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.installation import CREATE, NONE, Given
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import label_of

_LISTED = 3


def ensure_given(konnect: KonnectModule) -> Result:
    """Tries every instance; saves those that are not as given, all or none, where that is asked for."""
    params = konnect.params
    if params["state"] == "taken_back":
        return _take_back(konnect)
    control_plane = konnect.writable_control_plane(Purpose.INSTANCE)
    given = [given_instance(konnect, one, params["plugins"]) for one in params["instances"]]
    for one in given:
        konnect.learn_secrets(one.plugin, [one.instance])
    pending = [one for one in given if one.action != NONE]
    _refuse_refused(konnect, pending)
    if params["state"] == "tried":
        return {"changed": False}
    bodies = _with_ids(konnect, pending)
    created = [str(body["id"]) for one, body in zip(pending, bodies, strict=True) if one.action == CREATE]
    if pending and not konnect.check_mode:
        try:
            konnect.client.map(lambda body: put_instance(konnect.client, control_plane.id, body), bodies)
        except KonnectError:
            konnect.client.map(lambda identity: delete_instance(konnect.client, control_plane.id, identity), created)
            raise
    return {"changed": bool(pending), "created": created, "saved": [str(body["id"]) for body in bodies]}


def _take_back(konnect: KonnectModule) -> Result:
    """Deletes what this module made before."""
    control_plane = konnect.writable_control_plane(Purpose.INSTANCE)
    ids = konnect.params["created"]
    if not konnect.check_mode:
        konnect.client.map(lambda identity: delete_instance(konnect.client, control_plane.id, identity), ids)
    return {"changed": bool(ids), "created": []}


def _refuse_refused(konnect: KonnectModule, pending: Sequence[Given]) -> None:
    answers = konnect.client.map(
        lambda one: refusal(konnect.client, konnect.control_plane.id, one.instance), list(pending)
    )
    found = [(one, answer) for one, answer in zip(pending, answers, strict=True) if answer is not None]
    if found:
        told = "; ".join(f"{label_of(one.instance)}: {answer}" for one, answer in found[:_LISTED])
        more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise KonnectError(f"The control plane refuses {len(found)} of the given instances: {told}{more}")


def _with_ids(konnect: KonnectModule, pending: Sequence[Given]) -> list[Instance]:
    """The bodies to send. The id of a new instance depends on plugin and scope, so that it cannot be made twice."""
    taken: dict[str, set[str]] = {}
    bodies: list[dict[str, Any]] = []
    for one in pending:
        if one.plugin not in taken:
            stored = list_instances(konnect.client, konnect.control_plane.id, one.plugin)
            taken[one.plugin] = {str(row["id"]) for row in stored}
        identity = one.instance.get("id") or new_id(konnect.control_plane.id, one.instance, taken[one.plugin])
        taken[one.plugin].add(str(identity))
        bodies.append({**one.instance, "id": identity})
    return bodies
