# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes need no Python: a play on them uses our own actions, ``raw``, and what runs on the controller anyhow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
# Our actions that send the node program; each is a subclass of NodeAction.
ON_NODES = {"ansible.builtin.raw"} | {
    f"kongops.konnect.{file.stem}"
    for file in ROOT.glob("plugins/action/*.py")
    if "(NodeAction)" in file.read_text(encoding="utf-8")
}
ON_THE_CONTROLLER = {
    "kongops.konnect.rollout_step",
    "ansible.builtin.assert",
    "ansible.builtin.debug",
    "ansible.builtin.fail",
    "ansible.builtin.import_role",
    "ansible.builtin.include_role",
    "ansible.builtin.include_tasks",
    "ansible.builtin.meta",
    "ansible.builtin.set_fact",
}
BLOCKS = ("block", "rescue", "always")


def _tasks(listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in listed:
        if "block" in task:
            for part in BLOCKS:
                yield from _tasks(task.get(part, []))
        else:
            yield task


def _plays_on_nodes() -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    for file in sorted([*ROOT.glob("playbooks/*.yml"), *ROOT.glob("molecule/*/*.yml")]):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for play in content if isinstance(content, list) else []:
            if play.get("hosts", "localhost") != "localhost" and "tasks" in play:
                yield file, play["tasks"]
    for file in sorted([*ROOT.glob("roles/data_plane/tasks/*.yml"), ROOT / "molecule/default/seen_from_outside.yml"]):
        yield file, yaml.safe_load(file.read_text(encoding="utf-8"))


FOUND = [(str(file.relative_to(ROOT)), tasks) for file, tasks in _plays_on_nodes()]


@pytest.mark.parametrize(("file", "tasks"), FOUND, ids=[file for file, _ in FOUND])
def test_a_play_on_nodes_runs_nothing_that_needs_python_there(file: str, tasks: list[dict[str, Any]]) -> None:
    here = [task for task in _tasks(tasks) if task.get("delegate_to") != "localhost"]
    actions = {key for task in here for key in task if "." in key}
    assert all(any("." in key for key in task) for task in here), "an action is not named in full"
    assert actions <= ON_NODES | ON_THE_CONTROLLER


def test_the_plays_that_touch_nodes_are_looked_at() -> None:
    files = {file for file, _ in FOUND}
    assert {"playbooks/step_nodes.yml", "roles/data_plane/tasks/rollout.yml"} <= files
