# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node actions through ``ansible``, over the local connection."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Task = Callable[..., dict[str, Any]]


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / "ttl-cache"
    folder.mkdir()
    (folder / "schema.lua").write_text("return {}\n")
    (folder / "handler.lua").write_text("return { PRIORITY = 1, VERSION = '1.0.0' }\n")
    return folder


@pytest.fixture
def task(root: Path, tmp_path: Path) -> Task:
    """Runs one task on one host and returns its result."""

    def run(
        action: str, *options: str, host: str = "n1,", connection: str = "local", **arguments: Any
    ) -> dict[str, Any]:
        tree = tmp_path / "results"
        arguments = {
            "plugin_root": str(tmp_path / "root"),
            "kong_prefix": str(tmp_path / "prefix"),
            "status_api": "off",
            **arguments,
        }
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "ansible", "adhoc", "all", "-i", host, "-c", connection, *options),
                *("--tree", str(tree), "-m", f"kongops.konnect.{action}", "-a", json.dumps(arguments)),
            ],
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(root / ".build"),
                "ANSIBLE_HOME": str(tmp_path / "ansible"),
                "ANSIBLE_LOCALHOST_WARNING": "false",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        found = tree / host.rstrip(",")
        assert found.exists(), ran.stdout + ran.stderr
        result: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
        assert "Traceback" not in ran.stdout + ran.stderr
        result["failed"] = ran.returncode != 0
        return result

    return run


def test_check_mode_foretells_the_visit_and_changes_nothing(task: Task, plugin: Path, tmp_path: Path) -> None:
    foretold = task("plugin_release", "--check", path=str(plugin))
    assert foretold["changed"]
    assert not (tmp_path / "root").exists()
    assert task("plugin_release", path=str(plugin))["changed"]
    assert not task("plugin_release", path=str(plugin))["changed"]
    assert not task("plugin_release", "--check", path=str(plugin))["changed"]


def test_releases_that_go_alone_are_a_change_that_check_mode_foretells(task: Task, plugin: Path) -> None:
    for version in range(4):
        (plugin / "handler.lua").write_text(f"return {{ PRIORITY = 1, VERSION = '1.0.{version}' }}\n")
        task("plugin_release", path=str(plugin))
    assert not task("plugin_release", "--check", path=str(plugin), keep=3)["changed"]
    assert task("plugin_release", "--check", path=str(plugin), keep=2)["changed"]
    done = task("plugin_release", path=str(plugin), keep=2)
    assert (done["changed"], len(done["plugins"]["ttl-cache"]["pruned"])) == (True, 1)
    assert not task("plugin_release", "--check", path=str(plugin), keep=1)["changed"]
    assert not task("plugin_release", path=str(plugin), keep=1)["changed"]


def test_check_mode_fails_a_way_back_that_is_not_there_as_the_visit_does(task: Task, plugin: Path) -> None:
    task("plugin_release", path=str(plugin))
    for told in ({}, {"digest": f"sha256:{'0' * 64}"}):
        foretold = task("plugin_release", "--check", name="ttl-cache", state="rolled_back", **told)
        done = task("plugin_release", name="ttl-cache", state="rolled_back", **told)
        assert (foretold["failed"], foretold["msg"]) == (True, done["msg"])
    assert "release 0000" in done["msg"]
    (plugin / "handler.lua").write_text("return { PRIORITY = 2, VERSION = '1.0.1' }\n")
    task("plugin_release", path=str(plugin))
    foretold = task("plugin_release", "--check", name="ttl-cache", state="rolled_back")
    assert (foretold["failed"], foretold["changed"]) == (False, True)


def test_check_mode_foretells_what_enabling_sets(task: Task, plugin: Path, tmp_path: Path) -> None:
    conf = tmp_path / "kong.conf"
    conf.write_text(f"plugins = bundled\nlua_package_path = {tmp_path}/root/?.lua;;\n")
    told = {"path": str(plugin), "kong_conf": str(conf), "enable": True}
    assert task("plugin_release", "--check", **told)["enabled_in"] == str(conf)
    assert conf.read_text().startswith("plugins = bundled\n")
    assert task("plugin_release", **told)["enabled_in"] == str(conf)
    assert not task("plugin_release", "--check", **told)["changed"]
    foretold = task("plugin_release", "--check", name="ttl-cache", state="disabled", kong_conf=str(conf))
    assert (foretold["changed"], foretold["disabled_in"]) == (True, str(conf))


