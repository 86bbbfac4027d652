#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_schema
short_description: Keep the schema of a custom plugin on a control plane
version_added: 0.1.0
description:
  - Uploads the C(schema.lua) of a custom plugin to a Konnect control plane, or removes it.
  - The text is read here first, without being executed. A text that Kong would refuse, or that carries another name
    than expected, is never sent.
  - After an upload the schema is read back and compared, and the module waits until the control plane uses it.
  - For a group of control planes every member that stores the schema gets the new one; to which member a new plugin
    goes has to be said.
  - An upload pushes nothing to nodes and does not check instances that exist. See M(kongops.konnect.update_plan) for
    what a new schema means to them.
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
    details:
      - Konnect cannot try a schema without storing it. Check mode reads the text here and compares.
  diff_mode:
    support: full
options:
  state:
    description:
      - V(present) stores the schema, V(absent) deletes it.
      - V(restored) stores again what M(kongops.konnect.plugin_schema_info) told in O(schemas), and deletes the schema
        where it told of none. With O(path) or O(source) only that text is replaced; any other is somebody else's. It
        stays, and is an error.
    type: str
    choices:
      - present
      - absent
      - restored
    default: present
  name:
    description:
      - The name of the plugin.
      - With a text at hand it is optional and, if set, must be the name that the text returns. A renamed schema is a
        new plugin.
    type: str
  path:
    description:
      - The C(schema.lua), or the directory that holds it, where the module runs.
    type: path
  source:
    description:
      - The text of the schema.
    type: str
  schemas:
    description:
      - With O(state=restored), the schemas that M(kongops.konnect.plugin_schema_info) returned for O(name).
    type: list
    elements: dict
  delete_instances:
    description:
      - With O(state=absent), whether to delete the instances of the plugin first. They are deleted in every scope.
      - If V(false), a schema that is in use is an error that names the instances.
    type: bool
    default: false
  wait_timeout:
    description:
      - How many seconds to wait until the control plane uses an uploaded schema.
    type: int
    default: 30
seealso:
  - module: kongops.konnect.plugin_schema_info
  - module: kongops.konnect.streaming_plugin
"""

EXAMPLES = r"""
- name: Upload the schema of a plugin
  kongops.konnect.plugin_schema:
    region: eu
    control_plane: production
    path: plugins/edge-hints
  delegate_to: localhost

- name: Delete a plugin's instances and its schema
  kongops.konnect.plugin_schema:
    region: eu
    control_plane: production
    name: edge-hints
    state: absent
    delete_instances: true
  delegate_to: localhost

- name: Remember what is stored
  kongops.konnect.plugin_schema_info:
    control_plane: production
    name: edge-hints
  register: before
  delegate_to: localhost

- name: Bring it back
  kongops.konnect.plugin_schema:
    control_plane: production
    name: edge-hints
    state: restored
    schemas: "{{ before.schemas }}"
  delegate_to: localhost
"""

RETURN = r"""
schema:
  description: The schema as it is stored, or as it would be in check mode. Null when it is absent.
  returned: success
  type: dict
  contains:
    name:
      description: The name of the plugin.
      type: str
      sample: edge-hints
    lua_schema:
      description: The text.
      type: str
    created_at:
      description: When it was first stored, in epoch seconds. Not there in check mode before an upload.
      type: int
    updated_at:
      description: When it was last stored, in epoch seconds. Not there in check mode before an upload.
      type: int
deleted_instances:
  description: The ids of the instances that were deleted first.
  returned: O(state=absent)
  type: list
  elements: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_schema import ensure_schema


def main() -> None:
    run_konnect_module(
        ensure_schema,
        {
            **CONTROL_PLANE_ARGUMENT,
            "state": {"type": "str", "choices": ["present", "absent", "restored"], "default": "present"},
            "name": {"type": "str"},
            "path": {"type": "path"},
            "source": {"type": "str"},
            "schemas": {"type": "list", "elements": "dict"},
            "delete_instances": {"type": "bool", "default": False},
            "wait_timeout": {"type": "int", "default": 30},
        },
        mutually_exclusive=[("path", "source")],
        required_if=[
            ("state", "present", ("path", "source"), True),
            ("state", "absent", ("name", "path", "source"), True),
            ("state", "restored", ("name", "schemas")),
        ],
    )


if __name__ == "__main__":
    main()
