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
  - For a group of control planes one of its members gets the service.
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
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import expected_hash
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import (
    KonnectModule,
    Result,
    run_konnect_module,
)


def push_or_remove(konnect: KonnectModule) -> Result:
    konnect.stored.ensure_writable(Purpose.INSTANCE)
    places = sorted(place.id for place in konnect.stored.places)
    if konnect.params["state"] == "absent":
        # The members of a group may have been others when it was pushed.
        present = [place for place in places if nudge.find(konnect.client, place) is not None]
        for place in present if not konnect.check_mode else ():
            nudge.remove(konnect.client, place)
        return {"changed": bool(present), "service_id": nudge.nudge_id(present[0] if present else places[0])}
    baseline = expected_hash(konnect.client, konnect.node_owner.id).to_dict()
    if not konnect.check_mode:
        nudge.push(konnect.client, places[0])
    return {"changed": True, "baseline": baseline, "service_id": nudge.nudge_id(places[0])}


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
