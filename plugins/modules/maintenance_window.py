#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: maintenance_window
short_description: Open, keep and close the maintenance window of a rollout
version_added: 0.1.0
description:
  - Opens the window in which a plan is carried out, by taking a lock and beginning a journal, and closes it again.
  - A window that an interrupted run left open is taken up again. The rollout goes on as a further attempt.
  - Before anything is written, what the rollout can be undone with is saved beside its journal, for its owner only.
  - A plan that has nothing to do opens no window.
  - Runs on the controller.
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
options:
  state:
    description:
      - What the window should be.
    type: str
    choices:
      open: Take the lock and begin.
      held: Make sure that the lock is still ours and that nobody wrote what the plan stands on.
      closed: Give the lock back.
    default: open
  plan:
    description:
      - The plan to carry out, as M(kongops.konnect.update_plan) returned it.
      - Required with O(state=open) and O(state=held).
    type: dict
  rollout:
    description:
      - The record of the window, as it was returned when the window was opened.
      - Required with O(state=held) and O(state=closed).
    type: dict
  journal_dir:
    description:
      - The folder on the controller that keeps the journals.
      - Where the controller does not last, as in AWX, name a folder that does, or use O(journal_host).
    type: path
    default: ~/.local/state/kongops/journal
  journal_host:
    description:
      - A host of the inventory that keeps the journals and the undo data too, for controllers that do not last.
      - They are fetched from there before the window is opened. Whatever is noted is on the disk of that host before
        anything relies on it.
      - The host needs a POSIX shell and C(base64), and no Python. Privilege escalation is not used.
    type: str
    default: ""
  journal_host_dir:
    description:
      - The folder on O(journal_host). It is made where it is missing, for the user of the connection only.
    type: str
    default: /var/lib/kongops/journal
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
  soak:
    description:
      - How many seconds to leave a batch alone before the next one begins. Not on CP/DP sync.
    type: int
    default: 0
  lock:
    description:
      - What keeps other rollouts out. A lock is good for half an hour, is renewed meanwhile, and can be taken over when
        it has expired or when the run that held it is known to have died on this controller.
    type: str
    choices:
      label: The label C(rollout-lock) of the control plane, or of the group that it is in, which everybody sees. The
        token needs the role Admin there.
      file: A file in O(journal_dir), which is good for one controller.
      none: Nothing.
    default: label
  break_lock:
    description:
      - The owner of a lock that may be taken over although it has not expired, as the message about it names it.
    type: str
  on_foreign_write:
    description:
      - What to do when somebody else wrote a schema or an instance of the plan, or when a node joined that it does not
        know.
    type: str
    choices:
      - stop
      - warn
      - any
    default: stop
  baseline:
    description:
      - What the control plane expected of its nodes before a write, as M(kongops.konnect.node_info) returned it. With
        O(state=held), the module then waits until the write has been pushed to the nodes.
    type: dict
    suboptions:
      expected_hash:
        description:
          - The hash of the configuration.
        type: str
      updated_at:
        description:
          - When it became that, in epoch seconds.
        type: int
  within:
    description:
      - The record of the window that this one is inside of, for undoing a rollout before its own window is closed. The
        lock of that window is used, and is kept when this one is closed.
    type: dict
  undo_vault_password_file:
    description:
      - A file with a password, or a script that prints one, as C(ansible-vault) takes it. What is saved for going back
        is encrypted with it, whole instances with their secret values.
      - Without it secret values are not saved. A plan that rewrites or removes one is then refused, since it could not
        be undone.
      - The environment variable E(KONGOPS_UNDO_VAULT_PASSWORD_FILE) names one too.
    type: path
  undo_key:
    description:
      - Whether there is such a password. Set by the action plugin.
    type: bool
    default: false
  controller:
    description:
      - The process that runs the playbook. Set by the action plugin.
    type: dict
"""

EXAMPLES = r"""
- name: Open the window for a plan
  kongops.konnect.maintenance_window:
    control_plane: production
    plan: "{{ decided.plan }}"
    journal_dir: /var/lib/kongops/journal
  register: window

- name: Make sure that it is still ours
  kongops.konnect.maintenance_window:
    control_plane: production
    state: held
    plan: "{{ decided.plan }}"
    rollout: "{{ window.rollout }}"

- name: Close it again
  kongops.konnect.maintenance_window:
    control_plane: production
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
    targets:
      description: The hosts of each step, as a value for C(hosts) of a play.
      type: dict
    nudge:
      description: Whether the proof pushes a neutral payload.
      type: bool
    plugins:
      description: The plugins, each with name, path and digest.
      type: list
      elements: dict
    soak:
      description: How many seconds a batch is left alone.
      type: int
    lock:
      description: Where the lock lies.
      type: str
    owner:
      description: The name that the lock is held by.
      type: str
    journal_host:
      description: The host that keeps the journal too, or nothing.
      type: str
    journal_host_dir:
      description: The folder there.
      type: str
resumed:
  description: Whether an earlier attempt had left the window open.
  returned: O(state=open)
  type: bool
doubted:
  description:
    - Where the plan has nothing left to do, the ids of the nodes whose proof was inconclusive in the last attempt. An
      equal hash says nothing of them, so whether they take a payload is to be proved again.
  returned: O(state=open)
  type: list
  elements: str
foreign:
  description: What somebody else wrote, as sentences.
  returned: O(state=held)
  type: list
  elements: str
expected_hash:
  description: The configuration hash that the control plane expects of its nodes now, or null where it knows none.
  returned: O(state=held), outside check mode
  type: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.window import (
    close_window,
    keep_window,
    open_window,
)

WORK = {"open": open_window, "held": keep_window, "closed": close_window}


def main() -> None:
    run_konnect_module(
        lambda konnect: WORK[konnect.params["state"]](konnect),
        {
            **CONTROL_PLANE_ARGUMENT,
            "state": {"type": "str", "choices": ["open", "held", "closed"], "default": "open"},
            "plan": {"type": "dict"},
            "rollout": {"type": "dict"},
            "journal_dir": {"type": "path", "default": "~/.local/state/kongops/journal"},
            "journal_host": {"type": "str", "default": ""},
            "journal_host_dir": {"type": "str", "default": "/var/lib/kongops/journal"},
            "batches": {"type": "list", "elements": "raw"},
            "max_failures": {"type": "str", "default": "0"},
            "soak": {"type": "int", "default": 0},
            "lock": {"type": "str", "choices": ["label", "file", "none"], "default": "label"},
            "break_lock": {"type": "str"},
            "on_foreign_write": {"type": "str", "choices": ["stop", "warn", "any"], "default": "stop"},
            "baseline": {
                "type": "dict",
                "options": {"expected_hash": {"type": "str"}, "updated_at": {"type": "int"}},
            },
            "within": {"type": "dict"},
            "undo_vault_password_file": {"type": "path", "no_log": False},
            "undo_key": {"type": "bool", "default": False, "no_log": False},
            "controller": {"type": "dict"},
        },
        known_errors=(ValueError, OSError),
        required_if=[
            ("state", "open", ("plan",)),
            ("state", "held", ("plan", "rollout")),
            ("state", "closed", ("rollout",)),
        ],
    )


if __name__ == "__main__":
    main()
