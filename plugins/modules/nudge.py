#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: nudge
short_description: Make a Konnect control plane push its configuration, without saving a plugin instance
version_added: 0.1.0
description:
  - A node parses a payload only if its hash is new, and a schema alone never changes the hash. So the proof that nodes
    accept what is stored needs a write, and the write must not be one of the plugin, since saving an instance fills in
    defaults that nodes with the older schema reject.
  - This module writes a service of its own, C(kongops-nudge). It is disabled, no route leads to it, and its host never
    resolves.
  - In full sync the payload that follows carries every stored instance as it is. In incremental sync it does not.
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
  idempotent:
    support: partial
    details:
      - O(state=pushed) makes a new payload each time; that is its purpose.
options:
  state:
    description:
      - What to do.
    type: str
    choices:
      pushed: Write the service anew, so that a payload with a new hash goes to every node.
      absent: Delete the service.
    default: pushed
"""

EXAMPLES = r"""
- name: Make the control plane push what it has
  kongops.konnect.nudge:
    control_plane: production
  register: nudged

- name: Wait until the nodes have it
  kongops.konnect.node_sync:
    control_plane: production
    baseline: "{{ nudged.baseline }}"

- name: Leave nothing behind
  kongops.konnect.nudge:
    control_plane: production
    state: absent
"""

RETURN = r"""
service_id:
  description: The id of the service.
  returned: success
  type: str
  sample: 1f0e3b1c-1c33-5f0a-9a37-1b8a5e9e6a10
baseline:
  description: What the control plane expected of its nodes before the write, for M(kongops.konnect.node_sync).
  returned: O(state=pushed)
  type: dict
  contains:
    expected_hash:
      description: The hash of the configuration, or null if none was known yet.
      type: str
    updated_at:
      description: Since when, as epoch seconds.
      type: int
"""

from ansible_collections.kongops.konnect.plugins.module_utils._konnect import nudge
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import node_owner
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import expected_hash
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import (
    KonnectModule,
    Result,
    run_konnect_module,
)


def push_or_remove(konnect: KonnectModule) -> Result:
    control_plane = konnect.writable_control_plane(Purpose.INSTANCE)
    service = {"service_id": nudge.nudge_id(control_plane.id)}
    if konnect.params["state"] == "absent":
        present = nudge.find(konnect.client, control_plane.id) is not None
        if present and not konnect.check_mode:
            nudge.remove(konnect.client, control_plane.id)
        return {"changed": present, **service}
    owner = node_owner(konnect.client, control_plane)
    baseline = expected_hash(konnect.client, owner.id).to_dict()
    if not konnect.check_mode:
        nudge.push(konnect.client, control_plane.id)
    return {"changed": True, "baseline": baseline, **service}


def main() -> None:
    run_konnect_module(
        push_or_remove,
        {
            **CONTROL_PLANE_ARGUMENT,
            "state": {"type": "str", "choices": ["pushed", "absent"], "default": "pushed"},
        },
    )


if __name__ == "__main__":
    main()
