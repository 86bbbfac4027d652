#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: node_reload
short_description: Reload a data plane node and prove it, or wait for a payload
version_added: 0.1.0
author: The kongops founders (@kongops)
description:
  - Reloads Kong and judges by new worker processes first, then readiness, then the configuration hash, and by the
    records of the error log that tell about a load or a payload. C(kong reload) returning 0 proves nothing.
  - With O(state=observed) it touches nothing and waits until the node shows the expected hash and is ready, or rejects
    a payload.
  - Any verdict but V(accepted) and V(loaded) fails the task.
options:
  state:
    description:
      - V(reloaded) reloads, once more when a payload came across the reload.
      - V(observed) only watches.
    type: str
    default: reloaded
    choices: [reloaded, observed]
  baseline_hash:
    description: With O(state=observed), the hash before the payload that is waited for. Needed to tell V(accepted).
    type: str
  log_position:
    description: With O(state=observed), where to start reading the log. By default its end.
    type: str
extends_documentation_fragment:
  - kongops.konnect.node
  - kongops.konnect.node.proof
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details:
      - A reload has no difference to show.
  idempotent:
    support: partial
    details:
      - O(state=reloaded) reloads every time. O(state=observed) never changes anything.
seealso:
  - module: kongops.konnect.plugin_release
"""

EXAMPLES = r"""
- name: Reload the node
  kongops.konnect.node_reload:
    kong_kind: systemd
    kong_unit: kong
  become: true

- name: Wait until the node has taken the payload
  kongops.konnect.node_reload:
    state: observed
    expected_hash: "{{ expected_hash }}"
    baseline_hash: "{{ look.node.config_hash }}"
    log_position: "{{ look.node.log_position }}"
    timeout: 90
"""

RETURN = r"""
verdict:
  description: As of M(kongops.konnect.plugin_release).
  returned: outside check mode
  type: dict
reloads:
  description: Number of reloads.
  returned: outside check mode
  type: int
observations:
  description: What was seen across each reload or wait.
  returned: outside check mode
  type: list
  elements: dict
config_hash:
  description: Configuration hash of the node at the end.
  returned: outside check mode
  type: str
rejections:
  description: Number of payloads that the node rejected, by the part of its log that was read, or null without a log.
  returned: outside check mode
  type: int
log_position:
  description: End of the log, for O(log_position) of the next visit.
  returned: outside check mode
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.kongops.konnect.plugins.module_utils._module.node_options import (
    NODE_RELOAD,
    NODE_RELOAD_RULES,
)


def main() -> None:
    """Only reached without the action plugin, which does all the work."""
    module = AnsibleModule(argument_spec=NODE_RELOAD, supports_check_mode=True, **NODE_RELOAD_RULES)
    module.fail_json(msg="This module runs as an action plugin on the controller only.")


if __name__ == "__main__":
    main()
