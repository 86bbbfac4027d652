#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drift_info
short_description: Hold repository, control plane and nodes side by side
version_added: 0.1.0
description:
  - Compares plugin directories with the schemas on the control plane, and with what each node has on disk, has enabled
    and has loaded.
  - Changes nothing.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
  - kongops.konnect.plan.fleet
  - kongops.konnect.plan.show
options:
  plugin_paths:
    description:
      - The plugin directories, each named as its plugin.
    type: list
    elements: path
    required: true
  fail_on_drift:
    description:
      - Whether to fail when something differs or a node cannot be reached, for a nightly job.
    type: bool
    default: false
seealso:
  - module: kongops.konnect.update_plan
"""

EXAMPLES = r"""
- name: Fail when anything is not as in the repository
  kongops.konnect.drift_info:
    control_plane: production
    plugin_paths:
      - plugins/edge-hints
    nodes: "{{ groups['data_planes'] }}"
    fail_on_drift: true
"""

RETURN = r"""
drift:
  description: Whether anything differs from the repository.
  returned: success or drift
  type: bool
plugins:
  description: For each plugin its name, whether it drifts, and each place with its digests, its state and remarks.
  returned: success or drift
  type: list
  elements: dict
differences:
  description: What differs, as sentences.
  returned: success or drift
  type: list
  elements: str
unreachable:
  description: Hosts of which nothing is known.
  returned: success or drift
  type: list
  elements: str
text:
  description: The table for people.
  returned: success or drift
  type: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import ParserUnavailable
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    CONTROL_PLANE_ARGUMENT,
    FLEET_ARGUMENTS,
    SHOW_ARGUMENT,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.drift import drift_info
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import PlanError


def main() -> None:
    run_konnect_module(
        drift_info,
        {
            **CONTROL_PLANE_ARGUMENT,
            **FLEET_ARGUMENTS,
            **SHOW_ARGUMENT,
            "plugin_paths": {"type": "list", "elements": "path", "required": True},
            "fail_on_drift": {"type": "bool", "default": False},
        },
        confidential=("fleet",),
        known_errors=(PlanError, ReleaseError, ParserUnavailable),
    )


if __name__ == "__main__":
    main()
