#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_copy
short_description: Copy the directory of a plugin under a new name
version_added: 0.1.0
description:
  - Konnect has no versions of a custom plugin. A second version is another plugin, such as C(delay-v2) beside C(delay).
  - Copies the files that make a release, and changes the name where it has to change. That is the name in C(schema.lua)
    and the paths of the plugin's own modules.
  - Tells every other place that holds the old name, since only a person knows whether it should change too.
  - A directory that is already there is left as it is, so that the copy can be worked on and the command run again.
  - Runs on the controller, and executes no code of the plugin.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
options:
  source:
    description:
      - The directory of the plugin, or a C(.tar.gz) of it.
    type: path
    required: true
  name:
    description:
      - The name of the plugin. By default the name of the directory at O(source).
    type: str
  dest:
    description:
      - The directory to write. Its name is the new name of the plugin.
    type: path
    required: true
  change_too:
    description:
      - Doubtful places to change as well, written C(FILE:LINE:COLUMN) as RV(doubtful) tells them.
    type: list
    elements: str
    default: []
  force:
    description:
      - Whether to write O(dest) anew when it is there.
    type: bool
    default: false
seealso:
  - module: kongops.konnect.move_plan
"""

EXAMPLES = r"""
- name: Copy delay as delay-v2
  kongops.konnect.plugin_copy:
    source: plugins/delay
    dest: plugins/delay-v2
  delegate_to: localhost

- name: The same, with the name that its log lines begin with
  kongops.konnect.plugin_copy:
    source: plugins/delay
    dest: plugins/delay-v2
    change_too:
      - handler.lua:3:21
  delegate_to: localhost
"""

RETURN = r"""
path:
  description: The directory of the copy.
  returned: success
  type: str
  sample: plugins/delay-v2
kept:
  description: Whether the directory was there before and was left as it is.
  returned: success
  type: bool
digest:
  description: The digest of the copy as a release.
  returned: success
  type: str
renamed:
  description: Where the name was changed.
  returned: success
  type: list
  elements: dict
  sample:
    - file: schema.lua
      line: 4
      column: 10
      place: schema.lua:4:10
      text: '"delay"'
      why: the name in the schema
doubtful:
  description: Where the old name is and nobody but a person knows whether it should change. With the same keys.
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import ParserUnavailable
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.rename_plugin import RenameError
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_copy import copy_plugin
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "path", "required": True},
            "name": {"type": "str"},
            "dest": {"type": "path", "required": True},
            "change_too": {"type": "list", "elements": "str", "default": []},
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        result = copy_plugin(module.params, check_mode=module.check_mode)
    except (ReleaseError, RenameError) as error:
        module.fail_json(msg=str(error))
    except ParserUnavailable as error:
        module.fail_json(msg=f"{missing_required_lib('luaparser')} ({error})")
    for spot in result["doubtful"]:
        module.warn(f"{spot['place']}: {spot['text']}: {spot['why']}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
