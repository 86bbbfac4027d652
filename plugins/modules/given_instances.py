#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: given_instances
short_description: Try or save the instances of an installation together
version_added: 0.1.0
description:
  - Asks the control plane about every given instance, and saves those that are not as given, all or none.
  - An instance is found by its id, or else by its plugin and scope.
  - One that is there already with another secret value is refused, since that value could not be put back.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes
  - kongops.konnect.plan.given
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
options:
  state:
    description:
      - What to do with the instances.
    type: str
    choices:
      tried: Ask the control plane whether it would take them. Stores nothing.
      present: Save them.
      taken_back: Delete those in O(created), and put back those in O(replaced).
    default: present
  plugins:
    description:
      - The names of the plugins. Where there is only one, an instance need not name it.
    type: list
    elements: str
    default: []
  instances:
    description:
      - The instances, with options as for O(kongops.konnect.install_plan#module:instances).
  created:
    description:
      - The ids of the instances to delete, as RV(created) told them.
    type: list
    elements: str
    default: []
  replaced:
    description:
      - The instances to put back, as RV(replaced) told them. One that somebody else wrote since stays as it is.
    type: list
    elements: dict
    default: []
seealso:
  - module: kongops.konnect.install_plan
  - module: kongops.konnect.plugin_instance
"""

EXAMPLES = r"""
- name: Let the control plane try what will be saved once every node has the plugin
  kongops.konnect.given_instances:
    state: tried
    control_plane: production
    plugins: [edge-hints]
    instances:
      - service: shop
        config:
          ttl: 60
"""

RETURN = r"""
created:
  description: The ids of the instances that were not there before.
  returned: O(state=present)
  type: list
  elements: str
replaced:
  description:
    - The instances that were changed, each with what was there (C(before)) and the time of the write (C(updated_at)).
    - Secret values are masked. They are those that are stored still.
  returned: O(state=present)
  type: list
  elements: dict
saved:
  description: The ids of all instances that were saved.
  returned: O(state=present)
  type: list
  elements: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.given_instances import ensure_given
from ansible_collections.kongops.konnect.plugins.module_utils._module.installation import GIVEN_ARGUMENTS
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module


def main() -> None:
    run_konnect_module(
        ensure_given,
        {
            **CONTROL_PLANE_ARGUMENT,
            "state": {"type": "str", "choices": ["tried", "present", "taken_back"], "default": "present"},
            "plugins": {"type": "list", "elements": "str", "default": []},
            "instances": {"type": "list", "elements": "dict", "options": GIVEN_ARGUMENTS, "default": []},
            "created": {"type": "list", "elements": "str", "default": []},
            "replaced": {"type": "list", "elements": "dict", "default": []},
        },
        confidential=("instances", "replaced"),
    )


if __name__ == "__main__":
    main()
