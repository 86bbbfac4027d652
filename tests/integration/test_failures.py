# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on a node: each failure has its verdict and its advice, and none is taken for a proof.

One update of a fleet whose nodes are each ill in another way, and updates to releases that no node can load.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.node.handle import LabNode
from lab.site import furnish, release
from lab.world import World
from tests.support.lab import eventually
from tests.support.site import BASE, Site, site

OTHER = "only-elsewhere"
SCHEMA = f'return {{ name = "{OTHER}", fields = {{ {{ config = {{ type = "record", fields = {{}} }} }} }} }}\n'
HANDLER = 'return { PRIORITY = 5, VERSION = "1.0.0" }\n'


def refuses(node: LabNode) -> None:
    """Every payload from now on carries a plugin that this node has not enabled."""
    node.kong_conf.write_text(node.kong_conf.read_text().replace(f",{OTHER}", ""))
    node.kong("reload", "-c", str(node.kong_conf))


def refuses_unseen(node: LabNode) -> None:
    refuses(node)
    node.fail(log_lost=True)


def has_no_status_api(node: LabNode) -> None:
    text = node.kong_conf.read_text()
    node.kong_conf.write_text(re.sub(r"status_listen = .*", "status_listen = off", text))


def disables_what_is_in_use(node: LabNode) -> None:
    node.kong_conf.write_text(node.kong_conf.read_text().replace(",edge-hints", ""))


# What is done to the node; the verdict; a part of the reason; a part of the advice.
ILLS: dict[str, tuple[Any, str, str, str]] = {
    "healthy": (None, "accepted", "", ""),
    "loses its log": ({"log_lost": True}, "accepted", "", ""),
    "has old workers that linger": ({"old_workers_linger": 20.0}, "accepted", "", ""),
    "ignores the reload": ({"reload_ignored": True}, "inconclusive", "no new workers came", "master process"),
    "hangs in the command": (
        {"reload_command_hangs": 60.0},
        "inconclusive",
        "did not return in time",
        "master process",
    ),
    "hangs in init": ({"reload_hangs": 60.0}, "inconclusive", "no new workers came", "master process"),
    "gets no workers": ({"workers_never_come": True}, "inconclusive", "no new workers came", "restart it by hand"),
    "is not ready": ({"not_ready": 60.0}, "inconclusive", "is not ready", "error log"),
    "closes its Status API": ({"status_api": "off"}, "inconclusive", "gave no answer", "status_listen"),
    "has no Status API": (has_no_status_api, "inconclusive", "", "status_listen"),
    "disables what is in use": (disables_what_is_in_use, "failed", "in use but not enabled", "Add the name to plugins"),
    "refuses the payload": (refuses, "rejected", "not enabled; add it to the 'plugins'", "KONG_PLUGINS"),
    "refuses it unseen": (refuses_unseen, "silent", "did not come", "diagnose"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """The last word of the journal on each node, after one update of all of them in one batch."""
    folder = tmp_path_factory.mktemp("ills")
    other = folder / OTHER
    other.mkdir()
    (other / "schema.lua").write_text(SCHEMA)
    (other / "handler.lua").write_text(HANDLER)
    with World(folder / "lab", len(ILLS), plugins=[release(BASE), other]) as world:
        made = Site(world, folder, furnish(world, release(BASE)))
        world.upload_schema(other)
        for node, (ill, *_) in zip(world.nodes, ILLS.values(), strict=True):
            if isinstance(ill, dict):
                node.fail(**ill)
            elif ill is not None:
                ill(node)
        world.create("plugins", {"name": OTHER, "config": {}})
        refusing = [node for node, (ill, *_) in zip(world.nodes, ILLS.values(), strict=True) if ill is refuses]
        eventually(lambda: all(node.rejections() for node in refusing))
        run = made.update(
            "1.1.0",
            batches=["100%"],
            max_failures="100%",
            on_failure="keep",
            kong_timeout=15,
            data_plane_proof_timeout=15,
            env={"ANSIBLE_FORKS": str(len(ILLS))},
        )
        assert run.status != 0
        journal = next((folder / "journal").glob("*.jsonl"))
        entries = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
        last = {one["host"]: one for one in entries if one["step"] == "nodes" and one["event"] != "started"}
        yield {ill: {**last[node.name], "output": run.unwrapped} for ill, node in zip(ILLS, world.nodes, strict=True)}


@pytest.mark.slow
@pytest.mark.parametrize("ill", ILLS)
def test_a_node_that(outcomes: dict[str, dict[str, Any]], ill: str) -> None:
    _, verdict, reason, advice = ILLS[ill]
    entry = outcomes[ill]
    assert entry["facts"]["verdict"] == verdict, entry
    assert reason in entry.get("reason", "")
    assert advice in entry.get("reason", "")
    assert f"{entry['host']}" in entry["output"].partition("Rollout: ")[2]


BROKEN = {
    "handler": ("handler.lua", lambda text: f"local = 1\n{text}", "expected near", "Correct the named file"),
    "library": ("handler.lua", lambda text: f'require "resty.nowhere"\n{text}', "resty.nowhere", "Install the library"),
}


@pytest.mark.slow
@pytest.mark.parametrize("part", BROKEN)
def test_a_release_that_no_node_can_load_stops_at_the_canary_and_is_undone(tmp_path: Path, part: str) -> None:
    file, spoil, reason, advice = BROKEN[part]
    folder = tmp_path / "broken" / "edge-hints"
    shutil.copytree(release("1.1.0"), folder)
    (folder / file).write_text(spoil((folder / file).read_text()))
    with site(tmp_path, nodes=2) as made:
        run = made.playbook("update", plugin_path=str(folder), kong_timeout=15)
        assert run.status != 0
        told = run.unwrapped.partition("Rollout: ")[2]
        assert reason in told
        assert advice in told
        assert set(made.on_disk().values()) == {BASE}
        assert all(node.ready and node.serves for node in made.world.nodes)
