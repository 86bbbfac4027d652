# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enabling and disabling by the environment of Kong: drop-ins, env files, compose files, and containers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import read_answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release
from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import read_observations
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import build_program
from ansible_collections.kongops.konnect.plugins.module_utils._node.settings import read_settings
from ansible_collections.kongops.konnect.plugins.module_utils._node.verdict import judge
from lab.node.behaviour import QUICK
from lab.node.handle import LabNode, free_address

# The path is where it belongs already: {root} stands for the plugin root.
DROP_IN = """\
[Unit]
# KONG_PLUGINS=not this
After=network.target
[Service]
  Environment="KONG_DATABASE=off" "KONG_PLUGINS=bundled, other" KONG_LUA_PACKAGE_PATH={root}/?.lua;;
LimitNOFILE=4096
"""
ENV_FILE = """\
# Kong
KONG_DATABASE=off
MY_KONG_PLUGINS=mine
KONG_PLUGINS=bundled,other
KONG_LUA_PACKAGE_PATH='{root}/?.lua;;'
"""
MAPPING = """\
services:
  kong:
    environment:
      KONG_DATABASE: "off"
      KONG_PLUGINS: bundled,other  # ours
      KONG_LUA_PACKAGE_PATH: "{root}/?.lua;;"
"""
LISTED = """\
services:
  kong:
    environment:
      - KONG_DATABASE=off
      - "KONG_PLUGINS=bundled,other"
      - KONG_LUA_PACKAGE_PATH={root}/?.lua;;
"""


def named(node: Any, name: str, text: str) -> Path:
    file: Path = node.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.replace("{root}", str(node.root)))
    file.chmod(0o640)
    return file


@pytest.mark.parametrize(
    ("name", "text"),
    [("kong.service.d/10.conf", DROP_IN), ("kong.env", ENV_FILE), ("compose.yml", MAPPING), ("compose.yaml", LISTED)],
)
def test_one_value_changes_and_goes_back_and_everything_else_stays(
    node: Any, old: Release, name: str, text: str
) -> None:
    file = named(node, name, text)
    before = file.read_text()
    enabling = {"environment_file": str(file), "enable": True}
    foretold = read_settings(node.run("present", old, **enabling, check=True)).diff
    assert file.read_text() == before
    settings = read_settings(node.run("present", old, **enabling))
    assert [(one.key, one.file) for one in settings.changes] == [("plugins", str(file))]
    assert settings.diff == foretold
    assert (foretold[0]["before_header"], foretold[0]["after"][-16:]) == (str(file), "other,ttl-cache\n")
    assert file.read_text() == before.replace("other", "other,ttl-cache")
    assert file.stat().st_mode & 0o777 == 0o640
    assert not read_settings(node.run("present", old, **enabling)).changes
    assert read_settings(node.run("disabled", environment_file=str(file))).files == str(file)
    assert file.read_text() == before.replace("bundled, other", "bundled,other")
    assert not read_settings(node.run("disabled", environment_file=str(file))).changes
    assert [path.name for path in file.parent.glob("*.kongops*")] == []


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("kong.env", "A=b", "A=b\nKONG_PLUGINS=bundled,ttl-cache\nKONG_LUA_PACKAGE_PATH={path}\n"),
        (
            "kong.service.d/new.conf",
            None,
            '[Service]\nEnvironment="KONG_PLUGINS=bundled,ttl-cache"\nEnvironment="KONG_LUA_PACKAGE_PATH={path}"\n',
        ),
        (
            "kong.service.d/old.conf",
            "[Service]\nNice=5\n[Install]\nAlias=k\n",
            "[Service]\nNice=5\n[Install]\nAlias=k\n[Service]\n"
            'Environment="KONG_PLUGINS=bundled,ttl-cache"\nEnvironment="KONG_LUA_PACKAGE_PATH={path}"\n',
        ),
        (
            "compose.yml",
            "services:\n  kong:\n    environment:\n      # theirs\n      A: b\n    image: kong\n",
            "services:\n  kong:\n    environment:\n      # theirs\n"
            '      KONG_LUA_PACKAGE_PATH: "{path}"\n      KONG_PLUGINS: "bundled,ttl-cache"\n'
            "      A: b\n    image: kong\n",
        ),
        (
            "compose.yml",
            "services:\n  kong:\n    environment:\n    - A=b\n",
            "services:\n  kong:\n    environment:\n"
            '    - "KONG_LUA_PACKAGE_PATH={path}"\n    - "KONG_PLUGINS=bundled,ttl-cache"\n    - A=b\n',
        ),
    ],
)
def test_what_is_absent_is_added_as_the_file_is_written(
    node: Any, old: Release, name: str, before: str | None, after: str
) -> None:
    file = node.folder / name if before is None else named(node, name, before)
    node.run("present", old, environment_file=str(file), enable=True)
    assert file.read_text() == after.replace("{path}", f"{node.root}/?.lua;./?.lua;./?/init.lua;")
    assert not read_settings(node.run("present", old, environment_file=str(file), enable=True)).changes


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (
            "compose.yml",
            "environment:\n  KONG_PLUGINS: bundled,${MORE}\n",
            "line 2: .* not understood; set .* to 'bundled,ttl-",
        ),
        ("compose.yml", 'environment:\n  "KONG_PLUGINS": bundled\n', "line 2: .* not understood"),
        ("compose.yml", "environment:\n  - KONG_PLUGINS\n", "line 2: .* not understood"),
        ("compose.yml", "a:\n  KONG_PLUGINS: bundled\nb:\n  KONG_PLUGINS: bundled\n", "for several services"),
        (
            "compose.yml",
            "a:\n  environment:\n    A: b\nb:\n  environment:\n    A: b\n",
            "not plain where the environment",
        ),
        ("compose.yml", "services:\n  kong:\n    environment: {A: b}\n", "not plain where the environment"),
        ("kong.env", 'KONG_PLUGINS="bundled\n', "line 1: .* not understood"),
        ("kong.conf", "plugins = bundled\n", "no file of an environment"),
    ],
)
def test_a_file_that_cannot_be_changed_without_a_doubt_is_left_alone(
    dash_node: Any, old: Release, name: str, text: str, reason: str
) -> None:
    file = named(dash_node, name, text)
    with pytest.raises(NodeError, match=reason):
        dash_node.run("present", old, environment_file=str(file), enable=True)
    assert file.read_text() == text


