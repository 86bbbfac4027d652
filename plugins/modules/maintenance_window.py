#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: maintenance_window
short_description: Open and close the maintenance window of a rollout
version_added: 0.1.0
description:
  - Opens the window in which a plan is carried out, by beginning its journal, and closes it again.
  - A window that an interrupted run left open is taken up again. The rollout goes on as a further attempt.
  - A plan that has nothing to do opens no window.
  - Runs on the controller.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
options:
  state:
    description:
      - What the window should be.
    type: str
    choices:
      - open
      - closed
    default: open
  plan:
    description:
      - The plan to carry out, as M(kongops.konnect.update_plan) returned it.
      - Required with O(state=open).
    type: dict
  rollout:
    description:
      - The record of the window, as it was returned when the window was opened.
      - Required with O(state=closed).
    type: dict
  journal_dir:
    description:
      - The folder on the controller that keeps the journals.
      - Where the controller does not last, as in AWX, name a folder that does.
    type: path
    default: ~/.local/state/kongops/journal
  batches:
    description:
      - How many nodes to update at a time, as a list for C(serial) of a play.
      - By default one node, a quarter of them, then the rest. On CP/DP sync one node, then the rest, since every node
        that waits is out of sync.
    type: list
    elements: raw
  max_failures:
    description:
      - How many nodes of the whole fleet may fail before no further batch begins, as a number or a percentage.
    type: str
    default: "0"
"""

EXAMPLES = r"""
- name: Open the window for a plan
  kongops.konnect.maintenance_window:
    plan: "{{ decided.plan }}"
    journal_dir: /var/lib/kongops/journal
  register: window

- name: Close it again
  kongops.konnect.maintenance_window:
    state: closed
    rollout: "{{ window.rollout }}"
"""

RETURN = r"""
rollout:
  description: The record of the window, which every later step asks for.
  returned: always
  type: dict
  contains:
    id:
      description: The name of the rollout, made of what it wants and of the attempt.
      type: str
      sample: 5f0c8a1e93b2-1
    attempt:
      description: How often this has been tried.
      type: int
      sample: 1
    journal:
      description: The file on the controller that holds the journal.
      type: str
      sample: /var/lib/kongops/journal/5f0c8a1e93b2.jsonl
    plan:
      description: The digest of the plan.
      type: str
    control_plane:
      description: The id of the control plane.
      type: str
    steps:
      description: The steps of the plan in their order.
      type: list
      elements: str
      sample: [schema, instances, nodes]
    hosts:
      description: The hosts that each step on nodes is for.
      type: dict
    batches:
      description: How many nodes are updated at a time.
      type: list
      elements: raw
    budget:
      description: How many nodes may fail.
      type: int
resumed:
  description: Whether an earlier attempt had left the window open.
  returned: O(state=open)
  type: bool
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.kongops.konnect.plugins.module_utils._module.window import close_window, open_window


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["open", "closed"], "default": "open"},
            "plan": {"type": "dict"},
            "rollout": {"type": "dict"},
            "journal_dir": {"type": "path", "default": "~/.local/state/kongops/journal"},
            "batches": {"type": "list", "elements": "raw"},
            "max_failures": {"type": "str", "default": "0"},
        },
        required_if=[("state", "open", ("plan",)), ("state", "closed", ("rollout",))],
        supports_check_mode=True,
    )
    change = open_window if module.params["state"] == "open" else close_window
    try:
        module.exit_json(**change(module.params, check_mode=module.check_mode))
    except (ValueError, OSError) as exc:
        module.fail_json(msg=str(exc))


if __name__ == "__main__":
    main()
