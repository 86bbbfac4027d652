# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: schemas, instances and fleet in, one document with every decision out.  Pure."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.binding import differences
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.document import FORMAT
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.migrate import apply_edits
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Edit, PlanError, UpdatePath
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.plan import Plan, make_plan

__all__ = ["FORMAT", "Edit", "Plan", "PlanError", "UpdatePath", "apply_edits", "differences", "make_plan"]

# Whoever needs a part does not wait for the whole: most modules run as a new process each time.
_HOMES = {
    "Edit": "model",
    "FORMAT": "document",
    "Plan": "plan",
    "PlanError": "model",
    "UpdatePath": "model",
    "apply_edits": "migrate",
    "differences": "binding",
    "make_plan": "plan",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
