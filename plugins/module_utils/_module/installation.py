# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.install_plan) does: reads the directories, the control plane and the given instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.core_entities import scope_references
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import (
    SCOPES,
    WRITABLE,
    Instance,
    desired_instance,
    same_instance,
    scope_of,
    writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import find_fields
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import list_instances
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.streaming import find_streaming
from ansible_collections.kongops.konnect.plugins.module_utils._module.approval import hold_to_approved, put_away
from ansible_collections.kongops.konnect.plugins.module_utils._module.binding_key import binding_key
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_inputs import control_plane_of, wanted_plugin
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_lint import lint_document
from ansible_collections.kongops.konnect.plugins.module_utils._module.replaced import refuse_lost_secrets
from ansible_collections.kongops.konnect.plugins.module_utils._report.findings import place
from ansible_collections.kongops.konnect.plugins.module_utils._report.operation_text import operation_text
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import instance_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.installation import (
    BUNDLED,
    CHANGE,
    CREATE,
    NONE,
    STREAMING,
    Catalogue,
    Finding,
    Given,
    plan_installation,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.operation import Operation
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import label_of

GIVEN_ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "service": {"type": "str"},
    "route": {"type": "str"},
    "consumer": {"type": "str"},
    "consumer_group": {"type": "str"},
    "instance_name": {"type": "str"},
    "enabled": {"type": "bool"},
    "protocols": {"type": "list", "elements": "str"},
    "tags": {"type": "list", "elements": "str"},
    "config": {"type": "dict"},
    "ordering": {"type": "dict"},
    "condition": {"type": "str"},
}
_SETTABLE = tuple(key for key in WRITABLE if key not in (*SCOPES, "name", "partials"))


def install_plan(konnect: KonnectModule) -> Result:
    """The result of the module.  UsageError or a failing result where something stops the installation."""
    params = konnect.params
    wanted = [wanted_plugin(path) for path in params["plugin_paths"]]
    konnect.writable_control_plane(Purpose.SCHEMA)
    control_plane = control_plane_of(konnect, wanted)
    catalogue = catalogue_of(konnect, control_plane["schemas"])
    findings = _findings(params["plugin_paths"]) if params["lint"] else []
    given = [given_instance(konnect, one, [str(plugin["name"]) for plugin in wanted]) for one in params["instances"]]
    refuse_lost_secrets(konnect, given)
    plan = plan_installation(
        wanted, control_plane, catalogue, params["fleet"], given, params["allow_missing"], findings
    )
    return operation_result(konnect, plan)


def operation_result(konnect: KonnectModule, plan: Operation) -> Result:
    """The plan as the result of a module; fails with the first problem where there is one."""
    document = plan.to_dict()
    hold_to_approved(konnect.params, document)
    result = {
        "plan": document,
        "plan_file": put_away(konnect, document),
        "text": operation_text(document),
        "changes": plan.changes,
        "problems": [str(one) for one in plan.problems],
    }
    if plan.problems:
        more = f" (and {len(plan.problems) - 1} more, see problems)" if len(plan.problems) > 1 else ""
        konnect.module.fail_json(msg=f"{plan.problems[0]}{more}", **result)
    return result


def instance_inputs(konnect: KonnectModule, plugin: str) -> list[dict[str, Any]]:
    """The stored instances of a plugin by digests that only this token's holders can compare."""
    key = binding_key(konnect.client.connection.token)
    found = []
    for one in konnect.stored.instances(plugin):
        digest = instance_digest(one, key)
        found.append({"id": str(one["id"]), "label": label_of(one), "before": digest, "after": digest})
    return found


def _findings(paths: Sequence[str]) -> list[Finding]:
    """What the linter has to say, apart from what is only worth knowing."""
    asked = {"plugin_paths": paths, "kong_version": None, "forbid_typedefs": False, "streaming_names": []}
    return [
        Finding(f"{one['message']} ({one['rule']})", place(one), one["why"], one["fix"], one["severity"] == "error")
        for one in lint_document(asked)["findings"]
        if one["severity"] != "info"
    ]


def catalogue_of(konnect: KonnectModule, schemas: Mapping[str, str | None]) -> Catalogue:
    """What the control plane knows of these plugins."""
    taken = {name: taken_by(konnect, name) for name, text in schemas.items() if text is None}
    return Catalogue(
        schemas=schemas,
        taken={name: kind for name, kind in taken.items() if kind},
        stored={name: instance_inputs(konnect, name) for name, text in schemas.items() if text is not None},
    )


def taken_by(konnect: KonnectModule, name: str) -> str | None:
    """By what a name is taken that has no schema of its own on the control plane."""
    if find_streaming(konnect.client, konnect.control_plane.id, name) is not None:
        return STREAMING
    return BUNDLED if find_fields(konnect.client, konnect.control_plane.id, name) is not None else None


def given_instance(konnect: KonnectModule, one: Mapping[str, Any], names: Iterable[str]) -> Given:
    """An instance of the argument as it would be stored, and what saving it does."""
    plugin = one["name"] or _only(names)
    client, identity = konnect.client, konnect.control_plane.id
    scope = scope_references(client, identity, one)
    stored = list_instances(client, identity, plugin)
    existing = next((row for row in stored if _is_meant(row, one["id"], scope)), None)
    about = konnect.config_fields(plugin)
    choice = instance_digest({**one, "name": plugin}, binding_key(client.connection.token))
    wanted = {key: one[key] for key in _SETTABLE if one.get(key) is not None}
    desired = desired_instance(existing, {"name": plugin, **wanted, **scope}, about)
    if existing is None:
        return Given(writable(desired), CREATE, choice)
    if same_instance(desired, existing, about):
        return Given(writable(desired, about), NONE, choice)
    return Given(writable(desired, about), CHANGE, choice, existing)


def _is_meant(row: Instance, identity: str | None, scope: Mapping[str, Any]) -> bool:
    return row.get("id") == identity if identity else scope_of(row) == scope_of(scope)


def _only(names: Iterable[str]) -> str:
    found = list(names)
    if len(found) != 1:
        raise UsageError(f"instances: with several plugins each instance needs a name, one of {', '.join(found)}.")
    return found[0]
