# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.schema_plan) does."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._module.binding_key import binding_key
from ansible_collections.kongops.konnect.plugins.module_utils._module.installation import catalogue_of, operation_result
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_inputs import control_plane_of, wanted_plugin
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.schema_only import plan_schemas


def schema_plan(konnect: KonnectModule) -> Result:
    """The plan; a failing result where something stops it."""
    params = konnect.params
    wanted = [wanted_plugin(path) for path in params["plugin_paths"]]
    konnect.stored.ensure_writable(Purpose.SCHEMA)
    control_plane = control_plane_of(konnect, wanted)
    catalogue = catalogue_of(konnect, control_plane["schemas"])
    instances = {name: konnect.stored.instances(name) for name in catalogue.stored}
    options = {
        "instance_values": params["instance_values"],
        "binding_key": binding_key(konnect.client.connection.token),
    }
    return operation_result(konnect, plan_schemas(wanted, control_plane, catalogue, instances, options))
