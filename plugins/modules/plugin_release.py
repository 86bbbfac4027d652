#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_release
short_description: Ship, switch, reload and roll back plugin releases on a data plane node
version_added: 0.1.0
author: The kongops founders (@kongops)
description:
  - Brings the files of custom plugins onto a node as releases addressed by their digest, and switches the live link by
    one rename. With O(reload=true) the same visit reloads Kong and proves that the release loaded.
  - Runs as one remote execution of a POSIX shell program. The node needs no Python. Releases above 64 KiB take a second
    execution when the node lacks them.
  - Nothing is switched before every plugin of the visit is on disk and verified. A plain directory in the live place is
    kept as a release, so that it can be gone back to. Where it holds more than belongs to one, all of it moves to
    C(found) below O(plugin_root); where it holds links, it is refused.
  - Hidden files, test directories and test files, and what editors leave behind, do not belong to a release.
options:
  name:
    description: Name of the plugin. By default the name of the directory at O(path).
    type: str
  path:
    description:
      - Directory of the plugin on the controller, or a C(.tar.gz) of it. Relative paths start at the playbook.
      - Needed for O(state=present) and O(state=staged).
    type: path
  digest:
    description:
      - For O(state=present) and O(state=staged), the digest that the files must have.
      - For O(state=rolled_back), the release to go to. By default the previous one.
    type: str
  plugins:
    description: Several plugins in one visit, instead of O(name), O(path) and O(digest).
    type: list
    elements: dict
    suboptions:
      name:
        description: As O(name).
        type: str
      path:
        description: As O(path).
        type: path
      digest:
        description: As O(digest).
        type: str
  state:
    description:
      - V(present) ships the release and switches to it.
      - V(staged) ships it only.
      - V(rolled_back) switches to the previous release or to O(digest), which must be on the node.
      - V(disabled) takes the name out of C(plugins), in the place where O(enable) would put it, and leaves the files.
        A node whose stored configuration still uses the plugin would answer nothing, so make sure of that first. Where
        the reload goes wrong, the name is put back.
      - V(absent) removes the live link and all releases. Refused while the node's setting C(plugins) has the name.
    type: str
    default: present
    choices: [present, staged, absent, rolled_back, disabled]
  keep:
    description: Number of releases kept on the node. The live and the previous one are never removed.
    type: int
    default: 3
  enable:
    description:
      - Whether to add the names to C(plugins) and the plugin root to C(lua_package_path), for O(state=present) and
        O(state=rolled_back). Other entries, comments and the order of lines are kept.
      - This happens in the node's C(kong.conf), or in what makes the environment of Kong where that sets the same,
        since it wins over the file. See O(kong_environment_file).
      - After a change to a unit's environment systemd reads its files again. Where the unit's reload does not take a
        new environment, the task says that a restart is needed.
      - A container has the environment that it was made with. The task says what it has to be re-created with, changes
        the file where O(kong_environment_file) names one, and fails with O(reload=true) until that was done.
    type: bool
    default: false
  reload:
    description:
      - Whether to reload Kong in the same visit. It happens when something was switched, or when the workers do not run
        the live release yet because an earlier visit was cut.
    type: bool
    default: false
  on_failure:
    description:
      - What to do when Kong does not load what was switched.
      - V(undo) switches back and reloads again in the same visit. The task fails either way.
    type: str
    default: undo
    choices: [undo, keep]
  planned:
    description:
      - Instances as M(kongops.konnect.planned_instances) returned them, to try on this node before anything switches.
      - Its own LuaJIT compiles the files of the release, and its own C(kong config parse) tries the instances on the
        release's schema. A refusal fails the task and nothing is switched. What could not be tried is in RV(untried).
      - The instances hold secrets. They go through standard input into a directory that only the connecting user reads,
        in memory where the node has C(/dev/shm), and are removed before the visit goes on, or when it is cut.
    type: list
    elements: dict
  log_position:
    description:
      - Where an earlier look left the log. Payloads that were rejected from there on are counted in RV(rejections).
    type: str
