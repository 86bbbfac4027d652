# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the module of the same name lint where the command was given, and shows its findings."""

from __future__ import annotations

import os
import shlex
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display


class ActionModule(ActionBase):
    """See the documentation in plugins/modules/plugin_lint.py; ``show`` is served here."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Ansible calls."""
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        show = arguments.pop("show", True)
        result = self._execute_module(
            module_name="kongops.konnect.plugin_lint", module_args=arguments, task_vars=task_vars
        )
        if show and result.get("text"):
            Display().display(result["text"])
        return result

    def _low_level_execute_command(self, *arguments: Any, **options: Any) -> Any:
        """A local module runs where the playbook lies, which may be inside this collection. Made absolute instead, the
        paths would be told otherwise than they were given, in findings and in reports for machines."""
        if self._connection.transport == "local":
            options["chdir"] = shlex.quote(os.getcwd())
        return super()._low_level_execute_command(*arguments, **options)
