# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Going back: by itself when a rollout fails, and later by playbook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab.site import release
from tests.support.site import Run, Site

OLD = "1.0.0"
CANARY, LATER = 0, 1


@contextmanager
def ill(site: Site, number: int) -> Iterator[None]:
    """A node whose settings name a plugin that it does not have: every reload of it fails."""
    conf = site.world.nodes[number].kong_conf
    healthy = conf.read_text()
    conf.write_text(healthy.replace("edge-hints", "edge-hints,not-installed"))
    yield
    conf.write_text(healthy)


def stored(site: Site) -> dict[str, dict[str, Any]]:
    """Every instance as the control plane has it, its times aside."""
    rows = site.world.api("GET", "core-entities/plugins?size=1000")["data"]
    return {
        row["id"]: {key: value for key, value in row.items() if key not in ("created_at", "updated_at")} for row in rows
    }


def told(run: Run) -> str:
    """The report at the end of a run."""
    return run.unwrapped.rpartition("Rollout: ")[2]


def assert_all_old(site: Site, before: dict[str, dict[str, Any]]) -> None:
    site.world.wait_in_sync()
    assert set(site.on_disk().values()) == {OLD}
    assert site.schema() == (release(OLD) / "schema.lua").read_text()
    assert stored(site) == before
    assert all(node.serves for node in site.world.nodes)


@pytest.mark.parametrize(
    ("version", "node"),
    [
        ("1.1.0", LATER),
        pytest.param("1.1.0", CANARY, marks=pytest.mark.slow),
        pytest.param("2.0.0", CANARY, marks=pytest.mark.slow),
        ("2.0.0", LATER),
        pytest.param("2.1.0", CANARY, marks=pytest.mark.slow),
        ("2.1.0", LATER),
    ],
)
def test_a_rollout_that_fails_is_undone_and_succeeds_once_the_node_is_well(
    fresh_site: Site, version: str, node: int
) -> None:
    before = stored(fresh_site)
    with ill(fresh_site, node):
        failed = fresh_site.update(version)
        assert failed.status != 0
        assert "as they were before" in told(failed), failed.output
    assert_all_old(fresh_site, before)
    done = fresh_site.update(version)
    assert done.status == 0, done.output
    assert set(fresh_site.on_disk().values()) == {version}