extends_documentation_fragment:
  - kongops.konnect.node
  - kongops.konnect.node.proof
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Shows digests and settings.
seealso:
  - module: kongops.konnect.plugin_release_info
  - module: kongops.konnect.node_reload
"""

EXAMPLES = r"""
- name: Ship a plugin, switch to it, reload and prove
  kongops.konnect.plugin_release:
    path: plugins/ttl-cache
    reload: true
  become: true

- name: Ship two plugins ahead of the change
  kongops.konnect.plugin_release:
    state: staged
    plugins:
      - path: plugins/ttl-cache
      - path: plugins/header-guard
  become: true

- name: Go back to the release before
  kongops.konnect.plugin_release:
    name: ttl-cache
    state: rolled_back
    reload: true
  become: true
"""

RETURN = r"""
plugins:
  description:
    - What was done, by plugin name. C(recovered) tells of an adoption that had been cut and was taken back, or where a
      directory went that held more than a release.
  returned: outside check mode
  type: dict
  sample:
    ttl-cache:
      shipped: true
      switched: true
      before: null
      after: sha256:1f0c0d7b2f1a5f0f2f5b2a8f3f0a7b66f5f0d0c0b0a090807060504030201000
      adopted: null
      undone: false
      removed: false
      recovered: null
      pruned: []
node:
  description:
    - The node after the visit, in check mode before it, as of M(kongops.konnect.plugin_release_info).
    - C(kong_version), and what plugins hold of C(schema) and C(handler) are null; a look asks for these.
  returned: success
  type: dict
enabled_in:
  description: The file that O(enable) changed, or null.
  returned: success
  type: str
disabled_in:
  description: The file that O(state=disabled) changed, or null.
  returned: success
  type: str
recreate:
  description: The environment by name that the container has to be re-created with; empty when it has it.
  returned: success
  type: dict
reloads:
  description: Number of reloads.
  returned: outside check mode
  type: int
verdict:
  description:
    - What the reload proved, or null when there was none.
    - RV(verdict.kind) is one of V(accepted), V(loaded), V(rejected), V(failed), V(stale), V(silent), V(inconclusive).
    - Every kind but V(accepted) and V(loaded) fails the task.
  returned: outside check mode
  type: dict
  contains:
    kind:
      description: The verdict.
      type: str
    message:
      description: One sentence about it.
      type: str
    causes:
      description: Errors of Kong, each with message, entity, entry, field, plugin and advice.
      type: list
      elements: dict
    missing:
      description: What would have to be seen for a verdict that is not V(inconclusive).
      type: list
      elements: str
    advice:
      description: What to do about it, or null.
      type: str
observations:
  description: What was seen across each reload.
  returned: when Kong was reloaded
  type: list
  elements: dict
config_hash:
  description: Configuration hash of the node at the end.
  returned: when Kong was reloaded
  type: str
untried:
  description: Why a part of the preflight was left out, one sentence each.
  returned: outside check mode
  type: list
  elements: str
rejections:
  description: Number of payloads that the node rejected, by the part of its log that was read, or null without a log.
  returned: when Kong was reloaded
  type: int
log_position:
  description: End of the log, for O(kongops.konnect.node_reload#module:log_position).
  returned: when Kong was reloaded
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.kongops.konnect.plugins.module_utils._module.node_options import (
    PLUGIN_RELEASE,
    PLUGIN_RELEASE_RULES,
)


def main() -> None:
    """Only reached without the action plugin, which does all the work."""
    module = AnsibleModule(argument_spec=PLUGIN_RELEASE, supports_check_mode=True, **PLUGIN_RELEASE_RULES)
    module.fail_json(msg="This module runs as an action plugin on the controller only.")


if __name__ == "__main__":
    main()
