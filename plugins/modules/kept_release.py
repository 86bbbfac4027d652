#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name; it runs on the controller and this file is never executed."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: kept_release
short_description: Copy the files of plugins from a node to the controller before they are removed
version_added: 0.1.0
description:
  - For every release that a removal plan has this host keep, copies its files to the controller, checks them against
    their digest, and keeps them beside the journals.
  - A release that is kept already is not copied again.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.node
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
options:
  plan:
    description:
      - The plan, as M(kongops.konnect.removal_plan) returned it.
    type: dict
    required: true
  journal_dir:
    description:
      - The folder on the controller that keeps the journals.
    type: path
    required: true
seealso:
  - module: kongops.konnect.kept_plugin
"""

EXAMPLES = r"""
- name: Keep the files that this node has of the plugins to remove
  kongops.konnect.kept_release:
    plan: "{{ decided.plan }}"
    journal_dir: /var/lib/kongops/journal
"""

RETURN = r"""
kept:
  description: By digest, the directory on the controller that holds the files.
  returned: success
  type: dict
"""
