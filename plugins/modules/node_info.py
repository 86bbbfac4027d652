#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: node_info
short_description: Read the nodes of a control plane
version_added: 0.1.0
description:
  - Returns every node record of a control plane with a verdict on its configuration of this moment.
  - Records of nodes that are gone stay for a day. Their verdict is V(silent).
  - Nodes of a control plane in a group are looked up on the group.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
options:
  ping_interval:
    description:
      - How often nodes report, in seconds.
    type: float
    default: 30
  silent_after:
    description:
      - After how many seconds without a report a node counts as gone.
    type: float
    default: 90
seealso:
  - module: kongops.konnect.node_sync
"""

EXAMPLES = r"""
- name: Which nodes are there?
  kongops.konnect.node_info:
    region: eu
    control_plane: production
  register: fleet
  delegate_to: localhost

- name: Show those that did not take the configuration
  ansible.builtin.debug:
    msg: "{{ fleet.nodes | selectattr('verdict', 'equalto', 'rejected') | map(attribute='hostname') | list }}"
"""

RETURN = r"""
nodes:
  description: The records, by host name.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the node.
      type: str
    hostname:
      description: Its host name.
      type: str
    version:
      description: Its version of Kong Gateway.
      type: str
      sample: 3.9.1.0
    last_ping:
      description: When it last reported, in epoch seconds.
      type: int
    config_hash:
      description: The hash that it reports. Null before the first one.
      type: str
    compatibility:
      description: The state of compatibility as the API names it.
      type: str
      sample: COMPATIBILITY_STATE_FULLY_COMPATIBLE
    issues:
      description: What the node's version cannot do with the configuration.
      type: list
      elements: str
    created_at:
      description: When it first connected, in epoch seconds.
      type: int
    updated_at:
      description: When the record was last written, in epoch seconds.
      type: int
    verdict:
      description: The verdict, as M(kongops.konnect.node_sync) gives it.
      type: str
      sample: in_sync
    reason:
      description: Why.
      type: str
in_sync:
  description: Whether every node that is not silent runs what is expected. False when there is none.
  returned: success
  type: bool
summary:
  description: How many nodes that are not silent have which verdict.
  returned: success
  type: dict
  sample: {in_sync: 3}
baseline:
  description: What the control plane expects now, for M(kongops.konnect.node_sync) after a write.
  returned: success
  type: dict
  contains:
    expected_hash:
      description: The expected hash. Null when no node ever connected.
      type: str
    updated_at:
      description: When it was made, in epoch seconds.
      type: int
hash_changed:
  description: Always null here.
  returned: success
  type: bool
control_plane:
  description: The control plane, or the group, that the nodes are connected to.
  returned: success
  type: dict
  contains:
    id:
      description: Its id.
      type: str
    name:
      description: Its name.
      type: str
now:
  description: The time by the clock of the control plane, in epoch seconds, to compare C(last_ping) with.
  returned: success
  type: int
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.nodes import node_info


def main() -> None:
    run_konnect_module(
        node_info,
        {
            **CONTROL_PLANE_ARGUMENT,
            "ping_interval": {"type": "float", "default": 30},
            "silent_after": {"type": "float", "default": 90},
        },
    )


if __name__ == "__main__":
    main()
