# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a lab node behaves (``lab-settings.json``: delays and habits), and what is broken in it (``lab-faults.json``).

Both files lie in the prefix and hold one JSON object with some of the keys below. Settings are read at start and at
each reload; faults whenever the occasion comes, so that a test can write them beneath a running node. The delays are
those observed on a real node (kong-data-plane.md, section 5: A, E, F, 5 and 10).
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

SETTINGS_FILE = "lab-settings.json"
FAULTS_FILE = "lab-faults.json"

Span = tuple[float, float]
Record = TypeVar("Record", "Settings", "Faults")


@dataclass(frozen=True)
class Settings:
    """Delays in seconds (a span is drawn from evenly) and habits of a node; the defaults are a real node's."""

    init_seconds: float = 0.15  # from SIGHUP to the outcome of init_by_lua
    worker_seconds: float = 0.2  # from the fork of a worker to its readiness
    handover_seconds: float = 0.1  # from the start of new workers to the farewell of the old
    apply_seconds: Span = (0.3, 0.9)  # from a stored payload to workers that serve it
    report_seconds: float = 0.1  # from workers that serve a payload to the ping that says so
    ping_seconds: float = 30.0
    retry_seconds: Span = (5.0, 10.0)
    # A payload with a new hash that comes this long after the first connection of a reload is lost (5 A); null: never.
    losing_window: Span | None = (0.0, 0.9)
    broker_noise: bool = True  # the harmless [error] line of 5 D at every good reload
    hostname: str | None = None  # what the node reports; null: the machine's name


QUICK = Settings(
    init_seconds=0.03,
    worker_seconds=0.02,
    handover_seconds=0.02,
    apply_seconds=(0.02, 0.04),
    report_seconds=0.01,
    retry_seconds=(0.1, 0.2),
)


@dataclass(frozen=True)
class Faults:
    """What is broken; nothing by default."""

    reload_command_hangs: float = 0.0  # ``kong reload`` takes this many seconds before it does anything
    reload_hangs: float = 0.0  # the master stays in init_by_lua this many seconds at the next reloads
    reload_ignored: bool = False  # ``kong reload`` returns 0 and the master never notices
    workers_never_come: bool = False  # at a good reload the old workers leave and no new ones appear
    old_workers_linger: float = 0.0  # an old worker goes on "shutting down" for this many seconds
    not_ready: float = 0.0  # workers say 503 for this many seconds after their start
    status_api: str = "on"  # "off": connections are closed without an answer; "hangs": they never get one
    log_lost: bool = False  # lines meant for the error log go nowhere
    lose_next_payload: bool = False  # 5 A whatever the time is
    no_control_plane: bool = False  # the next attempts to connect fail


def read_settings(prefix: Path) -> Settings:
    """The settings of the node at ``prefix``."""
    return _read(prefix / SETTINGS_FILE, Settings)


def read_faults(prefix: Path) -> Faults:
    """The faults of the node at ``prefix`` now."""
    return _read(prefix / FAULTS_FILE, Faults)


def write_settings(prefix: Path, settings: Settings) -> None:
    """Set how the node at ``prefix`` behaves from its next start or reload on."""
    _write(prefix / SETTINGS_FILE, asdict(settings))


def write_faults(prefix: Path, faults: Faults) -> None:
    """Break, or mend, the node at ``prefix``."""
    _write(prefix / FAULTS_FILE, asdict(faults))


def draw(span: Span) -> float:
    """A delay out of ``span``."""
    return random.uniform(*span)


def _read(file: Path, kind: type[Record]) -> Record:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return kind()
    unknown = set(found) - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"{file}: unknown key {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}
    return kind(**values)


def _write(file: Path, record: dict[str, Any]) -> None:
    new = file.with_suffix(".new")
    new.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    new.replace(file)
