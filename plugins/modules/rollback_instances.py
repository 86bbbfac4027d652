#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rollback_instances
short_description: Put the instances of a rollback's plan back as they were
version_added: 0.1.0
description:
  - Does what M(kongops.konnect.plugin_instances) does with a plan, and takes the secret values, which no plan holds,
    from the undo data of the rollout that is being undone.
  - Every instance must be as it was when the plan was made, or as the plan leaves it. Otherwise nothing is written.
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
    support: full
    details:
      - Secret values are masked.
options:
  plan:
    description:
      - The plan, as M(kongops.konnect.rollback_plan) returned it.
    type: dict
    required: true
  rollout:
    description:
      - The record of the rollback's own window, which says where the undo data lies.
    type: dict
    required: true
  undo_vault_password_file:
    description:
      - The file with the password that the undo data was encrypted with, as of M(kongops.konnect.maintenance_window).
    type: path
  validate:
    description:
      - Whether to ask the control plane, before anything is written, if it would take every instance as it will be.
    type: bool
    default: false
seealso:
  - module: kongops.konnect.plugin_instances
  - module: kongops.konnect.rollback_plan
"""

EXAMPLES = r"""
- name: Put the instances back
  kongops.konnect.rollback_instances:
    control_plane: production
    plan: "{{ decided.plan }}"
    rollout: "{{ window.rollout }}"
"""

RETURN = r"""
instances:
  description: Every instance of the plan, as M(kongops.konnect.plugin_instances) returns it.
  returned: success
  type: list
  elements: dict
rewritten:
  description: How many instances were put back, or would be.
  returned: success
  type: int
"""
