#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: install_plan
short_description: Decide how new custom plugins get onto a control plane and every node
version_added: 0.1.0
description:
  - Looks at what the control plane and every node have of the plugins, and plans what is missing. The schema comes
    first, then files and settings on every node, and the first instances only when every node has the plugin enabled.
  - Refuses a name that comes with Kong, that a streaming plugin has, or that stands for another plugin.
  - Fails when something in the plan stops the installation.
    The plan is then on the screen, or in the result without O(show).
  - Changes nothing; writes O(plan_file), and O(journal_dir) with O(keep).
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
  - kongops.konnect.plan.given
  - kongops.konnect.plan.fleet
  - kongops.konnect.plan.allow_missing
  - kongops.konnect.plan.show
  - kongops.konnect.plan.approval
  - kongops.konnect.plan.journal_host
options:
  plugin_paths:
    description:
      - The plugin directories, each named as its plugin and holding C(schema.lua), C(handler.lua) and helper modules.
    type: list
    elements: path
    required: true
  instances:
    description:
      - The instances to make once every node has the plugins enabled.
  lint:
    description:
      - Whether to lint the directories as M(kongops.konnect.plugin_lint) does. An error stops the installation.
    type: bool
    default: true
seealso:
  - module: kongops.konnect.update_plan
  - module: kongops.konnect.removal_plan
"""

EXAMPLES = r"""
- name: Plan to install a plugin and put it on a service
  kongops.konnect.install_plan:
    control_plane: production
    plugin_paths:
      - plugins/edge-hints
    instances:
      - service: shop
        config:
          ttl: 60
    nodes: "{{ groups['data_planes'] }}"
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
  description: How many schemas, nodes and instances the plan changes.
  returned: when planning was possible
  type: int
  sample: 5
problems:
  description: What stops the installation, as sentences.
  returned: when planning was possible
  type: list
  elements: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import ParserUnavailable
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    ALLOW_MISSING_ARGUMENT,
    APPROVAL_ARGUMENTS,
    CONTROL_PLANE_ARGUMENT,
    FLEET_ARGUMENTS,
    SHOW_ARGUMENT,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.installation import GIVEN_ARGUMENTS, install_plan
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import PlanError


def main() -> None:
    run_konnect_module(
        install_plan,
        {
            **CONTROL_PLANE_ARGUMENT,
            **FLEET_ARGUMENTS,
            **ALLOW_MISSING_ARGUMENT,
            **SHOW_ARGUMENT,
            **APPROVAL_ARGUMENTS,
            "plugin_paths": {"type": "list", "elements": "path", "required": True},
            "instances": {"type": "list", "elements": "dict", "options": GIVEN_ARGUMENTS, "default": []},
            "lint": {"type": "bool", "default": True},
        },
        confidential=("instances", "fleet"),
        known_errors=(PlanError, ReleaseError, ParserUnavailable),
    )


if __name__ == "__main__":
    main()
