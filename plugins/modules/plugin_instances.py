#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plugin_instances
short_description: Rewrite all instances of a plugin, or none
version_added: 0.1.0
description:
  - Carries out what a plan decided for the instances of its plugins, or changes every instance of one plugin by rules,
    or writes the instances that it is given.
  - Every instance is read again just before it is written. If somebody else wrote it meanwhile, nothing more is
    written.
  - If one instance cannot be written, those that were written are put back as they were, and the error says so.
  - An instance is always written whole, so that its scope, tags, ordering, condition and whether it is enabled stay.
    Keys of its configuration that the schema no longer has are left out.
  - An instance that is already as it should be is not written.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.control_plane
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
    details:
      - With O(validate=true) the control plane is asked in check mode too. That stores nothing.
  diff_mode:
    support: full
    details:
      - Secret values are masked.
options:
  plan:
    description:
      - The plan, as M(kongops.konnect.update_plan) returned it.
      - Every instance must be as it was when the plan was made, or as the plan leaves it. Otherwise nothing is written.
      - A plan recognizes instances by a key made of the token, so both need the same token.
    type: dict
  instance_values:
    description:
      - The answers that the plan was made with. Secret values among them are not in the plan, and are taken from here.
    type: dict
  plugin:
    description:
      - The name of the plugin. Required without O(plan).
    type: str
  rename:
    description:
      - Fields to rename beside themselves, as a mapping of old path to new path.
      - A path is written C(a.b), or C(list[].a) for every element of a list. It is below C(config).
      - The rules are applied in the order O(rename), O(convert), O(default), O(set), O(remove).
    type: dict
  convert:
    description:
      - Values to convert, as a mapping of path to the name of a type (V(integer), V(number), V(string), V(boolean),
        V(array), V(set)), or to a mapping of old values to new ones.
    type: dict
  default:
    description:
      - Values to set where there is none or null, as a mapping of path to value.
    type: dict
  set:
    description:
      - Values to set, as a mapping of path to value.
    type: dict
  remove:
    description:
      - Paths to remove. The control plane fills a default of the schema, if there is one.
    type: list
    elements: str
  instances:
    description:
      - The instances to write, as M(kongops.konnect.plugin_instance_info) or O(backup) gives them. What is left out
        stays as it is.
      - Instances of the plugin that are not named are left alone.
    type: list
    elements: dict
    suboptions:
      id:
        description: The id.
        type: str
        required: true
      config:
        description:
          - The whole configuration. A value that was masked stands for the stored one.
        type: dict
      updated_at:
        description:
          - When the instance was last written as far as the plan knows, in epoch seconds. If it was written since, and
            is not as planned, nothing is written.
        type: int
      name:
        description: The plugin, for information.
        type: str
      scope:
        description: The scope, for information.
        type: str
      created_at:
        description: When it was made, for information.
        type: int
      instance_name:
        description: A name of its own.
        type: str
      enabled:
        description: Whether it is on.
        type: bool
      protocols:
        description: The protocols it applies to.
        type: list
        elements: str
      tags:
        description: Its tags.
        type: list
        elements: str
      condition:
        description: The expression that must hold.
        type: str
      ordering:
        description: Before and after which plugins it runs.
        type: dict
      partials:
        description: The partials it uses.
        type: list
        elements: dict
      service:
        description: The service it is on, as C({id}).
        type: dict
      route:
        description: The route it is on, as C({id}).
        type: dict
      consumer:
        description: The consumer it is on, as C({id}).
        type: dict
      consumer_group:
        description: The consumer group it is on, as C({id}).
        type: dict
  validate:
    description:
      - Whether to ask the control plane, before anything is written, if it would take every instance of the plugin as
        it will be, those that do not change too.
      - Costs one request for each instance.
    type: bool
    default: false
  backup:
    description:
      - A file to write the instances to as they were, secret values included, before the first one is written. Only its
        owner may read it.
      - Its content can be given back in O(instances).
      - Not written in check mode, or when nothing changes.
    type: path
seealso:
  - module: kongops.konnect.plugin_instance
  - module: kongops.konnect.plugin_instance_info
"""

EXAMPLES = r"""
- name: Rewrite instances as the plan says
  kongops.konnect.plugin_instances:
    region: eu
    control_plane: production
    plan: "{{ decided.plan }}"
  delegate_to: localhost

- name: Rename a field everywhere, and give a new one a value where it has none
  kongops.konnect.plugin_instances:
    region: eu
    control_plane: production
    plugin: edge-hints
    rename:
      ttl: max_age
    default:
      limits.burst: 10
    backup: /var/lib/kongops/edge-hints-before.json
  delegate_to: localhost

- name: Would the control plane take every instance as it is?
  kongops.konnect.plugin_instances:
    region: eu
    control_plane: production
    plugin: edge-hints
    instances: []
    validate: true
  delegate_to: localhost
"""

RETURN = r"""
instances:
  description: Every instance that the plan or the rules are about. Secret values are masked.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id.
      type: str
    plugin:
      description: The plugin.
      type: str
      sample: edge-hints
    scope:
      description: Where it applies, by id.
      type: str
      sample: global
    changed:
      description: Whether it was rewritten, or would be.
      type: bool
    updated_at:
      description: When it was last written, in epoch seconds.
      type: int
    before:
      description: Its configuration before.
      type: dict
    after:
      description: Its configuration now.
      type: dict
rewritten:
  description: How many instances were rewritten, or would be.
  returned: success
  type: int
  sample: 6
"""

from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import CONTROL_PLANE_ARGUMENT
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import run_konnect_module
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_instances import rewrite_instances

INSTANCE = {
    "id": {"type": "str", "required": True},
    "config": {"type": "dict"},
    "updated_at": {"type": "int"},
    "name": {"type": "str"},
    "scope": {"type": "str"},
    "created_at": {"type": "int"},
    "instance_name": {"type": "str"},
    "enabled": {"type": "bool"},
    "protocols": {"type": "list", "elements": "str"},
    "tags": {"type": "list", "elements": "str"},
    "condition": {"type": "str"},
    "ordering": {"type": "dict"},
    "partials": {"type": "list", "elements": "dict"},
    "service": {"type": "dict"},
    "route": {"type": "dict"},
    "consumer": {"type": "dict"},
    "consumer_group": {"type": "dict"},
}
RULES = ("rename", "convert", "default", "set", "remove")


def main() -> None:
    run_konnect_module(
        rewrite_instances,
        {
            **CONTROL_PLANE_ARGUMENT,
            "plan": {"type": "dict"},
            "instance_values": {"type": "dict"},
            "plugin": {"type": "str"},
            "rename": {"type": "dict"},
            "convert": {"type": "dict"},
            "default": {"type": "dict"},
            "set": {"type": "dict"},
            "remove": {"type": "list", "elements": "str"},
            "instances": {"type": "list", "elements": "dict", "options": INSTANCE},
            "validate": {"type": "bool", "default": False},
            "backup": {"type": "path"},
        },
        confidential=("instance_values", "convert", "default", "set", "instances"),
        mutually_exclusive=[("plan", "plugin"), *(("plan", "instances", rule) for rule in RULES)],
        required_one_of=[("plan", "plugin"), ("plan", "instances", *RULES)],
        required_by={"instance_values": ("plan",)},
    )


if __name__ == "__main__":
    main()
