#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name; it runs on the controller and this file is never executed."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: node_diagnosis
short_description: Say what is wrong with data plane nodes, and what to do about it
version_added: 0.1.0
description:
  - Puts together what C(look) of the role C(kongops.konnect.data_plane) saw of each node, the end of its error log, and
    the control plane's record of it, and shows the result as text.
  - Asks neither a node nor the control plane. Works on the controller only.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    support: full
options:
  nodes:
    description: The inventory names of the nodes.
    type: list
    elements: str
    required: true
  records:
    description: What the control plane knows of its nodes, as M(kongops.konnect.node_info) returned it.
    type: list
    elements: dict
    default: []
  wording:
    description:
      - V(table) shows a row for each node and then what is wrong, V(words) each node by itself, with a refused payload
        that may be over.
    type: str
    choices: [table, words]
    default: table
  required:
    description: Whether to fail when something is wrong with a node.
    type: bool
    default: false
seealso:
  - module: kongops.konnect.node_info
  - module: kongops.konnect.plugin_release_info
"""

EXAMPLES = r"""
- name: Read what the control plane knows
  kongops.konnect.node_info:
    control_plane: production
  register: fleet

- name: Say what is wrong
  kongops.konnect.node_diagnosis:
    nodes: "{{ groups['data_planes'] }}"
    records: "{{ fleet.nodes }}"
"""

RETURN = r"""
findings:
  description: By node, what is wrong (C(what)) and what to do about it (C(advice)), the gravest first.
  returned: always
  type: dict
text:
  description: The same as it was shown.
  returned: always
  type: str
"""
