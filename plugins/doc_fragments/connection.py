# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How modules reach Konnect, said once."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - httpx >= 0.27 (Python library), where the module runs
attributes:
  action_group:
    description: Use C(group/kongops.konnect.konnect) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - kongops.konnect.konnect
options:
  url:
    description:
      - The URL of the Konnect API, such as V(https://eu.api.konghq.com). It wins over O(region).
      - Must be https, unless it leads to this machine.
      - If not set, the environment variable E(KONNECT_URL) is used.
    type: str
  region:
    description:
      - The region of the control plane, one of V(us), V(eu), V(au), V(me), V(in) and V(sg). Control planes, plugins and
        nodes live in one region.
      - If not set, the environment variable E(KONNECT_REGION) is used.
    type: str
  token:
    description:
      - A personal access token or, better for automation, a system account token.
      - If not set, the environment variable E(KONNECT_TOKEN) is used.
    type: str
  token_file:
    description:
      - A file whose first line is the token. Used when O(token) is not set and E(KONNECT_TOKEN) is empty.
    type: path
  ca_path:
    description:
      - A PEM bundle, or a directory of certificates, to verify the certificate of O(url) or of a proxy by.
      - If not set, E(SSL_CERT_FILE) and then the bundle that comes with the HTTP library are used.
    type: path
  proxy:
    description:
      - The URL of an HTTP proxy. If not set, E(HTTPS_PROXY) and E(NO_PROXY) are honoured.
      - An URL on this machine is never reached through a proxy.
    type: str
  timeout:
    description:
      - How many seconds to wait for an answer.
    type: int
    default: 30
  retries:
    description:
      - How often a request is sent again after a rate limit, a server error or a lost connection. Waits grow from one
        second, and what the server asks for is honoured.
      - A request that creates something is only sent again if the first one certainly did nothing.
    type: int
    default: 4
  concurrency:
    description:
      - How many requests to have under way at the same time.
    type: int
    default: 5
notes:
  - Netrc files are not read, and redirects are not followed, so that a token goes only where O(url) or O(region) says.
  - At verbosity 3 and above, the result holds RV(ignore:requests), the list of requests without headers and bodies.
"""

    # The control plane to work on, for modules that need one.
    CONTROL_PLANE = r"""
options:
  control_plane:
    description:
      - The name or id of the control plane.
    type: str
    required: true
"""

    # For plugins that run on the controller, whose options come from a file: where else Ansible looks for them.
    PLUGIN = r"""
options:
  url:
    env:
      - name: KONNECT_URL
  region:
    env:
      - name: KONNECT_REGION
  token:
    env:
      - name: KONNECT_TOKEN
"""
