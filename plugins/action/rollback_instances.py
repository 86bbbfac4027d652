# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the undo data for the secret values that a plan does not hold, and lets the module plugin_instances write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_file import SUFFIX
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.rollback import secret_answers
from ansible_collections.kongops.konnect.plugins.plugin_utils.undo_vault import OPTION, open_undo


class ActionModule(ActionBase):
    """See the documentation in plugins/modules/rollback_instances.py."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Ansible calls."""
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        plan, rollout = arguments["plan"], arguments.pop("rollout")
        path = Path(str(rollout["journal"])).with_name(f"{plan['undoes']}{SUFFIX}")
        try:
            saved = open_undo(path, arguments.pop(OPTION, None), self._loader)
        except (ValueError, OSError) as exc:
            raise AnsibleActionFail(str(exc)) from None
        arguments["instance_values"] = secret_answers(plan, {one.name: one.instances for one in saved.plugins})
        result: dict[str, Any] = self._execute_module(
            module_name="kongops.konnect.plugin_instances", module_args=arguments, task_vars=task_vars
        )
        return result
