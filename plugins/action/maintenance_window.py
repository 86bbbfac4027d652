# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the module of the same name which process on the controller runs the rollout, and keeps what it has to undo.

The data goes from the module to a file of the controller here, because only the controller can encrypt for
Ansible Vault; no result ever carries it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.kongops.konnect.plugins.module_utils._module.controller_process import process_facts
from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_file import undo_path, write_undo
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import UndoError
from ansible_collections.kongops.konnect.plugins.plugin_utils.durable import refuse_lost_journal
from ansible_collections.kongops.konnect.plugins.plugin_utils.undo_vault import OPTION, ciphers


class ActionModule(ActionBase):
    """A task runs in a fork of the process that runs the playbook."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Ansible calls."""
        super().run(tmp, task_vars)
        arguments = {**self._task.args, "controller": process_facts(os.getppid())}
        key_file = arguments.pop(OPTION, None)
        try:
            if arguments.get("state", "open") != "open":
                return self._module(arguments, task_vars)
            refuse_lost_journal(arguments.get("journal_dir"), task_vars or {})
            keys = ciphers(key_file, self._loader)
            result = self._module({**arguments, "undo_key": keys is not None}, task_vars)
            undo = result.pop("undo", None)
            if undo is not None:
                write_undo(undo_path(result["rollout"]["journal"]), undo, keys[0] if keys else None)
        except (UndoError, OSError) as exc:
            raise AnsibleActionFail(str(exc)) from None
        return result

    def _module(self, arguments: Mapping[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name="kongops.konnect.maintenance_window", module_args=dict(arguments), task_vars=task_vars
        )
        return result
