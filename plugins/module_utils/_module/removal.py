# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.removal_plan) and M(kongops.konnect.instance_removal) do."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import members
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import home_of
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.masking import secret_values
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import find_schema
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import delete_instance, list_instances
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rewrite import ForeignWriteError
from ansible_collections.kongops.konnect.plugins.module_utils._module.installation import (
    instance_inputs,
    operation_result,
    taken_by,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_inputs import control_plane_of
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.removal import (
    Known,
    RemovalOptions,
    plan_removal,
)


def removal_plan(konnect: KonnectModule) -> Result:
    """The plan; a failing result where something stops the removal."""
    params = konnect.params
    konnect.stored.ensure_writable(Purpose.INSTANCE)
    control_plane = control_plane_of(konnect, [{"name": name} for name in params["names"]])
    plugins = [_known(konnect, name, control_plane["schemas"][name]) for name in params["names"]]
    options = RemovalOptions(
        confirmed=tuple(params["confirmed"]),
        has_key=bool(params["undo_vault_password_file"]),
        allow_missing=tuple(params["allow_missing"]),
    )
    return operation_result(konnect, plan_removal(plugins, control_plane, params["fleet"], options))


def delete_instances(konnect: KonnectModule) -> Result:
    """Deletes the instances of a plan. One that was made since stops it before anything is deleted: nothing was kept
    of it. Those that are gone already are no error."""
    konnect.stored.ensure_writable(Purpose.INSTANCE)
    doomed = []
    for plugin in konnect.params["plan"]["plugins"]:
        planned = {str(one["id"]) for one in plugin["instances"]}
        for one in konnect.stored.instances(plugin["name"]):
            if str(one["id"]) not in planned:
                raise ForeignWriteError(
                    f"Instance {one['id']} of {plugin['name']!r} was made after the plan",
                    hint="Plan again. No instance was deleted.",
                )
            doomed.append(one)
    if not konnect.check_mode:
        konnect.client.map(lambda one: delete_instance(konnect.client, home_of(one), str(one["id"])), doomed)
    return {"changed": bool(doomed), "deleted": [str(one["id"]) for one in doomed]}


def _known(konnect: KonnectModule, name: str, schema: str | None) -> Known:
    stored = konnect.stored.instances(name) if schema is not None else []
    about = konnect.config_fields(name) if stored else None
    return Known(
        name=name,
        schema=schema,
        stored=tuple(instance_inputs(konnect, name)) if stored else (),
        secret=any(True for one in stored for _value in secret_values(one.get("config") or {}, about)),
        taken=taken_by(konnect, name) if schema is None else None,
        elsewhere=tuple(_elsewhere(konnect, name)),
    )


def _elsewhere(konnect: KonnectModule, name: str) -> list[str]:
    """The other members of the group, whose nodes are the same, that have the plugin."""
    owner = konnect.node_owner
    if not owner.is_group or owner is konnect.control_plane:
        return []
    others = [one for one in members(konnect.client, owner.id) if one.id != konnect.control_plane.id]
    having = [one for one in others if find_schema(konnect.client, one.id, name) is not None]
    return [f"{one.name} ({len(list_instances(konnect.client, one.id, name))} instance(s))" for one in having]
