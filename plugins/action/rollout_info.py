# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the journals on the controller and says where every rollout stands, without touching anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.utils.display import Display

from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile
from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_file import all_undo, read_undo, undo_path
from ansible_collections.kongops.konnect.plugins.module_utils._report.status import status_text
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.lock import LABEL
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import NOBODY, Record
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.result import result_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.status import status_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import need_of
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_action import ControllerAction
from ansible_collections.kongops.konnect.plugins.plugin_utils.durable import JOURNAL_DIR
from ansible_collections.kongops.konnect.plugins.plugin_utils.fleet_plan import seen
from ansible_collections.kongops.konnect.plugins.plugin_utils.journal_host import FOLDER, JournalHost


class ActionModule(ControllerAction):
    """See the documentation in plugins/modules/rollout_info.py."""

    ARGUMENTS = {
        "journal_dir": {"type": "path", "default": JOURNAL_DIR},
        "journal_host": {"type": "str", "default": ""},
        "journal_host_dir": {"type": "str", "default": FOLDER},
        "control_plane": {"type": "dict"},
        "rollout": {"type": "dict"},
        "on_failure": {"type": "str", "choices": ["undo", "keep"], "default": "undo"},
        "nodes": {"type": "list", "elements": "str", "default": []},
        "show": {"type": "bool", "default": True},
    }

    def work(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        if arguments["rollout"] is not None:
            return self._one(arguments)
        folder = Path(arguments["journal_dir"]).expanduser()
        host = JournalHost.named(self, arguments, task_vars)
        if host is not None:
            host.fetch(folder)
        undo = dict(all_undo(folder))
        rollouts = [
            status_of(path.stem, JournalFile(path).state(), undo.get(undo_path(path)))
            for path in sorted(folder.glob("*.jsonl"))
        ]
        control_plane = arguments["control_plane"] or {}
        hostvars = task_vars.get("hostvars") or {}
        found = {
            "rollouts": sorted(rollouts, key=lambda one: one["opened_at"] or 0, reverse=True),
            "lock": ((control_plane.get("group") or control_plane).get("labels") or {}).get(LABEL),
            "expected_hash": (control_plane.get("baseline") or {}).get("expected_hash"),
            "nodes": [seen(host, hostvars[host]) for host in arguments["nodes"]],
        }
        text = status_text(found)
        if arguments["show"]:
            Display().display(text)
        return {"changed": False, **found, "text": text}

    def _one(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """One rollout's result, and whether it has to be undone; ``hosts`` is a value for ``hosts`` of a play."""
        record = Record.from_dict(arguments["rollout"])
        journal = JournalFile(record.journal)
        state, path = journal.state(), undo_path(journal.path)
        result = result_of(record.wanted, state)
        saved_at = read_undo(path, None).saved_at if path.exists() else None
        need = need_of(result, arguments["on_failure"], saved_at=saved_at, finished_at=state.finished_at)
        needed = need.needed and not self._task.check_mode
        hosts = arguments["nodes"] if needed and arguments["nodes"] else list(NOBODY)
        return {"changed": False, "outcome": result.outcome, "undo": {**asdict(need), "needed": needed, "hosts": hosts}}
