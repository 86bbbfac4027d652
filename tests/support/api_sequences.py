# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run or more of every module that makes requests: what the control plane has before it, and its arguments."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._module.controller_process import process_facts
from tests.support.konnect_lab import TALLY, Lab

Arguments = dict[str, Any]
OTHER_SCHEMA = TALLY.replace("default = 60", "default = 61")
WITHOUT_HEADER = TALLY.replace('{ header = { type = "string" } },', "")
HANDLER = "return { PRIORITY = 10, VERSION = '1.0.0' }\n"
OLD_RELEASE = "sha256:" + "a" * 64
GIVEN = {"plugins": ["tally"], "instances": [{"config": {"ttl": 5}}, {"service": "one", "config": {"ttl": 6}}]}


def nothing(_lab: Lab, _folder: Path) -> Arguments:
    return {}


def with_node(lab: Lab, _folder: Path) -> Arguments:
    node(lab)
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


def with_made_instances(lab: Lab, folder: Path) -> Arguments:
    with_instances(lab, folder)
    return {"created": done(lab, "given_instances", GIVEN)["created"]}


def with_nudge(lab: Lab, _folder: Path) -> Arguments:
    done(lab, "nudge")
    return {}


def with_files(_lab: Lab, folder: Path) -> Arguments:
    return {"path": str(plugin_in(folder, TALLY))}


def with_streaming(lab: Lab, folder: Path) -> Arguments:
    done(lab, "streaming_plugin", with_files(lab, folder))
    return {}


def with_old_node(lab: Lab, folder: Path) -> Arguments:
    """Instances and a node on the old release, and the files of a schema without a field that they use."""
    with_instances(lab, folder)
    return {"plugin_paths": [str(plugin_in(folder, WITHOUT_HEADER))], "fleet": node(lab, TALLY)}


def with_other_files(lab: Lab, folder: Path) -> Arguments:
    with_instances(lab, folder)
    return {"plugin_paths": [str(plugin_in(folder, OTHER_SCHEMA))]}


def with_bare_node(lab: Lab, folder: Path) -> Arguments:
    """A service, a node without the plugin, and the files to install."""
    lab.core("POST", "services", {"name": "one", "host": "one.test"})
    return {"plugin_paths": [str(plugin_in(folder, TALLY))], "fleet": node(lab)}


def with_plan(lab: Lab, folder: Path) -> Arguments:
    return {"plan": done(lab, "update_plan", with_old_node(lab, folder))["plan"]}


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
    return {"plan": arguments["plan"], "rollout": done(lab, "maintenance_window", arguments)["rollout"]}


def with_finished_update(lab: Lab, folder: Path) -> Arguments:
    """What a rollout saved, and the world as it left it."""
    arguments = to_open(lab, folder)
    saved = done(lab, "maintenance_window", arguments)["undo"]
    lab.upload(WITHOUT_HEADER)
    done(lab, "plugin_instances", {"plan": arguments["plan"]})
    wanted = arguments["plan"]["plugins"][0]["digest"]
    return {"saved": saved, "fleet": node(lab, WITHOUT_HEADER, wanted, OLD_RELEASE)}


def with_rollback(lab: Lab, folder: Path) -> Arguments:
    """A rollback whose schema is put back already; its instances are next."""
    plan = done(lab, "rollback_plan", with_finished_update(lab, folder))["plan"]
    lab.upload()
    return {"plan": plan}


def to_remove(lab: Lab, folder: Path) -> Arguments:
    with_instances(lab, folder)
    return {
        "names": ["tally"],
        "confirmed": ["tally"],
        "undo_vault_password_file": str(folder / "password"),
        "fleet": node(lab, TALLY),
    }


def with_removal(lab: Lab, folder: Path) -> Arguments:
    return {"plan": done(lab, "removal_plan", to_remove(lab, folder))["plan"]}


def to_move(lab: Lab, folder: Path) -> Arguments:
    """The new plugin beside the old one, by way of the control plane, so that no node has to have it."""
    with_instances(lab, folder)
    path = plugin_in(folder, TALLY.replace('"tally"', '"tally-v2"'), "tally-v2")
    done(lab, "streaming_plugin", {"path": str(path)})
    return {"old_plugin": "tally", "path": str(path), "streaming": True}


def with_moves(handover: str) -> Callable[[Lab, Path], Arguments]:
    def prepare(lab: Lab, folder: Path) -> Arguments:
        return {"plan": done(lab, "move_plan", {**to_move(lab, folder), "handover": handover})["plan"]}

    return prepare


def done(lab: Lab, module: str, arguments: Arguments | None = None) -> dict[str, Any]:
    """The result of a module that has to succeed."""
    run = lab.run(module, arguments)
    assert not run.failed, run.output
    return run.result


def plugin_in(folder: Path, schema: str, name: str = "tally") -> Path:
    plugin = folder / name
    plugin.mkdir(parents=True, exist_ok=True)
    (plugin / "schema.lua").write_text(schema)
    (plugin / "handler.lua").write_text(HANDLER)
    return plugin


