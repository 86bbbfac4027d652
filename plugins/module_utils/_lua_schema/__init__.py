# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads ``schema.lua`` without running it, and says what Kong says about a schema and its configurations."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import (
    EntityCheck,
    Field,
    FlatField,
    LuaFunction,
    NamedValidator,
    Position,
    Schema,
    SchemaError,
    Unknown,
)

__all__ = [
    "EntityCheck",
    "Field",
    "FlatField",
    "LuaFunction",
    "NamedValidator",
    "Position",
    "Schema",
    "SchemaError",
    "Unknown",
]
