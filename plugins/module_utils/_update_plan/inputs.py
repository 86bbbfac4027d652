# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of a plan as read: plain data turned into schemas, once per distinct text."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Schema, SchemaError, read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import text_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, PlanError, UpdatePath
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean

POLICIES = ("documented", "evidence")
# The version that schemas are read for unless a node says another (`read_schema`).
NEWEST = "3.9"


@dataclass(frozen=True)
class Options:
    """What the operator decided: see `make_plan` for each."""

    path_policy: str = "documented"
    update_path: UpdatePath | None = None
    accept_risk: bool = False
    instance_values: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict, repr=False)
    allow_missing: tuple[str, ...] = ()
    binding_key: bytes = field(default=b"", repr=False)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Options:
        """PlanError where an option has a value it cannot have."""
        policy = data.get("path_policy") or "documented"
        if policy not in POLICIES:
            raise PlanError(f"path_policy is {clean(policy)}: it must be one of {', '.join(POLICIES)}.")
        wanted = data.get("update_path")
        try:
            chosen = UpdatePath.of(wanted) if wanted else None
        except ValueError:
            words = ", ".join(one.word for one in UpdatePath)
            raise PlanError(f"update_path is {clean(wanted)}: it must be one of {words}.") from None
        values = data.get("instance_values") or {}
        check_values(values)
        key = data.get("binding_key") or secrets.token_bytes(32)
        return cls(
            path_policy=policy,
            update_path=chosen,
            accept_risk=bool(data.get("accept_risk")),
            instance_values=values,
            allow_missing=tuple(str(one) for one in data.get("allow_missing") or ()),
            binding_key=key.encode() if isinstance(key, str) else key,
        )


def check_values(values: Any) -> None:
    """PlanError where ``instance_values`` do not have their three levels."""
    levels_right = isinstance(values, Mapping) and all(
        isinstance(one, Mapping) and all(isinstance(inner, Mapping) for inner in one.values())
        for one in values.values()
    )
    if not levels_right:
        raise PlanError(
            "instance_values has the wrong shape: it maps a plugin to instances ('*', a name or an id), and each of "
            'these to field paths. For example: {"my-plugin": {"*": {"config.ttl": 30}}}.'
        )


@dataclass(frozen=True)
class Wanted:
    """One plugin as it should become."""

    name: str
    directory: str
    text: str
    digest: str
    files: Mapping[str, str]
    handler: Json
    schema: Schema
    schema_digest: str

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Wanted:
        """PlanError with file, line and column where the schema cannot be read or has another name."""
        name, where = str(data["name"]), f"{data.get('directory', data['name'])}/schema.lua"
        try:
            schema = read_schema(data["schema"])
        except SchemaError as error:
            raise PlanError(f"{where}:{error.line}:{error.column}: {clean(error.message)}") from None
        if isinstance(schema.name, str) and schema.name != name:
            raise PlanError(
                f"{where}: the schema's name is {clean(schema.name)}, the directory's is {clean(name)}. "
                "Nodes know a plugin by its directory, the control plane by its schema: rename one of them."
            )
        return cls(
            name=name,
            directory=str(data.get("directory", "")),
            text=str(data["schema"]),
            digest=str(data.get("digest", "")),
            files=_files(str(data.get("manifest") or "")),
            handler=dict(data.get("handler") or {}),
            schema=schema,
            schema_digest=text_digest(str(data["schema"])),
        )


def _files(manifest: str) -> dict[str, str]:
    """The paths of a manifest (lines of digest, two blanks, path) with the heads of their digests."""
    return {path: digest[:12] for digest, path in (line.split("  ", 1) for line in manifest.splitlines())}


@dataclass(frozen=True)
class Host:
    """What one look answer says about one plugin on one node: ``digest`` and ``text`` of what it validates with.

    ``loaded`` is False for a node whose workers do not run the release that is live on its disk yet: a visit to it was
    cut between its switch and its reload, or stayed inconclusive. ``empty``: it has no configuration to fall back on.
    """

    name: str
    kong_version: str
    digest: str | None
    text: str | None
    enabled: bool | None
    loaded: bool = True
    empty: bool = False
    handler: Json = field(default_factory=dict)

    @classmethod
    def read(cls, answer: Mapping[str, Any], plugin: str) -> Host:
        told = (answer.get("plugins") or {}).get(plugin) or {}
        names = answer.get("enabled")
        loaded = told.get("loaded") is not False
        return cls(
            name=str(answer["host"]),
            kong_version=str(answer.get("kong_version") or NEWEST),
            digest=told.get("digest") if loaded else told.get("running"),
            text=told.get("schema") if loaded else told.get("running_schema") or told.get("schema"),
            enabled=plugin in names if names else None,
            loaded=loaded,
            empty=bool(answer.get("empty_prefix")),
            handler=dict(told.get("handler") or {}),
        )

    def runs(self, digest: str) -> bool:
        """Whether nothing is left to do here for this release."""
        return self.loaded and self.digest == digest


def hosts_of(fleet: Sequence[Mapping[str, Any]], plugin: str) -> list[Host]:
    """The reachable hosts as this plugin sees them, in the order of the fleet."""
    return [Host.read(one, plugin) for one in fleet if one.get("reachable", True)]


def minor(version: str) -> str:
    """``3.9.1`` becomes ``3.9``."""
    return ".".join(version.split(".")[:2])
