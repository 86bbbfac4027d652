# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node is reached, reloaded and watched, said once."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  plugin_root:
    description:
      - Directory on the node that holds the releases and, below C(kong/plugins), the live plugins.
      - It must be on C(lua_package_path) of the node, as C(<plugin_root>/?.lua).
    type: path
    default: /opt/kong-plugins
  kong_kind:
    description:
      - How this Kong is reloaded.
      - V(package) runs C(kong reload), V(systemd) reloads O(kong_unit), V(container) runs C(kong reload) in
        O(kong_container), V(command) runs O(reload_command).
    type: str
    default: package
    choices: [package, systemd, container, command]
  kong_command:
    description: The C(kong) command, as a name or a path.
    type: str
    default: kong
  kong_conf:
    description:
      - The configuration file. When it is given, C(kong reload) takes it with C(-c).
      - Without it the file is read from its usual places and a reload keeps the settings that Kong runs with.
    type: path
  kong_environment_file:
    description:
      - The file on the node that makes the environment of Kong, where plugins are enabled and disabled by
        C(KONG_PLUGINS) and C(KONG_LUA_PACKAGE_PATH), which win over C(kong.conf).
      - A drop-in of systemd (C(<unit>.d/*.conf)), an env file (C(NAME=value) lines), or a compose file (C(*.yml),
        C(*.yaml)). In a compose file the names have to be set for one service at most.
      - For O(kong_kind=systemd) it is found without being named. A vendor's unit is left alone and overruled by a
        drop-in of the collection's own, C(zz-kongops.conf).
    type: path
  kong_prefix:
    description:
      - Kong's prefix. By default the one that the configuration file names, else C(/usr/local/kong).
    type: path
  kong_unit:
    description: The systemd unit, for O(kong_kind=systemd) and for reading the journal.
    type: str
    default: kong
  kong_container:
    description:
      - Name of the container, for O(kong_kind=container). The task runs on the container's host as root.
      - O(plugin_root) has to be mounted in the container at the same path.
    type: str
  container_engine:
    description: Command of the container engine, for O(kong_kind=container).
    type: str
    default: docker
  reload_command:
    description: Shell command that reloads Kong, for O(kong_kind=command).
    type: str
  status_api:
    description:
      - Address of the Status API as C(host:port) or URL, or V(off). By default the one that the node's settings name.
    type: str
  log_path:
    description: Path of Kong's error log. By default the one that the node's settings name.
    type: path
  timeout:
    description: Seconds that one reload or one wait may take.
    type: int
    default: 60
requirements:
  - A POSIX shell with coreutils or busybox on the node. No Python.
"""

    # How a reload is proven.
    PROOF = r"""
options:
  expected_hash:
    description:
      - Configuration hash that the control plane expects its nodes to have.
      - A node that has it before a reload has no payload waiting, so nothing is waited for after it.
    type: str
  settle:
    description:
      - Seconds after readiness in which a changed configuration hash counts as changed across the reload.
      - A payload that meets a node just after its reload can be lost while everything looks in sync. When the hash
        changed across a reload, the node is reloaded once more in the same visit.
    type: int
    default: 2
"""
