#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_instance
short_description: Keep one instance of a plugin on a control plane
version_added: 0.1.0
description:
  - Creates, changes or deletes one instance of a bundled or custom plugin.
  - An instance is found by O(id), or else by the plugin and its scope, of which a control plane has at most one.
  - What is not given stays as it is. The API only knows writes of the whole object, so the module reads, merges and
    writes the whole.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
    details:
      - The control plane is asked whether it would take the instance. That stores nothing.
  diff_mode:
    support: full
    details:
      - Secret values are masked.
options:
  state:
    description:
      - What the instance should be.
    type: str
    choices:
      - present
      - absent
    default: present
  name:
    description:
      - The name of the plugin.
    type: str
    required: true
  id:
    description:
      - The id of the instance. With O(state=present), a new instance gets it.
    type: str
  service:
    description:
      - The name or id of the service that the instance is on.
      - With O(id), the scopes of an existing instance stay as they are unless at least one is given.
    type: str
  route:
    description:
      - The name or id of the route that the instance is on.
    type: str
  consumer:
    description:
      - The user name or id of the consumer that the instance is on.
    type: str
  consumer_group:
    description:
      - The name or id of the consumer group that the instance is on.
    type: str
  instance_name:
    description:
      - A name of its own, unique on the control plane.
    type: str
  enabled:
    description:
      - Whether the instance is on. A new one is.
    type: bool
  protocols:
    description:
      - The protocols that it applies to. Their order means nothing.
    type: list
    elements: str
  tags:
    description:
      - Its tags. Their order means nothing.
    type: list
    elements: str
  config:
    description:
      - Its configuration. Records are merged with what is stored. Lists, sets and maps are replaced whole.
      - A field that is null gets the default of the schema.
    type: dict
  ordering:
    description:
      - Before and after which plugins it runs.
    type: dict
  condition:
    description:
      - The expression that must hold for it to run, where the nodes know conditions.
    type: str
seealso:
  - module: kongops.konnect.plugin_instance_info
  - module: kongops.konnect.plugin_instances
"""

EXAMPLES = r"""
- name: Put a plugin on a service
  kongops.konnect.plugin_instance:
    region: eu
    control_plane: production
    name: edge-hints
    service: payments
    config:
      ttl: 60
  delegate_to: localhost

- name: Turn the global instance off, and leave everything else as it is
  kongops.konnect.plugin_instance:
    region: eu
    control_plane: production
    name: edge-hints
    enabled: false
  delegate_to: localhost
"""

RETURN = r"""
instance:
  description:
    - The instance as it is stored, or as it would be in check mode. Secret values are masked. Null when it is absent.
  returned: success
  type: dict
  contains:
    id:
      description: The id.
      type: str
    name:
      description: The plugin.
      type: str
      sample: edge-hints
    enabled:
      description: Whether it is on.
      type: bool
    config:
      description: Its configuration, with defaults filled in by the control plane.
      type: dict
    updated_at:
      description: When it was last written, in epoch seconds.
      type: int
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_instance import ensure_instance


def main() -> None:
    run_konnect_module(
        ensure_instance,
        {
            **CONTROL_PLANE_ARGUMENT,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "name": {"type": "str", "required": True},
            "id": {"type": "str"},
            "service": {"type": "str"},
            "route": {"type": "str"},
            "consumer": {"type": "str"},
            "consumer_group": {"type": "str"},
            "instance_name": {"type": "str"},
            "enabled": {"type": "bool"},
            "protocols": {"type": "list", "elements": "str"},
            "tags": {"type": "list", "elements": "str"},
            "config": {"type": "dict"},
            "ordering": {"type": "dict"},
            "condition": {"type": "str"},
        },
        confidential=("config",),
    )


if __name__ == "__main__":
    main()
