# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lab nodes and a scripted control plane for them; whatever a test does, both are gone when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.node_bench import Bench, FakeControlPlane


@pytest.fixture
def plane() -> Iterator[FakeControlPlane]:
    fake = FakeControlPlane()
    yield fake
    fake.end()


@pytest.fixture
def bench(tmp_path: Path, plane: FakeControlPlane) -> Iterator[Bench]:
    made = Bench(tmp_path, plane)
    yield made
    for node in made.nodes:
        node.stop()
