# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs once for a batch fails for every node of it: three nodes, so that a batch has more than one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.site import furnish, release
from lab.world import World
from tests.support.site import Site

pytestmark = pytest.mark.slow


@pytest.fixture
def site_of_three(tmp_path: Path) -> Iterator[Site]:
    with World(tmp_path / "lab", 3, plugins=[release("1.0.0")]) as world:
        yield Site(world, tmp_path, furnish(world, release("1.0.0")))


def noted(site: Site, event: str) -> set[Any]:
    return {entry.get("host") for entry in site.journal() if entry["step"] == "nodes" and entry["event"] == event}


def test_an_api_error_in_a_batch_takes_all_its_nodes_back(site_of_three: Site) -> None:
    # The second write of the nudge, which is the one of the second batch, is refused.
    site_of_three.world.client.post(
        "/lab/faults",
        json={"kind": "status", "status": 403, "method": "PUT", "path": "services", "nth": 2, "times": 1},
    ).raise_for_status()
    run = site_of_three.playbook("update", plugin_path=str(release("1.1.0")), batches=[1, "100%"])
    assert run.status != 0
    assert noted(site_of_three, "failed") == {"node2", "node3"}
    assert "answered 403" in run.unwrapped
    assert "as they were before" in run.unwrapped
    assert set(site_of_three.on_disk().values()) == {"1.0.0"}
    site_of_three.world.wait_in_sync()


def test_a_batch_whose_own_task_fails_is_not_visited(site_of_three: Site, tmp_path: Path) -> None:
    hook = tmp_path / "calendar.yml"
    hook.write_text(
        "- name: Ask the calendar\n"
        "  ansible.builtin.assert:\n"
        "    that: inventory_hostname == 'node1'\n"
        "    fail_msg: no changes now\n",
        encoding="utf-8",
    )
    run = site_of_three.playbook(
        "update",
        plugin_path=str(release("1.1.0")),
        batches=[1, "100%"],
        on_failure="keep",
        hooks={"before_batch": str(hook)},
    )
    assert run.status != 0
    assert "no changes now" in run.unwrapped
    assert noted(site_of_three, "failed") == {"node2", "node3"}
    assert site_of_three.on_disk() == {"node1": "1.1.0", "node2": "1.0.0", "node3": "1.0.0"}
