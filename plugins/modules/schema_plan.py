#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: schema_plan
short_description: Decide whether schemas of custom plugins may be updated on a control plane
version_added: 0.1.0
description:
  - Plans step 2 of an update alone, to be done ahead of decK, Terraform or kongctl, which then save the instances.
  - Compares the schemas, and says which stored instances fit the new one as they are and which have to be saved again.
  - Fails when something in the plan stops it. The plan is then on the screen, or in the result without O(show).
  - Changes nothing; writes O(plan_file), and O(journal_dir) with O(keep).
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
  - kongops.konnect.plan.show
  - kongops.konnect.plan.approval
  - kongops.konnect.plan.journal_host
options:
  plugin_paths:
    description:
      - The plugin directories, each named as its plugin.
    type: list
    elements: path
    required: true
  instance_values:
    description:
      - Values that instances will be saved with and that nothing stored gives, as for
        O(kongops.konnect.update_plan#module:instance_values). The control plane tries the instances with them.
    type: dict
    default: {}
seealso:
  - module: kongops.konnect.update_plan
  - module: kongops.konnect.plugin_schema
"""

EXAMPLES = r"""
- name: Plan to update the schema and nothing else
  kongops.konnect.schema_plan:
    control_plane: production
    plugin_paths:
      - plugins/edge-hints
  register: decided
"""

RETURN = r"""
plan:
  description:
    - The plan, in the shape that M(kongops.konnect.maintenance_window) takes.
  returned: when planning was possible
  type: dict
text:
  description: The plan for people.
  returned: when planning was possible
  type: str
plan_file:
  description: The file that the whole plan lies in.
  returned: with O(plan_file) or O(keep), or with the O(approved_digest) of this plan
  type: str
changes:
  description: How many schemas the plan changes.
  returned: when planning was possible
  type: int
  sample: 1
problems:
  description: What stops it, as sentences.
  returned: when planning was possible
  type: list
  elements: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import ParserUnavailable
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    APPROVAL_ARGUMENTS,
    CONTROL_PLANE_ARGUMENT,
    SHOW_ARGUMENT,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.schema_only import schema_plan
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import PlanError


def main() -> None:
    run_konnect_module(
        schema_plan,
        {
            **CONTROL_PLANE_ARGUMENT,
            **SHOW_ARGUMENT,
            **APPROVAL_ARGUMENTS,
            "plugin_paths": {"type": "list", "elements": "path", "required": True},
            "instance_values": {"type": "dict", "default": {}},
        },
        confidential=("instance_values",),
        known_errors=(PlanError, ReleaseError, ParserUnavailable),
    )


if __name__ == "__main__":
    main()
