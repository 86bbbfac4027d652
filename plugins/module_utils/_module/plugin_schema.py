# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.plugin_schema) and its info twin do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import (
    ensure_schemas_agree,
    group_of,
    schemas_elsewhere,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import Instance, home_of, scope_text
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import (
    StoredSchema,
    delete_schema,
    find_fields,
    normal_text,
    put_schema,
    same_text,
    wait_until_visible,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import delete_instance, list_instances
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.streaming import find_streaming
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import (
    ParserUnavailable,
    SchemaError,
    Unknown,
    read_schema,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError

# Both limits come from an ancestor of today's server: worth a warning, not a refusal (konnect-api.md section c).
LARGEST_SAFE_SCHEMA = 8192
_SAFE_NAME = re.compile(r"[0-9a-zA-Z-]{1,128}")
_MAX_FILE = 1024 * 1024
_LISTED = 10


def ensure_schema(konnect: KonnectModule) -> Result:
    """Present, absent or restored, as the arguments say."""
    return {"present": _present, "absent": _absent, "restored": _restored}[konnect.params["state"]](konnect)


def schema_info(konnect: KonnectModule) -> Result:
    """One schema or all of them, each with the number of its instances."""
    control_plane, stored, name = konnect.control_plane, konnect.stored, konnect.params["name"]
    found = stored.schemas(name) if name else stored.all_schemas()
    instances = stored.instances(name) if found else []
    counts = Counter((home_of(instance), instance["name"]) for instance in instances)
    return {
        "schemas": [
            {
                **_shown(schema),
                "control_plane": {"id": place.id, "name": place.name},
                "instances": counts[place.id, schema.name],
            }
            for place, schema in found
        ],
        "control_plane": {"id": control_plane.id, "name": control_plane.name},
    }


def read_source(params: Mapping[str, Any]) -> tuple[str, str]:
    """The text of the schema and what to call it in messages; UsageError when it cannot be read."""
    if params.get("source") is not None:
        return str(params["source"]), "source"
    file = Path(params["path"])
    if file.is_dir():
        file = file / "schema.lua"
    try:
        if file.stat().st_size > _MAX_FILE:
            raise UsageError(f"{file} is larger than 1 MiB, which no plugin schema is.")
        return file.read_text(encoding="utf-8"), str(file)
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text; Konnect takes no other encoding.") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}.") from None


def schema_name(source: str, where: str, expected: str | None) -> str:
    """The name that the Lua text returns; UsageError when it is not ``expected`` or the text is no schema.

    The control plane believes the text, not the path of the request, so a name that differs would write another schema.
    """
    try:
        name = read_schema(source).name
    except SchemaError as error:
        place = f"{where}:{error.line}:{error.column}" if error.line else where
        raise UsageError(f"{place}: {error.message}. Nothing was sent.") from None
    except ParserUnavailable as error:
        raise UsageError(f"{missing_required_lib('luaparser')} ({error})") from None
    if isinstance(name, Unknown):
        raise UsageError(
            f"{where}:{name.line}:{name.column}: the name of the plugin cannot be told without running its code "
            f"({name.reason}). Write it as a text. Nothing was sent."
        )
    if expected and name != expected:
        raise UsageError(
            f"{where}: the schema is named {name!r}, and name is {expected!r}. A renamed schema is a new plugin: "
            "upload it under its own name, move the instances, then delete the old one. Nothing was sent."
        )
    return name


def _present(konnect: KonnectModule) -> Result:
    source, where = read_source(konnect.params)
    name = schema_name(source, where, konnect.params["name"])
    text = normal_text(source)
    konnect.stored.ensure_writable(Purpose.SCHEMA)
    _warn_about_limits(konnect, name, text)
    client, there = konnect.client, konnect.stored.schemas(name)
    before = konnect.stored.agreed(name, there, partial(same_text, text))
    if before is None:
        _refuse_new(konnect, name)
    _ensure_group_agrees(konnect, name, before, text)
    places = [place.id for place, _schema in there] or [konnect.control_plane.id]
    having = [place.id for place, one in there if same_text(one.lua_schema, text)]
    lacking = [place for place in places if place not in having]
    if konnect.check_mode:
        result = {"name": name, "lua_schema": text} if lacking else _shown(there[0][1])
    else:
        written = [put_schema(client, place, name, text) for place in lacking]
        for place in places:
            wait_until_visible(client, place, name, konnect.params["wait_timeout"])
        result = _shown(written[0] if written else there[0][1])
    return {"changed": bool(lacking), "schema": result, **konnect.diff(before or "", text if lacking else before, name)}


def _ensure_group_agrees(konnect: KonnectModule, name: str, stored: str | None, wanted: str) -> None:
    """KonnectError where this member of a group would get a third schema beside those of two others."""
    group = group_of(konnect.client, konnect.control_plane)
    if group is not None:
        elsewhere = schemas_elsewhere(konnect.client, konnect.control_plane, group, name)
        ensure_schemas_agree(konnect.control_plane, elsewhere, name, stored, wanted)


def _absent(konnect: KonnectModule) -> Result:
    name = konnect.params["name"]
    if not name:
        source, where = read_source(konnect.params)
        name = schema_name(source, where, None)
    konnect.stored.ensure_writable(Purpose.SCHEMA)
    there = konnect.stored.schemas(name)
    if not there:
        return {"changed": False, "schema": None, "deleted_instances": []}
    instances = konnect.stored.instances(name)
    if instances and not konnect.params["delete_instances"]:
        raise UsageError(
            f"The schema of {name!r} is used by {len(instances)} instance(s) on {konnect.control_plane.name!r}: "
            f"{_listed(instances)}. Delete them first, or set delete_instances to true."
        )
    if not konnect.check_mode:
        konnect.client.map(lambda one: delete_instance(konnect.client, home_of(one), str(one["id"])), instances)
        for place, _schema in there:
            _delete(konnect, place.id, name)
    return {
        "changed": True,
        "schema": None,
        "deleted_instances": [str(instance["id"]) for instance in instances],
        **konnect.diff(there[0][1].lua_schema, "", name),
    }


def _restored(konnect: KonnectModule) -> Result:
    """Each control plane stores again what `schema_info` told of it; where it told of none, there is none.

    With a text at hand only that one is replaced: any other is somebody else's, and it is an error that names them.
    """
    name, client, params = konnect.params["name"], konnect.client, konnect.params
    ours = read_source(params)[0] if params["source"] is not None or params["path"] else None
    konnect.stored.ensure_writable(Purpose.SCHEMA)
    try:
        texts = {str(one["control_plane"]["id"]): str(one["lua_schema"]) for one in konnect.params["schemas"]}
    except (KeyError, TypeError):
        raise UsageError("schemas is not what plugin_schema_info returned. Nothing was sent.") from None
    now = {place.id: schema.lua_schema for place, schema in konnect.stored.schemas(name)}
    theirs = {
        place
        for place, text in now.items()
        if ours is not None and not same_text(text, ours) and not same_text(text, texts.get(place, ""))
    }
    back = {
        place: text for place, text in texts.items() if place not in theirs and not same_text(now.get(place, ""), text)
    }
    made = [place for place in now if place not in texts and place not in theirs]
    if not konnect.check_mode:
        for place, text in back.items():
            put_schema(client, place, name, text)
            wait_until_visible(client, place, name, konnect.params["wait_timeout"])
        for place in made:
            _delete(konnect, place, name)
    if theirs:
        whose = ", ".join(place.name for place in konnect.stored.places if place.id in theirs)
        raise UsageError(
            f"The schema of {name!r} on {whose} was written by somebody else meanwhile, and stays as it is: what was "
            "stored before was not put over it. Run the same command again; it plans with theirs."
        )
    changed = next(iter(back), None)
    before, after = (now.get(changed, ""), texts[changed]) if changed else (now[made[0]] if made else "", "")
    return {
        "changed": bool(back or made),
        "schema": {"name": name, "lua_schema": next(iter(texts.values()))} if texts else None,
        **konnect.diff(before, after, name),
    }


def _delete(konnect: KonnectModule, control_plane_id: str, name: str) -> None:
    try:
        delete_schema(konnect.client, control_plane_id, name)
    except KonnectError as error:
        if not error.in_use:
            raise
        left = list_instances(konnect.client, control_plane_id, name)
        raise UsageError(
            f"The control plane says that the schema of {name!r} is still in use. "
            + (f"Instances made meanwhile: {_listed(left)}. " if left else "It lists no instance of it. ")
            + "Run the same command again."
        ) from None


def _refuse_new(konnect: KonnectModule, name: str) -> None:
    """UsageError where a plugin that the control plane does not know cannot be made there."""
    control_plane = konnect.control_plane
    if control_plane.is_group:
        raise UsageError(
            f"No member of the group {control_plane.name!r} has a schema of {name!r} yet, and the group itself takes "
            f"none. Name the member that is to have it: "
            f"{', '.join(place.name for place in konnect.stored.places) or 'it has none'}."
        )
    if find_streaming(konnect.client, control_plane.id, name) is not None:
        raise UsageError(
            f"{name!r} is a streaming plugin on {control_plane.name!r}. One name cannot be both: choose another name, "
            "or delete the streaming plugin first."
        )
    if find_fields(konnect.client, control_plane.id, name) is not None:
        raise UsageError(
            f"{name!r} is the name of a plugin that comes with Kong. Choose another name; a prefix of your own keeps "
            "it clear of future releases too."
        )


def _warn_about_limits(konnect: KonnectModule, name: str, text: str) -> None:
    if len(text) > LARGEST_SAFE_SCHEMA:
        konnect.module.warn(
            f"The schema of {name!r} has {len(text)} characters; a control plane may refuse more than "
            f"{LARGEST_SAFE_SCHEMA}."
        )
    if not _SAFE_NAME.fullmatch(name):
        konnect.module.warn(
            f"The plugin name {name!r} holds characters other than letters, digits and hyphens; a control plane may "
            "refuse it."
        )


def _listed(instances: list[Instance]) -> str:
    shown = [f"{instance['id']} ({scope_text(instance)})" for instance in instances[:_LISTED]]
    more = [f"and {len(instances) - _LISTED} more"] if len(instances) > _LISTED else []
    return "; ".join(shown + more)


def _shown(schema: StoredSchema) -> dict[str, Any]:
    return {
        "name": schema.name,
        "lua_schema": schema.lua_schema,
        "created_at": schema.created_at,
        "updated_at": schema.updated_at,
    }
