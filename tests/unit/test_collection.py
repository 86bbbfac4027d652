# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a whole: what is built of it, what it documents, and how its parts name one another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import COLLECTIONS, ROOT
from tests.support.small_world import schema_text, small

SHIPPED = {
    "CHANGELOG.rst",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "changelogs",
    "docs",
    "meta",
    "playbooks",
    "plugins",
    "roles",
}
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
# The actions with an argument spec of their own; the others leave it to their module, which ansible-test compares.
ACTIONS = {
    path.stem: action.ARGUMENTS
    for path in sorted((ROOT / "plugins" / "action").glob("[a-z]*.py"))
    if hasattr(
        action := import_module(f"ansible_collections.kongops.konnect.plugins.action.{path.stem}").ActionModule,
        "ARGUMENTS",
    )
}
# An option by which a module is known to take all the options of an action group.
GROUPS = {"konnect": "region", "node": "kong_kind"}
# What argument specs and documentation both say of an option, and what it is where neither says anything.
FACTS = {"type": "str", "elements": None, "default": None, "required": False}


def ansible(*arguments: str | Path) -> str:
    """The output of one of Ansible's commands, which must succeed."""
    command, *rest = map(str, arguments)
    done = subprocess.run(
        [str(Path(sys.executable).parent / command), *rest],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_LOCALHOST_WARNING": "False"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    """What ansible-doc reads of each module, fragments merged in."""
    told = json.loads(ansible("ansible-doc", "--json", *(f"kongops.konnect.{name}" for name in MODULES)))
    return {name.rpartition(".")[2]: one for name, one in told.items()}


def test_the_artifact_holds_what_ships_and_nothing_else(tmp_path: Path) -> None:
    ansible("ansible-galaxy", "collection", "build", ROOT, "--output-path", tmp_path)
    (artifact,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(artifact) as archive:
        names = archive.getnames()
    assert {name.partition("/")[0] for name in names} <= SHIPPED
    assert {"LICENSE", "README.md", "meta/runtime.yml", "plugins/modules/update_plan.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name]


def test_what_an_execution_environment_installs_is_what_the_plugins_import() -> None:
    environment = yaml.safe_load((ROOT / "meta" / "execution-environment.yml").read_text())
    needed = (ROOT / environment["dependencies"]["python"]).read_text().split()
    assert sorted(line.partition(">")[0] for line in needed) == ["httpx", "luaparser"]


@pytest.mark.parametrize("group", GROUPS)
def test_an_action_group_has_every_module_that_takes_its_options(
    group: str, documents: Mapping[str, Mapping[str, Any]]
) -> None:
    listed = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"][group]
    takers = [name for name, one in documents.items() if GROUPS[group] in one["doc"]["options"]]
    assert sorted(listed) == sorted(takers)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_examples_that_use_it(name: str, documents: Mapping[str, Mapping[str, Any]]) -> None:
    tasks = yaml.safe_load(documents[name]["examples"])
    assert any(f"kongops.konnect.{name}" in task for task in tasks)


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_takes_the_options_that_its_module_documents(
    name: str, documents: Mapping[str, Mapping[str, Any]]
) -> None:
    documented = documents[name]["doc"]["options"]
    connection = documents["control_plane_info"]["doc"]["options"] if "region" in documented else {}
    ours = {key: one for key, one in documented.items() if key not in connection or key in ACTIONS[name]}
    assert facts(ACTIONS[name], "options") == facts(ours, "suboptions")


def test_every_part_of_a_plan_is_documented(documents: Mapping[str, Mapping[str, Any]]) -> None:
    schema = schema_text('{ ttl = { type = "integer" } }')
    assert set(documents["update_plan"]["return"]["plan"]["contains"]) == set(small(schema, schema).plan().to_dict())


def test_every_part_of_where_things_stand_is_documented(
    documents: Mapping[str, Mapping[str, Any]], tmp_path: Path
) -> None:
    arguments = {name: one.get("default") for name, one in ACTIONS["rollout_info"].items()}
    action = import_module("ansible_collections.kongops.konnect.plugins.action.rollout_info").ActionModule
    told = action.work(object.__new__(action), {**arguments, "journal_dir": str(tmp_path), "show": False}, {})
    documented = documents["rollout_info"]["return"]
    assert {name for name, one in documented.items() if "without" in one["returned"]} == set(told) - {"changed"}


def facts(options: Mapping[str, Mapping[str, Any]], inside: str) -> dict[str, Any]:
    """Of each option what can be compared."""
    return {
        name: {
            **{key: one.get(key, usual) for key, usual in FACTS.items()},
            "choices": sorted(one.get("choices") or ()),
            "options": facts(one.get(inside) or {}, inside),
        }
        for name, one in options.items()
    }


def test_every_playbook_passes_a_syntax_check() -> None:
    playbooks = sorted((ROOT / "playbooks").glob("*.yml"))
    told = ansible("ansible-playbook", "--syntax-check", "--inventory", "localhost,", *playbooks)
    assert told.count("playbook: ") == len(playbooks)
