# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of files becomes one that the control plane streams; a recording node stands for Gateway 3.15."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from lab.world import World
from tests.support.guides import as_the_reader, follow
from tests.support.recorder import Recorder
from tests.support.site import Run, Site

# Whole operations take minutes; what they are made of is held by quick tests.
pytestmark = pytest.mark.slow

OLD, NEW = "slow-down", "slow-down-streamed"
SCHEMA = """return { name = "slow-down", fields = { { config = { type = "record", fields = {
  { ms = { type = "integer", required = true, between = { 0, 1000 } } },
  { header = { type = "string", default = "X-Slow" } },
} } } } }
"""
HANDLER = """local SlowDown = { PRIORITY = 20, VERSION = "1.0.0" }
function SlowDown:access(conf)
  ngx.sleep(conf.ms / 1000)
  kong.response.set_header(conf.header, "slow-down")
end
return SlowDown
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / OLD
    folder.mkdir()
    (folder / "schema.lua").write_text(SCHEMA)
    (folder / "handler.lua").write_text(HANDLER)
    return folder


@pytest.fixture
def streaming_site(tmp_path: Path, plugin: Path) -> Iterator[Site]:
    """A control plane with three instances of the plugin, and no node that Ansible could reach."""
    with World(tmp_path / "lab", 0, coalesce_seconds=0.0) as world:
        world.upload_schema(plugin)
        for number, name in enumerate(("shop", "stock", "basket"), start=1):
            service = world.create("services", {"name": name, "host": "example.com"})["id"]
            body = {"name": OLD, "instance_name": name, "service": {"id": service}, "config": {"ms": number}}
            world.create("plugins", {**body, "enabled": name != "stock"})
        yield Site(world, tmp_path, [])


def stream(site: Site, plugin: Path, *arguments: str, **variables: Any) -> Run:
    return site.playbook(
        "stream",
        *arguments,
        old_plugin_path=str(plugin),
        new_plugin_path=str(site.folder / "plugins" / NEW),
        **variables,
    )


def names(site: Site) -> dict[str, str]:
    return {one["instance_name"]: one["name"] for one in site.world.api("GET", "core-entities/plugins")["data"]}


def test_a_plugin_is_uploaded_and_its_instances_move(streaming_site: Site, plugin: Path) -> None:
    with Recorder(streaming_site.world) as recorder:
        run = stream(streaming_site, plugin)
        assert run.status == 0, run.output
        assert set(names(streaming_site).values()) == {NEW}
        uploaded = streaming_site.world.api("GET", f"core-entities/custom-plugins/{NEW}")
        assert uploaded["handler"] == HANDLER
        assert f'name = "{NEW}"' in uploaded["schema"]
        # The name that the handler sends to clients is told, and not touched.
        assert 'handler.lua:4:41: "slow-down"' in run.unwrapped
        for table in recorder.tables:
            versions = [one["name"] for one in table["plugins"] if one["enabled"]]
            assert len(versions) == 2

        again = stream(streaming_site, plugin)
        assert (again.status, again.changed) == (0, 0), again.output


def test_a_plugin_is_streamed_as_the_guide_says(streaming_site: Site, plugin: Path, tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    environment = as_the_reader(streaming_site.world, folder, plugin)
    with Recorder(streaming_site.world):
        assert "Move: 4 change(s) to make" in follow("stream.md", folder, environment)
    assert set(names(streaming_site).values()) == {NEW}


@pytest.mark.parametrize("event", ["upload started", "upload done", "moves started", "moves done"])
def test_a_run_that_was_killed_is_finished_by_the_same_command_and_the_same_approval(
    streaming_site: Site, plugin: Path, event: str
) -> None:
    file = str(streaming_site.folder / "plan.json")
    command = {"old_plugin_path": str(plugin), "new_plugin_path": str(streaming_site.folder / "plugins" / NEW)}
    with Recorder(streaming_site.world):
        assert streaming_site.playbook("stream", "--check", plan_to_write=file, **command).status == 0
        streaming_site.kill_when(streaming_site.start("stream", plan_file=file, **command), *event.split())
        run = streaming_site.playbook("stream", plan_file=file, **command)
        assert run.status == 0, run.output
        assert set(names(streaming_site).values()) == {NEW}
        again = streaming_site.playbook("stream", plan_file=file, **command)
        assert (again.status, again.changed) == (0, 0), again.output


def test_a_batch_that_a_node_does_not_take_goes_back(streaming_site: Site, plugin: Path) -> None:
    with Recorder(streaming_site.world, accepts=False):
        # A node that takes what it has now, and nothing that comes.
        run = stream(streaming_site, plugin, move_timeout=3)
        assert run.status != 0
        assert "1 instance(s) of the batch are at slow-down again" in run.unwrapped, run.output
        assert set(names(streaming_site).values()) == {OLD}


def test_nodes_that_are_too_old_are_refused_before_anything_is_uploaded(streaming_site: Site, plugin: Path) -> None:
    with Recorder(streaming_site.world, version="3.9.3"):
        run = stream(streaming_site, plugin)
    assert run.status != 0
    assert "1 node(s) are older than 3.15: recorder 3.9.3" in run.unwrapped
    assert streaming_site.world.api("GET", "core-entities/custom-plugins")["data"] == []


def test_a_plugin_with_modules_of_its_own_is_refused(streaming_site: Site) -> None:
    run = streaming_site.playbook("stream", old_plugin=OLD, new_plugin_path=str(release("2.0.0")))
    assert run.status != 0
    assert "edge-hints/directives.lua: a streaming plugin is one schema.lua and one handler.lua" in run.unwrapped
    assert "Traceback" not in run.output


def test_check_mode_plans_and_uploads_nothing(streaming_site: Site, plugin: Path) -> None:
    run = stream(streaming_site, plugin, "--check")
    assert run.status == 0, run.output
    assert "3 of 3 instances of slow-down move to slow-down-streamed" in run.unwrapped
    assert set(names(streaming_site).values()) == {OLD}
    assert streaming_site.world.api("GET", "core-entities/custom-plugins")["data"] == []
    assert not (streaming_site.folder / "plugins").exists()
