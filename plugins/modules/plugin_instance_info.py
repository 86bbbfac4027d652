#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_instance_info
short_description: Read the instances of plugins on a control plane
version_added: 0.1.0
description:
  - Returns the instances of a plugin, or of every plugin, in every scope.
  - Values of fields that the plugin's schema marks as C(encrypted) or C(referenceable) are masked, unless they refer to
    a vault.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
options:
  name:
    description:
      - The name of the plugin. If not set, the instances of every plugin are returned.
    type: str
  id:
    description:
      - The id of one instance.
    type: str
  show_secrets:
    description:
      - Whether to return secret values as they are. Use C(no_log) on the task then.
    type: bool
    default: false
seealso:
  - module: kongops.konnect.plugin_instance
  - module: kongops.konnect.plugin_instances
"""

EXAMPLES = r"""
- name: Where is the plugin in use?
  kongops.konnect.plugin_instance_info:
    region: eu
    control_plane: production
    name: edge-hints
  register: found
  delegate_to: localhost

- name: Show it
  ansible.builtin.debug:
    msg: "{{ found.instances | map(attribute='scope') | list }}"
"""

RETURN = r"""
instances:
  description:
    - The instances, as the API returns them, by id.
    - Masked values read C(VALUE_SPECIFIED_IN_NO_LOG_PARAMETER). Sent back, such a value means the stored one.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id.
      type: str
    name:
      description: The plugin.
      type: str
      sample: edge-hints
    scope:
      description: Where it applies, by name. Not part of the API's object.
      type: str
      sample: service payments
    enabled:
      description: Whether it is on.
      type: bool
    config:
      description: Its configuration, with defaults filled in.
      type: dict
    updated_at:
      description: When it was last written, in epoch seconds.
      type: int
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
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_instance import instance_info


def main() -> None:
    run_konnect_module(
        instance_info,
        {
            **CONTROL_PLANE_ARGUMENT,
            "name": {"type": "str"},
            "id": {"type": "str"},
            "show_secrets": {"type": "bool", "default": False},
        },
    )


if __name__ == "__main__":
    main()
