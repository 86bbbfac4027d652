# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewriting 1,000 instances against the lab with 20 ms a request, against a task loop over ansible.builtin.uri.

``python -m tests.bench.bench_rewrite`` prints one line of JSON. The loop reads and writes 100 instances and its time,
start included, is scaled to 1,000. It fails when the aim is missed: at least 20 times faster, 2 requests an instance
plus listing, under 300 MB.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tests.conftest  # noqa: F401  makes the collection importable
from tests.support.konnect_lab import Lab, Server

INSTANCES, LOOPED, LATENCY_MS, CONCURRENCY = 1000, 100, 20, 10
FASTER, MEGABYTES = 20, 300

LOOP = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Read each instance
      ansible.builtin.uri:
        url: "{{ base }}/{{ item }}"
        headers: {authorization: "Bearer {{ token }}"}
        return_content: true
      loop: "{{ ids }}"
      register: found
    - name: Write each instance
      ansible.builtin.uri:
        url: "{{ base }}/{{ item.item }}"
        headers: {authorization: "Bearer {{ token }}"}
        method: PUT
        body_format: json
        body: "{{ {'name': 'tally', 'service': item.json.service, 'config': item.json.config | combine({'ttl': 7})} }}"
      loop: "{{ found.results }}"
"""


def fill(lab: Lab) -> list[str]:
    """Instances on as many services; their ids."""
    lab.upload()

    def make(number: int) -> str:
        service = lab.core("POST", "services", {"name": f"service-{number}", "host": "service.test"})
        return str(lab.instance({"ttl": 1}, service={"id": service["id"]})["id"])

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(make, range(INSTANCES)))


def seconds_of_loop(lab: Lab, ids: list[str], folder: Path) -> float:
    """How long ansible-playbook takes for some of the instances, one task item each."""
    playbook = folder / "loop.yml"
    playbook.write_text(LOOP)
    base = f"{lab.server.url}/v2/control-planes/{lab.id}/core-entities/plugins"
    given = json.dumps(
        {"base": base, "token": lab.server.token, "ids": ids, "ansible_python_interpreter": sys.executable}
    )
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", str(playbook), "-e", given]
    environment = {**os.environ, "ANSIBLE_LOCAL_TEMP": str(folder)}
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - begun


def seconds_of_module(lab: Lab) -> tuple[float, int]:
    """How long plugin_instances takes for all of them, and how many requests it sends."""
    lab.requests()
    begun = time.perf_counter()
    run = lab.run("plugin_instances", {"plugin": "tally", "set": {"ttl": 9}, "concurrency": CONCURRENCY, "timeout": 30})
    spent = time.perf_counter() - begun
    assert run["rewritten"] == INSTANCES, run.output
    return spent, len([entry for entry in lab.requests() if "/core-entities/plugins" in entry["path"]])


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            lab = Lab(server)
            ids = fill(lab)
            settings = lab.http.get("/lab/settings").json()
            lab.http.put("/lab/settings", json={**settings, "latency_ms": LATENCY_MS}).raise_for_status()
            looped = seconds_of_loop(lab, ids[:LOOPED], Path(folder)) * INSTANCES / LOOPED
            spent, requests = seconds_of_module(lab)
            lab.close()
        finally:
            server.stop()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    ratio = looped / spent
    told = {
        "instances": INSTANCES,
        "latency_ms": LATENCY_MS,
        "concurrency": CONCURRENCY,
        "rewrite_seconds": round(spent, 2),
        "loop_seconds_scaled": round(looped, 1),
        "times_faster": round(ratio, 1),
        "requests": requests,
        "megabytes": megabytes,
        "ok": ratio >= FASTER and requests <= 2 * INSTANCES + 1 and megabytes < MEGABYTES,
    }
    print(json.dumps(told))
    return 0 if told["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
