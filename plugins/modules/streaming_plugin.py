#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: streaming_plugin
short_description: Keep a streaming plugin on a control plane
version_added: 0.1.0
description:
  - Uploads C(schema.lua) and C(handler.lua) of a plugin that Konnect itself sends to nodes, or deletes it. Konnect
    calls these custom plugins, and they are in beta.
  - Nodes need Kong Gateway 3.15 with streaming turned on, or are Dedicated Cloud Gateways.
  - To update a plugin that is in use, the vendor advises a new name, then to move the instances, then to remove the old
    plugin.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes
requirements:
  - luaparser >= 4 (Python library), where the module runs
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
options:
  state:
    description:
      - What the plugin should be. One that has instances is not deleted.
    type: str
    choices:
      - present
      - absent
    default: present
  name:
    description:
      - The name of the plugin. Required with O(state=absent). Otherwise, if set, it must be the name in C(schema.lua).
    type: str
  path:
    description:
      - The directory with C(schema.lua) and C(handler.lua), where the module runs. No other Lua file may be in it.
      - Required with O(state=present).
    type: path
  tags:
    description:
      - Its tags. If not set, they stay as they are.
    type: list
    elements: str
seealso:
  - module: kongops.konnect.streaming_plugin_info
  - module: kongops.konnect.plugin_schema
"""

EXAMPLES = r"""
- name: Upload a streaming plugin
  kongops.konnect.streaming_plugin:
    region: eu
    control_plane: cloud
    path: plugins/greeting-v2
  delegate_to: localhost
"""

RETURN = r"""
streaming_plugin:
  description: The plugin as it is stored, or as it would be in check mode. Null when it is absent.
  returned: success
  type: dict
  contains:
    id:
      description: The id. Empty in check mode before it is stored.
      type: str
    name:
      description: The name.
      type: str
    schema:
      description: The text of C(schema.lua).
      type: str
    handler:
      description: The text of C(handler.lua).
      type: str
    tags:
      description: Its tags.
      type: list
      elements: str
    created_at:
      description: When it was first stored, in epoch seconds.
      type: int
    updated_at:
      description: When it was last stored, in epoch seconds.
      type: int
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.streaming_plugin import ensure_streaming


def main() -> None:
    run_konnect_module(
        ensure_streaming,
        {
            **CONTROL_PLANE_ARGUMENT,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "name": {"type": "str"},
            "path": {"type": "path"},
            "tags": {"type": "list", "elements": "str"},
        },
        required_if=[("state", "present", ("path",)), ("state", "absent", ("name",))],
    )


if __name__ == "__main__":
    main()
