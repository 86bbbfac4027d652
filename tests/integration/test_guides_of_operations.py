# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worked examples of the guides, as they are written, one after another on one site."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.site import release
from lab.world import World
from tests.support.guides import as_the_reader, follow
from tests.support.site import Site

# Whole operations take minutes; what they are made of is held by quick tests.
pytestmark = pytest.mark.slow


def test_install_drift_schema_and_remove_as_the_guides_say(tmp_path: Path) -> None:
    with World(tmp_path / "lab", 2) as world:
        world.create("services", {"name": "shop", "host": "shop.example.com"})
        environment = as_the_reader(world, tmp_path, release("1.0.0"))
        site = Site(world, tmp_path, [])

        assert "Install: 5 change(s) to make" in follow("install.md", tmp_path, environment)
        assert len(site.configs()) == 2
        assert "edge-hints: the same everywhere" in follow("drift.md", tmp_path, environment)
        assert "Nothing to do" in follow("ensure-schema.md", tmp_path, environment)
        world.wait_in_sync()
        follow("remove.md", tmp_path, environment)
        assert len(site.configs()) == 2
        world.wait_in_sync()
        assert all(node.serves for node in world.nodes)


def test_update_verify_and_go_back_as_the_guides_say(fresh_site: Site, tmp_path: Path) -> None:
    world = fresh_site.world
    environment = as_the_reader(world, tmp_path, release("2.0.0"))
    output = follow("update.md", tmp_path, environment)
    assert "Update path: LONG" in output
    for node in world.nodes:
        assert output.index(f"{node.name} gets no new requests") < output.index(f"{node.name} is back")
    assert set(fresh_site.on_disk().values()) == {"2.0.0"}

    assert "node3" in follow("verify.md", tmp_path, environment)
    follow("rollback.md", tmp_path, environment)
    assert set(fresh_site.on_disk().values()) == {"1.0.0"}
    assert fresh_site.schema() == (release("1.0.0") / "schema.lua").read_text()


def test_a_second_version_as_the_guide_says(fresh_site: Site, tmp_path: Path) -> None:
    environment = as_the_reader(fresh_site.world, tmp_path, release("1.0.0"))
    output = follow("new-version.md", tmp_path, environment)
    assert "6 of 6 instances of edge-hints move to edge-hints-v2." in " ".join(output.split())
    rows = fresh_site.world.api("GET", "core-entities/plugins?size=1000")["data"]
    assert {row["name"] for row in rows} == {"edge-hints-v2"}
    assert set(fresh_site.rejections().values()) == {0}
