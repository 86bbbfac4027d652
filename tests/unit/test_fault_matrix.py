# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation's page of the fault matrix lists exactly the cells that exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.api_sequences import SEQUENCES
from tests.support.fault_matrix import Row, page, rows_of


def test_the_page_lists_exactly_the_cells_that_exist(root: Path) -> None:
    command = [sys.executable, "-m", "tests.support.fault_matrix", "--check"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_cells_of_one_row_are_counted_and_what_was_not_run_is_not_seen() -> None:
    row = Row("short", "nodes", "a fault", "all old")
    text = page({"a": row, "b": row, "c": Row("long", "nodes", "a fault", "all old")}, {"a": "passed", "c": "failed"})
    assert "| short | nodes | a fault | all old | 1 of 2 |" in text
    assert "| long | nodes | a fault | all old | 0 of 1 |" in text
    assert rows_of(text) == ["| short | nodes | a fault | all old | 2 |", "| long | nodes | a fault | all old | 1 |"]


def test_every_module_that_makes_requests_meets_every_fault_of_the_api(root: Path) -> None:
    modules = {file.stem: file.read_text(encoding="utf-8") for file in (root / "plugins" / "modules").glob("*.py")}
    asking = {name for name, text in modules.items() if "run_konnect_module(" in text}
    assert asking == {one.module for one in SEQUENCES.values()}
