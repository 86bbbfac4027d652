# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of fault at each request of each module's sequence, in process.

Every run ends done or with one message; nothing is half, twice or lost; and the same run again ends as undisturbed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._konnect import client, retry
from ansible_collections.kongops.konnect.plugins.module_utils._rollout import window
from tests.support.api_sequences import SEQUENCES, Sequence
from tests.support.konnect_lab import Lab, Run, Server

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
            config = {key: value for key, value in row["config"].items() if value is not None}
            found[f"instance {where}"] = (row["name"], row["enabled"], config)
        for kind in ("plugin-schemas", "custom-plugins"):
            answer = lab.http.get(f"/v2/control-planes/{lab.id}/core-entities/{kind}").json()
            for row in answer.get("items") or answer.get("data") or []:
                found[f"{kind} {row['name']}"] = row.get("lua_schema") or row.get("schema")
        labels = lab.api("GET", f"/control-planes/{lab.id}")["labels"]
        return {**found, "labels": {key: key == "rollout-lock" or value for key, value in labels.items()}}


@dataclass(frozen=True)
class Undisturbed:
    """What is there before and after a run, how many requests it makes, and what it tells."""

    before: dict[str, Any]
    after: dict[str, Any]
    requests: int
    told: dict[str, Any]


_undisturbed: dict[str, Undisturbed] = {}


def undisturbed(server: Server, name: str, folder: Path) -> Undisturbed:
    """The run of a sequence without any fault; once for all faults."""
    if name not in _undisturbed:
        stage = Stage(server, SEQUENCES[name], folder)
        before = stage.picture()
        stage.lab.requests()
        run = stage.run()
        assert not run.failed, run.output
        count = sum(one["path"].startswith("/v2/") for one in stage.lab.requests())
        assert count
        _undisturbed[name] = Undisturbed(before, stage.picture(), count, told(run))
        stage.lab.close()
    return _undisturbed[name]


def told(run: Run) -> dict[str, Any]:
    """What a result has, without ids and times: what there is none of is not the same as what could not be read."""
    return {key: len(value) if isinstance(value, list | dict) else type(value) for key, value in run.result.items()}


@pytest.mark.parametrize(("name", "fault"), CELLS)
def test_a_fault_at_any_request(server: Server, tmp_path: Path, name: str, fault: str) -> None:
    expected = undisturbed(server, name, tmp_path / "undisturbed")
    before, after = expected.before, expected.after
    for number in range(1, expected.requests + 1):
        for retries in (0, 2) if fault in REPEATED else (0,):
            stage = Stage(server, SEQUENCES[name], tmp_path / f"{number}-{retries}")
            stage.lab.fault(path="^/v2/", nth=number, times=1, **FAULTS[fault])
            run = stage.run(retries=retries)
            now = stage.picture()
            where = f"request {number} of {expected.requests}, {retries} retries: {run.result.get('msg')}"
            if run.failed:
                assert 0 < len(run.message) < 2000, where
                assert "Traceback" not in run.output, where
                assert all(now.get(key) in (before.get(key), after.get(key)) for key in {*now, *before, *after}), where
            else:
                assert now == after, where
                assert told(run) == expected.told, where
            again = stage.run()
            assert not again.failed, f"{where}\n{again.message}"
            assert stage.picture() == after, where
            stage.lab.close()
