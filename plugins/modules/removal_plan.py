#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: removal_plan
short_description: Decide how custom plugins leave a control plane and every node
version_added: 0.1.0
description:
  - Looks at what the control plane and every node have of the plugins, and plans how they go. Instances first, then the
    schema, and from a node only once its configuration is without them, so that no node is ever left unable to start.
  - Lists every instance that would be deleted, and asks for a confirmation by name.
  - Names the nodes that O(allow_missing) leaves out as left over. A later run finishes them.
  - Fails when something in the plan stops the removal.
    The plan is then on the screen, or in the result without O(show).
  - Changes nothing; writes O(plan_file), and O(journal_dir) with O(keep).
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
  - kongops.konnect.plan.fleet
  - kongops.konnect.plan.allow_missing
  - kongops.konnect.plan.show
  - kongops.konnect.plan.approval
  - kongops.konnect.plan.journal_host
options:
  names:
    description:
      - The names of the plugins.
    type: list
    elements: str
    required: true
  confirmed:
    description:
      - The names of the plugins whose instances may be deleted.
    type: list
    elements: str
    default: []
  undo_vault_password_file:
    description:
      - The file with the password that what is kept will be encrypted with. Needed where an instance holds a secret
        value. It is not read here.
      - If not set, the environment variable E(KONGOPS_UNDO_VAULT_PASSWORD_FILE) is used.
    type: path
seealso:
  - module: kongops.konnect.install_plan
  - module: kongops.konnect.instance_removal
"""

EXAMPLES = r"""
- name: Plan to remove a plugin that is in use
  kongops.konnect.removal_plan:
    control_plane: production
    names: [edge-hints]
    confirmed: [edge-hints]
    undo_vault_password_file: ~/.kongops-vault-password
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
  description: How many instances, schemas and nodes the plan changes.
  returned: when planning was possible
  type: int
  sample: 10
problems:
  description: What stops the removal, as sentences.
  returned: when planning was possible
  type: list
  elements: str
"""

from ansible.module_utils.basic import env_fallback

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    ALLOW_MISSING_ARGUMENT,
    APPROVAL_ARGUMENTS,
    CONTROL_PLANE_ARGUMENT,
    FLEET_ARGUMENTS,
    SHOW_ARGUMENT,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.removal import removal_plan
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import PlanError


def main() -> None:
    run_konnect_module(
        removal_plan,
        {
            **CONTROL_PLANE_ARGUMENT,
            **FLEET_ARGUMENTS,
            **ALLOW_MISSING_ARGUMENT,
            **SHOW_ARGUMENT,
            **APPROVAL_ARGUMENTS,
            "names": {"type": "list", "elements": "str", "required": True},
            "confirmed": {"type": "list", "elements": "str", "default": []},
            "undo_vault_password_file": {
                "type": "path",
                "no_log": False,
                "fallback": (env_fallback, ["KONGOPS_UNDO_VAULT_PASSWORD_FILE"]),
            },
        },
        confidential=("fleet",),
        known_errors=(PlanError,),
    )


if __name__ == "__main__":
    main()
