# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal as a file on the controller: appended under a lock, flushed to disk, read whole."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import Entry, JournalError, read_journal
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import State, fold


class JournalFile:
    """One rollout's journal. Several forks of one playbook may append at once."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def append(
        self,
        *,
        attempt: int,
        step: str,
        event: str,
        host: str | None = None,
        reason: str | None = None,
        facts: dict | None = None,
    ) -> bytes:
        """Note one event; it is on disk when this returns. The line.

        :raises OSError: the folder cannot be made or the file cannot be written.
        """
        line = Entry(time.time(), attempt, step, event, host, reason, facts).to_line().encode()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._drop_torn_line(descriptor)
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return line

    @staticmethod
    def _drop_torn_line(descriptor: int) -> None:
        """A crash may have cut the last line; appended to, it would spoil the next one too."""
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            text = os.pread(descriptor, size, 0)
            os.ftruncate(descriptor, text.rfind(b"\n") + 1)

    def state(self) -> State:
        """Where the rollout stands; a journal that was never written is a rollout that never began.

        :raises JournalError: the file is not a journal; the message names file and line.
        """
        try:
            return fold(read_journal(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return State()
        except (JournalError, UnicodeDecodeError) as exc:
            raise JournalError(f"{self.path}: {exc}. Move the file away to begin without its memory.") from None