def test_a_file_that_is_not_there_is_said(dash_node: Any, old: Release) -> None:
    with pytest.raises(NodeError, match="is not on this node"):
        dash_node.run("present", old, environment_file=str(dash_node.folder / "no.env"), enable=True)


def systemctl(node: Any, unit: str = "", drop_ins: str = "", env_files: str = "", reload: str = ":") -> Path:
    """A stand-in for systemctl before all others; what it was asked to do is in the file that is returned."""
    tools = node.folder / "tools"
    tools.mkdir(exist_ok=True)
    calls: Path = node.folder / "calls"
    (tools / "systemctl").write_text(
        f"#!/bin/sh\ncase \"$1 $3\" in\n'show FragmentPath') echo 'FragmentPath={unit}' ;;\n"
        f"'show DropInPaths') echo 'DropInPaths={drop_ins}' ;;\n"
        f"'show EnvironmentFiles') echo 'EnvironmentFiles={env_files} (ignore_errors=no)' ;;\n"
        f'\'reload \'*) echo "$*" >>{calls}; {reload} ;;\n*) echo "$*" >>{calls} ;;\nesac\n'
    )
    (tools / "systemctl").chmod(0o755)
    node.environment = {**node.environment, "PATH": f"{tools}:{node.environment['PATH']}"}
    return calls


def test_the_drop_in_that_sets_it_last_is_found_and_systemd_reads_it_again_once(node: Any, old: Release) -> None:
    first = named(node, "kong.service.d/10.conf", DROP_IN)
    last = named(node, "kong.service.d/20.conf", "[Service]\nEnvironment=KONG_PLUGINS=bundled\n")
    before = first.read_text()
    calls = systemctl(node, drop_ins=f"{first} {last}")
    settings = read_settings(node.run("present", old, kind="systemd", unit="kong", enable=True))
    assert settings.files == str(last)
    assert settings.unit_file
    assert last.read_text() == "[Service]\nEnvironment=KONG_PLUGINS=bundled,ttl-cache\n"
    assert first.read_text() == before
    assert calls.read_text() == "daemon-reload\n"


def test_an_env_file_of_the_unit_wins_over_its_drop_ins(node: Any, old: Release) -> None:
    drop_in = named(node, "kong.service.d/10.conf", DROP_IN)
    env = named(node, "kong.env", ENV_FILE)
    systemctl(node, drop_ins=str(drop_in), env_files=str(env))
    assert read_settings(node.run("present", old, kind="systemd", unit="kong", enable=True)).files == str(env)
    assert "other,ttl-cache" in env.read_text()


def test_a_unit_that_says_nothing_leaves_it_to_the_file(node: Any, old: Release) -> None:
    conf = named(node, "kong.conf", "plugins = bundled\n")
    calls = systemctl(node, drop_ins=str(named(node, "kong.service.d/10.conf", "[Service]\nEnvironment=A=b\n")))
    settings = read_settings(node.run("present", old, kind="systemd", unit="kong", enable=True, conf=str(conf)))
    assert settings.files == str(conf)
    assert not calls.exists()


def test_a_drop_in_that_names_a_plugin_of_a_stopped_kong_is_seen(node: Any, old: Release) -> None:
    """What Kong was last loaded with does not name it, and its next start would ask for the files."""
    drop_in = named(node, "kong.service.d/10.conf", '[Service]\nEnvironment="KONG_PLUGINS=bundled,ttl-cache"\n')
    systemctl(node, drop_ins=str(drop_in))
    (node.folder / "prefix").mkdir()
    (node.folder / "prefix/.kong_env").write_text("plugins = bundled\n")
    unit = {"kind": "systemd", "unit": "kong"}
    node.run("present", old, **unit)
    with pytest.raises(NodeError, match="plugins that Kong will start with"):
        node.run("absent", **unit)
    settings = read_settings(node.run("disabled", **unit, reload=True))
    assert settings.files == str(drop_in)
    assert drop_in.read_text() == '[Service]\nEnvironment="KONG_PLUGINS=bundled"\n'
    assert node.run("absent", **unit).get("removed", "ttl-cache") == "yes"