def node(lab: Lab, schema: str | None = None, *releases: str) -> list[dict[str, Any]]:
    """A node that the control plane knows, and its look answer; with a schema it has the plugin, the first release
    live."""
    record = {"control_plane": lab.id, "id": f"node-of-{lab.id}", "hostname": "dp1"}
    assert lab.http.post("/lab/nodes", json=record).status_code == 201
    enabled = ["bundled", "tally"] if schema else ["bundled"]
    there = releases or (OLD_RELEASE,)
    live = {
        "loads": "/opt/kong-plugins/kong/plugins/tally",
        "copies": ["/opt/kong-plugins/kong/plugins/tally"],
        "live": there[0],
        "live_kind": "link",
        "digest": there[0],
        "releases": list(there),
        "schema": schema,
        "drift": [],
        "managed": True,
    }
    return [
        {
            "host": "dp1",
            "reachable": True,
            "error": None,
            "node_id": record["id"],
            "hostname": "dp1",
            "kong_version": "3.9.1",
            "plugin_root": "/opt/kong-plugins",
            "enabled": enabled,
            "enabled_next": enabled,
            "config_hash": None,
            "plugins": {"tally": live if schema else {}},
        }
    ]


@dataclass(frozen=True)
class Sequence:
    """One run of a module: ``prepare`` arranges the control plane and gives the arguments that depend on it."""

    module: str
    arguments: Arguments
    prepare: Callable[[Lab, Path], Arguments] = nothing


ON_SERVICE = {"name": "tally", "service": "one"}
SEQUENCES = {
    "control_plane": Sequence("control_plane", {"labels": {"owner": "anna"}}),
    "control_plane_info": Sequence("control_plane_info", {}),
    "drift_info": Sequence("drift_info", {}, with_old_node),
    "given_instances": Sequence("given_instances", GIVEN, with_instances),
    "given_instances-tried": Sequence("given_instances", {**GIVEN, "state": "tried"}, with_instances),
    "given_instances-taken_back": Sequence("given_instances", {"state": "taken_back"}, with_made_instances),
    "install_plan": Sequence("install_plan", {"instances": GIVEN["instances"]}, with_bare_node),
    "instance_removal": Sequence("instance_removal", {}, with_removal),
    "maintenance_window-open": Sequence("maintenance_window", {}, to_open),
    "maintenance_window-held": Sequence("maintenance_window", {"state": "held"}, opened),
    "maintenance_window-closed": Sequence("maintenance_window", {"state": "closed"}, opened),
    "move_plan": Sequence("move_plan", {}, to_move),
    "node_info": Sequence("node_info", {}, with_node),
    "node_sync": Sequence("node_sync", {"wait_timeout": 0, "required": False}, with_node),
    "nudge-present": Sequence("nudge", {}),
    "nudge-absent": Sequence("nudge", {"state": "absent"}, with_nudge),
    "planned_instances": Sequence("planned_instances", {}, with_plan),
    "plugin_instance-created": Sequence("plugin_instance", {"name": "tally", "config": {"ttl": 5}}, with_schema),
    "plugin_instance-changed": Sequence("plugin_instance", {**ON_SERVICE, "config": {"ttl": 5}}, with_instances),
    "plugin_instance-absent": Sequence("plugin_instance", {**ON_SERVICE, "state": "absent"}, with_instances),
    "plugin_instance_info": Sequence("plugin_instance_info", {"name": "tally"}, with_instances),
    "plugin_instances": Sequence(
        "plugin_instances", {"plugin": "tally", "set": {"ttl": 9}, "validate": True}, with_instances
    ),
    "plugin_instances-planned": Sequence("plugin_instances", {"validate": True}, with_new_schema),
    "plugin_moves-one_write": Sequence("plugin_moves", {}, with_moves("one_write")),
    "plugin_moves-overlap": Sequence("plugin_moves", {}, with_moves("overlap")),
    "plugin_moves-gap": Sequence("plugin_moves", {}, with_moves("gap")),
    "plugin_schema-new": Sequence("plugin_schema", {"source": TALLY}),
    "plugin_schema-changed": Sequence("plugin_schema", {"source": OTHER_SCHEMA}, with_instances),
    "plugin_schema-absent": Sequence(
        "plugin_schema", {"name": "tally", "state": "absent", "delete_instances": True}, with_instances
    ),
    "plugin_schema_info": Sequence("plugin_schema_info", {}, with_instances),
    "removal_plan": Sequence("removal_plan", {}, to_remove),
    "rollback_instances": Sequence("plugin_instances", {"validate": True}, with_rollback),
    "rollback_plan": Sequence("rollback_plan", {}, with_finished_update),
    "schema_plan": Sequence("schema_plan", {}, with_other_files),
    "streaming_plugin": Sequence("streaming_plugin", {}, with_files),
    "streaming_plugin-absent": Sequence("streaming_plugin", {"name": "tally", "state": "absent"}, with_streaming),
    "streaming_plugin_info": Sequence("streaming_plugin_info", {}, with_streaming),
    "update_plan": Sequence("update_plan", {}, with_old_node),
}
