# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gap on CP/DP sync: how long each of 20 nodes refuses payloads, ours against a role of copy, copy and reload.

``python -m tests.bench.bench_gap [NODES]`` prints one line of JSON. Both save the same instances and then update all
nodes in one batch with 20 forks, over the local connection, each on a lab of its own with a real node's delays. A gap
begins when a node refuses its first payload and ends when it takes one and is ready. Told is the median of three
rounds, taken in turns, of each round's median node. Nodes whose workers serve an older payload in the end are counted
too (kong-data-plane.md 5 A). Our default, a canary before the others, is measured once and told. It fails when the gap
of one batch is more than a third of the role's.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import tests.conftest  # noqa: F401  makes the collection importable
from lab.site import EDGE_HINTS, furnish, release
from lab.world import World
from tests.support.executions import Gaps
from tests.support.site import BASE, Run, Site

NODES, FORKS, ROUNDS, AT_MOST = 20, 20, 3, 1 / 3
WANTED = "3.0.0"

# What people write: save the instances, then on each node two files and a reload.
PLAYBOOK = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Save each instance",
                "ansible.builtin.uri": {
                    "url": "{{ konnect_url }}/v2/control-planes/{{ id }}/core-entities/plugins/{{ item.id }}",
                    "headers": {"authorization": "Bearer {{ token }}"},
                    "method": "PUT",
                    "body_format": "json",
                    "body": "{{ item }}",
                },
                "loop": "{{ instances }}",
                "loop_control": {"label": "{{ item.id }}"},
            }
        ],
    },
    {
        "hosts": "data_planes",
        "gather_facts": False,
        "tasks": [
            *(
                {
                    "name": f"Copy {name}",
                    "ansible.builtin.copy": {
                        "src": str(release(WANTED) / name),
                        "dest": "{{ plugin_root }}/kong/plugins/edge-hints/",
                        "mode": "0644",
                    },
                }
                for name in ("schema.lua", "handler.lua")
            ),
            {
                "name": "Reload",
                "ansible.builtin.command": "{{ kong_command }} reload -c {{ kong_conf }}",
                "changed_when": True,
            },
        ],
    },
]


def ours(site: Site) -> Run:
    """The update, all nodes in one batch."""
    return site.update(WANTED, batches=["100%"], env={"ANSIBLE_FORKS": str(FORKS)})


def by_default(site: Site) -> Run:
    """The update, one canary and then all others."""
    return site.update(WANTED, env={"ANSIBLE_FORKS": str(FORKS)})


def by_role(site: Site, instances: list[dict[str, Any]]) -> Run:
    """The same instances, saved under the new schema; then the role."""
    world = site.world
    world.upload_schema(release(WANTED))
    ids = {one["instance_name"]: one for one in site.instances}
    planned = [
        {**ids[name], "config": config} for name, config in ((one["instance_name"], one["config"]) for one in instances)
    ]
    playbook = site.folder / "role.yml"
    playbook.write_text(json.dumps(PLAYBOOK), encoding="utf-8")
    given = {"id": world.control_plane_id, "token": world.token, "instances": planned}
    return site.playbook(str(playbook), env={"ANSIBLE_FORKS": str(FORKS)}, **given)


def measure(folder: Path, nodes: int, update: Any) -> tuple[list[float], int, list[dict[str, Any]]]:
    """The gaps of all nodes, how many of them serve something old in the end, and the instances as stored then."""
    with World(folder / "lab", nodes, plugins=[release(BASE)]) as world:
        site = Site(world, folder, furnish(world, release(BASE)))
        with Gaps(world.nodes) as gaps:
            run = update(site)
            deadline = time.monotonic() + 60
            while len(gaps.ended) < nodes and time.monotonic() < deadline:
                time.sleep(0.2)
        if run.status != 0 or len(gaps.ended) < nodes:
            raise RuntimeError(f"{update} ended with {run.status}: {run.output[-3000:]}")
        time.sleep(3)  # longer than any payload that came takes to reach the workers
        served = [node.get("/lab/plugins")[1].get("config_hash") for node in world.nodes]
        old = sum(have != node.config_hash for have, node in zip(served, world.nodes, strict=True))
        rows = world.api("GET", "core-entities/plugins?size=1000")["data"]
        return list(gaps.seconds().values()), old, [one for one in rows if one["name"] == EDGE_HINTS.name]


def main(arguments: list[str]) -> int:
    nodes = int(arguments[0]) if arguments else NODES
    gaps: dict[str, list[list[float]]] = {"ours": [], "role": [], "default": []}
    stale = dict.fromkeys(gaps, 0)

    def take(name: str, update: Any) -> list[dict[str, Any]]:
        with tempfile.TemporaryDirectory() as folder:
            found, old, instances = measure(Path(folder), nodes, update)
        gaps[name].append(found)
        stale[name] += old
        return instances

    for _ in range(ROUNDS):
        instances = take("ours", ours)
        take("role", partial(by_role, instances=instances))
    take("default", by_default)
    median = {name: statistics.median(map(statistics.median, found)) for name, found in gaps.items()}
    longest = {name: max(map(max, found)) for name, found in gaps.items()}
    ratio = median["ours"] / median["role"]
    told = {
        "nodes": nodes,
        "rounds": ROUNDS,
        "gap_seconds": round(median["ours"], 2),
        "longest_gap_seconds": round(longest["ours"], 2),
        "default_gap_seconds": round(median["default"], 2),
        "role_gap_seconds": round(median["role"], 2),
        "role_longest_gap_seconds": round(longest["role"], 2),
        "ratio": round(ratio, 2),
        "serve_something_old": stale["ours"] + stale["default"],
        "role_serve_something_old": stale["role"],
        "ok": ratio <= AT_MOST and not stale["ours"] + stale["default"],
    }
    print(json.dumps(told))
    return 0 if told["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
