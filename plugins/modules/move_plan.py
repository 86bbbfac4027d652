#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: move_plan
short_description: Plan to move instances from one plugin to another
version_added: 0.1.0
description:
  - Konnect has no versions of a custom plugin. A new version is a plugin of its own, such as C(delay-v2) beside
    C(delay), and the instances move from one to the other.
  - Decides which instances move, in which order and batches, and what changes in their configuration where the two
    schemas differ. Scope, ordering, tags, protocols, instance name and whether it is enabled stay.
  - Says for how long neither or both of the plugins are enabled on a scope. With O(handover=one_write) there is no
    such moment.
  - Refuses when a node does not have the new plugin enabled, since it would reject every payload from the first move
    on. In check mode the new plugin counts as installed, so that a plan can be made and approved before it is.
  - Refuses a condition that no instance of either plugin meets, since it is likely to be misspelt.
  - With O(streaming=true) also says whether the new plugin can be streamed, and plans its upload.
  - Changes nothing; writes O(plan_file), and O(journal_dir) with O(keep).
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
  - kongops.konnect.plan.fleet
  - kongops.konnect.plan.allow_missing
  - kongops.konnect.plan.show
  - kongops.konnect.plan.approval
  - kongops.konnect.plan.journal_host
options:
  old_plugin:
    description:
      - The name of the plugin to move from.
    type: str
    required: true
  path:
    description:
      - The directory of the plugin to move to, named as the plugin.
    type: path
    required: true
  scopes:
    description:
      - Moves only instances that are on one of these. Each is V(global), or a kind and a name or id, such as
        V(service:shop), V(route:basket), V(consumer:partner) or V(consumer_group:gold).
    type: list
    elements: str
    default: []
  tags:
    description:
      - Moves only instances that carry one of these tags.
    type: list
    elements: str
    default: []
  instances:
    description:
      - Moves only these instances, by name or id.
    type: list
    elements: str
    default: []
  batches:
    description:
      - How many instances to move before every node must have taken them, as a list of numbers and percentages. The
        last one is repeated.
    type: list
    elements: raw
    default:
      - 1
      - 100%
  handover:
    description:
      - V(one_write) changes the plugin of an instance in one write, under the same id. Every payload has exactly one
        version enabled on each scope.
      - V(overlap) makes a new instance, enabled, and then deletes the old one. Both are enabled for a moment.
      - V(gap) makes a new instance, deletes the old one, and then enables the new. Neither is enabled for a moment.
      - The latter two are for a control plane that does not let an instance change its plugin. The new instance has an
        id made of that of the old one, so that a run which was cut is known by what it left.
    type: str
    choices:
      - one_write
      - overlap
      - gap
    default: one_write
  streaming:
    description:
      - Whether the new plugin is a streaming plugin, which the control plane itself sends to the nodes.
    type: bool
    default: false
  instance_values:
    description:
      - Values that the new plugin's schema needs and nothing stored gives.
      - Maps the new plugin to instances (V(*) for all, an instance name or an id), and each of these to field paths
        such as C(config.ttl).
    type: dict
    default: {}
seealso:
  - module: kongops.konnect.plugin_copy
  - module: kongops.konnect.plugin_moves
"""

EXAMPLES = r"""
- name: Plan to move the instances of delay on one service to delay-v2
  kongops.konnect.move_plan:
    control_plane: production
    old_plugin: delay
    path: plugins/delay-v2
    scopes:
      - service:shop
    nodes: "{{ groups['data_planes'] }}"
  register: decided
"""

RETURN = r"""
plan:
  description:
    - The plan, in the shape that M(kongops.konnect.maintenance_window) takes. The first of its plugins has the moves.
  returned: when planning was possible
  type: dict
text:
  description: The plan for people.
  returned: when planning was possible
  type: str
plan_file:
  description: The file that the whole plan lies in.
  returned: with O(plan_file) or O(keep), or with the O(approved_digest) of this plan
  type: str
changes:
  description: How many instances move, and whether a streaming plugin is uploaded.
  returned: when planning was possible
  type: int
  sample: 12
problems:
  description: What stops the moves, as sentences.
  returned: when planning was possible
  type: list
  elements: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import ParserUnavailable
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    ALLOW_MISSING_ARGUMENT,
    APPROVAL_ARGUMENTS,
    CONTROL_PLANE_ARGUMENT,
    FLEET_ARGUMENTS,
    SHOW_ARGUMENT,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.move_plan import move_plan
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import PlanError


def main() -> None:
    run_konnect_module(
        move_plan,
        {
            **CONTROL_PLANE_ARGUMENT,
            **FLEET_ARGUMENTS,
            **ALLOW_MISSING_ARGUMENT,
            **SHOW_ARGUMENT,
            **APPROVAL_ARGUMENTS,
            "old_plugin": {"type": "str", "required": True},
            "path": {"type": "path", "required": True},
            "scopes": {"type": "list", "elements": "str", "default": []},
            "tags": {"type": "list", "elements": "str", "default": []},
            "instances": {"type": "list", "elements": "str", "default": []},
            "batches": {"type": "list", "elements": "raw", "default": [1, "100%"]},
            "handover": {"type": "str", "choices": ["one_write", "overlap", "gap"], "default": "one_write"},
            "streaming": {"type": "bool", "default": False},
            "instance_values": {"type": "dict", "default": {}},
        },
        confidential=("instance_values", "fleet"),
        known_errors=(PlanError, ReleaseError, ParserUnavailable, ValueError),
    )


if __name__ == "__main__":
    main()
