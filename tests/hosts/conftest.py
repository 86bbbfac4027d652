# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three hosts, one for each shell; root only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hosts.fleet import Fleet, why_not

SHELLS = {"h-bash": "bash", "h-dash": "dash", "h-busybox": "busybox"}


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Hosts that every test leaves as it found them, but for the plugin root."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with Fleet(tmp_path_factory.mktemp("hosts"), SHELLS) as made:
        yield made
