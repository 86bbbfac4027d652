# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test may turn while the lab runs: ``PUT /lab/settings``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class Settings:
    """Every switch with the value that resembles Konnect most."""

    latency_ms: float = 0.0
    """Added to every request under /v2, milliseconds."""
    coalesce_seconds: float = 1.0
    """From the first change to the payload that carries it and all that followed (konnect-api.md f, timing)."""
    clock_offset: float = 0.0
    """Seconds that the lab's clock is ahead of the machine's."""
    schema_error_shape: str = "A"
    """``A`` (koko) or ``E`` (Kong's Admin API) for a schema that does not load (konnect-api.md c)."""
    duplicate_status: int = 400
    """400 (reality) or 409 (document) for a schema that exists (surprise 2)."""
    schema_visible_after: float = 0.0
    """Seconds until a new schema can be used by plugins."""
    cursor_key: str | None = "next"
    """Key of the cursor in ``page`` of koko-style lists: ``next``, ``next_cursor``, ``next_page_num``, or None for
    a list cut short without one (konnect-api.md c, listing)."""

    def change(self, values: dict[str, Any]) -> None:
        """Set the named switches; raises ValueError for a name or a type that no switch has."""
        known = {field.name for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no setting is called {name!r}; there are {', '.join(sorted(known))}")
            present = getattr(self, name)
            number = isinstance(present, (int, float)) and isinstance(value, (int, float))
            if not number and not isinstance(value, str) and not (name == "cursor_key" and value is None):
                raise ValueError(f"setting {name!r} cannot be {value!r}")
        for name, value in values.items():
            setattr(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """All switches as JSON."""
        return asdict(self)
