# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lock lies: a label of the control plane, a file on the controller, or nowhere."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import (
    get_control_plane,
    update_control_plane,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.lock import (
    LABEL,
    Lock,
    LockError,
    read_lock,
)

MOST_LABELS = 5
_ELSEWHERE = (
    "Choose another place with lock: file (good for one controller), or lock: none (and keep others out yourself)."
)


def _still(current: Lock | None, instead_of: Lock | None) -> None:
    """LockError where somebody wrote the place since it was read; it narrows the race that settling decides."""
    if current != instead_of and current is not None:
        raise LockError(f"The rollout {current.owner} took the lock at this very moment. Wait for it, then run again.")


class LabelPlace:
    """A label of the control plane, seen by everybody who could roll out there. Needs the role Admin."""

    def __init__(self, client: Client, control_plane_id: str) -> None:
        self._client = client
        self._id = control_plane_id

    def read(self) -> Lock | None:
        return read_lock(dict(get_control_plane(self._client, self._id).labels).get(LABEL))

    def write(self, lock: Lock | None, *, instead_of: Lock | None) -> None:
        labels = dict(get_control_plane(self._client, self._id).labels)
        _still(read_lock(labels.pop(LABEL, None)), instead_of)
        if lock is not None:
            if len(labels) >= MOST_LABELS:
                raise LockError(
                    f"The control plane has {len(labels)} labels already, so none is free for the lock. {_ELSEWHERE}"
                )
            labels[LABEL] = str(lock)
        try:
            update_control_plane(self._client, self._id, {"labels": labels})
        except KonnectError as error:
            if error.status == 403:
                raise LockError(
                    f"This token may not label the control plane, which the lock needs. {_ELSEWHERE}"
                ) from None
            raise

    def now(self) -> float:
        return self._client.now()


class FilePlace:
    """A file beside the journals: it keeps out other rollouts of this controller only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Lock | None:
        try:
            return read_lock(self._path.read_text(encoding="utf-8").strip())
        except FileNotFoundError:
            return None

    def write(self, lock: Lock | None, *, instead_of: Lock | None) -> None:
        _still(self.read(), instead_of)
        if lock is None:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._path.with_suffix(f".{os.getpid()}")
        new.write_text(f"{lock}\n", encoding="utf-8")
        new.replace(self._path)

    def now(self) -> float:
        return time.time()
