# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a node is visited: once to look, and at most three times to update it. On CP/DP sync twice,
and once in its gap: the payload that waits for it is the proof."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.site import release
from tests.support.executions import Executions, Gaps
from tests.support.site import Site, site


@pytest.fixture
def small_site(tmp_path: Path) -> Iterator[Site]:
    """Two nodes: one canary, one other."""
    with site(tmp_path, nodes=2) as made:
        yield made


@pytest.mark.slow
def test_a_node_is_visited_twice_and_only_once_while_it_refuses_payloads(small_site: Site) -> None:
    world = small_site.world
    counted = Executions.of(world, small_site.folder)
    given = ("--inventory", str(counted.inventory))
    wanted = {"plugin_path": str(release("3.0.0")), "batches": ["100%"]}
    with Gaps(world.nodes) as gaps:
        run = small_site.playbook("update", *given, env=counted.environment, **wanted)
    assert run.status == 0, run.output
    assert all(re.search(rf"{node.name} .* accepted", run.output) for node in world.nodes), run.output
    executions, began = counted.take(), gaps.began()
    look = 1
    assert {host: len(found) - look for host, found in executions.items()} == dict.fromkeys(began, 2)
    in_gap = {
        host: sum(began[host] < start < gaps.ended[host] for start, _ in found) for host, found in executions.items()
    }
    assert in_gap == dict.fromkeys(began, 1)
    assert {node.get("/lab/plugins")[1]["plugins"]["edge-hints"] for node in world.nodes} == {"3.0.0"}

    again = small_site.playbook("update", *given, env=counted.environment, **wanted)
    assert (again.status, again.changed) == (0, 0), again.output
    assert {host: len(found) for host, found in counted.take().items()} == dict.fromkeys(began, 1)
