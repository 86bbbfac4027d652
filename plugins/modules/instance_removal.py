#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: instance_removal
short_description: Delete the plugin instances that a removal plan lists
version_added: 0.1.0
description:
  - Deletes every instance of the plugins of a plan, in every scope.
  - An instance that was made after the plan stops it before anything is deleted.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
options:
  plan:
    description:
      - The plan, as M(kongops.konnect.removal_plan) returned it.
    type: dict
    required: true
seealso:
  - module: kongops.konnect.removal_plan
"""

EXAMPLES = r"""
- name: Delete the instances that were listed and confirmed
  kongops.konnect.instance_removal:
    control_plane: production
    plan: "{{ decided.plan }}"
"""

RETURN = r"""
deleted:
  description: The ids of the instances that were deleted.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.removal import delete_instances


def main() -> None:
    run_konnect_module(delete_instances, {**CONTROL_PLANE_ARGUMENT, "plan": {"type": "dict", "required": True}})


if __name__ == "__main__":
    main()
