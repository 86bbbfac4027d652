# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process on the controller that runs a rollout, and whether it still does.

A lock outlives the run that was killed. Where the same controller runs the same command again, the dead owner can be
told from a living one, and nobody has to wait for the lock to expire.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def process_facts(pid: int) -> dict[str, Any]:
    """What names a process for good: pid, start time (clock ticks since boot) and boot; empty without ``/proc``."""
    started = _start_time(pid)
    if started is None:
        return {}
    return {"pid": pid, "started": started, "boot": _BOOT.read_text(encoding="ascii").strip()}


def is_dead(facts: Mapping[str, Any]) -> bool:
    """Whether the process ran on this machine and certainly does no longer; False when that cannot be told."""
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return False
    if not facts.get("pid") or facts.get("boot") != boot:
        return False
    return _start_time(int(facts["pid"])) != facts.get("started")


def _start_time(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(") ")[2].split()
    return None if state == "Z" else int(fields[18])
