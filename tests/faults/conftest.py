# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix (``make test-faults``): every cell ends all old or all new, or as announced, and nothing is lost.

``SHARD=2/4`` runs every fourth cell from the second on; ``-m quick`` runs the form that CI runs.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.fault_matrix import RESULTS

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)
    number, _, count = os.environ.get("SHARD", "1/1").partition("/")
    for position, item in enumerate(items):
        if position % int(count) != int(number) - 1:
            item.add_marker(pytest.mark.skip(reason=f"not in shard {number}/{count}"))


_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if {"faults", "quick"} & set(report.keywords) and not report.skipped and (report.when == "call" or report.failed):
        _outcomes[report.nodeid] = report.outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leaves what was seen for the page of the documentation (tests/support/fault_matrix.py)."""
    if _outcomes and not hasattr(session.config, "workerinput"):
        before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps({**before, **_outcomes}, indent=1, sort_keys=True), encoding="utf-8")
