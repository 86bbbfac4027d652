# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of nodes, through ansible-inventory against the lab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.konnect_lab import Lab, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("konnect"))
    yield server
    server.stop()


@pytest.fixture
def lab(server: Server) -> Iterator[Lab]:
    lab = Lab(server)
    yield lab
    lab.close()


def listed(lab: Lab, root: Path, folder: Path, name: str = "lab.konnect.yml", **options: Any) -> tuple[Any, str]:
    """What ansible-inventory says, as data, and its complaints."""
    source = folder / name
    source.write_text(json.dumps({"plugin": "kongops.konnect.konnect", "control_planes": [lab.name], **options}))
    command = [str(Path(sys.executable).parent / "ansible-inventory"), "-i", str(source), "--list"]
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(root / ".build"),
        "ANSIBLE_INVENTORY_ENABLED": "kongops.konnect.konnect",
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "KONNECT_URL": lab.server.url,
        "KONNECT_TOKEN": lab.server.token,
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return json.loads(done.stdout or "{}"), done.stderr


def forge(lab: Lab, **about: Any) -> str:
    return str(lab.http.post("/lab/nodes", json={"control_plane": lab.id, **about}).json()["id"])


def _plain(value: Any) -> Any:
    """ansible-inventory marks a text that it will not template."""
    return value["__ansible_unsafe"] if isinstance(value, dict) else value


def test_live_nodes_are_hosts_and_dead_ones_are_not(lab: Lab, root: Path, tmp_path: Path) -> None:
    one = forge(lab, hostname="gateway-1")
    forge(lab, hostname="gone", last_ping=int(time.time()) - 600)
    twins = [forge(lab, hostname="kong"), forge(lab, hostname="kong")]
    found, _complaints = listed(lab, root, tmp_path, compose={"ansible_host": "inventory_hostname ~ '.test'"})
    assert set(found["data_planes"]["hosts"]) == {"gateway-1", *(f"kong-{twin[:8]}" for twin in twins)}
    assert set(found["konnect_" + lab.name.replace("-", "_")]["hosts"]) == set(found["data_planes"]["hosts"])
    variables = found["_meta"]["hostvars"]["gateway-1"]
    assert _plain(variables["konnect_node_id"]) == one
    assert _plain(variables["konnect_control_plane"]) == lab.name


def test_what_a_node_calls_itself_is_never_a_template(lab: Lab, root: Path, tmp_path: Path) -> None:
    forge(lab, hostname="{{ lookup('env', 'KONNECT_TOKEN') }}", version="{{ 1 + 1 }}")
    found, complaints = listed(lab, root, tmp_path)
    assert "{" not in str(list(found["_meta"]["hostvars"])) + found["data_planes"]["hosts"][0]
    assert lab.server.token not in json.dumps(found) + complaints


def test_an_unknown_control_plane_is_one_message_without_the_token(lab: Lab, root: Path, tmp_path: Path) -> None:
    _found, complaints = listed(lab, root, tmp_path, control_planes=["nowhere"])
    assert "There is no control plane 'nowhere'" in complaints
    assert lab.server.token not in complaints


def test_a_file_of_another_name_is_not_taken(lab: Lab, root: Path, tmp_path: Path) -> None:
    found, _complaints = listed(lab, root, tmp_path, name="other.yml")
    assert "data_planes" not in found
