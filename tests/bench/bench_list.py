# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listing 10,000 instances from the lab with 20 ms a request, against a task loop over ansible.builtin.uri.

``python -m tests.bench.bench_list`` prints one line of JSON. Both ask for pages of 1,000. The loop templates what it
gathers once a page, so it reads ``LOOPED`` pages, and its time beyond that of an empty playbook is scaled to all of
them. The module is run as in bench_rewrite, without Ansible's start; ``playbook_seconds`` is a whole playbook with it,
most of which is what Ansible makes of a result of 10,000 instances. It fails when an aim is missed: at least 5 times
faster, one request a page, under 300 MB.
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
from tests.support.konnect_lab import ROOT, Lab, Server

SIDE, PAGE, LOOPED, LATENCY_MS = 100, 1000, 3, 20
INSTANCES = SIDE * SIDE
FASTER, MEGABYTES = 5, 300

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
"""
LOOP = """
    - name: Read a page
      ansible.builtin.include_tasks: page.yml
      loop: "{{ range(pages) | list }}"
"""
ONE_PAGE = """
- name: Ask for it
  ansible.builtin.uri:
    url: "{{ base }}?size={{ size }}{{ '&offset=' ~ page.json.offset if page is defined else '' }}"
    headers: {authorization: "Bearer {{ token }}"}
    return_content: true
  register: page
- name: Gather it
  ansible.builtin.set_fact:
    found: "{{ (found | default([])) + (page.json.data | selectattr('name', 'equalto', 'tally')) }}"
"""
OURS = """
    - name: List every instance
      kongops.konnect.plugin_instance_info:
        url: "{{ url }}"
        token: "{{ token }}"
        control_plane: "{{ control_plane }}"
        name: tally
      register: found
    - name: All are there
      ansible.builtin.assert:
        that: found.instances | length == expected
"""


def fill(lab: Lab) -> None:
    """An instance for each pair of a service and a consumer."""
    lab.upload()
    services = [lab.core("POST", "services", {"name": f"s-{at}", "host": "service.test"})["id"] for at in range(SIDE)]
    consumers = [lab.core("POST", "consumers", {"username": f"c-{at}"})["id"] for at in range(SIDE)]

    def make(service: str) -> None:
        for consumer in consumers:
            lab.instance({"ttl": 1, "header": "x"}, service={"id": service}, consumer={"id": consumer})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, services))


def seconds_of(playbook: str, folder: Path, variables: dict[str, object]) -> float:
    """How long ansible-playbook takes for it."""
    file = folder / "play.yml"
    file.write_text(PLAY + (playbook or "    []\n"))
    (folder / "page.yml").write_text(ONE_PAGE)
    given = json.dumps({**variables, "ansible_python_interpreter": sys.executable})
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", str(file), "-e", given]
    environment = {**os.environ, "ANSIBLE_LOCAL_TEMP": str(folder), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build")}
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - begun


def main() -> int:
    pages = INSTANCES // PAGE
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            lab = Lab(server)
            fill(lab)
            settings = lab.http.get("/lab/settings").json()
            lab.http.put("/lab/settings", json={**settings, "latency_ms": LATENCY_MS}).raise_for_status()
            reach = {"url": server.url, "token": server.token, "control_plane": lab.name, "expected": INSTANCES}
            base = f"{server.url}/v2/control-planes/{lab.id}/core-entities/plugins"
            loop = {**reach, "base": base, "size": PAGE, "pages": LOOPED}
            empty = seconds_of("", Path(folder), {})
            looped = (seconds_of(LOOP, Path(folder), loop) - empty) * pages / LOOPED
            lab.requests()
            begun = time.perf_counter()
            lab.run("plugin_instance_info", {"name": "tally", "timeout": 30})
            spent = time.perf_counter() - begun
            requests = len([entry for entry in lab.requests() if entry["path"].endswith("/core-entities/plugins")])
            playbook = seconds_of(OURS, Path(folder), reach)
        finally:
            server.stop()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = {
        "instances": INSTANCES,
        "latency_ms": LATENCY_MS,
        "list_seconds": round(spent, 2),
        "loop_seconds_scaled": round(looped, 1),
        "times_faster": round(looped / spent, 1),
        "playbook_seconds": round(playbook, 2),
        "empty_playbook_seconds": round(empty, 2),
        "requests": requests,
        "megabytes": megabytes,
        "ok": looped / spent >= FASTER and requests <= pages and megabytes < MEGABYTES,
    }
    print(json.dumps(told))
    return 0 if told["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
