#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: update_plan
short_description: Decide how a change of custom plugins gets from directories to every node
version_added: 0.1.0
description:
  - Compares the schemas of plugin directories with those of the control plane and of every node, judges every stored
    instance as it is and as it would be saved again, and decides the update path and its steps.
  - The documented update path is always shown, and it is the floor. With O(path_policy=evidence) the evidence may
    lighten it.
  - Says beforehand which nodes will reject a payload, if the change itself makes that unavoidable, and what would
    avoid it.
  - A control plane that has the new schema already, while some nodes do not, is an interrupted rollout, and the plan is
    to finish it.
  - Fails when something in the plan stops a rollout. The plan is then on the screen, or in the result without O(show).
  - Changes nothing; writes O(plan_file), and O(journal_dir) with O(keep).
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes.info
  - kongops.konnect.plan.fleet
  - kongops.konnect.plan.show
  - kongops.konnect.plan.approval
  - kongops.konnect.plan.journal_host
options:
  plugin_paths:
    description:
      - The plugin directories, each named as its plugin and holding C(schema.lua), C(handler.lua) and helper modules.
      - They go through one plan, with one window and one visit to each node.
    type: list
    elements: path
    required: true
  path_policy:
    description:
      - With V(documented) the path is the heavier of the documented one and the evidence.
      - With V(evidence) the evidence alone decides.
    type: str
    choices:
      - documented
      - evidence
    default: documented
  update_path:
    description:
      - Overrules the decision. A path lighter than the plan's own needs O(accept_risk).
      - Needed where a part of a schema cannot be told without running it.
    type: str
    choices:
      - none
      - short
      - long
      - sync
  accept_risk:
    description:
      - Whether O(update_path) may be lighter than what the plan decides.
    type: bool
    default: false
  instance_values:
    description:
      - Values that saved instances need and nothing stored gives.
      - Maps a plugin to instances (V(*) for all, an instance name or an id), and each of these to field paths such as
        C(config.ttl) or C(config.list[].name).
      - A value for V(*) fills what is unset or refused. One for an instance by name always applies, and null unsets
        a field.
    type: dict
    default: {}
  allow_missing:
    description:
      - Hosts, hostnames and ids of nodes that may be left out of the rollout although they are unreachable, unknown to
        the control plane, or not in the inventory.
      - Plugins that may be updated although the control plane has no instance of them.
      - Other members of the control plane's group that may keep another schema of the plugin for now.
    type: list
    elements: str
    default: []
  fail_on_changes:
    description:
      - Whether to fail when the plan has anything to change, for a pipeline that checks that all is in place.
    type: bool
    default: false
  format:
    description:
      - What RV(text) is written as.
      - With V(rehearsal) it plays the plan instead, with foreign writes after each step and each node, and lists the
        rejections that would happen.
    type: str
    choices:
      - text
      - markdown
      - json
      - rehearsal
    default: text
"""

EXAMPLES = r"""
- name: Plan the update of one plugin
  kongops.konnect.update_plan:
    control_plane: production
    plugin_paths:
      - plugins/edge-hints
    nodes: "{{ groups['data_planes'] }}"
  register: decided

- name: Plan with an answer for a new required field
  kongops.konnect.update_plan:
    control_plane: production
    plugin_paths:
      - plugins/edge-hints
    nodes: "{{ groups['data_planes'] }}"
    instance_values:
      edge-hints:
        "*":
          config.ttl: 30

- name: Check in a pipeline that everything is in place, and keep the plan for the merge request
  kongops.konnect.update_plan:
    control_plane: production
    plugin_paths:
      - plugins/edge-hints
    nodes: "{{ groups['data_planes'] }}"
    fail_on_changes: true
    format: markdown
"""

RETURN = r"""
plan:
  description:
    - The plan, format 1.
    - A plan of more than a megabyte that lies in RV(plan_file) is summed up here, with numbers in the place of its long
      lists.
  returned: when planning was possible
  type: dict
  contains:
    format:
      description: The format of the plan, V(1).
      type: int
    control_plane:
      description: The id, name and type of the control plane, and of a group its members.
      type: dict
    digest:
      description: The digest of the plan's inputs and decisions.
      type: str
    path:
      description: The effective, documented and evidence path (V(none), V(short), V(long) or V(sync)) and the reason.
      type: dict
    ok:
      description: Whether nothing stops a rollout.
      type: bool
    changes:
      description: How many schemas, instances and releases on nodes the plan changes.
      type: int
    does:
      description: Which of the steps C(schema), C(validate), C(stage), C(instances) and C(nodes) the plan has.
      type: dict
    steps:
      description: The steps in their order, with the plugins and hosts that each is for.
      type: list
      elements: dict
    plugins:
      description: For each plugin its changes, its path, and what happens to each of its instances.
      type: list
      elements: dict
    nodes:
      description: For each host the releases that it needs and those that are in place.
      type: list
      elements: dict
    nudge:
      description: Whether a neutral push after each batch of nodes proves something and harms nobody.
      type: bool
    gap:
      description:
        - The hosts that reject a payload of the plan's own, from which step until which, for about how long, and why.
        - Null where none does.
      type: dict
    announced:
      description: How many payloads each host will reject in the plan's own steps.
      type: dict
    exposure:
      description: Which writes must wait, from which step until which.
      type: list
      elements: dict
    coverage:
      description: Which host is which node, and what was not matched.
      type: dict
    advice:
      description: What would avoid a gap.
      type: list
      elements: dict
    problems:
      description: What stops a rollout.
      type: list
      elements: dict
    warnings:
      description: What an operator should know.
      type: list
      elements: dict
text:
  description: The plan for people.
  returned: when planning was possible
  type: str
plan_file:
  description: The file that the whole plan lies in.
  returned: with O(plan_file) or O(keep), or with the O(approved_digest) of this plan
  type: str
rehearsal:
  description:
    - For each step, and for each node while the nodes are switched, the rejections that a foreign write would cause.
    - C(other) are those of a write to another entity, C(save) those of saving an instance of the plugin again.
  returned: with O(format=rehearsal)
  type: list
  elements: dict
changes:
  description: How many schemas, instances and releases on nodes the plan changes.
  returned: when planning was possible
  type: int
  sample: 7
problems:
  description: What stops a rollout, as sentences.
  returned: when planning was possible
  type: list
  elements: str
"""

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import ParserUnavailable
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    APPROVAL_ARGUMENTS,
    CONTROL_PLANE_ARGUMENT,
    FLEET_ARGUMENTS,
    SHOW_ARGUMENT,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_inputs import update_plan
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import PlanError


def main() -> None:
    arguments = {
        **CONTROL_PLANE_ARGUMENT,
        **FLEET_ARGUMENTS,
        **SHOW_ARGUMENT,
        **APPROVAL_ARGUMENTS,
        "plugin_paths": {"type": "list", "elements": "path", "required": True},
        "path_policy": {"type": "str", "choices": ["documented", "evidence"], "default": "documented"},
        "update_path": {"type": "str", "choices": ["none", "short", "long", "sync"]},
        "accept_risk": {"type": "bool", "default": False},
        "instance_values": {"type": "dict", "default": {}},
        "allow_missing": {"type": "list", "elements": "str", "default": []},
        "fail_on_changes": {"type": "bool", "default": False},
        "format": {"type": "str", "choices": ["text", "markdown", "json", "rehearsal"], "default": "text"},
    }
    run_konnect_module(
        update_plan,
        arguments,
        confidential=["instance_values", "fleet"],
        known_errors=(PlanError, ReleaseError, ParserUnavailable),
    )


if __name__ == "__main__":
    main()
