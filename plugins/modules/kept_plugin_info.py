#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name; it runs on the controller and this file is never executed."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: kept_plugin_info
short_description: Read what was kept of a removed plugin
version_added: 0.1.0
description:
  - Reads what M(kongops.konnect.kept_plugin) and M(kongops.konnect.kept_release) kept of a plugin.
  - The result holds secret values of instances. Use it with C(no_log).
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
  - kongops.konnect.plan.journal_host
options:
  name:
    description:
      - The name of the plugin.
    type: str
    required: true
  journal_dir:
    description:
      - The folder on the controller that keeps the journals.
    type: path
    required: true
  undo_vault_password_file:
    description:
      - The file with the password that was used to keep it.
      - If not set, the environment variable E(KONGOPS_UNDO_VAULT_PASSWORD_FILE) is used.
    type: path
seealso:
  - module: kongops.konnect.install_plan
"""

EXAMPLES = r"""
- name: Read what was kept
  kongops.konnect.kept_plugin_info:
    control_plane: production
    name: edge-hints
    journal_dir: /var/lib/kongops/journal
  register: kept
  no_log: true
"""

RETURN = r"""
path:
  description: The plugin directory on the controller.
  returned: success
  type: str
instances:
  description: The instances, with options as of M(kongops.konnect.plugin_instance).
  returned: success
  type: list
  elements: dict
"""
