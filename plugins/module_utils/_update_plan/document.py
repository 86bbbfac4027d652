# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as a JSON document, format 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.answers import missing_answers
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.binding import inputs_of
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.decision import Decision
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import digest_of
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import (
    Json,
    Judgement,
    Rejection,
    UpdatePath,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Found, Study
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, scope_of

if TYPE_CHECKING:
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.plan import Plan

FORMAT = 1
# A node's visit and reload, as measured on Kong 3.9 (kong-data-plane.md 5.10), rounded up.
SECONDS_FOR_A_NODE = 3


def plan_document(plan: Plan) -> Json:
    """Every decision, in the order in which a reader asks for it."""
    steps = [one.name for one in plan.steps]
    document: Json = {
        "format": FORMAT,
        "control_plane": plan.control_plane,
        "path": {
            "effective": plan.path.word,
            "documented": plan.documented.word,
            "evidence": plan.evidence.word,
            "policy": plan.options.path_policy,
            "reason": _reason(plan),
        },
        "ok": not plan.problems,
        "changes": plan.changes,
        "does": {name: name in steps for name in ("schema", "validate", "stage", "instances", "nodes")},
        "steps": [one.to_dict() for one in plan.steps],
        "nudge": plan.nudge,
        "announced": dict(plan.announced),
        "gap": _gap(plan),
        "plugins": [
            _plugin(plan, one, decision, "instances" in steps)
            for one, decision in zip(plan.studies, plan.decisions, strict=True)
        ],
        "nodes": _nodes(plan),
        "exposure": [one.to_dict() for one in plan.exposure],
        "coverage": plan.coverage.to_dict(),
        "advice": [one.to_dict() for one in plan.advice],
        "problems": [one.to_dict() for one in plan.problems],
        "warnings": [one.to_dict() for one in plan.warnings],
    }
    document["digest"] = digest_of(_bound(document))
    return document


def _bound(document: Json) -> Json:
    """What the plan's own digest covers: its inputs and its decisions, not its words."""
    return {
        "format": document["format"],
        "control_plane": document["control_plane"]["id"],
        "path": document["path"],
        "steps": document["steps"],
        "plugins": [
            {"name": one["name"], "inputs": one["inputs"], "edits": [item["edits"] for item in one["instances"]]}
            for one in document["plugins"]
        ],
    }


def _reason(plan: Plan) -> str:
    if not plan.steps:
        return "Nothing to do: the control plane, every instance and every node are as wanted."
    return next(one.reason for one in plan.decisions if one.path == plan.path)


def _gap(plan: Plan) -> Json | None:
    hosts = [host for host, count in plan.announced.items() if count]
    if not hosts:
        return None
    return {
        "hosts": hosts,
        "from": "instances",
        "until": "nodes",
        "estimate_seconds": SECONDS_FOR_A_NODE * len(hosts),
        "why": " ".join(dict.fromkeys(one.evidence_reason for one in plan.decisions if one.path == plan.path)),
        "text": "They reject one payload and go on serving their last good configuration until they are switched. The "
        "writes of step 3 are counted as one payload, as control planes coalesce them; many instances can make it "
        f"more. The estimate takes {SECONDS_FOR_A_NODE} s a node, one after another.",
    }


def _plugin(plan: Plan, study: Study, decision: Decision, saves: bool) -> Json:
    evidence = study.evidence
    deciding = {id(one) for one in study.decided_by()}
    return {
        "name": study.name,
        "directory": study.wanted.directory,
        "digest": study.wanted.digest,
        "handler": study.wanted.handler,
        "handler_changes": [one.to_dict() for one in study.handler],
        "path": {
            "effective": decision.path.word,
            "documented": study.documented.word,
            "evidence": study.evidence.word,
            "by": decision.by,
            "reason": decision.reason,
            "evidence_reason": decision.evidence_reason,
        },
        "uploads_schema": study.uploads,
        "changes": [_change(one) for one in study.changes],
        "schemas": [{"digest": one.digest, "holders": list(one.holders)} for one in study.baselines],
        "unknown": list(study.unknown),
        "instances": [_instance(one, saves, evidence, id(one) in deciding) for one in study.judgements],
        "missing": missing_answers(study) if saves else [],
        "inputs": inputs_of(study, plan.options),
    }


def _change(found: Found) -> Json:
    return {**found.change.to_dict(), "against": list(found.against)}


def _instance(one: Judgement, saves: bool, evidence: UpdatePath, decides: bool) -> Json:
    rewrite = one.rewrite if saves else None
    return {
        "id": str(one.instance.get("id")),
        "name": clean(one.instance.get("instance_name") or ""),
        "label": one.label,
        "scope": scope_of(one.instance),
        "enabled": one.instance.get("enabled", True),
        "verdict": min(one.verdict, evidence).word,
        "decides": decides,
        "action": "rewrite" if rewrite else "none",
        "edits": [edit.to_dict() for edit in rewrite.edits] if rewrite else [],
        "new_rejects": _texts(one.new_b0),
        "fleet_rejects_stored": {key: _texts(found) for key, found in one.fleet_b0.items() if found},
        "fleet_rejects_saved": {key: _texts(found) for key, found in one.fleet_b1.items() if found},
        "not_checked": [clean(path) for path in one.unchecked],
    }


def _texts(reasons: tuple[Rejection, ...]) -> list[str]:
    return [str(one) for one in reasons]


def _nodes(plan: Plan) -> list[Json]:
    """For each host the releases it needs, and those that are there already."""
    hosts: dict[str, Json] = {}
    for one in plan.studies:
        for host in one.hosts:
            entry = hosts.setdefault(host.name, {"host": host.name, "needs": {}, "in_place": []})
            if host.runs(one.wanted.digest):
                entry["in_place"].append(one.name)
            else:
                entry["needs"][one.name] = one.wanted.digest
    return list(hosts.values())
