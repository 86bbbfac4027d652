#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_lint
short_description: Say what Konnect or a node would refuse in the directories of custom plugins
version_added: 0.1.0
description:
  - Reads every file of the plugins without running any, and reports what a control plane would refuse, what would keep
    a node from loading the plugin, and what will surprise its operator.
  - Each finding has the identifier of its rule, a severity, its place with the source line, the reason, and a way out.
    The rules are described in C(docs/lint-rules.md) of the collection.
  - A finding can be ignored by an entry in the file C(.konnect-lint.yml) of the plugin's directory. That file is a list
    of mappings with C(rule) and C(reason), and optionally C(path), C(line) and C(expires), an ISO date. An entry
    without a reason, one that has expired, and one that matches nothing are findings themselves.
  - Needs neither a network nor a control plane. Changes nothing but O(output_file).
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.attributes.info
attributes:
  check_mode:
    details:
      - O(output_file) is not written in check mode.
options:
  plugin_paths:
    description:
      - The plugin directories, each named as its plugin.
    type: list
    elements: path
    required: true
  kong_version:
    description:
      - The version of Kong Gateway of the oldest node, such as V(3.9). What that version does not have is an error.
      - Without it the newest known version is assumed.
    type: str
  forbid_typedefs:
    description:
      - Whether requiring C(kong.db.schema.typedefs) in C(schema.lua) is an error instead of a warning.
    type: bool
    default: false
  streaming_names:
    description:
      - Names of streaming plugins of the control plane, which no other plugin may have. See
        M(kongops.konnect.streaming_plugin_info).
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - The severity from which on findings make the task fail.
    type: str
    choices:
      - error
      - warning
      - never
    default: error
  format:
    description:
      - What O(output_file), or without it RV(report), is written as. V(sarif) is SARIF 2.1.0.
    type: str
    choices:
      - text
      - json
      - sarif
      - junit
    default: text
  output_file:
    description:
      - A file to write the findings to, also when the task fails because of them.
    type: path
  show:
    description:
      - Whether to show RV(text) on the screen.
    type: bool
    default: true
seealso:
  - module: kongops.konnect.update_plan
"""

EXAMPLES = r"""
- name: Lint a plugin for nodes of which the oldest runs Kong 3.6
  kongops.konnect.plugin_lint:
    plugin_paths:
      - plugins/edge-hints
    kong_version: "3.6"

- name: Lint in a pipeline, strictly, with a report for the merge request
  kongops.konnect.plugin_lint:
    plugin_paths:
      - plugins/edge-hints
      - plugins/edge-limits
    forbid_typedefs: true
    fail_on: warning
    format: sarif
    output_file: lint.sarif

# plugins/edge-hints/.konnect-lint.yml, which lets one finding stay for a while:
#
# - rule: KPL201
#   path: schema.lua
#   reason: Our control plane accepts typedefs.
#   expires: 2027-06-30
"""

RETURN = r"""
findings:
  description: What was found and is not ignored, in the order of plugins, files and lines.
  returned: when the directories could be read
  type: list
  elements: dict
  contains:
    rule:
      description: The identifier of the rule, which never changes.
      type: str
      sample: KPL203
    name:
      description: The name of the rule.
      type: str
      sample: schema-requires-other
    severity:
      description: One of V(error), V(warning) and V(info).
      type: str
      sample: error
    plugin:
      description: The name of the plugin's directory.
      type: str
      sample: edge-hints
    directory:
      description: The directory as it was given.
      type: str
      sample: plugins/edge-hints
    file:
      description: The path of the file, beginning with the directory as it was given.
      type: str
      sample: plugins/edge-hints/schema.lua
    path:
      description: The path of the file in the plugin's directory. Empty for the directory itself.
      type: str
      sample: schema.lua
    line:
      description: The line, or 0 for the whole file.
      type: int
      sample: 3
    column:
      description: The column in characters, or 0 for the whole file.
      type: int
      sample: 15
    message:
      description: What was found.
      type: str
      sample: requires 'cjson', which a control plane does not have
    why:
      description: The reason for the rule.
      type: str
    fix:
      description: A way out.
      type: str
    excerpt:
      description: The source line, or a part of a long one, without control characters.
      type: str
      sample: local cjson = require "cjson"
    caret:
      description: The place in RV(findings[].excerpt) that the finding is about, counted from 0.
      type: int
      sample: 14
ignored:
  description: What was found and is ignored. The same as RV(findings) with the entry's C(reason) and C(expires).
  returned: when the directories could be read
  type: list
  elements: dict
counts:
  description: How many findings there are of each severity, and how many are ignored.
  returned: when the directories could be read
  type: dict
  sample:
    error: 1
    warning: 2
    info: 0
    ignored: 1
text:
  description: The findings for people.
  returned: when the directories could be read
  type: str
report:
  description: The findings as O(format) says.
  returned: when O(format) is not V(text) and there is no O(output_file)
  type: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_lint import run_plugin_lint


def main() -> None:
    run_plugin_lint()


if __name__ == "__main__":
    main()
