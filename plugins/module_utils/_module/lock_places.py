# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lock lies: a label of the control plane, a file on the controller, or nowhere."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

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
    ensure_held,
    read_lock,
    wanted_lock,
)

MOST_LABELS = 5
SETTLE = (0.3, 0.9)
_ELSEWHERE = (
    "Choose another place with lock: file (good for one controller), or lock: none (and keep others out yourself)."
)


class Place(Protocol):
    """Somewhere to keep one lock; ``now`` is epoch seconds by the clock of the place."""

    def read(self) -> Lock | None: ...

    def write(self, lock: Lock | None) -> None: ...

    def now(self) -> float: ...


class LabelPlace:
    """A label of the control plane, seen by everybody who could roll out there. Needs the role Admin."""

    def __init__(self, client: Client, control_plane_id: str) -> None:
        self._client = client
        self._id = control_plane_id

    def read(self) -> Lock | None:
        return read_lock(dict(get_control_plane(self._client, self._id).labels).get(LABEL))

    def write(self, lock: Lock | None) -> None:
        labels = {key: value for key, value in get_control_plane(self._client, self._id).labels.items() if key != LABEL}
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

    def write(self, lock: Lock | None) -> None:
        if lock is None:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._path.with_suffix(f".{os.getpid()}")
        new.write_text(f"{lock}\n", encoding="utf-8")
        new.replace(self._path)

    def now(self) -> float:
        return time.time()


def acquire(
    place: Place,
    owner: str,
    *,
    break_lock: str | None = None,
    dead: frozenset[str] = frozenset(),
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Take the lock, or renew it. There is no compare-and-set, so it is read back twice once it has settled.

    :raises LockError: somebody else holds it, or won the race for it.
    """
    place.write(wanted_lock(place.read(), owner, place.now(), break_lock=break_lock, dead=dead))
    for _turn in range(2):
        sleep(random.uniform(*SETTLE))
        hold(place, owner)


def hold(place: Place, owner: str) -> None:
    """Make sure that the lock is still ours, and renew it once half of its life is over.

    :raises LockError: it is not.
    """
    now = place.now()
    lock = ensure_held(place.read(), owner, now)
    renewed = wanted_lock(lock, owner, now)
    if lock.expires - now < (renewed.expires - now) / 2:
        place.write(renewed)


def release(place: Place, owner: str) -> bool:
    """Give the lock back if it is still ours; whether it was."""
    lock = place.read()
    if lock is None or lock.owner != owner:
        return False
    place.write(None)
    return True
