#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_moves
short_description: Move instances from one plugin to another
version_added: 0.1.0
description:
  - Carries out what M(kongops.konnect.move_plan) decided, one instance after another.
  - Before the first one the control plane is asked about every instance as it will be. A refusal stops it, and nothing
    has been moved.
  - After each batch every node has to run it. Where one does not, the instances of that batch go back to the old plugin
    as they were.
  - An instance that somebody else wrote or deleted since the plan was made stops it. Instances of the same batch that
    were moved already go back.
  - A run that was cut at any write is finished by the same plan, or by planning again and running again.
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
      - The plan, as M(kongops.konnect.move_plan) returned it.
      - A plan recognizes instances by a key made of the token, so both need the same token.
    type: dict
    required: true
  instance_values:
    description:
      - The answers that the plan was made with. Secret values among them are not in the plan, and are taken from here.
    type: dict
    default: {}
  backup:
    description:
      - A file to write the instances to as they were, secret values included, before the first one moves. Only its
        owner may read it.
      - Worth it where the new schema drops fields, since moving back cannot bring their values back.
    type: path
  wait_timeout:
    description:
      - How many seconds every node has to take a batch. A node tells that it does not only with its next report, which
        may be half a minute away.
    type: int
    default: 60
  wait_interval:
    description:
      - How many seconds between two looks.
    type: float
    default: 1
seealso:
  - module: kongops.konnect.move_plan
"""

EXAMPLES = r"""
- name: Move the instances as planned
  kongops.konnect.plugin_moves:
    control_plane: production
    plan: "{{ decided.plan }}"
  delegate_to: localhost
"""

RETURN = r"""
moved:
  description: The instances that were moved, or in check mode would be, with id and label.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 4f2c1f6e-7b0a-5e0b-9d3a-0c5e8f6f2f11
      label: shop (service 9b1d2c3e)
batches:
  description: How many batches every node has taken.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.moves import move_instances


def main() -> None:
    run_konnect_module(
        move_instances,
        {
            **CONTROL_PLANE_ARGUMENT,
            "plan": {"type": "dict", "required": True},
            "instance_values": {"type": "dict", "default": {}},
            "backup": {"type": "path"},
            "wait_timeout": {"type": "int", "default": 60},
            "wait_interval": {"type": "float", "default": 1},
        },
        confidential=("instance_values",),
    )


if __name__ == "__main__":
    main()
