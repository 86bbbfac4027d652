# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new plugin, from a directory to every node, and only then its first instances."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from lab.world import World
from tests.support.site import Run, Site

# Whole operations take minutes; what they are made of is held by quick tests.
pytestmark = pytest.mark.slow

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


def install(site: Site, *arguments: str, **variables: Any) -> Run:
    return site.playbook("install", *arguments, plugin_path=str(PLUGIN), instances=INSTANCES, **variables)


def enabled(site: Site) -> dict[str, bool]:
    return {node.name: "edge-hints" in node.kong_conf.read_text() for node in site.world.nodes}


def nothing_was_touched(site: Site, run: Run) -> None:
    assert run.changed == 0, run.output
    assert "Traceback" not in run.output
    assert not any(enabled(site).values())
    assert not (site.folder / "journal").exists()


def test_a_plugin_is_enabled_in_the_environment_file_that_is_named(empty_site: Site) -> None:
    files = [node.kong_conf.with_name("kong.env") for node in empty_site.world.nodes]
    for file in files:
        file.write_text("# ours\nKONG_LOG_LEVEL=notice\n", encoding="utf-8")
    named = {"kong_environment_file": "{{ kong_conf | dirname }}/kong.env"}
    foretold = install(empty_site, "--check", "--diff", **named)
    assert "+plugins = bundled,edge-hints" in foretold.output
    run, again = install(empty_site, **named), install(empty_site, **named)
    assert run.status == 0, run.output
    assert again.changed == 0, again.output
    assert not any(enabled(empty_site).values())
    for file in files:
        # The plugin root is on the nodes' path already.
        assert file.read_text(encoding="utf-8") == "# ours\nKONG_LOG_LEVEL=notice\nKONG_PLUGINS=bundled,edge-hints\n"
    empty_site.world.wait_in_sync()


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


def approved(site: Site, how: str) -> dict[str, str]:
    """Plans an installation in check mode; the variables that carry out that plan and no other."""
    file = site.folder / "install.json"
    run = install(site, "--check", plan_to_write=str(file))
    assert run.status == 0, run.output
    return {"plan_file": str(file)} if how == "plan_file" else {how: json.loads(file.read_text())["digest"]}


@pytest.mark.parametrize(
    ("event", "how"),
    [
        ("window opened", "plan_file"),
        ("schema started", "plan_file"),
        ("schema done", "plan_digest"),
        ("nodes started", "plan_file"),
        ("nodes done", "plan_digest"),
        ("create started", "plan_file"),
        ("create done", "plan_digest"),
        ("accept done", "plan_file"),
    ],
)
def test_an_installation_that_was_killed_is_finished_by_the_same_command_and_the_same_approval(
    empty_site: Site, event: str, how: str
) -> None:
    command = {"plugin_path": str(PLUGIN), "instances": INSTANCES, **approved(empty_site, how)}
    empty_site.kill_when(empty_site.start("install", **command), *event.split())
    run = empty_site.playbook("install", **command)
    assert run.status == 0, run.output
    empty_site.world.wait_in_sync()
    assert set(empty_site.on_disk().values()) == {"1.0.0"}
    assert all(enabled(empty_site).values())
    assert set(empty_site.configs()) == {"everywhere", "shop"}
    assert set(empty_site.rejections().values()) == {0}
    again = empty_site.playbook("install", **command)
    assert (again.status, again.changed) == (0, 0), again.output


def test_a_node_that_a_cut_removal_left_with_half_its_settings_is_completed(empty_site: Site) -> None:
    assert install(empty_site).status == 0
    node = empty_site.world.nodes[0]
    # The moment between the settings and the reload: the node still runs with the plugin, and would start without it.
    node.kong_conf.write_text(node.kong_conf.read_text().replace(",edge-hints", ""))
    run = install(empty_site)
    assert run.status == 0, run.output
    assert all(enabled(empty_site).values())
    for one in empty_site.world.nodes:
        one.kong("restart", "-c", str(one.kong_conf))
    empty_site.world.wait_in_sync()
    assert all(one.serves for one in empty_site.world.nodes)


