#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_release_info
short_description: Look at the plugins of a data plane node
version_added: 0.1.0
author: The kongops founders (@kongops)
description:
  - Reports in one visit what a plan needs from a node. Changes nothing there and needs no Python.
  - Resolves C(lua_package_path) as Kong does, and says of every copy of a plugin which one would load.
options:
  names:
    description:
      - Plugins to look for, besides those with releases on the node and those enabled there that Kong does not bring.
    type: list
    elements: str
    default: []
  report_unreachable:
    description: Whether a node that cannot be reached is reported in RV(node.reachable) instead of ending the task.
    type: bool
    default: false
  log:
    description: Whether to read the end of the error log for RV(log).
    type: bool
    default: false
extends_documentation_fragment:
  - kongops.konnect.node
  - kongops.konnect.attributes.info
seealso:
  - module: kongops.konnect.plugin_release
"""

EXAMPLES = r"""
- name: Look at every node
  kongops.konnect.plugin_release_info:
    names: [ttl-cache]
  become: true
  register: look
"""

RETURN = r"""
node:
  description: The node.
  returned: success
  type: dict
  contains:
    host:
      description: Inventory name.
      type: str
    reachable:
      description: Whether the node answered.
      type: bool
    error:
      description: Why it did not.
      type: str
    node_id:
      description: The identifier that the control plane knows the node by.
      type: str
    hostname:
      description: The node's own name.
      type: str
    kong_version:
      description: Version of Kong.
      type: str
    prefix:
      description: Kong's prefix.
      type: str
    plugin_root:
      description: The plugin root.
      type: str
    enabled:
      description: The setting C(plugins) that Kong runs with.
      type: list
      elements: str
    enabled_next:
      description: The setting C(plugins) that Kong will start with. It differs where a visit was cut before its reload.
      type: list
      elements: str
    free_bytes:
      description: Free space at the plugin root.
      type: int
    status_api:
      description: Address of the Status API, or null.
      type: str
    log:
      description: How the error log is reached, as C(kind) (file, journal, stderr, none) and C(path).
      type: dict
    log_position:
      description: End of the log now, for O(kongops.konnect.node_reload#module:log_position).
      type: str
    workers:
      description: Process identifiers of the workers that serve.
      type: list
      elements: int
    running:
      description: Whether Kong runs.
      type: bool
    config_hash:
      description: Hash of the configuration that the node has applied.
      type: str
    ready:
      description: Whether the Status API says ready, or null when it cannot be asked.
      type: bool
    ready_message:
      description: What it says.
      type: str
    empty_prefix:
      description: Whether the node has no stored configuration to fall back on.
      type: bool
    plugins:
      description:
        - By name, the directory that would load (C(loads)), all C(copies), the C(live) and C(previous) release, all
          C(releases), C(digest) and C(schema) of what would load, C(drift) from the manifest, C(live_kind), and whether
          it is C(managed).
        - C(loaded) says whether the workers run the live release, or null where that cannot be known. If they do not,
          C(running) is the digest of the release they run and C(running_schema) its schema, where these are known.
      type: dict
log:
  description: The records of the error log that tell about a load or a payload.
  returned: O(log=true)
  type: dict
  contains:
    records:
      description: The records, each with C(kind), C(text), C(causes), and C(at), when it was last written.
      type: list
      elements: dict
    workers_since:
      description: Since when the workers run, as the log writes times, or null.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.kongops.konnect.plugins.module_utils._module.node_options import PLUGIN_RELEASE_INFO


def main() -> None:
    """Only reached without the action plugin, which does all the work."""
    module = AnsibleModule(argument_spec=PLUGIN_RELEASE_INFO, supports_check_mode=True)
    module.fail_json(msg="This module runs as an action plugin on the controller only.")


if __name__ == "__main__":
    main()
