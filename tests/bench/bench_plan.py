# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning 1,000 instances of 100 fields for 20 nodes on 3 schemas, against one validate request per instance.

``python -m tests.bench.bench_plan`` prints one line of JSON; it fails when the aim is missed: at least 10 times faster
than the requests to the lab (the only way to judge instances without a plan), under 3 seconds, under 200 MB.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import tests.conftest  # noqa: F401  makes the collection importable
from tests.support.konnect_lab import Lab, Server
from tests.support.small_world import NAME, Small, instance, schema_text, stored

INSTANCES, FIELDS, NODES = 1000, 100, 20
FASTER, SECONDS, MEGABYTES = 10, 3.0, 200


def fields(*, without: int | None = None, more: str = "") -> str:
    """A schema of ``FIELDS`` fields of several kinds, with one left out or one more."""
    kinds = (
        'type = "string", len_max = 40, default = "value"',
        'type = "integer", between = { 0, 100000 }, required = true, default = 30',
        'type = "string", one_of = { "a", "b", "c" }',
        'type = "array", elements = { type = "string" }, default = { "x", "y" }',
        'type = "record", fields = { { on = { type = "boolean", default = true } }, { at = { type = "number" } } }',
    )
    found = [f"{{ field_{at} = {{ {kinds[at % 5]} }} }}" for at in range(FIELDS) if at != without]
    return schema_text(", ".join([*found, *([more] if more else [])]))


def world() -> Small:
    old, new = fields(), fields(without=7, more='{ added = { type = "string", default = "d" } }')
    older = fields(more='{ ancient = { type = "string" } }')
    kept = [
        instance(stored(old, {"field_0": f"value {at}", "field_1": at, "field_2": "abc"[at % 3]}), at)
        for at in range(1, INSTANCES + 1)
    ]
    nodes = {f"dp{at}": (old, new, older)[at % 3] for at in range(NODES)}
    return Small(new, old, nodes, tuple(kept))


def seconds_of_requests(small: Small) -> float:
    """How long the lab takes to validate every instance, one request each on one connection."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            lab = Lab(server)
            lab.upload(small.new, NAME)
            begun = time.perf_counter()
            for one in small.instances:
                lab.http.post(
                    f"/v2/control-planes/{lab.id}/core-entities/schemas/plugins/validate",
                    json={"name": one["name"], "config": one["config"]},
                )
            return time.perf_counter() - begun
        finally:
            server.stop()


def main() -> int:
    small = world()
    begun = time.perf_counter()
    document = small.plan().to_dict()
    planning = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    requests = seconds_of_requests(small)
    told: dict[str, Any] = {
        "instances": len(document["plugins"][0]["instances"]),
        "path": document["path"]["effective"],
        "plan_seconds": round(planning, 2),
        "request_seconds": round(requests, 2),
        "times_faster": round(requests / planning, 1),
        "megabytes": round(memory),
        "plan_megabytes": round(len(json.dumps(document)) / 1e6, 1),
    }
    told["ok"] = requests / planning >= FASTER and planning < SECONDS and memory < MEGABYTES
    print(json.dumps(told))
    return 0 if told["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
