# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller killed at every step of every path, and the same command run again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.site import release
from tests.support.site import Site, site

VERSIONS = {"short": "1.1.0", "long": "2.0.0", "sync": "3.0.0"}
EVENTS = {
    "short": ["lock started", "window opened", "schema started", "schema done", "nodes started", "nodes done"],
    "long": ["window opened", "schema done", "instances started", "instances done", "nodes started", "nodes done"],
    "sync": [
        "window opened",
        "schema done",
        "stage started",
        "stage done",
        "instances started",
        "instances done",
        "nodes started",
        "nodes done",
    ],
}
QUICK = {("short", "nodes started"), ("long", "instances started"), ("sync", "nodes done")}
CELLS = [
    pytest.param(
        path, event, id=f"{path}-{event.replace(' ', '-')}", marks=[pytest.mark.quick] * ((path, event) in QUICK)
    )
    for path, events in EVENTS.items()
    for event in events
]

MATRIX = {
    "test_a_rollout_whose_controller_was_killed_ends_the_same_by_the_same_command": lambda path, event: (
        path,
        event,
        "the controller is killed",
        "again: all new, as undisturbed",
    )
}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("path", "event"), CELLS)
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

    third = fresh.update(version)
    assert (third.status, third.changed) == (0, 0), third.output


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
