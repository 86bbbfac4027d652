# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: schemas, instances and fleet in, one document with every decision out.  Pure."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.binding import differences
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.document import FORMAT
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.migrate import apply_edits
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Edit, PlanError, UpdatePath
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.plan import Plan, make_plan

__all__ = ["FORMAT", "Edit", "Plan", "PlanError", "UpdatePath", "apply_edits", "differences", "make_plan"]
