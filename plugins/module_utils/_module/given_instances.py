# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.given_instances) does: the instances of an installation, tried or saved together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.concurrency import attempt_each
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import HOME, Instance, new_id
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import (
    delete_instance,
    list_instances,
    put_instance,
    refusal,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rewrite import Rewrite, rewrite_all
from ansible_collections.kongops.konnect.plugins.module_utils._module.installation import given_instance
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result
from ansible_collections.kongops.konnect.plugins.module_utils._module.replaced import (
    put_back,
    refuse_lost_secrets,
    replaced_by,
)
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
    refuse_lost_secrets(konnect, pending)
    _refuse_refused(konnect, pending)
    if params["state"] == "tried":
        return {"changed": False}
    bodies = _with_ids(konnect, pending)
    created = [str(body["id"]) for one, body in zip(pending, bodies, strict=True) if one.action == CREATE]
    replaced: list[Result] = []
    if pending and not konnect.check_mode:
        replaced = replaced_by(konnect, _save(konnect, control_plane.id, pending, bodies))
    return {
        "changed": bool(pending),
        "created": created,
        "replaced": replaced,
        "saved": [str(body["id"]) for body in bodies],
    }


def _save(
    konnect: KonnectModule, control_plane_id: str, pending: Sequence[Given], bodies: Sequence[Instance]
) -> list[tuple[Instance, Instance]]:
    """Saves all or none, new ones first, and returns those that were changed: before and after."""
    pairs = [*zip(pending, bodies, strict=True)]
    new = [body for one, body in pairs if one.before is None]
    rewrites = [
        Rewrite({**one.before, HOME: {"id": control_plane_id}}, body, True, konnect.config_fields(one.plugin))
        for one, body in pairs
        if one.before is not None
    ]
    try:
        konnect.client.map(lambda body: put_instance(konnect.client, control_plane_id, body), new)
        written = rewrite_all(konnect.client, rewrites)
    except KonnectError as error:
        stuck = _delete(konnect, control_plane_id, [str(body["id"]) for body in new])
        if stuck:
            error.hint = " ".join(filter(None, [error.hint, f"What was made could not be deleted again: {stuck[0]}"]))
        raise
    return [(one.before, after) for one, after in zip(rewrites, written, strict=True)]


def _take_back(konnect: KonnectModule) -> Result:
    """Deletes what this module made before, and puts back what it replaced. KonnectError for what could not be."""
    control_plane = konnect.writable_control_plane(Purpose.INSTANCE)
    ids, replaced = konnect.params["created"], konnect.params["replaced"]
    if not konnect.check_mode:
        problems = [*put_back(konnect, control_plane.id, replaced), *_delete(konnect, control_plane.id, ids)]
        if problems:
            told = "; ".join(map(str, problems[:_LISTED]))
            raise KonnectError(
                f"{len(problems)} of {len(ids) + len(replaced)} instances could not be taken back: {told}"
            )
    return {"changed": bool(ids or replaced), "created": [], "replaced": []}


def _delete(konnect: KonnectModule, control_plane_id: str, ids: Sequence[str]) -> list[KonnectError]:
    """Deletes each on its own; why some could not be."""
    client = konnect.client
    outcomes = attempt_each(
        lambda identity: delete_instance(client, control_plane_id, identity),
        ids,
        client.connection.concurrency,
        stop=False,
    )
    return [one.error for one in outcomes if one.error is not None]


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
