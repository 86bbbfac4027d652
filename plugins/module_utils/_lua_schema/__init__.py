# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads ``schema.lua`` without running it, and says what Kong says about a schema and its configurations."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.defaults import fill_defaults
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.instance import validate_instance
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import ParserUnavailable
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.read import read_schema
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
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.validate import validate
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import Violation

__all__ = [
    "EntityCheck",
    "Field",
    "FlatField",
    "LuaFunction",
    "NamedValidator",
    "ParserUnavailable",
    "Position",
    "Schema",
    "SchemaError",
    "Unknown",
    "Violation",
    "fill_defaults",
    "read_schema",
    "validate",
    "validate_instance",
]
