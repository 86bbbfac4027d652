#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: streaming_plugin_info
short_description: Read the streaming plugins on a control plane
version_added: 0.1.0
description:
  - Returns one streaming plugin or all of them.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
options:
  name:
    description:
      - The name or id of a plugin. If not set, every streaming plugin is returned.
    type: str
seealso:
  - module: kongops.konnect.streaming_plugin
"""

EXAMPLES = r"""
- name: Which plugins does Konnect stream?
  kongops.konnect.streaming_plugin_info:
    region: eu
    control_plane: cloud
  delegate_to: localhost
"""

RETURN = r"""
streaming_plugins:
  description: The plugins, by name. Empty when there is none.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id.
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
control_plane:
  description: The control plane that was read.
  returned: success
  type: dict
  contains:
    id:
      description: Its id.
      type: str
    name:
      description: Its name.
      type: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.streaming_plugin import streaming_info


def main() -> None:
    run_konnect_module(streaming_info, {**CONTROL_PLANE_ARGUMENT, "name": {"type": "str"}})


if __name__ == "__main__":
    main()
