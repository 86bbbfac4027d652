#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: node_sync
short_description: Wait until nodes run what the control plane expects
version_added: 0.1.0
description:
  - Compares the configuration hash that each node reports with the one that the control plane expects, and waits,
    within a bound, until they are equal.
  - Every node gets a verdict with a reason. See RV(verdicts).
  - Take a baseline before a write with M(kongops.konnect.node_info) and give it here after the write. Without it, the
    old hash that still matches everywhere right after a write looks like success.
  - A schema upload changes no hash, so being in sync proves nothing about a schema that no instance was saved under.
  - Nodes of a control plane in a group are looked up on the group. A group in conflict is an error.
  - With incremental sync, the API does not show what a node runs. Such nodes are V(unknown).
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
      - Looks once, does not wait and does not fail.
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
options:
  baseline:
    description:
      - The expectation before the write, as RV(baseline) of this module or of M(kongops.konnect.node_info) returned it.
      - A match counts only after the expectation has changed from it, or after ten seconds, since a write may change
        nothing.
    type: dict
    suboptions:
      expected_hash:
        description: The expected hash before the write. Null while the control plane has computed none.
        type: str
      updated_at:
        description: When that hash was made, in epoch seconds.
        type: int
  nodes:
    description:
      - The ids of the nodes to wait for. If not set, every node that is not silent.
    type: list
    elements: str
  wait_timeout:
    description:
      - How many seconds to wait. Nodes report every 30 seconds, so less than a minute is rarely enough.
    type: int
    default: 120
  wait_interval:
    description:
      - How many seconds to wait between two looks.
    type: float
    default: 3
  ping_interval:
    description:
      - How often nodes report, in seconds.
    type: float
    default: 30
  silent_after:
    description:
      - After how many seconds without a report a node counts as gone. Its record stays listed for a day.
    type: float
    default: 90
  required:
    description:
      - Whether it is an error if nodes are not in sync in the end.
    type: bool
    default: true
  until:
    description:
      - What to wait for.
    type: str
    choices:
      in_sync: The nodes run what the control plane expects.
      pushed: The control plane expects something else than O(baseline), whatever the nodes make of it.
    default: in_sync
seealso:
  - module: kongops.konnect.node_info
"""

EXAMPLES = r"""
- name: Take a baseline
  kongops.konnect.node_info:
    region: eu
    control_plane: production
  register: before
  delegate_to: localhost

- name: Save an instance
  kongops.konnect.plugin_instance:
    region: eu
    control_plane: production
    name: edge-hints
    config:
      ttl: 60
  register: saved
  delegate_to: localhost

- name: Wait for the nodes
  kongops.konnect.node_sync:
    region: eu
    control_plane: production
    baseline: "{{ before.baseline }}"
  when: saved is changed
  delegate_to: localhost
"""

RETURN = r"""
in_sync:
  description: Whether every node that counts has the verdict V(in_sync). False when no node counts.
  returned: always
  type: bool
verdicts:
  description: Every record, and every node that is waited for and has none.
  returned: always
  type: list
  elements: dict
  contains:
    node_id:
      description: The id of the node.
      type: str
    hostname:
      description: Its host name.
      type: str
    verdict:
      description:
        - V(in_sync), it runs what is expected.
        - V(rejected), it has reported long enough after the change, and still something else.
        - V(stale), it reports something else, but could not have reported the change yet.
        - V(silent), it has not reported for a while.
        - V(incompatible), the hash matches, but the node's version drops part of the configuration.
        - V(unknown), there is no hash to compare, or no record.
      type: str
      sample: in_sync
    reason:
      description: Why.
      type: str
    counted:
      description: Whether the node is waited for.
      type: bool
    config_hash:
      description: The hash that it reports.
      type: str
    last_ping:
      description: When it last reported, in epoch seconds.
      type: int
    version:
      description: Its version of Kong Gateway.
      type: str
summary:
  description: How many nodes that count have which verdict.
  returned: always
  type: dict
  sample: {in_sync: 3}
baseline:
  description: What the control plane expects now, to be given as O(baseline) after the next write.
  returned: always
  type: dict
  contains:
    expected_hash:
      description: The expected hash.
      type: str
    updated_at:
      description: When it was made, in epoch seconds.
      type: int
hash_changed:
  description: Whether the expectation differs from O(baseline). Null without one.
  returned: always
  type: bool
control_plane:
  description: The control plane, or the group, that the nodes are connected to.
  returned: always
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
from ansible_collections.kongops.konnect.plugins.module_utils._module.nodes import node_sync


def main() -> None:
    run_konnect_module(
        node_sync,
        {
            **CONTROL_PLANE_ARGUMENT,
            "baseline": {
                "type": "dict",
                "options": {"expected_hash": {"type": "str"}, "updated_at": {"type": "int"}},
            },
            "nodes": {"type": "list", "elements": "str"},
            "wait_timeout": {"type": "int", "default": 120},
            "wait_interval": {"type": "float", "default": 3},
            "ping_interval": {"type": "float", "default": 30},
            "silent_after": {"type": "float", "default": 90},
            "required": {"type": "bool", "default": True},
            "until": {"type": "str", "choices": ["in_sync", "pushed"], "default": "in_sync"},
        },
    )


if __name__ == "__main__":
    main()
