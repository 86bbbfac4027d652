# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells how a rollout ended, keeps the report, and fails if the rollout did. The last task of the last play."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.utils.display import Display

from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile
from ansible_collections.kongops.konnect.plugins.module_utils._report.rollout import rollout_text
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.outcome import outcome_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import Record
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.result import SUCCEEDED, result_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import Need, undo_told
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_action import ControllerAction
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_paths import from_here


class ActionModule(ControllerAction):
    """See the documentation in plugins/modules/rollout_report.py."""

    ARGUMENTS = {
        "rollout": {"type": "dict", "required": True},
        "plan": {"type": "dict", "required": True},
        "report_dir": {"type": "path"},
        "failure": {"type": "dict"},
        "undo": {"type": "dict"},
    }

    def work(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        record = Record.from_dict(arguments["rollout"])
        result = result_of(record.wanted, JournalFile(record.journal).state(), _reason(arguments["failure"]))
        report = {
            "rollout": record.to_dict(),
            "plan": arguments["plan"],
            "result": result.to_dict(),
            "observed": result.observed,
            "undo": _undo(arguments["undo"] or {}),
        }
        text = rollout_text(report)
        if record.steps or result.outcome != SUCCEEDED:
            Display().display(text)
        files = self._keep(arguments["report_dir"], record.id, report, text)
        failed = result.outcome != SUCCEEDED and not self._task.check_mode
        return {
            "changed": False,
            "failed": failed,
            "msg": f"The rollout ended as {result.outcome}; the report above says where and why",
            "outcome": result.outcome,
            "result": result.to_dict(),
            "undo": report["undo"],
            "files": files,
        }

    def _keep(self, report_dir: str | None, name: str, report: dict[str, Any], text: str) -> list[str]:
        """Write the report for machines and for people; the paths of the files."""
        if report_dir is None or self._task.check_mode:
            return []
        folder = Path(from_here(report_dir))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = {folder / f"{name}.json": json.dumps(report, indent=2, sort_keys=True), folder / f"{name}.txt": text}
        for file, content in files.items():
            file.write_text(content + "\n", encoding="utf-8")
        return [str(file) for file in files]


def _reason(failure: Mapping[str, Any] | None) -> str | None:
    """What went wrong outside of the steps, from the result that a rescue caught."""
    return outcome_of([], failure).reason if failure else None


def _undo(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """What became of undoing the rollout, from what the play before gathered; None where there was nothing to undo."""
    if not told.get("need"):
        return None
    need = Need(bool(told["need"]["needed"]), told["need"]["reason"])
    undone = None
    if told["rollout"]:
        inner = Record.from_dict(told["rollout"])
        undone = result_of(inner.wanted, JournalFile(inner.journal).state())
    said = undo_told(need, undone, _reason(told["failure"]), [str(host) for host in told["left_out"]])
    return {**said, "result": undone and undone.to_dict()} if said else None
