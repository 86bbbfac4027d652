# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's schema language, implemented a second time: in Lua of the lab's own, run by LuaJIT."""

from __future__ import annotations

from lab.kong.errors import PluginLoadError, SchemaRefused, SchemaRunError, errors_as_log_text, flatten_errors
from lab.kong.vm import HandlerEffects, KongVM, PluginInfo, PluginSchemaInfo

__all__ = [
    "HandlerEffects",
    "KongVM",
    "PluginInfo",
    "PluginLoadError",
    "PluginSchemaInfo",
    "SchemaRefused",
    "SchemaRunError",
    "errors_as_log_text",
    "flatten_errors",
]
