# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the module of the same name compare with what was seen of the nodes, and shows the table."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.plugin_utils.fleet_plan import FleetPlanAction


class ActionModule(FleetPlanAction):
    """See the documentation in plugins/modules/drift_info.py; ``nodes`` and ``show`` are served here."""

    MODULE = "kongops.konnect.drift_info"
