#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rollback_plan
short_description: Decide how to go back to what a rollout replaced
version_added: 0.1.0
description:
  - Makes the plan in the other direction. The schemas, instances and releases that a rollout saved before it began are
    what is wanted, and whole instances decide which order is safe.
  - Where every instance as it is stored now suits the old schema, the nodes go back first and the instances follow.
    Otherwise the instances go back first, and the nodes that will reject a payload until they are back are announced.
  - An instance that somebody made or wrote since keeps its values as far as the old schema takes them.
  - Fails, and says why, where going back would not be safe or a release is not on a node any more.
  - Changes nothing. Runs on the controller.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
  - kongops.konnect.plan.fleet
  - kongops.konnect.plan.allow_missing
  - kongops.konnect.plan.show
  - kongops.konnect.plan.journal_host
options:
  names:
    description:
      - The plugins whose newest rollout is to be undone. By default those of the newest rollout on the control plane.
    type: list
    elements: str
    default: []
  digest:
    description:
      - The release to go back to, as a whole digest or at least its first 12 digits. By default the one before the
        newest rollout.
    type: str
  rollout:
    description:
      - The record of the rollout to undo, instead of looking for one.
    type: dict
  journal_dir:
    description:
      - The folder on the controller that keeps the journals, and beside them what can be undone.
    type: path
    default: ~/.local/state/kongops/journal
  undo_vault_password_file:
    description:
      - The file with the password that the undo data was encrypted with, as of M(kongops.konnect.maintenance_window).
    type: path
  any_node:
    description:
      - Whether every node may be left out that cannot be reached, for undoing what just failed as far as possible.
    type: bool
    default: false
  saved:
    description:
      - The undo data. Set by the action plugin.
    type: dict
seealso:
  - module: kongops.konnect.update_plan
  - module: kongops.konnect.rollback_instances
"""

EXAMPLES = r"""
- name: Decide how to go back to the release before
  kongops.konnect.rollback_plan:
    control_plane: production
    names:
      - edge-hints
    nodes: "{{ groups['data_planes'] }}"
  register: decided

- name: Decide how to go back to a named release
  kongops.konnect.rollback_plan:
    control_plane: production
    names:
      - edge-hints
    digest: 5b1f0c9a77d2
    nodes: "{{ groups['data_planes'] }}"
"""

RETURN = r"""
plan:
  description: The plan, as of M(kongops.konnect.update_plan), with C(undoes), the name of the rollout that it undoes.
  returned: when planning was possible
  type: dict
text:
  description: The plan for people.
  returned: when planning was possible
  type: str
changes:
  description: How many schemas, instances and releases on nodes the plan changes.
  returned: when planning was possible
  type: int
problems:
  description: What makes it unsafe, as sentences.
  returned: when planning was possible
  type: list
  elements: str
sources:
  description: The text of each plugin's schema to put back.
  returned: when planning was possible
  type: dict
releases:
  description: For each host that has to go back the plugins, each with name and digest.
  returned: when planning was possible
  type: dict
left_out:
  description: The hosts that could not be reached and stay as they are.
  returned: when planning was possible
  type: list
  elements: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import ParserUnavailable
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    ALLOW_MISSING_ARGUMENT,
    CONTROL_PLANE_ARGUMENT,
    FLEET_ARGUMENTS,
    SHOW_ARGUMENT,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.rollback import rollback_plan
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import UndoError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import PlanError


def main() -> None:
    run_konnect_module(
        rollback_plan,
        {
            **CONTROL_PLANE_ARGUMENT,
            **FLEET_ARGUMENTS,
            **ALLOW_MISSING_ARGUMENT,
            **SHOW_ARGUMENT,
            "names": {"type": "list", "elements": "str", "default": []},
            "digest": {"type": "str"},
            "rollout": {"type": "dict"},
            "journal_dir": {"type": "path", "default": "~/.local/state/kongops/journal"},
            "journal_host": {"type": "str", "default": ""},
            "journal_host_dir": {"type": "str", "default": "/var/lib/kongops/journal"},
            "undo_vault_password_file": {"type": "path", "no_log": False},
            "any_node": {"type": "bool", "default": False},
            "saved": {"type": "dict"},
        },
        confidential=["saved", "fleet"],
        known_errors=(PlanError, ParserUnavailable, UndoError),
    )


if __name__ == "__main__":
    main()
