# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the module of the same name plan with what was seen of the nodes, and shows the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.utils.color import ANSIBLE_COLOR

from ansible_collections.kongops.konnect.plugins.module_utils._report import plan_text, rehearsal_text
from ansible_collections.kongops.konnect.plugins.plugin_utils.fleet_plan import FleetPlanAction


class ActionModule(FleetPlanAction):
    """See the documentation in plugins/modules/update_plan.py; ``nodes`` and ``show`` are served here."""

    MODULE = "kongops.konnect.update_plan"

    def shown(self, result: Mapping[str, Any]) -> str:
        """The text, in colour where Ansible writes in colour; the result keeps the plain one."""
        plan, text = result["plan"], str(result["text"])
        if not ANSIBLE_COLOR or "nodes" not in plan:
            return text
        if "rehearsal" in result:
            return rehearsal_text(plan, result["rehearsal"], color=True)
        return plan_text(plan, color=True) if self._task.args.get("format", "text") == "text" else text
