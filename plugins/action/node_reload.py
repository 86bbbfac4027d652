# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reloads a node and proves it, or waits for a payload; see the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._module.node_options import (
    NODE_RELOAD,
    NODE_RELOAD_RULES,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import read_observations
from ansible_collections.kongops.konnect.plugins.module_utils._node.outcome import proof
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import Visit
from ansible_collections.kongops.konnect.plugins.plugin_utils.node_action import NodeAction, visit_options


class ActionModule(NodeAction):
    """A reload, and a second one when a payload came across the first; or a wait that touches nothing."""

    ARGUMENTS = NODE_RELOAD
    RULES = NODE_RELOAD_RULES

    def work(self, args: dict[str, Any], host: str) -> dict[str, Any]:
        reload = args["state"] == "reloaded"
        if reload and self._task.check_mode:
            return {"changed": True}
        answer = self.visit(
            Visit(
                state=args["state"],
                baseline_hash=args["baseline_hash"] or "",
                since=args["log_position"] or "",
                look="no",
                **visit_options(args),
            )
        )
        observations = read_observations(answer)
        return {
            "changed": reload and bool(observations),
            **proof(observations, args["expected_hash"]),
        }
