# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks against the lab: real HTTP, real files, real Lua, real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.site import Site, site


@pytest.fixture
def fresh_site(tmp_path: Path) -> Iterator[Site]:
    """A site that the test may change."""
    with site(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def untouched_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for tests that must not change anything; what they leave different fails the one that did it."""
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made
