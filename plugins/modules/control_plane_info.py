#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: control_plane_info
short_description: Read control planes
version_added: 0.1.0
description:
  - Returns one control plane with its group or its members and what it expects of its nodes, or lists those that the
    token may see.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.attributes.info
options:
  control_plane:
    description:
      - The name or id of a control plane. It is an error if there is none.
      - If not set, every control plane in the region is listed, without group, members and expectation.
    type: str
  labels:
    description:
      - With no O(control_plane), only those that carry all of these labels.
    type: dict
seealso:
  - module: kongops.konnect.control_plane
"""

EXAMPLES = r"""
- name: Look at one control plane
  kongops.konnect.control_plane_info:
    region: eu
    control_plane: production
  register: found
  delegate_to: localhost

- name: List those of a team
  kongops.konnect.control_plane_info:
    region: eu
    labels:
      team: payments
  delegate_to: localhost
"""

RETURN = r"""
control_planes:
  description: The control planes. Exactly one when O(control_plane) is set.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id.
      type: str
    name:
      description: The name.
      type: str
    cluster_type:
      description: The type, as the API names it.
      type: str
      sample: CLUSTER_TYPE_CONTROL_PLANE
    is_group:
      description: Whether it is a group of control planes.
      type: bool
    description:
      description: The description.
      type: str
    labels:
      description: The labels.
      type: dict
    auth_type:
      description: How nodes show who they are.
      type: str
      sample: pinned_client_certs
    cloud_gateway:
      description: Whether its nodes are Dedicated Cloud Gateways.
      type: bool
    proxy_urls:
      description: The URLs that its gateways are reached by.
      type: list
      elements: dict
    control_plane_endpoint:
      description: Where nodes connect to.
      type: str
    telemetry_endpoint:
      description: Where nodes send telemetry to.
      type: str
    created_at:
      description: When it was made, in ISO 8601.
      type: str
    updated_at:
      description: When it was last changed, in ISO 8601.
      type: str
    group:
      description: The group that it is a member of, as C({id, name, labels}), or null. Only with
        O(control_plane).
      type: dict
    members:
      description: The members of a group, each as C({id, name}). Only with O(control_plane), and only for a group.
      type: list
      elements: dict
    group_status:
      description: C(state) (C(OK), C(CONFLICT), C(UNKNOWN)) and C(conflicts). Only for a group, with O(control_plane).
      type: dict
    schema_conflicts:
      description:
        - Plugins of which members of a group store different schemas, as a mapping of plugin to the names of the
          members. Nodes of the group have one schema for all of them. Only with O(control_plane), for a group.
      type: dict
      sample: {edge-hints: [payments, shipping]}
    baseline:
      description: The hash that its nodes should report, and when it was made. Only with O(control_plane).
      type: dict
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.control_plane import control_plane_info
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module


def main() -> None:
    run_konnect_module(control_plane_info, {"control_plane": {"type": "str"}, "labels": {"type": "dict"}})


if __name__ == "__main__":
    main()
