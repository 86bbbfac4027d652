# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening and closing a maintenance window: the journal's first and last entry of an attempt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import CLOSED, OPENED
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import Record, record_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import WINDOW


def open_window(arguments: Mapping[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Begin the next attempt at a plan; the result of the module.

    A plan without steps needs no window, unless an interrupted attempt left one open that has to be closed.

    :raises ValueError: the plan, the batches or the budget make no sense, or the journal cannot be read.
    :raises OSError: the journal cannot be written.
    """

    def record(attempt: int) -> Record:
        return record_of(
            arguments["plan"],
            journal_dir=arguments["journal_dir"],
            attempt=attempt,
            batches=arguments["batches"],
            max_failures=arguments["max_failures"],
        )

    state = JournalFile(record(1).journal).state()
    opened = record(state.attempt + 1)
    needed = bool(opened.steps) or state.is_open
    if needed and not check_mode:
        JournalFile(opened.journal).append(
            attempt=opened.attempt, step=WINDOW, event=OPENED, facts={"plan": opened.plan, "steps": list(opened.steps)}
        )
    return {"changed": needed, "rollout": opened.to_dict(), "resumed": state.is_open}


def close_window(arguments: Mapping[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Note that the window is closed, unless it is already; the result of the module.

    :raises ValueError: the record or the journal cannot be read.
    :raises OSError: the journal cannot be written.
    """
    record = Record.from_dict(arguments["rollout"])
    journal = JournalFile(record.journal)
    is_open = journal.state().is_open
    if is_open and not check_mode:
        journal.append(attempt=record.attempt, step=WINDOW, event=CLOSED)
    return {"changed": is_open, "rollout": record.to_dict()}
