# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Konnect modules, run as Ansible runs them, against a lab control plane in a process of its own."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from ansible.module_utils import basic

from tests.support.openapi import Document

ROOT = Path(__file__).resolve().parents[2]
MODULES = "ansible_collections.kongops.konnect.plugins.modules"
TALLY = """
local typedefs = require "kong.db.schema.typedefs"

return {
  name = "tally",
  fields = {
    { protocols = typedefs.protocols_http },
    { config = { type = "record", fields = {
      { ttl = { type = "integer", required = true, default = 60 } },
      { header = { type = "string" } },
      { methods = { type = "set", elements = { type = "string" } } },
      { secret = { type = "string", encrypted = true, referenceable = true } },
      { servers = { type = "array", elements = { type = "record", fields = {
        { host = { type = "string", required = true } },
        { password = { type = "string", referenceable = true } },
      } } } },
    } } },
  },
}
"""


class Server:
    """``python -m lab.control_plane``, and what it wrote about itself."""

    def __init__(self, state: Path, *options: str) -> None:
        file = state / "control-plane.json"
        command = [sys.executable, "-m", "lab.control_plane", "--state", str(state), "--coalesce-seconds", "0.1"]
        self.process = subprocess.Popen([*command, *options], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        deadline = time.monotonic() + 20
        while not file.exists():
            assert self.process.poll() is None, "the lab did not start"
            assert time.monotonic() < deadline, "the lab did not start in time"
            time.sleep(0.02)
        where = json.loads(file.read_text())
        self.url, self.token, self.ca = str(where["url"]), str(where["token"]), where["ca"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@dataclass(frozen=True)
class Run:
    """What a module printed: ``output`` as text, ``result`` as data."""

    output: str

    @property
    def result(self) -> dict[str, Any]:
        return dict(json.loads(self.output))

    @property
    def changed(self) -> bool:
        return bool(self.result["changed"])

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def message(self) -> str:
        return str(self.result["msg"])

    def __getitem__(self, key: str) -> Any:
        return self.result[key]


def run_module(name: str, arguments: dict[str, Any], **internal: Any) -> Run:
    """One run of a module in this process. internal: ``check``, ``diff``, ``verbosity``."""
    options = {
        "_ansible_check_mode": internal.get("check", False),
        "_ansible_diff": internal.get("diff", False),
        "_ansible_verbosity": internal.get("verbosity", 0),
        "_ansible_remote_tmp": "/tmp",
        "_ansible_keep_remote_files": False,
    }
    module = importlib.import_module(f"{MODULES}.{name}")
    payload = json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, **options}}).encode()
    output = io.StringIO()
    with (
        mock.patch.object(basic, "_ANSIBLE_ARGS", payload),
        mock.patch.object(basic, "_ANSIBLE_PROFILE", "legacy", create=True),
        contextlib.redirect_stdout(output),
        contextlib.suppress(SystemExit),
    ):
        module.main()
    return Run(output.getvalue())


class Lab:
    """A fresh control plane of the lab, and modules that work on it."""

    def __init__(self, server: Server, document: Document | None = None, **body: Any) -> None:
        self.server, self.document = server, document
        self.http = httpx.Client(
            base_url=server.url,
            headers={"authorization": f"Bearer {server.token}"},
            verify=ssl.create_default_context(cafile=server.ca) if server.ca else False,
            timeout=10,
        )
        made = self.api("POST", "/control-planes", {"name": f"plane-{uuid.uuid4()}", **body})
        self.id, self.name = str(made["id"]), str(made["name"])

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A request of the test's own, which must succeed."""
        answer = self.http.request(method, f"/v2{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def core(self, method: str, path: str, body: Any = None) -> Any:
        """The same below the control plane's ``core-entities``."""
        return self.api(method, f"/control-planes/{self.id}/core-entities/{path}", body)

    def upload(self, schema: str = TALLY, name: str = "tally") -> None:
        self.core("PUT", f"plugin-schemas/{name}", {"lua_schema": schema})

    def instance(self, config: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
        return dict(self.core("POST", "plugins", {"name": "tally", "config": config or {}, **body}))

    def read(self, instance_id: str) -> dict[str, Any]:
        return dict(self.core("GET", f"plugins/{instance_id}"))

    def fault(self, kind: str, **rule: Any) -> None:
        """A misbehaviour of the lab for requests to come."""
        answer = self.http.post("/lab/faults", json={"kind": kind, **rule})
        assert answer.status_code < 300, answer.text

    def requests(self) -> list[dict[str, Any]]:
        """What arrived since the last call, from modules and from the test."""
        found = self.http.get("/lab/requests").json()
        self.http.delete("/lab/requests")
        return list(found["requests"] if isinstance(found, dict) else found)

    def run(self, module: str, arguments: dict[str, Any] | None = None, **internal: Any) -> Run:
        """A module on this control plane."""
        given = {
            "url": self.server.url,
            "token": self.server.token,
            "control_plane": self.name,
            "timeout": 5,
            **(arguments or {}),
        }
        return run_module(module, {key: value for key, value in given.items() if value is not None}, **internal)

    def four_times(self, module: str, arguments: dict[str, Any]) -> list[Run]:
        """Check mode, for real, for real again, check mode again; each with diff."""
        return [self.run(module, arguments, check=check, diff=True) for check in (True, False, False, True)]

    def close(self) -> None:
        self.http.delete("/lab/faults")
        self.http.delete(f"/v2/control-planes/{self.id}")
        self.http.close()


def strict_requests(lab: Lab) -> Iterator[str]:
    """What the OpenAPI document does not allow of the requests since the last call."""
    assert lab.document is not None
    for entry in lab.requests():
        query = dict(httpx.QueryParams(entry["query"]))
        yield from lab.document.problems_of_request(entry["method"], entry["path"], query, entry["body"])
