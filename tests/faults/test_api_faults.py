# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of fault at each request of each module's sequence, in process.

Every run ends done or with one message; nothing is half, twice or lost; and the same run again ends as undisturbed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._konnect import client, retry
from ansible_collections.kongops.konnect.plugins.module_utils._module.controller_process import process_facts
from ansible_collections.kongops.konnect.plugins.module_utils._rollout import window
from tests.support.konnect_lab import TALLY, Lab, Run, Server

FAULTS: dict[str, dict[str, Any]] = {
    "429": {"kind": "status", "status": 429, "retry_after": 0},
    "500": {"kind": "status", "status": 500},
    "502": {"kind": "status", "status": 502},
    "503": {"kind": "status", "status": 503},
    "reset-before": {"kind": "reset", "when": "before"},
    "reset-after": {"kind": "reset", "when": "after"},
    "truncated": {"kind": "truncated_json"},
    "html": {"kind": "html", "status": 502},
    "401": {"kind": "expired_token"},
}
# After these the client does not know whether the server acted; it asks again where that does no harm.
REPEATED = {"502", "reset-after", "truncated"}
OTHER_SCHEMA = TALLY.replace("default = 60", "default = 61")
WITHOUT_HEADER = TALLY.replace('{ header = { type = "string" } },', "")
HANDLER = "return { PRIORITY = 10, VERSION = '1.0.0' }\n"
Arguments = dict[str, Any]


def nothing(_lab: Lab, _folder: Path) -> Arguments:
    return {}


def with_schema(lab: Lab, _folder: Path) -> Arguments:
    lab.upload()
    return {}


def with_instances(lab: Lab, _folder: Path) -> Arguments:
    lab.upload()
    for name in ("one", "two"):
        service = lab.core("POST", "services", {"name": name, "host": f"{name}.test"})
        lab.instance({"header": name, "secret": f"canary-{name}"}, service={"id": service["id"]})
    return {}


def with_nudge(lab: Lab, folder: Path) -> Arguments:
    assert not lab.run("nudge").failed
    return {}


def with_plan(lab: Lab, folder: Path) -> Arguments:
    """A plan to remove a field, as the module update_plan makes it where there is no node."""
    with_instances(lab, folder)
    plugin = plugin_in(folder, WITHOUT_HEADER)
    return {"plan": lab.run("update_plan", {"plugin_paths": [str(plugin)]})["plan"]}


def with_files(_lab: Lab, folder: Path) -> Arguments:
    return {"path": str(plugin_in(folder, TALLY))}


def plugin_in(folder: Path, schema: str) -> Path:
    plugin = folder / "tally"
    plugin.mkdir(parents=True, exist_ok=True)
    (plugin / "schema.lua").write_text(schema)
    (plugin / "handler.lua").write_text(HANDLER)
    return plugin


def with_new_schema(lab: Lab, folder: Path) -> Arguments:
    planned = with_plan(lab, folder)
    lab.upload(WITHOUT_HEADER)
    return planned


def to_open(lab: Lab, folder: Path) -> Arguments:
    mine = process_facts(os.getpid())
    gone = {**mine, "started": mine["started"] - 1}  # so that a second run finds that the first one is no more
    return {
        **with_plan(lab, folder),
        "journal_dir": str(folder / "journal"),
        "undo_key": True,
        "controller": gone,
    }


def opened(lab: Lab, folder: Path) -> Arguments:
    arguments = to_open(lab, folder)
    return {"plan": arguments["plan"], "rollout": lab.run("maintenance_window", arguments)["rollout"]}


@dataclass(frozen=True)
class Sequence:
    """One run of a module: ``prepare`` arranges the control plane and gives the arguments that depend on it."""

    module: str
    arguments: Arguments
    prepare: Callable[[Lab, Path], Arguments] = nothing


SEQUENCES = {
    "control_plane": Sequence("control_plane", {"labels": {"owner": "anna"}}),
    "control_plane_info": Sequence("control_plane_info", {}),
    "given_instances": Sequence(
        "given_instances",
        {"plugins": ["tally"], "instances": [{"config": {"ttl": 5}}, {"service": "one", "config": {"ttl": 6}}]},
        with_instances,
    ),
    "maintenance_window-open": Sequence("maintenance_window", {}, to_open),
    "maintenance_window-held": Sequence("maintenance_window", {"state": "held"}, opened),
    "maintenance_window-closed": Sequence("maintenance_window", {"state": "closed"}, opened),
    "node_info": Sequence("node_info", {}),
    "nudge-present": Sequence("nudge", {}),
    "nudge-absent": Sequence("nudge", {"state": "absent"}, with_nudge),
    "plugin_instance-created": Sequence("plugin_instance", {"name": "tally", "config": {"ttl": 5}}, with_schema),
    "plugin_instance-changed": Sequence(
        "plugin_instance", {"name": "tally", "service": "one", "config": {"ttl": 5}}, with_instances
    ),
    "plugin_instance-absent": Sequence(
        "plugin_instance", {"name": "tally", "service": "one", "state": "absent"}, with_instances
    ),
    "plugin_instance_info": Sequence("plugin_instance_info", {"name": "tally"}, with_instances),
    "plugin_instances": Sequence(
        "plugin_instances", {"plugin": "tally", "set": {"ttl": 9}, "validate": True}, with_instances
    ),
    "plugin_instances-planned": Sequence("plugin_instances", {"validate": True}, with_new_schema),
    "plugin_schema-new": Sequence("plugin_schema", {"source": TALLY}),
    "plugin_schema-changed": Sequence("plugin_schema", {"source": OTHER_SCHEMA}, with_instances),
    "plugin_schema-absent": Sequence(
        "plugin_schema", {"name": "tally", "state": "absent", "delete_instances": True}, with_instances
    ),
    "plugin_schema_info": Sequence("plugin_schema_info", {}, with_instances),
    "streaming_plugin": Sequence("streaming_plugin", {}, with_files),
}
QUICK = {("maintenance_window-open", "503"), ("plugin_instances", "reset-after"), ("plugin_instance-created", "502")}
CELLS = [
    pytest.param(name, fault, id=f"{name}-{fault}", marks=[pytest.mark.quick] * ((name, fault) in QUICK))
    for name in SEQUENCES
    for fault in FAULTS
]

