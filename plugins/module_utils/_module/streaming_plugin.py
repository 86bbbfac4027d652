# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.streaming_plugin) and its info twin do."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import (
    find_schema,
    normal_text,
    same_text,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import list_instances
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.streaming import (
    StreamingPlugin,
    delete_streaming,
    find_streaming,
    list_streaming,
    put_streaming,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_schema import read_source, schema_name

# What Konnect streams to a node, per file (streaming plugins for Dedicated Cloud Gateways).
LARGEST_FILE = 100 * 1024


def ensure_streaming(konnect: KonnectModule) -> Result:
    """Present or absent, as the arguments say."""
    return _absent(konnect) if konnect.params["state"] == "absent" else _present(konnect)


def streaming_info(konnect: KonnectModule) -> Result:
    """One streaming plugin or all of them."""
    control_plane, name = konnect.control_plane, konnect.params["name"]
    if name:
        found = find_streaming(konnect.client, control_plane.id, name)
        plugins = [found] if found else []
    else:
        plugins = list_streaming(konnect.client, control_plane.id)
    return {
        "streaming_plugins": [_shown(plugin) for plugin in plugins],
        "control_plane": {"id": control_plane.id, "name": control_plane.name},
    }


def _present(konnect: KonnectModule) -> Result:
    wanted = _from_folder(Path(konnect.params["path"]), konnect.params["name"], konnect.params["tags"])
    control_plane, client = konnect.writable_control_plane(Purpose.STREAMING), konnect.client
    if find_schema(client, control_plane.id, wanted.name) is not None:
        raise UsageError(
            f"The control plane stores a schema of a file-based plugin {wanted.name!r}. One name cannot be both: "
            "choose another name, or delete that schema first."
        )
    stored = find_streaming(client, control_plane.id, wanted.name)
    if stored is not None and konnect.params["tags"] is None:
        wanted = replace(wanted, tags=stored.tags)
    if stored is not None and _same(stored, wanted):
        return {"changed": False, "streaming_plugin": _shown(stored), **_diff(konnect, stored, stored)}
    after = wanted if konnect.check_mode else put_streaming(client, control_plane.id, wanted)
    return {"changed": True, "streaming_plugin": _shown(after), **_diff(konnect, stored, after)}


def _absent(konnect: KonnectModule) -> Result:
    name = konnect.params["name"]
    control_plane = konnect.writable_control_plane(Purpose.STREAMING)
    stored = find_streaming(konnect.client, control_plane.id, name)
    if stored is None:
        return {"changed": False, "streaming_plugin": None}
    used = list_instances(konnect.client, control_plane.id, name)
    if used:
        raise UsageError(
            f"The streaming plugin {name!r} has {len(used)} instance(s) on {control_plane.name!r}. Delete them first, "
            "with kongops.konnect.plugin_instance."
        )
    if not konnect.check_mode:
        delete_streaming(konnect.client, control_plane.id, stored.id)
    return {"changed": True, "streaming_plugin": None, **_diff(konnect, stored, None)}


def _from_folder(folder: Path, expected_name: str | None, tags: list[str] | None) -> StreamingPlugin:
    """The plugin in a directory; UsageError when Konnect could not stream it."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a directory with schema.lua and handler.lua.")
    more = sorted(file.name for file in folder.glob("*.lua") if file.name not in {"schema.lua", "handler.lua"})
    if more:
        raise UsageError(
            f"{folder} holds {', '.join(more[:5])}: a streaming plugin is one schema.lua and one handler.lua. Put the "
            "helpers into handler.lua, or ship the plugin as files to nodes of your own."
        )
    texts = {}
    for name in ("schema.lua", "handler.lua"):
        texts[name], where = read_source({"path": str(folder / name)})
        if len(texts[name].encode()) > LARGEST_FILE:
            raise UsageError(f"{where} is larger than 100 KiB, the most that Konnect streams to a node.")
    return StreamingPlugin(
        id="",
        name=schema_name(texts["schema.lua"], str(folder / "schema.lua"), expected_name),
        schema=normal_text(texts["schema.lua"]),
        handler=normal_text(texts["handler.lua"]),
        tags=tuple(tags or ()),
    )


def _same(stored: StreamingPlugin, wanted: StreamingPlugin) -> bool:
    return (
        same_text(stored.schema, wanted.schema)
        and same_text(stored.handler, wanted.handler)
        and sorted(stored.tags) == sorted(wanted.tags)
    )


def _diff(konnect: KonnectModule, before: StreamingPlugin | None, after: StreamingPlugin | None) -> Result:
    named = after or before
    return konnect.diff(_text(before), _text(after), named.name if named else "")


def _text(plugin: StreamingPlugin | None) -> str:
    if plugin is None:
        return ""
    tags = f"-- tags: {', '.join(plugin.tags)}\n" if plugin.tags else ""
    return f"{tags}-- schema.lua\n{plugin.schema}\n-- handler.lua\n{plugin.handler}"


def _shown(plugin: StreamingPlugin) -> dict[str, Any]:
    return {**asdict(plugin), "tags": list(plugin.tags)}
