# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes where a rollout stands and says whether it may go on. Runs on the controller, also for a host that is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.gate import is_wanted, may_start
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import STARTED
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.outcome import outcome_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import Record
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_action import ControllerAction


class ActionModule(ControllerAction):
    """See the documentation in plugins/modules/rollout_step.py."""

    ARGUMENTS = {
        "rollout": {"type": "dict", "required": True},
        "step": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["started", "finished"], "required": True},
        "per_host": {"type": "bool", "default": False},
        "results": {"type": "list", "elements": "dict", "default": []},
        "failure": {"type": "dict"},
    }

    def work(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        record = Record.from_dict(arguments["rollout"])
        host = str(task_vars["inventory_hostname"]) if arguments["per_host"] else None
        journal = JournalFile(record.journal)
        if arguments["state"] == "started":
            return self._start(record, journal, arguments["step"], host)
        outcome = outcome_of(arguments["results"], arguments["failure"])
        if not self._task.check_mode:
            journal.append(
                attempt=record.attempt,
                step=arguments["step"],
                event=outcome.event,
                host=host,
                reason=outcome.reason,
                facts=outcome.facts or None,
            )
        return {
            "changed": False,
            "outcome": outcome.event,
            "reason": outcome.reason,
            "verdict": outcome.facts.get("verdict"),
        }

    def _start(self, record: Record, journal: JournalFile, step: str, host: str | None) -> dict[str, Any]:
        if self._task.check_mode:
            decision = is_wanted(step, host, record.wanted)
        else:
            decision = may_start(step, host, record.wanted, journal.state())
        if decision.proceed and not self._task.check_mode:
            journal.append(attempt=record.attempt, step=step, event=STARTED, host=host)
        return {"changed": False, "proceed": decision.proceed, "reason": decision.reason}
