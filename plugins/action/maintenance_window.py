# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the module of the same name which process on the controller runs the rollout; see its documentation."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.kongops.konnect.plugins.module_utils._module.controller_process import process_facts


class ActionModule(ActionBase):
    """A task runs in a fork of the process that runs the playbook."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Ansible calls."""
        super().run(tmp, task_vars)
        arguments = {**self._task.args, "controller": process_facts(os.getppid())}
        result: dict[str, Any] = self._execute_module(
            module_name="kongops.konnect.maintenance_window", module_args=arguments, task_vars=task_vars
        )
        return result
