# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actors on one stage of virtual time: whose turn it is, who pauses and who dies is drawn from one seed.

Every actor is a thread, and only one of them runs at a time. It gives its turn away ahead of each access to something
that others see, so that any of them may come between.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

BEGIN = 1_800_000_000.0


class Killed(BaseException):
    """The controller's process is gone; nothing but the harness catches this."""


@dataclass(eq=False)
class Actor:
    """One who acts: from ``wakes`` on (epoch seconds), and never again from its turn number ``doom`` on."""

    name: str
    work: Callable[[Actor], None]
    wakes: float
    doom: int | None = None
    turns: int = 0
    over: bool = False
    died: bool = False
    error: BaseException | None = None
    _go: threading.Lock = field(default_factory=threading.Lock)


class Stage:
    """``run`` lets every actor act until all are over; raises what one of them raised."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = BEGIN
        self.actors: list[Actor] = []
        self._back = threading.Lock()
        self._back.acquire()

    def enter(self, name: str, work: Callable[[Actor], None], *, after: float = 0, doom: int | None = None) -> Actor:
        actor = Actor(name, work, self.now + after, doom)
        actor._go.acquire()
        self.actors.append(actor)
        return actor

    def turn(self, actor: Actor, seconds: float) -> None:
        """Give the turn away for so long. Raises Killed where the actor dies instead of coming back."""
        actor.wakes = self.now + seconds
        self._back.release()
        actor._go.acquire()
        actor.turns += 1
        if actor.doom is not None and actor.turns >= actor.doom:
            actor.died = True
            raise Killed

    def run(self) -> None:
        fresh = [actor for actor in self.actors if not actor.over]
        threads = [threading.Thread(target=self._act, args=(actor,), daemon=True) for actor in fresh]
        for thread in threads:
            thread.start()
        while waiting := [actor for actor in fresh if not actor.over]:
            actor = min(waiting, key=lambda one: one.wakes)
            self.now = max(self.now, actor.wakes)
            actor._go.release()
            self._back.acquire()
        for thread in threads:
            thread.join()
        for actor in fresh:
            if actor.error is not None:
                raise actor.error

    @property
    def anybody_died(self) -> bool:
        return any(actor.died for actor in self.actors)

    def _act(self, actor: Actor) -> None:
        actor._go.acquire()
        try:
            actor.work(actor)
        except Killed:
            pass
        except BaseException as error:
            actor.error = error
        actor.over = True
        self._back.release()
