# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One LuaJIT state that knows Kong's schema language, as the Lua VM of one nginx master or worker does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.kong.errors import PluginLoadError, SchemaRefused

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
        raise NotImplementedError

    def load_plugin(self, name: str, package_path: str | None = None) -> PluginInfo:
        """Load handler and schema of one enabled plugin from disk, as init_by_lua does.

        Raises PluginLoadError with Kong's text.
        """
        raise PluginLoadError

    def load_schema_text(self, source: str, chunkname: str = "schema.lua") -> PluginSchemaInfo:
        """Take an uploaded schema, as a control plane does; it replaces an earlier one of the same name.

        Raises SchemaRefused with Lua's or Kong's text.
        """
        raise SchemaRefused

    def forget(self, name: str) -> None:
        """Drop a schema; instances of it are then refused as those of an unknown plugin."""
        raise NotImplementedError

    @staticmethod
    def is_bundled(name: str) -> bool:
        """Whether Kong ships a plugin of this name."""
        raise NotImplementedError

    def validate_plugin(
        self, instance: Mapping[str, Any], enabled: Collection[str] | None = None
    ) -> dict[Any, Any] | None:
        """Kong's error tree for one instance, or None. Keys are field names, or positions counted from 1.

        ``enabled`` is the node's ``plugins``; None means every loaded plugin.
        """
        raise NotImplementedError

    def fill_plugin(self, instance: Mapping[str, Any], *, null_means_default: bool | None = None) -> dict[str, Any]:
        """The instance as a control plane stores it: defaults for absent keys, and explicit nulls.

        ``null_means_default`` (unset: on for a control plane): a null for a field that has a default becomes it.
        """
        raise NotImplementedError

    def fields_json(self, name: str) -> dict[str, Any] | None:
        """The answer of ``GET schemas/plugins/{name}``: ``{"fields": [...]}`` without functions, None if unknown."""
        raise NotImplementedError

    def run_handler(
        self, name: str, phase: str, config: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> HandlerEffects:
        """Call one phase function of a loaded plugin with request ``headers``; the instance's config is taken as it is."""
        raise NotImplementedError
