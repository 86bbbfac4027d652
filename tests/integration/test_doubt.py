# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proof that stayed in doubt is no success, also where the next run finds nothing left to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.site import release
from tests.support.node_faults import Struck
from tests.support.site import brisk_site

pytestmark = pytest.mark.slow


def test_what_stayed_in_doubt_is_asked_again_until_it_is_known(tmp_path: Path) -> None:
    with brisk_site(tmp_path, nodes=2) as made:
        with Struck(made, 1, "never in sync") as given:
            paused = made.playbook("update", plugin_path=str(release("1.1.0")), **given)
            assert "The rollout ended as inconclusive" in paused.unwrapped, paused.output
            still = made.update("1.1.0")
            assert still.status != 0, still.output
            told = still.unwrapped.rpartition("Rollout: ")[2]
            assert "step close: 1 of 1 nodes" in told, still.output
            assert "node2" in told
            services = made.world.api("GET", "core-entities/services")["data"]
            assert "kongops-nudge" not in [one["name"] for one in services]
        known = made.update("1.1.0")
        assert known.status == 0, known.output
        made.world.wait_in_sync()
