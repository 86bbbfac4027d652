# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nginx's error log: one line a record, ``<date> [<level>] <pid>#0: *<n> <text>``."""

from __future__ import annotations

import itertools
import os
import time
from contextlib import suppress
from pathlib import Path

from lab.node.behaviour import read_faults

LEVELS = ("debug", "info", "notice", "warn", "error", "crit", "alert", "emerg")
STANDARD_ERROR = "/dev/stderr"
_STANDARD_ERROR_DESCRIPTOR = 2


class ErrorLog:
    """The log of one node, shared by its processes: opened once, kept through a rotation until ``reopen``.

    ``target`` is a path (relative to the prefix), ``/dev/stderr``, ``off`` or ``syslog:...`` (both: lines are lost).
    """

    def __init__(self, prefix: Path, target: str, level: str) -> None:
        self.prefix = prefix
        self.target = target
        self._threshold = LEVELS.index(level)
        self._events = itertools.count(1)
        self._file = self._open()

    def _open(self) -> int | None:
        if self.target == "off" or self.target.startswith("syslog:"):
            return None
        if self.target == STANDARD_ERROR:
            return _STANDARD_ERROR_DESCRIPTOR
        path = self.prefix / self.target
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def reopen(self) -> None:
        """Let go of a rotated file (SIGUSR1)."""
        self.close()
        self._file = self._open()

    def close(self) -> None:
        """Write no more."""
        if self._file is not None and self._file != _STANDARD_ERROR_DESCRIPTOR:
            os.close(self._file)
        self._file = None

    def write(self, level: str, text: str, *, event: bool = False) -> None:
        """Log ``text``; ``event`` marks what happens on a connection or timer and so carries nginx's ``*<n>``."""
        if self._file is None or LEVELS.index(level) < self._threshold or read_faults(self.prefix).log_lost:
            return
        number = f"*{next(self._events)} " if event else ""
        line = f"{time.strftime('%Y/%m/%d %H:%M:%S')} [{level}] {os.getpid()}#0: {number}{text}\n"
        with suppress(OSError):  # a full disk costs the line, not the node
            os.write(self._file, line.encode())
