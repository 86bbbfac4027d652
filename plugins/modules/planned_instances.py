#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: planned_instances
short_description: Read the instances of a plan as the rollout leaves them
version_added: 0.1.0
description:
  - For the preflight of a node, which tries them on the schema of a release before the node is switched to it.
  - What it returns holds every value, secret ones too. Always use it with C(no_log=true).
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
options:
  plan:
    description: The plan, as M(kongops.konnect.update_plan) returned it.
    type: dict
    required: true
  instance_values:
    description: The operator's values for what the plan could not decide, as they were given to it.
    type: dict
    default: {}
seealso:
  - module: kongops.konnect.plugin_release
"""

EXAMPLES = r"""
- name: Read the instances as they will be
  kongops.konnect.planned_instances:
    control_plane: production
    plan: "{{ decided.plan }}"
  delegate_to: localhost
  register: planned
  no_log: true

- name: Bring the release and try it on this node
  kongops.konnect.plugin_release:
    state: staged
    path: plugins/edge-hints
    planned: "{{ planned.planned }}"
"""

RETURN = r"""
planned:
  description: The instances.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.planned_instances import planned_instances


def main() -> None:
    run_konnect_module(
        planned_instances,
        {
            **CONTROL_PLANE_ARGUMENT,
            "plan": {"type": "dict", "required": True},
            "instance_values": {"type": "dict", "default": {}},
        },
        confidential=("instance_values",),
    )


if __name__ == "__main__":
    main()
