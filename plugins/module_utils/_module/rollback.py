# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.rollback_plan) does: the plan that leads back to what a rollout saved."""

from __future__ import annotations

from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.masking import unmasked
from ansible_collections.kongops.konnect.plugins.module_utils._module.binding_key import binding_key
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_inputs import control_plane_of
from ansible_collections.kongops.konnect.plugins.module_utils._report import plan_text
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import Saved, SavedPlugin
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.rollback import SavedState, make_rollback

Json = dict[str, Any]


def rollback_plan(konnect: KonnectModule) -> Result:
    """The result of the module. UsageError for another control plane's data; fails with the plan where it has problems.

    ``sources`` are the schemas to put back, and ``releases`` says for each host which digest of which plugin.
    """
    params = konnect.params
    saved = Saved.from_dict(params["saved"])
    control_plane = control_plane_of(konnect, [{"name": one.name, "schema": one.schema} for one in saved.plugins])
    if saved.control_plane != control_plane["id"]:
        raise UsageError(f"The undo data is of the control plane {saved.control_plane_name!r}, not of this one.")
    stored = {one.name: konnect.stored.instances(one.name) for one in saved.plugins}
    allowed = list(params["allow_missing"])
    if params["any_node"]:
        allowed += [str(one["host"]) for one in params["fleet"]]
        allowed += [str(one.get(key)) for one in control_plane["nodes"] for key in ("id", "hostname")]
    rollback = make_rollback(
        saved.target,
        [_state(one, stored[one.name], masked=saved.masked) for one in saved.plugins],
        control_plane,
        params["fleet"],
        stored,
        {"allow_missing": allowed, "binding_key": binding_key(konnect.client.connection.token)},
    )
    document = rollback.to_dict()
    result = {
        "plan": document,
        "text": plan_text(document),
        "changes": document["changes"],
        "problems": [one["text"] for one in document["problems"]],
        "sources": {one.name: one.schema for one in saved.plugins},
        "releases": {
            host: [{"name": name, "digest": digest} for name, digest in digests.items()]
            for host, digests in rollback.releases.items()
        },
        "left_out": document["coverage"]["unreachable"],
    }
    if document["problems"]:
        told = " ".join(result["problems"][:3])
        konnect.module.fail_json(msg=f"Going back would not be safe: {told}", **result)
    return result


def _state(saved: SavedPlugin, stored: list[Json], *, masked: bool) -> SavedState:
    now = {str(one["id"]): one for one in stored}
    instances = [_whole(one, now.get(str(one["id"]))) if masked else one for one in saved.instances]
    return SavedState(saved.name, saved.schema, saved.release, saved.hosts, instances, saved.known)


def _whole(instance: Json, now: Json | None) -> Json:
    """A saved instance with the secret values that were not saved because nothing was to touch them."""
    if now is None:
        return instance
    try:
        return {**instance, "config": unmasked(instance.get("config") or {}, now.get("config") or {})}
    except KonnectError as error:
        raise UsageError(
            f"Instance {instance['id']}: a secret value was taken away by somebody else since and was not saved, so "
            f"the instance cannot be put back ({error}). Set it by hand, then run this again."
        ) from None
