# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller killed at every step of every path, and the same command run again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.site import release
from tests.support.site import BASE, Site, brisk_site

VERSIONS = {"none": "1.0.1", "short": "1.1.0", "long": "2.0.0", "sync": "3.0.0", "rollback": "2.0.0"}
SCHEMA = ["schema started", "schema done", "validate done"]
STAGE = ["stage started", "stage done"]
INSTANCES = ["instances started", "instances done"]
NODES = ["nodes started", "nodes done"]
STEPS = {
    "none": NODES,
    "short": [*SCHEMA, *NODES],
    "long": [*SCHEMA, *INSTANCES, *NODES],
    "sync": [*SCHEMA, *STAGE, *INSTANCES, *NODES],
    "rollback": [*SCHEMA, *INSTANCES, *NODES],
}
QUICK = {("short", "nodes started"), ("long", "instances started"), ("sync", "nodes done")}
CELLS = [
    pytest.param(
        path, event, id=f"{path}-{event.replace(' ', '-')}", marks=[pytest.mark.quick] * ((path, event) in QUICK)
    )
    for path, steps in STEPS.items()
    for event in ["lock started", "window opened", *steps, "window closed"]
]
UPDATES = [cell for cell in CELLS if cell.values[0] != "rollback"]
ROLLBACKS = [pytest.param(cell.values[1], id=str(cell.id), marks=cell.marks) for cell in CELLS if cell not in UPDATES]

MATRIX = {
    "test_a_rollout_whose_controller_was_killed_ends_the_same_by_the_same_command": lambda path, event: (
        path,
        event,
        "the controller is killed",
        "again: all new, as undisturbed",
    ),
    "test_a_rollback_whose_controller_was_killed_ends_the_same_by_the_same_command": lambda event: (
        "rollback",
        event,
        "the controller is killed",
        "again: all old",
    ),
}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Site]:
    # A canary, and a batch that comes after it.
    with brisk_site(tmp_path, nodes=2) as made:
        yield made


@pytest.mark.parametrize(("path", "event"), UPDATES)
def test_a_rollout_whose_controller_was_killed_ends_the_same_by_the_same_command(
    fresh: Site, path: str, event: str
) -> None:
    version = VERSIONS[path]
    before = fresh.rejections()
    killed = fresh.start("update", plugin_path=str(release(version)))
    fresh.kill_when(killed, *event.split())

    again = fresh.update(version)
    assert again.status == 0, again.output
    fresh.world.wait_in_sync()
    assert set(fresh.on_disk().values()) == {version}
    assert fresh.schema() == (release(version) / "schema.lua").read_text()
    assert_nothing_lost(fresh, version)
    assert_nothing_left(fresh)
    observed = {name: count - before[name] for name, count in fresh.rejections().items()}
    # A node that reconnects while it waits is sent the payload once more, and rejects it once more.
    assert (sum(observed.values()) > 0) <= (path == "sync"), observed


@pytest.mark.parametrize("event", ROLLBACKS)
def test_a_rollback_whose_controller_was_killed_ends_the_same_by_the_same_command(fresh: Site, event: str) -> None:
    given = {"plugin_path": str(release(VERSIONS["rollback"]))}
    before = fresh.stored()
    updated = fresh.playbook("update", **given)
    assert updated.status == 0, updated.output
    fresh.kill_when(fresh.start("rollback", **given), *event.split())

    again = fresh.playbook("rollback", **given)
    assert again.status == 0, again.output
    fresh.world.wait_in_sync()
    assert set(fresh.on_disk().values()) == {BASE}
    assert fresh.schema() == (release(BASE) / "schema.lua").read_text()
    assert fresh.stored() == before
    assert_nothing_left(fresh)
    assert set(fresh.rejections().values()) == {0}


def assert_nothing_lost(fresh: Site, version: str) -> None:
    """Every instance is there with its scope, its state, and each value that the new schema still has."""
    rows = {row["id"]: row for row in fresh.world.api("GET", "core-entities/plugins?size=1000")["data"]}
    removed = {"2.0.0": {"stale_seconds"}, "3.0.0": {"ttl"}}.get(version, set())
    for instance in fresh.instances:
        now = rows[instance["id"]]
        for key in ("enabled", "service", "route", "consumer", "tags", "instance_name"):
            assert now.get(key) == instance.get(key)
        kept = {key: value for key, value in instance["config"].items() if key not in removed}
        assert {key: now["config"][key] for key in kept} == kept


def assert_nothing_left(fresh: Site) -> None:
    """Neither the lock nor the nudge is left on the control plane."""
    answer = fresh.world.client.get(f"/v2/control-planes/{fresh.world.control_plane_id}").json()
    assert "rollout-lock" not in answer["labels"]
    services = fresh.world.api("GET", "core-entities/services")["data"]
    assert not [one for one in services if one["name"] == "kongops-nudge"]
