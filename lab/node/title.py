# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name a process shows in ``ps`` and /proc/<pid>/cmdline, which is how nginx's processes are told apart."""

from __future__ import annotations

from pathlib import Path

_ARG_START, _ARG_END = 47, 48  # fields 48 and 49 of proc(5)'s stat, counted from 0


def set_title(title: str) -> None:
    """Show ``title`` as the command line; cut to the room the real command line left. Does nothing off Linux."""
    try:
        # The command name in brackets may hold blanks: count the fields after it.
        fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        start, end = int(fields[_ARG_START - 2]), int(fields[_ARG_END - 2])
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(start)
            memory.write(title.encode()[: end - start - 1].ljust(end - start, b"\0"))
        Path("/proc/self/comm").write_text("nginx", encoding="ascii")
    except OSError:
        return
