# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole lab in one directory: a control plane, its nodes, and an inventory that names them."""

from __future__ import annotations

import atexit
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import yaml

from lab.node.behaviour import Settings
from lab.node.handle import LabNode, free_address, stop_all
from lab.node.processes import command_line

ROOT = Path(__file__).resolve().parent.parent
WORLD_FILE = "world.json"
INVENTORY_FILE = "inventory.yml"
GROUP = "data_planes"
LOG_TARGETS = {"file": "logs/error.log", "stderr": "/dev/stderr"}
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_CONTROL_PLANE_STATE = Path("control-plane") / "control-plane.json"


class WorldError(Exception):
    """The lab did not come up, or did not come to rest; says where to look."""


class World:
    """``with World(directory) as world:`` runs a lab; its end, however it comes, stops every process.

    ``plugins`` are directories (named as their plugin) that are copied onto each node and enabled there. With
    ``members`` the nodes belong to a group named ``group``, of the control plane ``default`` and others of these names.
    """

    def __init__(
        self,
        state: Path,
        nodes: int = 3,
        *,
        plugins: Sequence[Path] = (),
        settings: Settings | None = None,
        conf: dict[str, str] | None = None,
        tls: bool = False,
        log: str = "file",
        coalesce_seconds: float = 1.0,
        members: Sequence[str] = (),
    ) -> None:
        self.state = state.resolve()
        self.plugins = [Path(plugin) for plugin in plugins]
        self.settings = settings or Settings()
        self.tls = tls
        self.coalesce_seconds = coalesce_seconds
        self._members = members
        self._conf = {"proxy_error_log": LOG_TARGETS[log], **(conf or {})}
        self._wanted = nodes
        self.nodes: list[LabNode] = []
        self.control_plane: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None

    # -- life ----------------------------------------------------------------------------------------------------------

    def __enter__(self) -> World:
        atexit.register(self.down)
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, _leave)
        try:
            self.up()
        except BaseException:
            self._disarm()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()
        self._disarm()

    def _disarm(self) -> None:
        atexit.unregister(self.down)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._before)

    def up(self) -> None:
        """Start everything and wait until every node is connected and in sync; raises WorldError, and nothing runs."""
        self.state.mkdir(parents=True, exist_ok=True)
        if (self.state / WORLD_FILE).exists():
            raise WorldError(f"{self.state} holds a lab that was not stopped: python -m lab down --state {self.state}")
        try:
            self._start_control_plane()
            if self._members:
                self._make_group()
            self.nodes = [self._make_node(number) for number in range(1, self._wanted + 1)]
            self._save()
            self._write_inventory()
            self._start_nodes()
            self.wait_in_sync()
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """Stop every process this lab started; safe to call again."""
        stop_all(self.nodes)
        if "client" in vars(self):
            self.client.close()
        self._stop_control_plane()
        if self.nodes:
            (self.state / WORLD_FILE).unlink(missing_ok=True)

    @classmethod
    def resume(cls, state: Path) -> World:
        """A lab that ``up`` left running in ``state``; raises WorldError when there is none."""
        world = cls(state, 0)
        try:
            saved = json.loads((world.state / WORLD_FILE).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise WorldError(f"no lab runs in {state}") from error
        world.control_plane = saved["control_plane"]
        world.nodes = [LabNode(row["name"], Path(row["directory"]), row["status_api"]) for row in saved["nodes"]]
        return world

    # -- control plane -------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Of the API."""
        return str(self.control_plane["url"])

    @property
    def token(self) -> str:
        return str(self.control_plane["token"])

    @property
    def control_plane_id(self) -> str:
        return str(self.control_plane["control_plane"]["id"])

    @property
    def owner_id(self) -> str:
        """The control plane that the nodes connect to: the group where there is one."""
        return str(self.control_plane.get("group", self.control_plane["control_plane"])["id"])

    @property
    def environment(self) -> dict[str, str]:
        """What a playbook needs in its environment."""
        return {"KONNECT_URL": self.url, "KONNECT_TOKEN": self.token}

    @cached_property
    def client(self) -> httpx.Client:
        """Speaks to the API (and to the lab's own side of it, ``/lab/...``) with the token."""
        ca = self.control_plane["ca"]
        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            verify=ssl.create_default_context(cafile=ca) if ca else False,
            trust_env=False,
        )

    def api(self, method: str, path: str, body: Any = None, *, of: str | None = None) -> Any:
        """One call; ``path`` follows ``/v2/control-planes/<id>/``, the id being ``of`` or that of the default one. The
        answer's JSON; raises httpx.HTTPStatusError."""
        answer = self.client.request(method, f"/v2/control-planes/{of or self.control_plane_id}/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def upload_schema(self, plugin: Path, *, of: str | None = None) -> None:
        """Give the control plane the ``schema.lua`` of a plugin directory."""
        text = (plugin / "schema.lua").read_text(encoding="utf-8")
        self.api("PUT", f"core-entities/plugin-schemas/{plugin.name}", {"lua_schema": text}, of=of)

    def create(self, kind: str, body: dict[str, Any], *, of: str | None = None) -> dict[str, Any]:
        """Create one entity (``services``, ``routes``, ``consumers``, ``plugins``...) and return it as stored."""
        answer: dict[str, Any] = self.api("POST", f"core-entities/{kind}", body, of=of)
        stored: dict[str, Any] = answer.get("item", answer)
        return stored

    def wait_until_pushed(self, kind: str, count: int, seconds: float = _START_SECONDS) -> None:
        """Wait until the coalesced payload has this many entities of a kind. Raises WorldError.

        Until then the nodes are in sync with what was before.
        """
        if not self.nodes:
            return

        def there() -> bool | None:
            told = self.client.get(f"/lab/control-planes/{self.owner_id}/payload").json()["config_table"] or {}
            return len(told.get(kind) or []) == count or None

        _wait(there, seconds, f"the control plane did not push {count} {kind}")

    def wait_in_sync(self, seconds: float = _START_SECONDS) -> str:
        """Wait until every node has told the hash that the control plane expects; the hash. Raises WorldError.

        Without a node there is nothing to wait for, and the control plane knows no hash.
        """
        if not self.nodes:
            return ""

        def agreed() -> str | None:
            expected = self.api("GET", "expected-config-hash", of=self.owner_id)["expected_hash"]
            rows = self.api("GET", "nodes", of=self.owner_id).get("items") or []
            told = {row["hostname"]: row.get("config_hash") for row in rows}
            together = all(told.get(node.name) == expected and node.ready for node in self.nodes)
            return expected if together else None

        return str(_wait(agreed, seconds, f"the nodes did not come in sync: see the logs under {self.state}"))

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _start_control_plane(self) -> None:
        file = self.state / _CONTROL_PLANE_STATE
        file.unlink(missing_ok=True)
        arguments = ["--state", str(file.parent), "--coalesce-seconds", str(self.coalesce_seconds)]
        with (self.state / "control-plane.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lab.control_plane", *arguments, *(["--tls"] if self.tls else [])],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        process = self._process

        def said() -> dict[str, Any] | None:
            if process.poll() is not None:
                raise WorldError(f"the control plane ended: see {self.state / 'control-plane.log'}")
            with suppress(FileNotFoundError):
                found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
                return found
            return None

        self.control_plane = dict(_wait(said, _START_SECONDS, "the control plane did not say where it is"))

    def _make_group(self) -> None:
        """The named members, and a group of them and the default control plane that nodes will connect to."""

        def made(name: str, kind: str) -> dict[str, Any]:
            body = {"name": name, "cluster_type": kind}
            answer = self.client.post("/v2/control-planes", json=body)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found

        members = {name: made(name, "CLUSTER_TYPE_CONTROL_PLANE")["id"] for name in self._members}
        group = made("group", "CLUSTER_TYPE_CONTROL_PLANE_GROUP")
        ids = [{"id": identity} for identity in (self.control_plane_id, *members.values())]
        self.api("PUT", "group-memberships", {"members": ids}, of=group["id"])
        outlet = group["config"]["control_plane_endpoint"].partition("://")[2]
        self.control_plane |= {"outlet": outlet, "members": members, "group": {"id": group["id"], "name": "group"}}

    def _stop_control_plane(self) -> None:
        pid = self.control_plane.get("pid") if self._process is None else self._process.pid
        if pid is None or "lab.control_plane" not in command_line(pid):
            return
        os.kill(pid, signal.SIGTERM)
        try:
            _wait(lambda: self._is_over(pid) or None, _STOP_SECONDS, "it still runs")
        except WorldError:
            os.kill(pid, signal.SIGKILL)
            _wait(lambda: self._is_over(pid) or None, _STOP_SECONDS, f"process {pid} cannot be ended")

    def _is_over(self, pid: int) -> bool:
        return self._process.poll() is not None if self._process else not command_line(pid)

    def _make_node(self, number: int) -> LabNode:
        name = f"node{number}"
        node = LabNode(name, self.state / name, free_address())
        conf = {"cluster_control_plane": self.control_plane["outlet"], **self._conf}
        if self.tls:
            conf |= {
                "cluster_mtls": "pki",
                "cluster_cert": self.control_plane["node_cert"],
                "cluster_cert_key": self.control_plane["node_key"],
                "cluster_ca_cert": self.control_plane["ca"],
            }
        node.create(conf, self.settings, self.plugins)
        return node

    def _start_nodes(self) -> None:
        starts = [(node, node.spawn("start")) for node in self.nodes]
        try:
            for node, process in starts:
                if process.wait(_START_SECONDS) != 0:
                    raise WorldError(f"{node.name} did not start: {node.standard_error.read_text(encoding='utf-8')}")
        except subprocess.TimeoutExpired:
            raise WorldError(f"{node.name} did not start within {_START_SECONDS} s: is the machine busy?") from None
        finally:
            # One that starts after the lab was stopped would be left over.
            for _node, process in starts:
                process.kill()
                process.wait()
                if process.stdout is not None:
                    process.stdout.close()

    def _save(self) -> None:
        nodes = [
            {"name": node.name, "directory": str(node.directory), "status_api": node.status_api} for node in self.nodes
        ]
        file = self.state / WORLD_FILE
        file.touch(mode=0o600)
        file.write_text(json.dumps({"control_plane": self.control_plane, "nodes": nodes}, indent=2), encoding="utf-8")

    @property
    def inventory(self) -> Path:
        """An Ansible inventory with every node in the group ``data_planes``."""
        return self.state / INVENTORY_FILE

    def _write_inventory(self) -> None:
        hosts = {
            node.name: {
                "ansible_connection": "local",
                "ansible_python_interpreter": sys.executable,
                "kong_command": str(node.command),
                "kong_conf": str(node.kong_conf),
                "kong_prefix": str(node.prefix),
                "kong_status_api": node.status_api,
                "plugin_root": str(node.plugin_root),
            }
            for node in self.nodes
        }
        where = {"control_plane": self.control_plane["control_plane"]["name"], "konnect_url": self.url}
        content = {"all": {"vars": where, "children": {GROUP: {"hosts": hosts}}}}
        self.inventory.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _wait(question: Callable[[], Any], seconds: float, complaint: str) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        with suppress(httpx.HTTPError, OSError):
            answer = question()
            if answer is not None:
                return answer
        if time.monotonic() > deadline:
            raise WorldError(complaint)
        time.sleep(0.02)


def _leave(number: int, frame: object) -> None:
    sys.exit(128 + number)
