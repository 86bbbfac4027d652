#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name; it runs on the controller and this file is never executed."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: kept_plugin
short_description: Keep the schema and the instances of plugins before they are removed
version_added: 0.1.0
description:
  - Writes the schema and every instance of the plugins of a removal plan to a file beside the journals, for its owner
    alone, so that the playbook C(kongops.konnect.restore) can bring them back.
  - A later run that finishes a removal adds to what was kept and takes nothing from it.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes
  - kongops.konnect.plan.journal_host
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
  undo_vault_password_file:
    description:
      - A file with the password to encrypt the file with, by Ansible Vault. A script is run for it.
      - If not set, the environment variable E(KONGOPS_UNDO_VAULT_PASSWORD_FILE) is used.
    type: path
seealso:
  - module: kongops.konnect.kept_plugin_info
"""

EXAMPLES = r"""
- name: Keep what is about to be deleted
  kongops.konnect.kept_plugin:
    control_plane: production
    plan: "{{ decided.plan }}"
    journal_dir: /var/lib/kongops/journal
    undo_vault_password_file: ~/.kongops-vault-password
"""

RETURN = r"""
files:
  description: The files that were written.
  returned: success
  type: list
  elements: str
"""
