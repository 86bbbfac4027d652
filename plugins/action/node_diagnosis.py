# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts together what was seen of nodes and says what is wrong. Runs on the controller and asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible.utils.display import Display

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import shown
from ansible_collections.kongops.konnect.plugins.module_utils._node.diagnosis import Finding, diagnose, record_of
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import unreachable
from ansible_collections.kongops.konnect.plugins.module_utils._node.verdict import GOOD
from ansible_collections.kongops.konnect.plugins.module_utils._report.nodes import node_text, nodes_text
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_action import ControllerAction
from ansible_collections.kongops.konnect.plugins.plugin_utils.fleet_plan import LOOK

# Where `prove` of the data_plane role leaves what it saw, and `verify` why there was no proof.
OBSERVED, FAILURE = "data_plane_observed", "data_plane_failure"


class ActionModule(ControllerAction):
    """See the documentation in plugins/modules/node_diagnosis.py."""

    ARGUMENTS = {
        "nodes": {"type": "list", "elements": "str", "required": True},
        "records": {"type": "list", "elements": "dict", "default": []},
        "wording": {"type": "str", "choices": ["table", "words"], "default": "table"},
        "required": {"type": "bool", "default": False},
    }

    def work(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        hostvars = task_vars["hostvars"]
        in_words = arguments["wording"] == "words"
        nodes = [_node(host, hostvars[host], arguments["records"], in_words) for host in arguments["nodes"]]
        text = "\n".join(map(node_text, nodes)) if in_words else nodes_text(nodes)
        Display().display(text)
        findings = {one["host"]: one["findings"] for one in nodes}
        ill = [host for host, found in findings.items() if found]
        result: dict[str, Any] = {"changed": False, "findings": findings, "text": text}
        if ill and arguments["required"]:
            result.update(failed=True, msg=f"{len(ill)} of {len(nodes)} nodes need attention: {', '.join(ill[:8])}")
        return result


def _node(
    host: str, variables: Mapping[str, Any], records: Sequence[Mapping[str, Any]], doubts: bool
) -> dict[str, Any]:
    seen = variables.get(LOOK) or {}
    look = seen.get("node") or unreachable(host, str(seen.get("msg") or "it was not looked at"))
    record = record_of(look, records) if look["reachable"] else None
    verdict = (variables.get(OBSERVED) or {}).get("verdict")
    accepted = bool(verdict) and verdict["kind"] == "accepted"
    findings = [
        *_of_proof(verdict, variables.get(FAILURE)),
        *diagnose(look, seen.get("log"), record, doubts=doubts, accepted=accepted),
    ]
    return {
        "host": host,
        "look": look,
        "record": record,
        "verdict": verdict,
        "findings": [finding.to_dict() for finding in findings],
    }


def _of_proof(verdict: Mapping[str, Any] | None, failure: Mapping[str, Any] | None) -> Iterator[Finding]:
    if verdict and verdict["kind"] not in GOOD:
        yield Finding(f"The proof by a payload is {verdict['kind']}: {verdict['message']}", verdict["advice"])
    elif failure and not verdict:
        yield Finding(f"The proof by a payload could not be made: {shown(str(failure.get('msg')), 400)}")
