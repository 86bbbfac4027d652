# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where does everything stand? Asked before, after, and while somebody holds the lock."""

from __future__ import annotations

from tests.support.site import Site


def test_status_tells_the_last_rollout_and_every_node_and_changes_nothing(fresh_site: Site) -> None:
    nothing = fresh_site.playbook("status")
    assert (nothing.status, nothing.changed) == (0, 0), nothing.output
    assert "Lock: free" in nothing.output
    assert "No rollout has been begun from this controller." in nothing.output

    assert fresh_site.update("1.1.0").status == 0
    done = fresh_site.playbook("status")
    assert (done.status, done.changed) == (0, 0), done.output
    assert "attempt 1, closed" in done.unwrapped
    assert "can go back to: edge-hints" in done.unwrapped
    for node in fresh_site.world.nodes:
        assert f"{node.name}: nodes" in done.unwrapped
