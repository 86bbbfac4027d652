# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.planned_instances) does: the instances as a rollout leaves them, with every value."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import Instance
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_instances import by_plan


def planned_instances(konnect: KonnectModule) -> Result:
    """Every instance of the plan's plugins, edited where the plan says so and it is not done yet."""
    planned: list[Instance] = []
    for plugin in [one for one in konnect.params["plan"]["plugins"] if "inputs" in one]:
        stored = konnect.stored.instances(plugin["name"])
        decided = by_plan(konnect, plugin, stored, konnect.config_fields(plugin["name"]))
        planned += [{**rewrite.before, **rewrite.after} if rewrite.changed else rewrite.before for rewrite in decided]
    return {"changed": False, "planned": planned}
