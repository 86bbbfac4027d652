# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
name: konnect
short_description: Nodes of Konnect control planes as an inventory
version_added: 0.1.0
description:
  - Lists the data plane nodes that are connected to control planes, from their records in Konnect.
  - The source must be a file whose name ends in C(konnect.yml) or C(konnect.yaml).
  - A host is named as the node names itself. Where several nodes share a name, as containers may, the first eight
    characters of the node's id are added.
  - Every host is in the group O(group), and in a group C(konnect_<control plane>). Konnect does not know how to reach a
    node, so set C(ansible_host) by O(compose) where the name does not do.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.connection
  - kongops.konnect.connection.plugin
  - ansible.builtin.constructed
options:
  plugin:
    description:
      - Marks the file as a source for this plugin.
    type: str
    required: true
    choices:
      - kongops.konnect.konnect
  control_planes:
    description:
      - The names or ids of control planes. For a member of a group, the nodes are those of the group.
    type: list
    elements: str
    required: true
  group:
    description:
      - The group for all hosts.
    type: str
    default: data_planes
  silent_after:
    description:
      - After how many seconds without a report a node is left out. Records of nodes that are gone stay for a day.
    type: float
    default: 90
"""

EXAMPLES = r"""
# production.konnect.yml
plugin: kongops.konnect.konnect
region: eu
control_planes:
  - production
compose:
  ansible_host: inventory_hostname ~ '.example.com'
keyed_groups:
  - key: konnect_version.split('.')[:2] | join('_')
    prefix: kong
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from ansible.errors import AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import HTTPX_IMPORT_ERROR, Client
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.connection import ConnectionSettingsError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import get_control_plane
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import node_owner
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import Node, fetch_fleet
from ansible_collections.kongops.konnect.plugins.module_utils._module.arguments import (
    CONNECTION_ARGUMENTS,
    connection_from,
)

_ENDINGS = ("konnect.yml", "konnect.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable):
    """See DOCUMENTATION."""

    NAME = "kongops.konnect.konnect"

    def verify_file(self, path: str) -> bool:
        """Whether a source is for this plugin, by its name."""
        return bool(super().verify_file(path)) and path.endswith(_ENDINGS)

    def parse(self, inventory, loader, path, cache=True):  # type: ignore[no-untyped-def]  # ansible-core has no types
        """Fills the inventory."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        if HTTPX_IMPORT_ERROR is not None:
            raise AnsibleParserError(missing_required_lib("httpx"))
        try:
            with Client(connection_from({name: self.get_option(name) for name in CONNECTION_ARGUMENTS})) as client:
                for name in self.get_option("control_planes"):
                    self._add_control_plane(client, name)
        except (KonnectError, ConnectionSettingsError) as error:
            raise AnsibleParserError(str(error)) from None

    def _add_control_plane(self, client: Client, name: str) -> None:
        control_plane = get_control_plane(client, name)
        fleet = fetch_fleet(client, node_owner(client, control_plane).id)
        groups = [self.get_option("group"), "konnect_" + re.sub(r"\W", "_", control_plane.name)]
        for group in groups:
            self.inventory.add_group(group)
        oldest = fleet.now - self.get_option("silent_after")
        for host, node in named(node for node in fleet.nodes if node.last_ping >= oldest):
            for group in groups:
                self.inventory.add_host(host, group=group)
            self._describe(host, node, {"konnect_control_plane": harmless(control_plane.name)})

    def _describe(self, host: str, node: Node, more: dict[str, object]) -> None:
        variables = {
            "konnect_node_id": harmless(node.id),
            "konnect_hostname": harmless(node.hostname),
            "konnect_version": harmless(node.version),
            "konnect_last_ping": node.last_ping,
            **more,
        }
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)


def named(nodes: Iterable[Node]) -> Iterator[tuple[str, Node]]:
    """Each node with a name for its host that no other node has."""
    listed = list(nodes)
    shared = Counter(harmless(node.hostname) for node in listed)
    for node in listed:
        name = harmless(node.hostname)
        yield (name if name and shared[name] == 1 else f"{name or 'node'}-{harmless(node.id)[:8]}"), node


def harmless(text: str) -> str:
    """Text that a node or an operator made up, without anything that a template or a host pattern could be made of."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)
