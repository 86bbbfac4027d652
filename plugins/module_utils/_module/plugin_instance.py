# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.plugin_instance) and its info twin do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect import core_entities
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import (
    SCOPES,
    Instance,
    desired_instance,
    new_id,
    same_instance,
    scope_of,
    scope_text,
    writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.masking import unmasked
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import (
    delete_instance,
    find_instance,
    list_instances,
    put_instance,
    refusal,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rewrite import ensure_unchanged
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError

_OPTIONAL = ("instance_name", "enabled", "protocols", "tags", "config", "ordering", "condition")


def ensure_instance(konnect: KonnectModule) -> Result:
    """Present or absent, as the arguments say."""
    control_plane = konnect.writable_control_plane(Purpose.INSTANCE)
    scope = core_entities.scope_references(konnect.client, control_plane.id, konnect.params)
    stored = list_instances(konnect.client, control_plane.id, konnect.params["name"])
    existing = _chosen(konnect, stored, scope)
    if existing is not None:
        konnect.learn_secrets(str(existing["name"]), [existing])
    if konnect.params["state"] == "absent":
        return _absent(konnect, existing)
    return _present(konnect, existing, scope, taken={str(instance["id"]) for instance in stored})


def instance_info(konnect: KonnectModule) -> Result:
    """The instances that the arguments select, secrets masked unless they are asked for."""
    control_plane, params = konnect.control_plane, konnect.params
    if params["id"]:
        found = find_instance(konnect.client, control_plane.id, params["id"])
        instances = [found] if found and params["name"] in {None, found["name"]} else []
    else:
        instances = list_instances(konnect.client, control_plane.id, params["name"])
    scopes = _scope_names(konnect, instances)
    return {
        "instances": [
            {
                **(instance if params["show_secrets"] else konnect.shown(instance)),
                "scope": _named_scope(instance, scopes),
            }
            for instance in instances
        ],
        "control_plane": {"id": control_plane.id, "name": control_plane.name},
    }


def _present(konnect: KonnectModule, existing: Instance | None, scope: Mapping[str, Any], *, taken: set[str]) -> Result:
    name, control_plane = konnect.params["name"], konnect.control_plane
    about = konnect.config_fields(name)
    if about is None:
        raise UsageError(
            f"The control plane {control_plane.name!r} knows no plugin {name!r}. Upload its schema first, with "
            "kongops.konnect.plugin_schema."
        )
    desired = desired_instance(existing, _wanted(konnect, existing, scope), about)
    if existing is None:
        desired["id"] = konnect.params["id"] or new_id(control_plane.id, desired, taken)
    konnect.learn_secrets(name, [desired])
    if existing is not None and same_instance(desired, existing, about):
        return {"changed": False, "instance": konnect.shown(existing), **_diff(konnect, existing, existing)}
    body = writable(desired, about)
    if konnect.check_mode:
        complaint = refusal(konnect.client, control_plane.id, body)
        if complaint is not None:
            raise complaint
        after: Instance = {**(existing or {}), **body}
    else:
        if existing is not None:
            ensure_unchanged(find_instance(konnect.client, control_plane.id, str(existing["id"])), existing, about)
        after = put_instance(konnect.client, control_plane.id, body)
        konnect.learn_secrets(name, [after])
    return {"changed": True, "instance": konnect.shown(after), **_diff(konnect, existing, after)}


def _absent(konnect: KonnectModule, existing: Instance | None) -> Result:
    if existing is None:
        return {"changed": False, "instance": None, **_diff(konnect, None, None)}
    if not konnect.check_mode:
        delete_instance(konnect.client, konnect.control_plane.id, str(existing["id"]))
    return {"changed": True, "instance": None, **_diff(konnect, existing, None)}


def _wanted(konnect: KonnectModule, existing: Instance | None, scope: Mapping[str, Any]) -> dict[str, Any]:
    """What the arguments ask for; the scope is only asked for when it is named, or when there is nothing yet."""
    params = konnect.params
    wanted = {key: params[key] for key in _OPTIONAL if params[key] is not None}
    if "config" in wanted:
        wanted["config"] = unmasked(wanted["config"], (existing or {}).get("config") or {})
    if existing is None or any(params[kind] for kind in SCOPES):
        wanted.update(scope)
    return {"name": params["name"], **wanted}


def _chosen(konnect: KonnectModule, stored: list[Instance], scope: Mapping[str, Any]) -> Instance | None:
    """The instance that is meant: by its id, or by plugin and scope, of which there is at most one."""
    identity = konnect.params["id"]
    if not identity:
        return next((instance for instance in stored if scope_of(instance) == scope_of(scope)), None)
    found = find_instance(konnect.client, konnect.control_plane.id, identity)
    if found is not None and found.get("name") != konnect.params["name"]:
        raise UsageError(
            f"Instance {identity} is one of plugin {found.get('name')!r}, not of {konnect.params['name']!r}. A plugin "
            "cannot be exchanged in place: make a new instance."
        )
    return found


def _diff(konnect: KonnectModule, before: Instance | None, after: Instance | None) -> Result:
    named = after or before
    header = f"{konnect.params['name']} ({scope_text(named)})" if named else konnect.params["name"]
    return konnect.diff(
        writable(konnect.shown(before)) if before else {}, writable(konnect.shown(after)) if after else {}, header
    )


def _scope_names(konnect: KonnectModule, instances: list[Instance]) -> dict[str, dict[str, str]]:
    used = [kind for kind in SCOPES if any(instance.get(kind) for instance in instances)]
    return {kind: core_entities.names(konnect.client, konnect.control_plane.id, kind) for kind in used}


def _named_scope(instance: Instance, names: Mapping[str, Mapping[str, str]]) -> str:
    parts = [
        f"{kind} {names[kind].get(identity, identity)}"
        for kind, identity in zip(SCOPES, scope_of(instance), strict=True)
        if identity
    ]
    return ", ".join(parts) or "global"
