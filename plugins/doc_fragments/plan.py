# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that plan have in common, said once."""

from __future__ import annotations


class ModuleDocFragment:
    # What was seen of the nodes.
    FLEET = r"""
options:
  nodes:
    description:
      - The names of the inventory hosts that are the nodes. What the role C(kongops.konnect.data_plane) saw of each is
        taken from its variables, and a host that was not looked at counts as unreachable.
    type: list
    elements: str
  fleet:
    description:
      - What was seen of each node, as M(kongops.konnect.plugin_release_info) returned it. Not needed with O(nodes).
    type: list
    elements: dict
    default: []
"""

    # Instances as an operator gives them; what is done with them each module says.
    GIVEN = r"""
options:
  instances:
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The plugin. May be left out when there is only one.
        type: str
      id:
        description: The id of the instance.
        type: str
      service:
        description: The name or id of the service that the instance is on.
        type: str
      route:
        description: The name or id of the route that the instance is on.
        type: str
      consumer:
        description: The user name or id of the consumer that the instance is on.
        type: str
      consumer_group:
        description: The name or id of the consumer group that the instance is on.
        type: str
      instance_name:
        description: A name of its own.
        type: str
      enabled:
        description: Whether the instance is on.
        type: bool
      protocols:
        description: The protocols that it applies to.
        type: list
        elements: str
      tags:
        description: Its tags.
        type: list
        elements: str
      config:
        description: Its configuration.
        type: dict
      ordering:
        description: Before and after which plugins it runs.
        type: dict
      condition:
        description: The expression that must hold for it to run.
        type: str
"""

    # Who may be left out.
    ALLOW_MISSING = r"""
options:
  allow_missing:
    description:
      - Hosts, hostnames and ids of nodes that may be left out although they are unreachable, unknown to the control
        plane, or not in the inventory.
    type: list
    elements: str
    default: []
"""

    SHOW = r"""
options:
  show:
    description:
      - Whether to show RV(text) on the screen. What is shown of a failure is not in its result again.
    type: bool
    default: true
"""

    # How a plan is put away, approved, and held to what was approved.
    APPROVAL = r"""
options:
  plan_file:
    description:
      - A file on the controller to write the plan to, as JSON, readable for its owner only.
    type: path
  approved_plan:
    description:
      - A file that O(plan_file) wrote. Fails unless every input is as it was when that plan was made, or as that plan's
        own steps make it, so that a rollout which was cut short can be finished with the same approval.
      - A plan knows instances by a key made of the token, so both runs need the same token.
    type: path
  approved_digest:
    description:
      - The digest of a plan that was approved. Fails unless this plan has the same one, or is what the approved plan's
        own steps left of it. The latter can be told where the approved plan is kept in O(journal_dir).
    type: str
  keep:
    description:
      - Whether to keep the plan in O(journal_dir), so that it can be carried out by its digest alone and a refusal says
        which input differs. A plan that is carried out by its digest is kept in any case.
    type: bool
    default: false
  journal_dir:
    description:
      - The folder on the controller where rollouts keep their journals. Plans lie in C(plans) below it, readable for
        their owner only.
    type: path
    default: ~/.local/state/kongops/journal
"""

    # Where else journals are kept, and what lies beside them.
    JOURNAL_HOST = r"""
options:
  journal_host:
    description:
      - A host of the inventory that keeps what lies in O(journal_dir) too, where the controller does not last. What is
        needed is fetched from there first, and what is added is there before anything relies on it.
    type: str
    default: ""
  journal_host_dir:
    description:
      - The folder on O(journal_host).
    type: str
    default: /var/lib/kongops/journal
"""
