# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One LuaJIT state that knows Kong's schema language, as the Lua VM of one nginx master or worker does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.kong.bundled import BUNDLED
from lab.kong.errors import PluginLoadError, SchemaRefused, SchemaRunError, tree_of
from lab.kong.runtime import LuaFault, LuaRuntime

Role = Literal["control_plane", "data_plane"]


@dataclass(frozen=True)
class PluginInfo:
    """A plugin that a node has loaded: the enabled name, and what its handler declares."""

    name: str
    version: str
    priority: int
    phases: tuple[str, ...] = ()


@dataclass(frozen=True)
class PluginSchemaInfo:
    """A schema that a control plane has taken; the name is the one the Lua text declares."""

    name: str


@dataclass(frozen=True)
class HandlerEffects:
    """What one phase function did: ``exited`` is ``(status, body)`` after kong.response.exit."""

    headers: Mapping[str, str] = field(default_factory=dict)
    exited: tuple[int, Any] | None = None
    slept: float = 0.0
    log: tuple[tuple[str, str], ...] = ()
    error: str | None = None


class KongVM:
    """One Lua VM with Kong's schema code of ``kong_version``, on one side of the cluster."""

    def __init__(self, role: Role = "data_plane", kong_version: str = "3.9.3", package_path: str | None = None) -> None:
        """``package_path`` is what ``lua_package_path`` says, ``/x/?.lua;/y/?/init.lua;;``."""
        self.role = role
        self.kong_version = kong_version
        self._package_path = package_path or ""
        self._lua = LuaRuntime(role, kong_version)

    def load_plugin(self, name: str, package_path: str | None = None) -> PluginInfo:
        """Load handler and schema of one enabled plugin from disk, as init_by_lua does.

        Modules are kept: a second call does not read a file again, a new VM does.
        Raises PluginLoadError with Kong's text.
        """
        path = self._package_path if package_path is None else package_path
        try:
            loaded = self._lua.call("load_plugin", name, path)
        except LuaFault as fault:
            raise PluginLoadError(str(fault)) from None
        return PluginInfo(name, loaded["version"], loaded["priority"], tuple(loaded["phases"]))

    def load_schema_text(self, source: str, chunkname: str = "schema.lua") -> PluginSchemaInfo:
        """Take an uploaded schema, as a control plane does; it replaces an earlier one of the same name.

        ``chunkname`` is what Lua's messages begin with. Raises SchemaRefused with Lua's or Kong's text.
        """
        try:
            return PluginSchemaInfo(self._lua.call("load_schema_text", source, chunkname)["name"])
        except LuaFault as fault:
            raise SchemaRefused(str(fault)) from None

    def load_bundled(self, name: str) -> None:
        """Know a plugin that Kong ships: what every instance has is checked, its config is taken as it is."""
        self._lua.call("load_bundled", name)

    def forget(self, name: str) -> None:
        """Drop a schema; instances of it are then refused as those of an unknown plugin."""
        self._lua.call("forget", name)

    @staticmethod
    def is_bundled(name: str) -> bool:
        """Whether Kong ships a plugin of this name."""
        return name in BUNDLED

    def validate_plugin(
        self, instance: Mapping[str, Any], enabled: Collection[str] | None = None
    ) -> dict[Any, Any] | None:
        """Kong's error tree for one instance, or None. Keys are field names, or positions counted from 1.

        ``enabled`` is the node's ``plugins``; None means every loaded plugin. Absent keys are filled first, as Kong
        does. Raises SchemaRunError when a validator of the plugin itself fails to run.
        """
        pairs = self._call("validate", instance, None if enabled is None else sorted(enabled))
        return None if pairs is None else tree_of(pairs)

    def fill_plugin(self, instance: Mapping[str, Any], *, null_means_default: bool | None = None) -> dict[str, Any]:
        """The instance as a control plane stores it: defaults for absent keys, and explicit nulls.

        ``null_means_default`` (unset: on for a control plane): a null in ``config`` is the same as no key at all.
        ``id`` and the timestamps are left to the caller. Raises SchemaRunError for an unknown plugin.
        """
        as_default = self.role == "control_plane" if null_means_default is None else null_means_default
        filled: dict[str, Any] = self._call("fill", instance, as_default)
        return filled

    def transform_plugin(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        """The instance after the schema's ``transformations``, which a payload with ``_transform`` asks for."""
        transformed: dict[str, Any] = self._call("transform", instance)
        return transformed

    def fields_json(self, name: str) -> dict[str, Any] | None:
        """The answer of ``GET schemas/plugins/{name}``: ``{"fields": [...]}`` without functions, None if unknown."""
        fields: dict[str, Any] | None = self._call("fields", name)
        return fields

    def run_handler(
        self, name: str, phase: str, config: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> HandlerEffects | None:
        """Call one phase function of a loaded plugin with request ``headers``; None when it has no such phase."""
        lowered = {key.lower(): value for key, value in (headers or {}).items()}
        seen = self._call("run_handler", name, phase, config, lowered)
        if seen is None:
            return None
        exited = seen.get("exited")
        return HandlerEffects(
            headers=seen["headers"],
            exited=tuple(exited) if exited else None,
            slept=seen["slept"],
            log=tuple((level, text) for level, text in seen["log"]),
            error=seen.get("error"),
        )

    def _call(self, name: str, *arguments: Any) -> Any:
        try:
            return self._lua.call(name, *arguments)
        except LuaFault as fault:
            raise SchemaRunError(str(fault)) from None
