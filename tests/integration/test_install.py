# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new plugin, from a directory to every node, and only then its first instances."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from lab.world import World
from tests.support.site import Run, Site

PLUGIN = release("1.0.0")
INSTANCES: list[dict[str, Any]] = [
    {"instance_name": "everywhere", "config": {"ttl": 60, "purge_token": "s3cret-purge-everywhere"}},
    {"instance_name": "shop", "service": "shop", "enabled": False, "tags": ["team-a"], "config": {"ttl": 30}},
]


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Site]:
    """Nodes that never heard of the plugin, and a service."""
    with World(tmp_path / "lab", 2) as world:
        world.create("services", {"name": "shop", "host": "shop.example.com"})
        world.wait_in_sync()
        yield Site(world, tmp_path, [])


def install(site: Site, plugin: Path = PLUGIN, **variables: Any) -> Run:
    return site.playbook("install", plugin_path=str(plugin), instances=INSTANCES, **variables)


def enabled(site: Site) -> dict[str, bool]:
    return {node.name: "edge-hints" in node.kong_conf.read_text() for node in site.world.nodes}


def nothing_was_touched(site: Site, run: Run) -> None:
    assert run.changed == 0, run.output
    assert "Traceback" not in run.output
    assert not any(enabled(site).values())
    assert not (site.folder / "journal").exists()


def test_a_plugin_is_installed_and_the_second_run_changes_nothing(empty_site: Site) -> None:
    run = install(empty_site)
    assert run.status == 0, run.output
    assert "s3cret" not in run.output
    empty_site.world.wait_in_sync()
    assert set(empty_site.on_disk().values()) == {"1.0.0"}
    assert all(enabled(empty_site).values())
    assert set(empty_site.configs()) == {"everywhere", "shop"}
    assert set(empty_site.rejections().values()) == {0}
    assert all(node.serves for node in empty_site.world.nodes)

    again = install(empty_site)
    assert (again.status, again.changed) == (0, 0), again.output
    assert "Nothing to do" in again.unwrapped
