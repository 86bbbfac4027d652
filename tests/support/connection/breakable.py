# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local connection, which fails as that to a lost host does while a file says so."""

from __future__ import annotations

import os
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: breakable
short_description: The local connection, which can be broken
description: A host is unreachable while the folder named by KONGOPS_BROKEN holds a file of its name.
author: The kongops founders (@kongops)
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(LocalConnection):  # type: ignore[misc]
    """See above."""

    transport = "breakable"

    def exec_command(self, *arguments: Any, **named: Any) -> Any:
        if os.path.exists(os.path.join(os.environ["KONGOPS_BROKEN"], str(self._play_context.remote_addr))):
            raise AnsibleConnectionFailure("no route to host")
        return super().exec_command(*arguments, **named)
