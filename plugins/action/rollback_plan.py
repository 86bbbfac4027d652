# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the undo data, and lets the module of the same name plan with it and with what was seen of the nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_file import all_undo, undo_path
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import choose
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_paths import from_here
from ansible_collections.kongops.konnect.plugins.plugin_utils.durable import JOURNAL_DIR
from ansible_collections.kongops.konnect.plugins.plugin_utils.fleet_plan import HOST, seen
from ansible_collections.kongops.konnect.plugins.plugin_utils.journal_host import JournalHost
from ansible_collections.kongops.konnect.plugins.plugin_utils.undo_vault import OPTION, open_undo


class ActionModule(ActionBase):
    """See the documentation in plugins/modules/rollback_plan.py."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Ansible calls."""
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        nodes, show = arguments.pop("nodes", None), arguments.pop("show", True)
        if nodes is not None:
            hostvars = (task_vars or {})["hostvars"]
            arguments["fleet"] = [seen(str(host), hostvars[host]) for host in nodes]
        told = {name: arguments.pop(name, "") for name in HOST}
        arguments["journal_dir"] = from_here(arguments.get("journal_dir") or JOURNAL_DIR)
        try:
            host = JournalHost.named(self, told, task_vars or {})
            if host is not None:
                host.fetch(Path(arguments["journal_dir"]))
            arguments["saved"] = open_undo(self._path(arguments), arguments.pop(OPTION, None), self._loader).to_dict()
        except (ValueError, OSError) as exc:
            raise AnsibleActionFail(str(exc)) from None
        result: dict[str, Any] = self._execute_module(
            module_name="kongops.konnect.rollback_plan", module_args=arguments, task_vars=task_vars
        )
        if show and result.get("text"):
            Display().display(result["text"])
        return result

    @staticmethod
    def _path(arguments: dict[str, Any]) -> Path:
        """The file with the undo data: that of a given rollout, or the one to choose."""
        rollout = arguments.pop("rollout", None)
        if rollout:
            return undo_path(rollout["journal"])
        found = {one.saved_at: path for path, one in all_undo(arguments["journal_dir"])}
        chosen = choose(
            (one for _path, one in all_undo(arguments["journal_dir"])),
            str(arguments["control_plane"]),
            arguments.get("names") or [],
            arguments.get("digest"),
        )
        return found[chosen.saved_at]
