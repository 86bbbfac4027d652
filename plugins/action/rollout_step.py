# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes where a rollout stands and says whether it may go on. Runs on the controller, also for a host that is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ansible.utils.display import Display

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.gate import is_wanted, may_start
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import STARTED
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.outcome import outcome_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import Record
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_action import ControllerAction
from ansible_collections.kongops.konnect.plugins.plugin_utils.journal_host import (
    JournalHost,
    JournalHostError,
    KeptJournal,
)


class ActionModule(ControllerAction):
    """See the documentation in plugins/modules/rollout_step.py."""

    ARGUMENTS = {
        "rollout": {"type": "dict", "required": True},
        "step": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["started", "finished"], "required": True},
        "per_host": {"type": "bool", "default": False},
        "hosts": {"type": "list", "elements": "str"},
        "results": {"type": "list", "elements": "dict", "default": []},
        "failure": {"type": "dict"},
        "put_back": {"type": "dict"},
    }

    def work(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        record = Record.from_dict(arguments["rollout"])
        host = str(task_vars["inventory_hostname"]) if arguments["per_host"] else None
        journal = KeptJournal(record.journal, self._host(record, task_vars))
        if arguments["state"] == "started":
            hosts = [host] if arguments["hosts"] is None else arguments["hosts"]
            return self._start(record, journal, arguments["step"], hosts)
        outcome = outcome_of(arguments["results"], arguments["failure"], arguments["put_back"])
        if not self._task.check_mode:
            journal.append(
                attempt=record.attempt,
                step=arguments["step"],
                event=outcome.event,
                host=host,
                reason=outcome.reason,
                facts=outcome.facts or None,
            )
            self._tell_how_it_ended(journal)
        return {
            "changed": False,
            "outcome": outcome.event,
            "reason": outcome.reason,
            "verdict": outcome.facts.get("verdict"),
        }

    def _start(self, record: Record, journal: KeptJournal, step: str, hosts: Sequence[str | None]) -> dict[str, Any]:
        if self._task.check_mode:
            decisions = {host: is_wanted(step, host, record.wanted) for host in hosts}
        else:
            state = journal.state()
            decisions = {host: may_start(step, host, record.wanted, state) for host in hosts}
        begun = [host for host, decision in decisions.items() if decision.proceed]
        for host in begun if not self._task.check_mode else ():
            journal.append(attempt=record.attempt, step=step, event=STARTED, host=host)
        try:
            journal.tell()
        except JournalHostError as error:
            # What is not kept is not begun.
            return {"changed": False, "proceed": False, "hosts": [], "reason": str(error)}
        reason = next((decision.reason for decision in decisions.values() if not decision.proceed), None)
        return {"changed": False, "proceed": bool(begun), "hosts": [host for host in begun if host], "reason": reason}

    def _host(self, record: Record, task_vars: Mapping[str, Any]) -> JournalHost | None:
        return None if self._task.check_mode else JournalHost.named(self, asdict(record), task_vars)

    def _tell_how_it_ended(self, journal: KeptJournal) -> None:
        """A host that does not hear of it takes nothing away: the next run finds by looking what was done."""
        try:
            journal.tell()
        except JournalHostError as error:
            Display().warning(str(error))
