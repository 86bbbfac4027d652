# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action that works on the controller: it opens no connection to the host it is for and sends it nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase


class ControllerAction(ActionBase):
    """Subclasses give ``ARGUMENTS`` (an argument spec) and :meth:`work`."""

    TRANSFERS_FILES = False
    _requires_connection = False

    ARGUMENTS: Mapping[str, Any] = {}

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Ansible calls; known errors become one message."""
        super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(argument_spec=dict(self.ARGUMENTS))
        try:
            return self.work(arguments, task_vars or {})
        except (ValueError, OSError) as exc:
            raise AnsibleActionFail(str(exc)) from None

    def work(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The result of the task, as plain JSON.

        :raises ValueError: with a message for people.
        """
        raise NotImplementedError
