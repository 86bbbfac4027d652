#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action of the same name; it runs on the controller and this file is never executed."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rollout_step
short_description: Note where a rollout stands and learn whether it may go on
version_added: 0.1.0
description:
  - Before a step, says whether it may start and notes that it does; after it, notes how it ended.
  - A step may not start when the maintenance window is not open, when the plan has no such step, when an earlier step
    failed, or when the nodes done so far have spent the failure budget of the whole fleet.
  - Works on the controller only and opens no connection, so that it can note a host that is unreachable.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
    details:
      - Nothing is noted in check mode.
  diff_mode:
    support: none
options:
  rollout:
    description:
      - The record that M(kongops.konnect.maintenance_window) returned.
    type: dict
    required: true
  step:
    description:
      - The step, by the name it has in the plan.
    type: str
    required: true
  state:
    description:
      - Whether the step is about to start or has come to its end.
    type: str
    required: true
    choices:
      started: Ask whether the step may start, and note it if so.
      finished: Note how it ended, from O(results) and O(failure).
  per_host:
    description:
      - Whether the step is one of this host rather than one of the whole rollout.
    type: bool
    default: false
  hosts:
    description:
      - Hosts to ask for with O(state=started) in one task with C(run_once), instead of one task for each of them.
    type: list
    elements: str
  results:
    description:
      - The results of the tasks of the step, in their order. The worst one decides.
    type: list
    elements: dict
    default: []
  failure:
    description:
      - The result that a C(rescue) section caught, as C(ansible_failed_result) holds it there.
    type: dict
  put_back:
    description:
      - The result of the task that then took back what the step had written. Where that failed too, the reason says so.
    type: dict
"""

EXAMPLES = r"""
- name: May the schema be updated now?
  kongops.konnect.rollout_step:
    rollout: "{{ rollout }}"
    step: schema
    state: started
  register: begun

- name: Update the schema
  kongops.konnect.plugin_schema:
    control_plane: production
    path: plugins/edge-hints
  register: schema
  when: begun.proceed

- name: Note how it ended
  kongops.konnect.rollout_step:
    rollout: "{{ rollout }}"
    step: schema
    state: finished
    results:
      - "{{ schema }}"
  when: begun.proceed
"""

RETURN = r"""
proceed:
  description: Whether the step may start, on one of the hosts at least.
  returned: O(state=started)
  type: bool
  sample: true
hosts:
  description: The hosts on which the step may start.
  returned: O(state=started)
  type: list
  elements: str
  sample: [dp-1, dp-2]
reason:
  description: Why it may not start, or why it did not end well.
  returned: always
  type: str
  sample: "stopped: dp-1 failed and none may fail"
outcome:
  description: How the step ended, one of V(done), V(failed) and V(inconclusive).
  returned: O(state=finished)
  type: str
  sample: done
verdict:
  description: The verdict on the node, if one of the results has it.
  returned: O(state=finished)
  type: str
  sample: accepted
"""
