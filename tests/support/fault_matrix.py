# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation's page of the fault matrix, from its cells and what was seen of them last.

``python -m tests.support.fault_matrix`` writes it, ``--check`` says what of it is out of date. A test of the matrix
describes its cells by a function in ``MATRIX`` of its module, called with the values of its parameters.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "fault-matrix.md"
RESULTS = ROOT / "tests" / "output" / "fault-results.json"
_ROLLOUT = "tests/unit/plugins/module_utils/_rollout"
PLACES = ("tests/faults", f"{_ROLLOUT}/test_random_schedules.py", f"{_ROLLOUT}/test_lock.py")
# The marks of a cell: those that `make test` runs already have the second alone.
MARKS = "faults or quick"

_HEAD = """# The fault matrix

What the collection was seen to do when something goes wrong at the worst moment. `make test-faults` runs every cell
against the lab, and writes this page; `SHARD=2/4` runs a part of them, and keeps what was seen of the others.

Every cell ends all old or all new, or in a mixture that the report names where that was asked for (`on_failure: keep`)
or where a proof is inconclusive, which pauses. Nothing is lost, the exit status and the last message are right, and
the same command run again finishes the work. *Seen* counts the cells that ended as expected.

Removals, installations and moves to a new version are killed at every step by `make test-slow`, hosts over ssh are
broken by `make test-hosts`.

| path | step | fault | expected | seen |
|---|---|---|---|---|
"""


@dataclass(frozen=True, order=True)
class Row:
    """One line of the table."""

    path: str
    step: str
    fault: str
    expected: str


class _Collector:
    """A pytest plugin that keeps what was collected."""

    def __init__(self) -> None:
        self.cells: dict[str, Row] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            assert isinstance(item, pytest.Function)
            describe = item.module.MATRIX[item.originalname]
            self.cells[item.nodeid] = Row(*describe(**(item.callspec.params if hasattr(item, "callspec") else {})))


def cells() -> dict[str, Row]:
    """Every cell by the id of its test."""
    collector = _Collector()
    with contextlib.redirect_stdout(io.StringIO()) as told:
        status = pytest.main(
            ["--collect-only", "-q", "-m", MARKS, "-p", "no:cacheprovider", *PLACES], plugins=[collector]
        )
    if status != 0:
        raise SystemExit(told.getvalue())
    return collector.cells


def page(found: Mapping[str, Row], outcomes: Mapping[str, str]) -> str:
    """The whole page. ``outcomes`` has `passed` or another word by the id of a test."""
    return _HEAD + "".join(f"{row}\n" for row in _rows(found, outcomes))


def rows_of(text: str) -> list[str]:
    """The rows of a page without what was seen, but with the number of cells in each."""
    rows = [row for row in text.splitlines() if row.startswith("| ") and " of " in row]
    return [f"{row.rpartition(' | ')[0]} | {row.rpartition(' of ')[2]}" for row in rows]


def _rows(found: Mapping[str, Row], outcomes: Mapping[str, str]) -> Iterable[str]:
    by_row: dict[Row, list[str]] = {}
    for identity, row in found.items():
        by_row.setdefault(row, []).append(outcomes.get(identity, "not run"))
    for row, seen in by_row.items():
        yield f"| {row.path} | {row.step} | {row.fault} | {row.expected} | {seen.count('passed')} of {len(seen)} |"


def main() -> None:
    found = cells()
    if "--check" in sys.argv:
        wanted = rows_of(page(found, {}))
        if rows_of(PAGE.read_text(encoding="utf-8")) != wanted:
            raise SystemExit("docs/fault-matrix.md lists other cells: python -m tests.support.fault_matrix")
        return
    outcomes = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    PAGE.write_text(page(found, outcomes), encoding="utf-8")


if __name__ == "__main__":
    main()