@pytest.fixture
def container(node: Any) -> Iterator[Any]:
    """A process with an environment of its own, and an engine that calls it a container."""
    engine = node.folder / "engine"
    with subprocess.Popen(["sleep", "600"], env={"KONG_PLUGINS": "bundled", "KONG_LUA_PACKAGE_PATH": ";;"}) as process:
        engine.write_text(f"#!/bin/sh\n[ $1 = inspect ] && echo {process.pid}\n")
        engine.chmod(0o755)
        yield {"kind": "container", "engine": str(engine), "container": "kong"}
        process.kill()


def test_a_container_is_left_alone_and_told_what_to_make_it_with(node: Any, old: Release, container: Any) -> None:
    answer = node.run("present", old, **container, enable=True, reload=True)
    settings = read_settings(answer)
    assert settings.recreate == {"KONG_PLUGINS": "bundled,ttl-cache", "KONG_LUA_PACKAGE_PATH": f"{node.root}/?.lua;;;"}
    assert not settings.changes
    assert not read_observations(answer)
    told = settings.to_recreate("kong", None) or ""
    assert "KONG_PLUGINS='bundled,ttl-cache'" in told
    assert "kong_environment_file" in told


def test_the_env_file_of_a_container_is_changed_once_and_the_container_still_has_to_be_made_anew(
    node: Any, old: Release, container: Any
) -> None:
    file = named(node, "kong.env", ENV_FILE)
    first, again = (
        read_settings(node.run("present", old, **container, enable=True, environment_file=str(file))) for _ in range(2)
    )
    assert [one.after for one in first.changes] == ["bundled,other,ttl-cache"]
    assert not again.changes
    assert first.recreate == again.recreate
    assert first.recreate["KONG_PLUGINS"] == "bundled,other,ttl-cache"
    assert f"{file} on the node has them" in (first.to_recreate("kong", str(file)) or "")


@pytest.fixture
def unit(tmp_path: Path, node: Any) -> Iterator[tuple[LabNode, Path]]:
    """A running lab node whose unit sets its plugins, and whose reload has the environment of the unit."""
    lab = LabNode("node-1", tmp_path / "kong", free_address())
    lab.create({"plugins": "bundled"}, replace(QUICK, losing_window=None))
    store = lab.prefix / "dbless.lmdb"
    store.mkdir()
    stored = {"config_hash": "a" * 32, "entities": {"plugins": []}}
    (store / "configuration.json").write_text(json.dumps(stored), encoding="utf-8")
    env = named(node, "kong.env", f"KONG_PLUGINS=bundled\nKONG_LUA_PACKAGE_PATH={lab.plugin_root}/?.lua;;\n")
    systemctl(node, env_files=str(env), reload=f"env $(cat {env}) {lab.command} reload -p {lab.prefix}")
    lab.kong("start", environment=dict(line.split("=", 1) for line in env.read_text().splitlines()))
    yield lab, env
    lab.stop()


def visit(node: Any, lab: LabNode, release: Release | None, state: str = "present") -> Any:
    options = {"root": str(lab.plugin_root), "prefix": str(lab.prefix), "status_api": "", "timeout": 8, "settle": 0}
    made = node.visit(state, release, **options, kind="systemd", unit="kong", enable=True, reload=True)
    program = build_program(made, [release] if release else [])
    return read_answer(node.execute(program).stdout, program.nonce)


SCHEMA = "return { name = 'ttl-cache', fields = { { config = { type = 'record', fields = {} } } } }\n"


def test_the_reload_of_a_unit_takes_its_new_environment(node: Any, unit: tuple[LabNode, Path]) -> None:
    lab, env = unit
    release = Release(
        "ttl-cache", {"schema.lua": SCHEMA.encode(), "handler.lua": b"return { PRIORITY = 1, VERSION = '1.0.0' }\n"}
    )
    answer = visit(node, lab, release)
    assert judge(read_observations(answer)).kind == "loaded"
    assert answer.get("enabled") == "bundled,ttl-cache"
    assert not read_observations(visit(node, lab, release))
    assert visit(node, lab, None, "disabled").get("enabled") == "bundled"
    assert "KONG_PLUGINS=bundled\n" in env.read_text()


def test_a_release_that_does_not_load_is_taken_out_of_the_environment_again(
    node: Any, unit: tuple[LabNode, Path]
) -> None:
    lab, env = unit
    before = env.read_text()
    broken = Release("ttl-cache", {"schema.lua": SCHEMA.encode(), "handler.lua": b"return { PRIORITY = = 1 }\n"})
    answer = visit(node, lab, broken)
    assert [seen.role for seen in read_observations(answer)] == ["reload", "undo"]
    assert env.read_text() == before
    assert answer.get("enabled") == "bundled"
    assert lab.get("/status/ready")[0] == 200
