#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rollout_info
short_description: Say where rollouts, the lock and the nodes stand
version_added: 0.1.0
description:
  - Reads the journals on the controller. Every rollout is told with its last attempt, its steps, its hosts, what failed
    and what it can be undone with.
  - With O(rollout), says of this one whether it has to be undone now.
  - Changes nothing, and may be asked while a rollout is under way.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.attributes.info
  - kongops.konnect.plan.journal_host
options:
  journal_dir:
    description:
      - The folder on the controller that keeps the journals.
    type: path
    default: ~/.local/state/kongops/journal
  control_plane:
    description:
      - The control plane, as an element of C(control_planes) that M(kongops.konnect.control_plane_info) returned. Its
        label, or that of its group, tells who holds the lock.
    type: dict
  rollout:
    description:
      - The record of one rollout. Only this one is told then.
    type: dict
  on_failure:
    description:
      - What is to be done with a failed O(rollout).
    type: str
    choices:
      undo: Go back to what was there before.
      keep: Leave it as it is, so that the same command can finish it.
    default: undo
  nodes:
    description:
      - The names of the inventory hosts that are the nodes. What the role C(kongops.konnect.data_plane) saw of each is
        taken from its variables.
    type: list
    elements: str
    default: []
  show:
    description:
      - Whether to show RV(text) on the screen.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Where does everything stand?
  kongops.konnect.rollout_info:
    control_plane: "{{ found.control_planes[0] }}"
    nodes: "{{ groups['data_planes'] }}"
"""

RETURN = r"""
rollouts:
  description: The rollouts, newest first.
  returned: without O(rollout)
  type: list
  elements: dict
lock:
  description: The value of the lock's label, C(owner.expiry) in epoch seconds, or null.
  returned: without O(rollout)
  type: str
expected_hash:
  description: The hash of the configuration that the control plane expects its nodes to run, or null.
  returned: without O(rollout)
  type: str
nodes:
  description: What was seen of each node.
  returned: without O(rollout)
  type: list
  elements: dict
text:
  description: All of it for people.
  returned: without O(rollout)
  type: str
outcome:
  description: How the rollout stands (V(succeeded), V(failed), V(inconclusive) or V(incomplete)).
  returned: with O(rollout)
  type: str
undo:
  description: Whether the rollout has to be undone now, why or why not, and the hosts to look at for that.
  returned: with O(rollout)
  type: dict
"""
