# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.node_info) and M(kongops.konnect.node_sync) do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import ControlPlane
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import ensure_consistent
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import Expected, fetch_fleet
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.sync import (
    SyncRules,
    SyncState,
    Verdict,
    judge,
    wait_for_sync,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError

_LISTED = 8


def node_info(konnect: KonnectModule) -> Result:
    """Every record with its verdict of this moment."""
    owner = konnect.node_owner
    fleet = fetch_fleet(konnect.client, owner.id)
    state = judge(fleet, sync_rules(konnect.params))
    verdicts = {verdict.node_id: verdict for verdict in state.verdicts}
    nodes = [
        {**node.to_dict(), "verdict": verdicts[node.id].verdict, "reason": verdicts[node.id].reason}
        for node in fleet.nodes
    ]
    return {"nodes": nodes, **_state(owner, state), "now": int(fleet.now)}


def node_sync(konnect: KonnectModule) -> Result:
    """Waits for nodes to run what the control plane expects; fails with a verdict per node when told to."""
    params = konnect.params
    until_pushed = params["until"] == "pushed"
    rules, baseline = sync_rules(params), baseline_from(params["baseline"])
    owner = konnect.node_owner
    if owner.is_group:
        ensure_consistent(konnect.client, owner)
    state = wait_for_sync(
        lambda: fetch_fleet(konnect.client, owner.id),
        rules,
        baseline=baseline,
        timeout=0 if konnect.check_mode else params["wait_timeout"],
        interval=params["wait_interval"],
        until_pushed=until_pushed,
    )
    result = {"verdicts": [verdict.to_dict() for verdict in state.verdicts], **_state(owner, state)}
    if not state.in_sync and params["required"] and not until_pushed and not konnect.check_mode:
        konnect.module.fail_json(msg=_complaint(owner, state, params["wait_timeout"]), **result, **konnect.requests())
    return result


def sync_rules(params: Mapping[str, Any]) -> SyncRules:
    """What to judge by, from the arguments."""
    return SyncRules(
        nodes=tuple(params.get("nodes") or ()),
        ping_interval=float(params["ping_interval"]),
        silent_after=float(params["silent_after"]),
    )


def baseline_from(given: Mapping[str, Any] | None) -> Expected | None:
    """The expectation before a write, as this module or node_info returned it."""
    if given is None:
        return None
    if given.get("expected_hash") is None and given.get("updated_at") is None:
        raise UsageError("baseline needs expected_hash and updated_at, as node_info and node_sync return them.")
    return Expected(hash=given["expected_hash"] or None, updated_at=int(given.get("updated_at") or 0))


def _state(owner: ControlPlane, state: SyncState) -> Result:
    return {
        "in_sync": state.in_sync,
        "summary": state.summary(),
        "baseline": state.expected.to_dict(),
        "hash_changed": state.hash_changed,
        "control_plane": {"id": owner.id, "name": owner.name},
    }


def _complaint(owner: ControlPlane, state: SyncState, timeout: float) -> str:
    counted = [verdict for verdict in state.verdicts if verdict.counted]
    if not counted:
        silent = sum(verdict.verdict == "silent" for verdict in state.verdicts)
        return (
            f"No node of {owner.name!r} can be judged: it has no live node"
            + (f" ({silent} silent record(s))" if silent else "")
            + ". Are the nodes running and connected to this control plane?"
        )
    late = [verdict for verdict in counted if verdict.verdict != "in_sync"]
    listed = "; ".join(map(_line, late[:_LISTED]))
    more = f"; and {len(late) - _LISTED} more" if len(late) > _LISTED else ""
    return f"{len(late)} of {len(counted)} nodes of {owner.name!r} are not in sync after {timeout} s: {listed}{more}."


def _line(verdict: Verdict) -> str:
    return f"{verdict.hostname or verdict.node_id}: {verdict.verdict} ({verdict.reason})"