MATRIX = {
    "test_a_fault_at_any_request": lambda name, fault: (
        "in process",
        name,
        f"each of {', '.join(FAULTS)}, at each request",
        "done or one message; nothing half, twice or lost; again: as undisturbed",
    )
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("konnect"))
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a client waits before it asks again is not what is tested, nor is TLS, which takes long to prepare."""
    monkeypatch.setattr(retry, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(window, "SETTLE", (0.0, 0.0))
    monkeypatch.setattr(client, "_tls", lambda connection: False)


class Stage:
    """A fresh control plane, prepared for one sequence."""

    def __init__(self, server: Server, sequence: Sequence, folder: Path) -> None:
        self.lab, self._sequence = Lab(server), sequence
        given = sequence.prepare(self.lab, folder)
        # One request at a time, so that the number of a request says which it is.
        self._arguments = {"concurrency": 1, **sequence.arguments, **given}

    def run(self, **more: Any) -> Run:
        return self.lab.run(self._sequence.module, {**self._arguments, **more})

    def picture(self) -> dict[str, Any]:
        """What the control plane holds, without ids and times, which differ from one control plane to the next."""
        lab = self.lab
        lab.http.delete("/lab/faults")
        services = {row["id"]: row["name"] for row in lab.core("GET", "services")["data"]}
        found: dict[str, Any] = {f"service {name}": True for name in services.values()}
        for row in lab.core("GET", "plugins")["data"]:
            where = services.get((row.get("service") or {}).get("id"), "everywhere")
            assert f"instance {where}" not in found, "the same instance twice"
            found[f"instance {where}"] = (row["enabled"], {k: v for k, v in row["config"].items() if v is not None})
        for kind in ("plugin-schemas", "custom-plugins"):
            answer = lab.http.get(f"/v2/control-planes/{lab.id}/core-entities/{kind}").json()
            for row in answer.get("items") or answer.get("data") or []:
                found[f"{kind} {row['name']}"] = row.get("lua_schema") or row.get("schema")
        labels = lab.api("GET", f"/control-planes/{lab.id}")["labels"]
        return {**found, "labels": {key: key == "rollout-lock" or value for key, value in labels.items()}}


def healthy(server: Server, sequence: Sequence, folder: Path) -> tuple[dict[str, Any], dict[str, Any], int]:
    """What is there before and after an undisturbed run, and how many requests it makes."""
    stage = Stage(server, sequence, folder)
    before = stage.picture()
    stage.lab.requests()
    run = stage.run()
    assert not run.failed, run.output
    count = sum(one["path"].startswith("/v2/") for one in stage.lab.requests())
    after = stage.picture()
    stage.lab.close()
    return before, after, count


@pytest.mark.parametrize(("name", "fault"), CELLS)
def test_a_fault_at_any_request(server: Server, tmp_path: Path, name: str, fault: str) -> None:
    sequence = SEQUENCES[name]
    before, after, count = healthy(server, sequence, tmp_path / "healthy")
    assert count
    for number in range(1, count + 1):
        for retries in (0, 2) if fault in REPEATED else (0,):
            stage = Stage(server, sequence, tmp_path / f"{number}-{retries}")
            stage.lab.fault(path="^/v2/", nth=number, times=1, **FAULTS[fault])
            run = stage.run(retries=retries)
            now = stage.picture()
            where = f"request {number} of {count}, {retries} retries: {run.result.get('msg')}"
            if run.failed:
                assert 0 < len(run.message) < 2000, where
                assert "Traceback" not in run.output, where
                assert all(now.get(key) in (before.get(key), after.get(key)) for key in {*now, *before, *after}), where
            else:
                assert now == after, where
            again = stage.run()
            assert not again.failed, f"{where}\n{again.message}"
            assert stage.picture() == after, where
            stage.lab.close()
