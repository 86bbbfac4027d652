# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what was compiled from a schema for as long as that schema lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Schema

Compiled = TypeVar("Compiled")


class PerSchema(Generic[Compiled]):
    """Makes a thing once per schema object and key.  What is made must not hold on to the schema itself."""

    def __init__(self, make: Callable[[Schema, Hashable], Compiled]) -> None:
        self._make = make
        self._kept: dict[int, dict[Hashable, Compiled]] = {}

    def __call__(self, schema: Schema, key: Hashable = None) -> Compiled:
        """The thing made from ``schema`` for ``key``."""
        of_schema = self._kept.get(id(schema))
        if of_schema is None:
            of_schema = self._kept[id(schema)] = {}
            weakref.finalize(schema, self._kept.pop, id(schema), None)
        if key not in of_schema:
            of_schema[key] = self._make(schema, key)
        return of_schema[key]