def test_what_was_not_approved_is_refused_and_says_which_input_differs(empty_site: Site, tmp_path: Path) -> None:
    command = approved(empty_site, "plan_file")
    other = [{**INSTANCES[0], "config": {"ttl": 61}}, INSTANCES[1]]
    run = empty_site.playbook("install", plugin_path=str(PLUGIN), instances=other, **command)
    assert run.status != 0
    assert "what is to be done with everywhere (global) is not what the plan says" in run.unwrapped, run.output
    edited = Path(shutil.copytree(PLUGIN, tmp_path / "edge-hints"))
    (edited / "handler.lua").write_text((edited / "handler.lua").read_text() + "-- edited\n")
    run = empty_site.playbook("install", plugin_path=str(edited), instances=INSTANCES, **command)
    assert "the files of the directory are not those of the plan: handler.lua" in run.unwrapped, run.output
    nothing_was_touched(empty_site, run)


@pytest.fixture(scope="module")
def bare_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For tests that must not change anything."""
    folder = tmp_path_factory.mktemp("bare")
    with World(folder / "lab", 1) as world:
        yield Site(world, folder, [])


def named(folder: Path, name: str) -> Path:
    """The example plugin under another name."""
    plugin = Path(shutil.copytree(PLUGIN, folder / name))
    text = (plugin / "schema.lua").read_text()
    (plugin / "schema.lua").write_text(text.replace('"edge-hints"', f'"{name}"', 1))
    return plugin


def test_check_mode_shows_the_plan_and_changes_nothing(bare_site: Site) -> None:
    run = bare_site.playbook("install", "--check", "--diff", plugin_path=str(PLUGIN), instances=INSTANCES[:1])
    assert run.status == 0, run.output
    assert "Install: 3 change(s) to make" in run.output
    nothing_was_touched(bare_site, Run(run.status, ""))
    assert bare_site.configs() == {}


def test_the_name_of_a_plugin_of_kong_is_refused(bare_site: Site, tmp_path: Path) -> None:
    run = bare_site.playbook("install", plugin_path=str(named(tmp_path, "cors")))
    assert run.status != 0
    assert "cors: a plugin of this name comes with Kong" in run.unwrapped, run.output
    nothing_was_touched(bare_site, run)


def test_the_name_of_a_streaming_plugin_is_refused(bare_site: Site, tmp_path: Path) -> None:
    plugin = named(tmp_path, "streamed")
    files = {part: (plugin / f"{part}.lua").read_text() for part in ("schema", "handler")}
    bare_site.world.create("custom-plugins", {"name": "streamed", **files})
    run = bare_site.playbook("install", plugin_path=str(plugin))
    assert run.status != 0
    assert "a streaming plugin of this name" in run.unwrapped, run.output
    nothing_was_touched(bare_site, run)


@pytest.mark.parametrize(
    ("instances", "message"),
    [
        ([{"config": {"ttl": "soon"}}], "expected an integer"),
        ([{"service": "nowhere", "config": {"ttl": 60}}], "There is no service 'nowhere'"),
        ([{"config": {"ttl": 60}}, {"config": {"ttl": 30}}], "a second instance of the plugin in the same scope"),
        ([{"name": "other", "config": {}}], "not among those to install"),
        ([{"confg": {}}], "confg"),
    ],
)
def test_an_instance_that_cannot_be_is_refused_beforehand(
    bare_site: Site, instances: list[dict[str, Any]], message: str
) -> None:
    run = bare_site.playbook("install", plugin_path=str(PLUGIN), instances=instances)
    assert run.status != 0
    assert message in run.unwrapped, run.output
    nothing_was_touched(bare_site, run)


def test_another_plugin_of_that_name_on_a_node_or_the_control_plane_is_refused(
    empty_site: Site, tmp_path: Path
) -> None:
    node = empty_site.world.nodes[1]
    shutil.copytree(release("2.0.0"), node.plugin_root / "kong/plugins/edge-hints")
    run = install(empty_site)
    assert run.status != 0
    assert "1 node(s) have another plugin of this name: node2" in run.unwrapped, run.output
    empty_site.world.upload_schema(release("2.0.0"))
    run = install(empty_site)
    assert "already has a plugin of this name, with another schema" in run.unwrapped, run.output
    nothing_was_touched(empty_site, run)
