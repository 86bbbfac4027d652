#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: control_plane
short_description: Keep a control plane or a group of control planes
version_added: 0.1.0
description:
  - Creates, changes or deletes a control plane in Konnect, and sets the members of a group.
  - What is not given stays as it is. Labels are merged unless O(exclusive_labels=true).
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
    support: full
options:
  state:
    description:
      - What the control plane should be.
      - V(absent) deletes it with everything in it.
    type: str
    choices:
      - present
      - absent
    default: present
  cluster_type:
    description:
      - What to create. It cannot be changed later. Without it, an ordinary control plane is created.
    type: str
    choices:
      - control_plane
      - group
  description:
    description:
      - A description.
    type: str
  auth_type:
    description:
      - How nodes show who they are.
    type: str
    choices:
      - pinned_client_certs
      - pki_client_certs
  proxy_urls:
    description:
      - The URLs that its gateways are reached by, at most five.
    type: list
    elements: dict
    suboptions:
      host:
        description: The host.
        type: str
        required: true
      port:
        description: The port.
        type: int
        required: true
      protocol:
        description: The protocol.
        type: str
        required: true
  labels:
    description:
      - Labels to set. A label that is null is removed. A control plane carries at most five.
    type: dict
  exclusive_labels:
    description:
      - Whether to remove every label that O(labels) does not name.
    type: bool
    default: false
  members:
    description:
      - The names or ids of all members of a group. Others are taken out of it.
    type: list
    elements: str
seealso:
  - module: kongops.konnect.control_plane_info
"""

EXAMPLES = r"""
- name: Label a control plane
  kongops.konnect.control_plane:
    region: eu
    control_plane: production
    labels:
      team: payments
  delegate_to: localhost

- name: Keep a group
  kongops.konnect.control_plane:
    region: eu
    control_plane: shared
    cluster_type: group
    members:
      - payments
      - shipping
  delegate_to: localhost
"""

RETURN = r"""
control_plane:
  description:
    - The control plane, as M(kongops.konnect.control_plane_info) returns one. Null when it is absent.
    - In check mode, what is there now, or what would be created.
  returned: success
  type: dict
  contains:
    id:
      description: The id. Not there in check mode before it is created.
      type: str
    name:
      description: The name.
      type: str
    cluster_type:
      description: The type, as the API names it.
      type: str
      sample: CLUSTER_TYPE_CONTROL_PLANE
    labels:
      description: The labels.
      type: dict
    members:
      description: The members of a group.
      type: list
      elements: raw
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.control_plane import ensure_control_plane
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module

PROXY_URL = {
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
    "protocol": {"type": "str", "required": True},
}


def main() -> None:
    run_konnect_module(
        ensure_control_plane,
        {
            **CONTROL_PLANE_ARGUMENT,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "cluster_type": {"type": "str", "choices": ["control_plane", "group"]},
            "description": {"type": "str"},
            "auth_type": {"type": "str", "choices": ["pinned_client_certs", "pki_client_certs"]},
            "proxy_urls": {"type": "list", "elements": "dict", "options": PROXY_URL},
            "labels": {"type": "dict"},
            "exclusive_labels": {"type": "bool", "default": False},
            "members": {"type": "list", "elements": "str"},
        },
    )


if __name__ == "__main__":
    main()
