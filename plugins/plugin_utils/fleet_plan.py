# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions that plan share: what was seen of the nodes goes to the module, its text goes to the screen.

Private to this collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_files import PlanShelf
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_paths import all_from_here, from_here
from ansible_collections.kongops.konnect.plugins.plugin_utils.durable import JOURNAL_DIR
from ansible_collections.kongops.konnect.plugins.plugin_utils.journal_host import JournalHost

# Where the `look` tasks of the data_plane role leave what they saw.
LOOK = "data_plane_look"
# What the text says, in a result.
SHOWN = ("plan", "text", "rehearsal")
# Arguments that name one file or folder of the controller.
FILES = ("path", "plan_file", "approved_plan", "journal_dir")
HOST = ("journal_host", "journal_host_dir")


class FleetPlanAction(ActionBase):
    """Serves ``nodes`` and ``show``; a subclass names the module that plans."""

    TRANSFERS_FILES = False

    MODULE = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Ansible calls."""
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        nodes = arguments.pop("nodes", None)
        show = arguments.pop("show", True)
        if arguments.get("plugin_paths"):
            arguments["plugin_paths"] = all_from_here(arguments["plugin_paths"])
        for name in FILES:
            if arguments.get(name):
                arguments[name] = from_here(str(arguments[name]))
        if nodes is not None:
            hostvars = (task_vars or {})["hostvars"]
            arguments["fleet"] = [seen(str(host), hostvars[host]) for host in nodes]
        try:
            result = self._planned(arguments, task_vars or {})
        except (ValueError, OSError) as error:
            raise AnsibleActionFail(str(error)) from None
        if show and result.get("text"):
            Display().display(self.shown(result))
            if result.get("failed"):
                # Ansible prints the whole result of a failed task: what was just shown would be buried under it.
                return {key: value for key, value in result.items() if key not in SHOWN}
        return result

    def _planned(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The module's result. With a host for journals, approved plans come from there and are kept there."""
        host = JournalHost.named(self, {name: arguments.pop(name, "") for name in HOST}, task_vars)
        shelf = PlanShelf(arguments.get("journal_dir") or JOURNAL_DIR)
        name = shelf.name_of(str(arguments.get("approved_digest")))
        if host is not None and name:
            host.fetch(shelf.journals, name)
        result: dict[str, Any] = self._execute_module(
            module_name=self.MODULE, module_args=arguments, task_vars=task_vars
        )
        kept = shelf.name_of(str((result.get("plan") or {}).get("digest")))
        if host is not None and kept and (shelf.journals / kept).exists():
            host.put(shelf.journals, kept)
        return result

    def shown(self, result: Mapping[str, Any]) -> str:
        """What goes to the screen."""
        return str(result["text"])


def seen(host: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The look answer of a host, or what stands for it where the host could not be looked at."""
    look = variables.get(LOOK)
    if look is None:
        return {"host": host, "reachable": False, "error": "was not looked at; did --limit leave it out?"}
    if look.get("unreachable") or look.get("failed"):
        return {"host": host, "reachable": False, "error": str(look.get("msg") or "no message")}
    return {**look["node"], "host": host}
