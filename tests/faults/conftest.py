# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix (``make test-faults``): every cell ends all old or all new, or as announced, and nothing is lost.

``SHARD=2/4`` runs every fourth cell from the second on; ``-m quick`` runs the form that CI runs.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.faults)
    number, _, count = os.environ.get("SHARD", "1/1").partition("/")
    for position, item in enumerate(mine):
        if position % int(count) != int(number) - 1:
            item.add_marker(pytest.mark.skip(reason=f"not in shard {number}/{count}"))
