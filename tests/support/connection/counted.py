# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local connection, with every remote execution and transfer noted in a file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: counted
short_description: The local connection, counted
description: Appends a line (host, begin, end) to the file named by KONGOPS_EXECUTIONS for each thing it does.
author: The kongops founders (@kongops)
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(LocalConnection):  # type: ignore[misc]
    """See above."""

    transport = "counted"

    def exec_command(self, *arguments: Any, **named: Any) -> Any:
        return self._noted(super().exec_command, *arguments, **named)

    def put_file(self, *arguments: Any, **named: Any) -> Any:
        return self._noted(super().put_file, *arguments, **named)

    def fetch_file(self, *arguments: Any, **named: Any) -> Any:
        return self._noted(super().fetch_file, *arguments, **named)

    def _noted(self, do: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        begun = time.time()
        try:
            return do(*arguments, **named)
        finally:
            line = f"{self._play_context.remote_addr} {begun} {time.time()}\n".encode()
            handle = os.open(os.environ["KONGOPS_EXECUTIONS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(handle, line)
            os.close(handle)