def test_a_container_that_must_be_made_anew_fails_a_visit_that_was_to_reload(
    task: Task, plugin: Path, tmp_path: Path
) -> None:
    engine = tmp_path / "engine"
    engine.write_text("#!/bin/sh\necho 'Error: No such container: kong' >&2\nexit 1\n")
    engine.chmod(0o755)
    options = {"path": str(plugin), "kong_kind": "container", "kong_container": "kong", "container_engine": str(engine)}
    warned = task("plugin_release", **options, enable=True)
    assert not warned["failed"]
    assert set(warned["recreate"]) == {"KONG_PLUGINS", "KONG_LUA_PACKAGE_PATH"}
    failed = task("plugin_release", **options, enable=True, reload=True)
    assert failed["failed"]
    assert "the container kong has to be re-created with KONG_PLUGINS='bundled,ttl-cache'" in failed["msg"]


def test_look_has_everything_of_the_contract(task: Task, plugin: Path) -> None:
    task("plugin_release", path=str(plugin))
    result = task("plugin_release_info", names=["other"])
    assert result["changed"] is False
    node = result["node"]
    assert {"host", "reachable", "node_id", "kong_version", "enabled", "free_bytes", "status_api", "log"} <= set(node)
    assert set(node["plugins"]["ttl-cache"]) == {
        *("loads", "copies", "live", "live_kind", "previous", "releases", "digest", "schema", "drift", "managed"),
        *("loaded", "running", "running_schema", "handler"),
    }
    assert node["host"] == "n1"
    assert node["plugins"]["other"]["live"] is None


def test_several_plugins_go_in_one_visit(task: Task, plugin: Path, tmp_path: Path) -> None:
    other = tmp_path / "header-guard"
    other.mkdir()
    for name in ("schema.lua", "handler.lua"):
        (other / name).write_text("return {}\n")
    result = task("plugin_release", plugins=[{"path": str(plugin)}, {"path": str(other)}])
    assert {name for name, done in result["plugins"].items() if done["switched"]} == {"ttl-cache", "header-guard"}


def test_a_large_release_is_asked_for_first_and_arrives_whole(task: Task, plugin: Path, tmp_path: Path) -> None:
    (plugin / "data.lua").write_bytes(os.urandom(300_000))
    assert task("plugin_release", path=str(plugin))["changed"]
    live = tmp_path / "root/kong/plugins/ttl-cache/data.lua"
    assert live.read_bytes() == (plugin / "data.lua").read_bytes()
    assert not task("plugin_release", path=str(plugin))["changed"]


def test_a_host_that_cannot_be_reached_is_reported_where_that_is_asked_for(task: Task) -> None:
    options = ("--ssh-common-args=-o ConnectTimeout=2 -o BatchMode=yes -p 1",)
    result = task("plugin_release_info", *options, host="127.0.0.9,", connection="ssh", report_unreachable=True)
    assert result["node"]["reachable"] is False
    assert "127.0.0.9" in result["node"]["error"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "/nowhere"}, "no such plugin directory"),
        ({"name": "a;b", "state": "absent"}, "may hold only letters"),
        ({"name": "x"}, "needs a path"),
        ({"name": "x", "state": "rolled_back", "digest": "1234"}, "not a digest"),
        ({"name": "x", "state": "absent", "kong_kind": "container"}, "kong_container"),
        ({"name": "x", "state": "absent", "plugin_root": "/opt/my plugins"}, "absolute path of letters"),
        ({"name": "x", "state": "gone"}, "value of state must be one of"),
        ({"name": "x", "state": "absent", "colour": "red"}, "colour"),
    ],
)
def test_bad_input_gives_one_clear_message(task: Task, tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    result = task("plugin_release", **arguments)
    assert result["failed"]
    assert message in result["msg"]
    assert not (tmp_path / "root").exists()


def test_a_reload_of_a_node_without_kong_is_not_called_good(task: Task) -> None:
    result = task("node_reload")
    assert result["failed"]
    assert result["verdict"]["kind"] == "inconclusive"
