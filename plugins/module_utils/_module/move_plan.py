# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.move_plan) does: reads both plugins, the control plane and what was seen of the nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.core_entities import entity_id
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import list_instances
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.streaming import (
    StreamingPlugin,
    find_streaming,
    schema_text,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.streaming import streaming_faults
from ansible_collections.kongops.konnect.plugins.module_utils._module.binding_key import binding_key
from ansible_collections.kongops.konnect.plugins.module_utils._module.installation import operation_result
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_inputs import control_plane_of, wanted_plugin
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release, read_release
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import DEAD_AFTER_SECONDS
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import same_text
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted, check_values
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Notice
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_model import MoveOptions, New, Old
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_plan import plan_moves
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.moving import GLOBAL, SCOPES, Selection
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing

# The first version of the gateway that takes streaming plugins.
STREAMS_FROM = (3, 15)


def move_plan(konnect: KonnectModule) -> Result:
    """The result of the module; fails with the first problem where there is one."""
    params = konnect.params
    konnect.writable_control_plane(Purpose.STREAMING if params["streaming"] else Purpose.INSTANCE)
    release = read_release(params["path"])
    plugin = wanted_plugin(params["path"])
    wanted = Wanted.read(plugin)
    control_plane = control_plane_of(konnect, [plugin])
    everything = list_instances(konnect.client, konnect.control_plane.id)
    old, new = params["old_plugin"], wanted.name
    streamed = find_streaming(konnect.client, konnect.control_plane.id, new)
    text = streamed.schema if streamed else control_plane["schemas"][new]
    objections: list[Notice] = []
    upload = None
    if params["streaming"]:
        mine = [one for one in everything if one.get("name") == new]
        objections = list(_streaming_objections(konnect, release, control_plane, streamed, bool(mine)))
        upload = not _is_uploaded(streamed, release)
    plan = plan_moves(
        Old(
            old,
            schema_text(konnect.client, konnect.control_plane.id, old),
            [one for one in everything if one.get("name") == old],
        ),
        New(wanted, text, [one for one in everything if one.get("name") == new]),
        control_plane,
        params["fleet"],
        [one for one in everything if one.get("name") not in (old, new)],
        _options(konnect, old, new, upload),
        objections,
    )
    return operation_result(konnect, plan)


def _options(konnect: KonnectModule, old: str, new: str, upload: bool | None) -> MoveOptions:
    params = konnect.params
    values = params["instance_values"] or {}
    check_values(values)
    strangers = [name for name in values if name not in (old, new)]
    if strangers:
        raise UsageError(f"instance_values: {clean(strangers[0])} is neither {clean(old)} nor {clean(new)}.")
    return MoveOptions(
        selection=Selection(
            {one: _scope(konnect, one) for one in params["scopes"]}, tuple(params["tags"]), tuple(params["instances"])
        ),
        handover=params["handover"],
        batches=tuple(params["batches"]),
        answers=values.get(new) or values.get(old) or {},
        allow_missing=tuple(params["allow_missing"]),
        upload=upload,
        expect_files=not konnect.check_mode,
        key=binding_key(konnect.client.connection.token),
    )


def _scope(konnect: KonnectModule, text: str) -> tuple[str, str]:
    """``global``, or kind and name such as ``service:shop``."""
    kind, _colon, name = text.partition(":")
    if text == GLOBAL:
        return GLOBAL, ""
    if kind not in SCOPES or not name:
        raise UsageError(f"scopes: {text[:80]!r} is neither global nor a kind and a name such as service:shop.")
    return kind, entity_id(konnect.client, konnect.control_plane.id, kind, name)


def _is_uploaded(stored: StreamingPlugin | None, release: Release) -> bool:
    return (
        stored is not None
        and same_text(stored.schema, release.text("schema.lua"))
        and same_text(stored.handler, release.text("handler.lua"))
    )


def _streaming_objections(
    konnect: KonnectModule,
    release: Release,
    control_plane: Mapping[str, Any],
    stored: StreamingPlugin | None,
    in_use: bool,
) -> Iterator[Notice]:
    """Why this plugin cannot be streamed by this control plane to these nodes."""
    for fault in streaming_faults(release.name, release.files):
        yield Notice(fault.what, where=f"{release.name}/{fault.place}", todo=fault.todo)
    if control_plane["schemas"][release.name] is not None:
        yield Notice(
            "a plugin of this name is on the control plane, as files on the nodes",
            where=clean(release.name),
            why="One name cannot be both.",
            todo=f"Copy it under a new name, such as {clean(release.name)}-streamed.",
        )
    if stored is not None and in_use and not _is_uploaded(stored, release):
        yield Notice(
            "a streaming plugin of this name has instances already, and other code",
            where=clean(release.name),
            why="Nodes would get code and configuration of two versions at different moments.",
            todo="Give this version a name of its own, and move the instances to it.",
        )
    if konnect.control_plane.cloud_gateway:
        return
    live = [one for one in control_plane["nodes"] if control_plane["now"] - one["last_ping"] <= DEAD_AFTER_SECONDS]
    early = [one for one in live if _version(one["version"]) < STREAMS_FROM]
    if early:
        yield Notice(
            f"{len(early)} node(s) are older than 3.15: {listing(map(_node, early))}",
            why="They take no streaming plugin, and would reject every payload that has an instance of it.",
            todo="Upgrade them first, or keep the plugin as files.",
        )


def _node(node: Mapping[str, Any]) -> str:
    return f"{node['hostname'] or node['id']} {node['version']}"


def _version(text: str) -> tuple[int, int]:
    parts = [int(part) if part.isdigit() else 0 for part in text.split(".")[:2]]
    return (parts[0], parts[1]) if len(parts) == 2 else (0, 0)
