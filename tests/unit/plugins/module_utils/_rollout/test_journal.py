# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal survives a crash, other writers and strangers' files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import (
    DONE,
    OPENED,
    Entry,
    JournalError,
    read_journal,
)
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.outcome import outcome_of


def test_what_was_noted_is_read_again(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "deep" / "journal.jsonl")
    journal.append(attempt=1, step="window", event=OPENED)
    journal.append(attempt=1, step="nodes", event=DONE, host="dp-1", facts={"verdict": "accepted"})
    state = journal.state()
    assert state.is_open
    assert state.hosts[("nodes", "dp-1")].facts == {"verdict": "accepted"}
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_every_cut_of_the_file_reads_as_a_shorter_journal_and_can_be_written_on(tmp_path: Path) -> None:
    whole = "".join(Entry(float(n), 1, "nodes", DONE, f"dp-{n}").to_line() for n in range(3))
    for cut in range(len(whole)):
        path = tmp_path / f"{cut}.jsonl"
        path.write_text(whole[:cut])
        complete = whole[:cut].count("\n")
        assert len(read_journal(path.read_text())) == complete
        JournalFile(path).append(attempt=2, step="window", event=OPENED)
        assert len(read_journal(path.read_text())) == complete + 1


@pytest.mark.parametrize("line", ["hello", "[]", '{"event": "gone"}', '{"event": "done", "step": 1, "colour": "red"}'])
def test_a_file_that_is_no_journal_is_refused_with_its_name_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(line + "\n")
    with pytest.raises(JournalError, match=r"notes\.txt: line 1"):
        JournalFile(path).state()


@pytest.mark.parametrize(
    ("results", "failure", "event"),
    [
        ([], None, "done"),
        ([{"skipped": True}], None, "done"),
        ([{"verdict": {"kind": "loaded"}}, {"verdict": {"kind": "accepted"}}], None, "done"),
        ([{"verdict": {"kind": "loaded"}}, {"verdict": {"kind": "rejected", "message": "in 'ttl'"}}], None, "failed"),
        ([{"verdict": {"kind": "never heard of"}}], None, "inconclusive"),
        ([{"verdict": {"kind": "silent"}, "failed": True, "msg": "nothing came"}], None, "inconclusive"),
        ([{"verdict": None}], None, "done"),
        ([], {"msg": "no disk"}, "failed"),
        (
            [],
            {"msg": "One or more items failed", "results": [{"msg": "fine"}, {"failed": True, "msg": "no"}]},
            "failed",
        ),
        ([{"unreachable": True, "msg": "no route"}], None, "failed"),
        ([{"verdict": {"kind": "inconclusive"}}], {"msg": "no disk"}, "failed"),
        ([{"failed": True, "msg": "no\x1b[31m disk\n"}], None, "failed"),
    ],
)
def test_the_worst_result_decides(results: list, failure: dict | None, event: str) -> None:
    outcome = outcome_of(results, failure)
    assert outcome.event == event
    assert "\x1b" not in (outcome.reason or "")


def test_the_strongest_verdict_is_kept() -> None:
    assert outcome_of([{"verdict": {"kind": "loaded"}}, {"verdict": {"kind": "accepted"}}]).facts == {
        "verdict": "accepted"
    }


def test_a_loop_tells_the_reason_of_the_item_that_failed() -> None:
    loop = {"msg": "One or more items failed", "results": [{"failed": False}, {"failed": True, "msg": "no such field"}]}
    assert outcome_of([], loop).reason == "no such field"


def test_an_accepted_payload_outlasts_a_wait_that_saw_nothing_new_and_rejections_add_up() -> None:
    visit = {"verdict": {"kind": "accepted"}, "rejections": 2}
    wait = {"verdict": {"kind": "loaded"}, "rejections": 1}
    assert outcome_of([visit, wait]).facts == {"verdict": "accepted", "rejections": 3}


def test_the_reason_carries_the_advice() -> None:
    result = {
        "failed": True,
        "msg": "the node is not ready. Look at its log.",
        "verdict": {"kind": "inconclusive", "message": "the node is not ready"},
    }
    assert outcome_of([result]).reason == "the node is not ready. Look at its log."


def test_what_could_not_be_put_back_is_told_with_the_failure() -> None:
    failure = {"failed": True, "msg": "the control plane refuses one instance " * 50}
    put_back = {"results": [{"msg": "fine"}, {"failed": True, "msg": "the token has expired"}]}
    told = outcome_of([], failure, put_back)
    assert told.event == "failed"
    assert told.reason is not None
    assert told.reason.startswith("the control plane refuses one instance")
    assert told.reason.endswith("What it had written could not be put back: the token has expired")
    assert outcome_of([], failure, {"results": [{"msg": "fine"}]}) == outcome_of([], failure)
