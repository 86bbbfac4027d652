#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_schema_info
short_description: Read the schemas of custom plugins on a control plane
version_added: 0.1.0
description:
  - Returns one schema or all of them, each with the number of instances that use it.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
options:
  name:
    description:
      - The name of the plugin. If not set, every schema is returned.
    type: str
seealso:
  - module: kongops.konnect.plugin_schema
"""

EXAMPLES = r"""
- name: Which custom plugins does the control plane know?
  kongops.konnect.plugin_schema_info:
    region: eu
    control_plane: production
  register: custom
  delegate_to: localhost
"""

RETURN = r"""
schemas:
  description: The schemas, by name; of a group those of each member. Empty when there is none.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the plugin.
      type: str
      sample: edge-hints
    lua_schema:
      description: The text.
      type: str
    created_at:
      description: When it was first stored, in epoch seconds.
      type: int
    updated_at:
      description: When it was last stored, in epoch seconds.
      type: int
    control_plane:
      description: The control plane that stores it, as C({id, name}); of a group that is a member.
      type: dict
    instances:
      description: How many instances of the plugin there are on that control plane.
      type: int
      sample: 6
control_plane:
  description: The control plane that was read.
  returned: success
  type: dict
  contains:
    id:
      description: Its id.
      type: str
    name:
      description: Its name.
      type: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_schema import schema_info


def main() -> None:
    run_konnect_module(schema_info, {**CONTROL_PLANE_ARGUMENT, "name": {"type": "str"}})


if __name__ == "__main__":
    main()
