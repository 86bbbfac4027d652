# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong says about a configuration: its verdict, on either role, in its own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.field_checks import CONTROL_PLANE, Judging
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.instance import instance_judge
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Field, Schema
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import ENTITY, Violation, flatten


def validate(schema: Schema, config: Any, *, role: str = CONTROL_PLANE, fill_defaults: bool = True) -> list[Violation]:
    """What Kong says about ``config``, the configuration of a global instance; ``config`` is not changed.

    ``role``: ``control_plane``, where an unknown key is refused whatever its value, or ``data_plane``, which passes
    over unknown keys that are null.  ``fill_defaults``: whether absent fields take their defaults first, as Kong always
    does; without, what is absent is judged as absent.

    Kong accepts when no finding is ``checked``; a finding that is not says what only Kong can tell.
    """
    # A name satisfies the entity; what is said of its other fields is not about the configuration.
    found = instance_judge(schema, Judging(role, fill_defaults))({"name": "plugin", "config": config})
    return list(flatten({key: problem for key, problem in found.items() if key in ("config", ENTITY)}))


def validate_value(field: Field, value: Any, *, role: str = CONTROL_PLANE) -> list[Violation]:
    """What Kong says about one value of ``field``; paths start with the field's name."""
    return value_judge(field, role=role)(value)


def value_judge(field: Field, *, role: str = CONTROL_PLANE) -> Callable[[Any], list[Violation]]:
    """`validate_value` for many values of one field."""
    judge = Judging(role).field(field)

    def judged(value: Any) -> list[Violation]:
        problem = judge(value)
        return [] if problem is None else list(flatten(problem, field.name))

    return judged
