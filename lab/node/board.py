# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the processes of a node share, as Kong's shared dictionaries: it outlives a reload, but not the master."""

from __future__ import annotations

import fcntl
import json
import mmap
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

EMPTY_HASH = "0" * 32
_SIZE = 65536
_LENGTH = 8


@dataclass
class State:
    """The shared facts. ``ready`` and ``broken`` hold worker numbers (0, 1, ...)."""

    stored_hash: str = EMPTY_HASH  # of the configuration in the store; what /status and pings say
    announcement: int = 0  # raised whenever workers are told to take the stored configuration
    workers: list[int] = field(default_factory=list)  # pids of the serving generation
    ready: list[int] = field(default_factory=list)  # workers whose router is built
    broken: list[int] = field(default_factory=list)  # workers that could not build their plugins iterator


class Board:
    """A ``State`` in memory that forked processes share; made by the master before it forks."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)
        self._lock = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the board
        self._put(State())

    def read(self) -> State:
        """The facts now."""
        with self._locked():
            return self._get()

    @contextmanager
    def change(self) -> Iterator[State]:
        """The facts, to be changed in the block."""
        with self._locked():
            state = self._get()
            yield state
            self._put(state)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Record locks belong to a process, so they hold between a master and its forks, and die with their owner.
        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)

    def _get(self) -> State:
        length = int.from_bytes(self._memory[:_LENGTH], "big")
        return State(**json.loads(self._memory[_LENGTH : _LENGTH + length]))

    def _put(self, state: State) -> None:
        text = json.dumps(asdict(state)).encode()
        self._memory[: _LENGTH + len(text)] = len(text).to_bytes(_LENGTH, "big") + text
