# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.drift_info) does."""

from __future__ import annotations

from functools import partial

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import same_text
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_inputs import wanted_plugin
from ansible_collections.kongops.konnect.plugins.module_utils._report.drift_text import drift_text
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.drift import drift_sentences, find_drift

_LISTED = 3


def drift_info(konnect: KonnectModule) -> Result:
    """The table; a failing result where something drifts and that is an error."""
    params = konnect.params
    wanted = [wanted_plugin(path) for path in params["plugin_paths"]]
    schemas = {
        one["name"]: konnect.stored.schema(one["name"], partial(same_text, one["schema"] or "")) for one in wanted
    }
    plugins = find_drift(wanted, schemas, params["fleet"])
    differences = list(drift_sentences(plugins))
    unreachable = [str(one["host"]) for one in params["fleet"] if not one.get("reachable", True)]
    result = {
        "drift": bool(differences),
        "plugins": plugins,
        "differences": differences,
        "unreachable": unreachable,
        "text": drift_text(plugins),
    }
    if params["fail_on_drift"] and (differences or unreachable):
        told = [*differences, *(f"{host} cannot be reached, so nothing is known of it." for host in unreachable)]
        more = f" And {len(told) - _LISTED} more." if len(told) > _LISTED else ""
        konnect.module.fail_json(msg=" ".join(told[:_LISTED]) + more, **result)
    return result
