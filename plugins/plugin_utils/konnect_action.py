# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action on the controller that asks modules about the control plane and keeps their results to itself.

Private to this collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    CONNECTION_ARGUMENTS,
    CONTROL_PLANE_ARGUMENT,
)

_CONNECTION = {**CONNECTION_ARGUMENTS, **CONTROL_PLANE_ARGUMENT}


class KonnectAction(ActionBase):
    """Subclasses give ``ARGUMENTS`` (an argument spec, without those of the connection) and :meth:`work`."""

    TRANSFERS_FILES = False

    ARGUMENTS: Mapping[str, Any] = {}

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Ansible calls; known errors become one message."""
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(argument_spec={**_CONNECTION, **self.ARGUMENTS})
        try:
            return self.work(arguments, task_vars or {})
        except (ValueError, OSError) as error:
            raise AnsibleActionFail(str(error)) from None

    def work(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The result of the task, as plain JSON.

        :raises ValueError: with a message for people.
        """
        raise NotImplementedError

    def ask(self, module: str, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """What a module of this collection answers, with this task's connection.

        :raises ValueError: the module failed; the message is its own.
        """
        connection = {key: value for key, value in self._task.args.items() if key in _CONNECTION}
        answer: dict[str, Any] = self._execute_module(
            module_name=f"kongops.konnect.{module}", module_args={**connection, **arguments}, task_vars=dict(task_vars)
        )
        if answer.get("failed"):
            raise ValueError(str(answer.get("msg") or f"{module} failed"))
        return answer
