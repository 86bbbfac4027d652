# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening, keeping and closing a maintenance window: lock, journal and undo data of one attempt at a plan."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import expected_hash
from ansible_collections.kongops.konnect.plugins.module_utils._module.controller_process import is_dead
from ansible_collections.kongops.konnect.plugins.module_utils._module.foreign_writes import foreign_writes, new_nodes
from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._module.lock_places import FilePlace, LabelPlace
from ansible_collections.kongops.konnect.plugins.module_utils._module.nodes import baseline_from
from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_inputs import Undo
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import INCONCLUSIVE
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import Record, record_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import State
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.window import Place, begin, end, hold

PUSH_SECONDS = 60.0
"""How long a push may take. Konnect gathers writes for about a second; one that changed nothing is never pushed."""
_PUSH_INTERVAL = 0.2


def open_window(konnect: KonnectModule) -> Result:
    """Take the lock and begin the next attempt at a plan.

    A plan without steps needs no window, unless an interrupted attempt left one open that has to be closed.
    ValueError or OSError where the plan, the batches, the budget or the journal cannot be worked with, or the lock not
    be had.
    """
    params = konnect.params
    around = Record.from_dict(params["within"]) if params["within"] else None

    def record(attempt: int) -> Record:
        made = record_of(
            params["plan"],
            journal_dir=params["journal_dir"],
            attempt=attempt,
            batches=params["batches"],
            max_failures=params["max_failures"],
            lock=params["lock"],
            soak=params["soak"],
        )
        if around is None:
            return replace(made, journal_host=params["journal_host"], journal_host_dir=params["journal_host_dir"])
        return replace(
            made,
            lock=around.lock,
            owner=around.owner,
            journal_host=around.journal_host,
            journal_host_dir=around.journal_host_dir,
        )

    journal = JournalFile(record(1).journal)
    state = journal.state()
    opened, undo = record(state.attempt + 1), Undo(konnect, params["plan"], journal.path, state.finished_at)
    needed = bool(opened.steps) or state.is_open
    saves = bool(opened.steps) and undo.is_due()
    if needed and not konnect.check_mode:
        opened = begin(
            journal,
            _place(konnect, opened),
            record,
            within=around is not None,
            save=undo.collect if saves else lambda: None,
            controller=params["controller"],
            break_lock=params["break_lock"],
            dead=is_dead,
        )
    return {
        "changed": needed,
        "rollout": opened.to_dict(),
        "resumed": state.is_open,
        "doubted": [] if opened.steps else _doubted(params["plan"], state),
        **undo.result,
    }


def _doubted(plan: Mapping[str, Any], state: State) -> list[str]:
    """The nodes of which nobody knows whether they take what they were given: their ids, or a host that is no node."""
    ids = {one["host"]: str(one["node_id"]) for one in plan["coverage"]["matched"]}
    return [ids.get(host, host) for host in state.hosts_with(INCONCLUSIVE)]


def keep_window(konnect: KonnectModule) -> Result:
    """Before anything is written: the lock is still ours, and nobody wrote what the plan stands on.

    ``expected_hash`` is what the control plane expects of its nodes at this moment; with a ``baseline`` from before a
    write of ours, once that has been pushed (or PUSH_SECONDS after).
    UsageError for a foreign write or a new node where such stop the rollout; else they are in ``foreign``.
    """
    params = konnect.params
    record = Record.from_dict(params["rollout"])
    if konnect.check_mode:
        return {"rollout": record.to_dict(), "foreign": []}
    place = _place(konnect, record)
    if place is not None:
        hold(place, record.owner)
    foreign: list[str] = []
    if params["on_foreign_write"] != "any":
        foreign = [*foreign_writes(konnect, params["plan"]), *new_nodes(konnect, params["plan"])]
    for sentence in foreign if params["on_foreign_write"] == "warn" else []:
        konnect.module.warn(sentence)
    if foreign and params["on_foreign_write"] == "stop":
        raise UsageError(f"The world changed under the rollout, which stops here. {' '.join(foreign[:5])}")
    return {"rollout": record.to_dict(), "foreign": foreign, "expected_hash": _expected(konnect)}


def _expected(konnect: KonnectModule) -> str | None:
    owner, baseline = konnect.node_owner, baseline_from(konnect.params["baseline"])
    deadline = time.monotonic() + PUSH_SECONDS
    while True:
        expected = expected_hash(konnect.client, owner.id)
        if baseline is None or expected.to_dict() != baseline.to_dict() or time.monotonic() > deadline:
            return expected.hash
        time.sleep(_PUSH_INTERVAL)


def close_window(konnect: KonnectModule) -> Result:
    """Give the lock back and note that the window is closed, unless it is already.

    A window within another leaves the lock to that one.
    """
    record = Record.from_dict(konnect.params["rollout"])
    journal = JournalFile(record.journal)
    if konnect.check_mode:
        return {"changed": journal.state().is_open, "rollout": record.to_dict()}
    place = None if konnect.params["within"] else _place(konnect, record)
    return {"changed": end(journal, place, record), "rollout": record.to_dict()}


def _place(konnect: KonnectModule, record: Record) -> Place | None:
    """The members of a group have one lock, which is the group's: their nodes are the same."""
    if record.lock == "label":
        return LabelPlace(konnect.client, konnect.node_owner.id)
    if record.lock == "file":
        return FilePlace(Path(record.journal).parent / f"{konnect.node_owner.id}.lock")
    return None
