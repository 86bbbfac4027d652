# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that fails at its visit, as the canary or later: the fleet stops after its batch, and nothing is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from tests.support.node_faults import NODE_FAULTS, Struck, breakable_inventory
from tests.support.site import BASE, Run, Site, brisk_site

NUMBER = {"canary": 0, "later": 1}
QUICK = {("unreachable", "later"), ("cannot load", "canary")}
CELLS = [
    pytest.param(fault, where, id=f"{fault}-{where}", marks=[pytest.mark.quick] * ((fault, where) in QUICK))
    for fault in NODE_FAULTS
    for where in NUMBER
]
SEEDS = range(20)
MATRIX = {
    "test_the_fleet_stops_after_the_batch_of_a_node_that": lambda fault, where: (
        "short",
        f"nodes, {where}",
        f"a node: {fault}",
        NODE_FAULTS[fault].expected,
    ),
    "test_a_combination_at_random_ends_all_new_by_the_same_command": lambda seed: (
        "any",
        "nodes",
        "a path, a fault of a node, its place and on_failure at random",
        "as the fault asks for; again: all new",
    ),
}
PATIENCE = {"kong_timeout": 12, "data_plane_proof_timeout": 12, "batches": [1]}


class Sites:
    """A site for one cell after another: who gives it back as it was hands it on to the next."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._context: AbstractContextManager[Site] | None = None
        self._kept: Site | None = None

    @contextmanager
    def lent(self) -> Iterator[Site]:
        """The site; one that a cell left otherwise is not lent again."""
        if self._kept is None:
            self._context = brisk_site(self._folders.mktemp("site"))
            self._kept = self._context.__enter__()
        made, self._kept = self._kept, None
        try:
            yield made
        except BaseException:
            self.end()
            raise
        self._kept = made

    def end(self) -> None:
        if self._context is not None:
            self._context.__exit__(None, None, None)
        self._context = self._kept = None


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    made = Sites(tmp_path_factory)
    yield made
    made.end()


def update(made: Site, version: str, struck: dict[str, Any], **options: Any) -> Run:
    inventory = ("--inventory", str(breakable_inventory(made)))
    return made.playbook("update", *inventory, plugin_path=str(release(version)), **PATIENCE, **struck, **options)


def begun(made: Site, since: float) -> set[str]:
    """The nodes that were begun with since then (epoch seconds)."""
    started = [one for one in made.journal() if one["step"] == "nodes" and one["event"] == "started"]
    return {one["host"] for one in started if one["at"] > since}


def assert_all_old(made: Site, before: dict[str, Any]) -> None:
    assert set(made.on_disk().values()) == {BASE}
    assert made.schema() == (release(BASE) / "schema.lua").read_text()
    assert made.stored() == before
    made.world.wait_in_sync()
    assert all(node.serves for node in made.world.nodes)


@pytest.mark.parametrize(("fault", "where"), CELLS)
def test_the_fleet_stops_after_the_batch_of_a_node_that(sites: Sites, fault: str, where: str) -> None:
    expected = NODE_FAULTS[fault]
    with sites.lent() as made:
        before, since = made.stored(), time.time()
        struck = Struck(made, NUMBER[where], fault)
        with struck as given:
            run = update(made, "1.1.0", given)
        told = run.unwrapped.rpartition("Rollout: ")[2]
        assert run.status != 0, run.output
        assert f"The rollout ended as {expected.ends}" in run.unwrapped, run.output
        assert struck.node.name in told
        assert expected.told in told, told
        in_order = [node.name for node in made.world.nodes]
        assert begun(made, since) == set(in_order[: NUMBER[where] + 1])
        assert made.on_disk()[in_order[2]] == BASE
        if expected.ends == "inconclusive":
            back = made.playbook("rollback", plugin_path=str(release("1.1.0")))
            assert back.status == 0, back.output
        assert_all_old(made, before)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_combination_at_random_ends_all_new_by_the_same_command(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    version, fault = draw.choice(["1.0.1", "1.1.0", "2.0.0", "3.0.0"]), draw.choice(sorted(NODE_FAULTS))
    number, on_failure = draw.randrange(3), draw.choice(["undo", "keep"])
    with brisk_site(tmp_path) as made:
        before = made.stored()
        with Struck(made, number, fault) as given:
            run = update(made, version, given, on_failure=on_failure)
        assert run.status != 0, (seed, run.output)
        assert f"The rollout ended as {NODE_FAULTS[fault].ends}" in run.unwrapped, run.output
        if on_failure == "undo" and NODE_FAULTS[fault].ends == "failed" and fault != "unreachable":
            assert_all_old(made, before)
        again = made.update(version)
        assert again.status == 0, (seed, again.output)
        made.world.wait_in_sync()
        assert set(made.on_disk().values()) == {version}
        now = made.stored()
        for identity, instance in before.items():
            kept = {key: value for key, value in instance.items() if key != "config"}
            assert {key: now[identity].get(key) for key in kept} == kept
