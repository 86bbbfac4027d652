# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of a plan, read from the plugin directories and the control plane, and the plan as a module's result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import (
    ensure_consistent,
    ensure_schemas_agree,
    schemas_elsewhere,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import fetch_fleet
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import same_text
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import parse_ahead
from ansible_collections.kongops.konnect.plugins.module_utils._module.approval import hold_to_approved, put_away
from ansible_collections.kongops.konnect.plugins.module_utils._module.binding_key import binding_key
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_files import LARGE_BYTES, summary
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import PHASES
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release, read_release
from ansible_collections.kongops.konnect.plugins.module_utils._report import (
    as_json,
    plan_markdown,
    plan_text,
    rehearsal_text,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Plan, make_plan

_FUNCTION = re.compile(r"function\s+[A-Za-z_]\w*[:.](\w+)\s*\(")
_PRIORITY = re.compile(r"\bPRIORITY\s*=\s*(-?\d+)")
_VERSION = re.compile(r"\bVERSION\s*=\s*[\"']([0-9][^\"']{0,30})[\"']")
_RENDER = {"text": plan_text, "markdown": plan_markdown, "json": as_json}


def update_plan(konnect: KonnectModule) -> dict[str, Any]:
    """The result of the module update_plan.  UsageError carries the plan where something in it stops a rollout."""
    params = konnect.params
    wanted = [wanted_plugin(path) for path in params["plugin_paths"]]
    parse_ahead(one["schema"] for one in wanted)  # while the control plane is asked
    control_plane = control_plane_of(konnect, wanted)
    control_plane["elsewhere"] = _elsewhere(konnect, wanted, control_plane["schemas"])
    instances = {one["name"]: konnect.stored.instances(one["name"]) for one in wanted}
    plan = make_plan(wanted, control_plane, params["fleet"], instances, _options(konnect))
    document = plan.to_dict()
    hold_to_approved(params, document)
    file = put_away(konnect, document)
    large = file is not None and not params["approved_digest"] and len(as_json(document)) > LARGE_BYTES
    result = {
        "plan": summary(document) if large else document,
        "plan_file": file,
        "changes": document["changes"],
        "problems": [one["text"] for one in document["problems"]],
    }
    if params["format"] == "rehearsal":
        result["rehearsal"] = plan.rehearsal()
        result["text"] = rehearsal_text(document, result["rehearsal"])
    else:
        result["text"] = _RENDER[params["format"]](document)
    _stop(konnect, plan, result)
    return result


def wanted_plugin(path: str) -> dict[str, Any]:
    """One element of make_plan's ``wanted`` from a plugin directory.  ReleaseError where it is none."""
    release = read_release(path)
    return {
        "name": release.name,
        "directory": path.rstrip("/"),
        "schema": release.text("schema.lua"),
        "digest": release.digest,
        "manifest": release.manifest,
        "handler": handler_facts(release),
    }


def handler_facts(release: Release) -> dict[str, Any]:
    """What handler.lua says in plain sight: priority, version and phases; None where it does not."""
    text = release.text("handler.lua") or ""
    priority, version = _PRIORITY.search(text), _VERSION.search(text)
    return {
        "priority": int(priority.group(1)) if priority else None,
        "version": version.group(1) if version else None,
        "phases": sorted(PHASES & set(_FUNCTION.findall(text))),
    }


def control_plane_of(konnect: KonnectModule, wanted: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """make_plan's ``control_plane``: schemas by plugin name, the members of a group that store one, and the nodes,
    which are the group's for a member.

    Each of ``wanted`` has the ``name`` of a plugin, and the ``schema`` that it is about to get where it gets one.
    KonnectError where members of a group store different ones.
    """
    control_plane, stored = konnect.control_plane, konnect.stored
    fleet = fetch_fleet(konnect.client, konnect.node_owner.id)
    schemas: dict[str, str | None] = {}
    holders: dict[str, str] = {}
    for one in wanted:
        there = stored.schemas(one["name"])
        schemas[one["name"]] = stored.agreed(one["name"], there, partial(same_text, one.get("schema") or ""))
        holders.update((place.id, place.name) for place, _schema in there)
    return {
        "id": control_plane.id,
        "name": control_plane.name,
        "cluster_type": control_plane.cluster_type,
        "members": [{"id": i, "name": n} for i, n in holders.items()] if control_plane.is_group else [],
        "schemas": schemas,
        "nodes": [one.to_dict() for one in fleet.nodes],
        "expected_hash": fleet.expected.hash,
        "now": fleet.now,
    }


def _elsewhere(
    konnect: KonnectModule, wanted: Iterable[Mapping[str, Any]], stored: Mapping[str, str | None]
) -> dict[str, list[str]]:
    """By plugin the other members of the group that store another schema of it than the wanted one.  KonnectError where
    the group is in conflict."""
    owner = konnect.node_owner
    if not owner.is_group:
        return {}
    ensure_consistent(konnect.client, owner)
    if owner is konnect.control_plane:
        return {}
    found = {}
    for one in wanted:
        elsewhere = schemas_elsewhere(konnect.client, konnect.control_plane, owner, one["name"])
        ensure_schemas_agree(konnect.control_plane, elsewhere, one["name"], stored[one["name"]], one["schema"])
        found[one["name"]] = [member for member, text in elsewhere.items() if not same_text(text, one["schema"])]
    return found


def _options(konnect: KonnectModule) -> dict[str, Any]:
    names = ("path_policy", "update_path", "accept_risk", "instance_values", "allow_missing")
    options = {name: konnect.params[name] for name in names}
    return {**options, "binding_key": binding_key(konnect.client.connection.token)}


def _stop(konnect: KonnectModule, plan: Plan, result: dict[str, Any]) -> None:
    if plan.problems:
        more = f" (and {len(plan.problems) - 1} more, see problems)" if len(plan.problems) > 1 else ""
        konnect.module.fail_json(msg=f"{plan.problems[0]}{more}", **result)
    if konnect.params["fail_on_changes"] and plan.changes:
        konnect.module.fail_json(msg=f"The plan has {plan.changes} change(s), and fail_on_changes is set.", **result)
