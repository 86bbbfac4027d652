# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift as a table for a terminal: one row for each place, the repository first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import columns, plain, short_digest

_HEADS = ("place", "files", "schema", "state")


def drift_text(plugins: Sequence[dict[str, Any]]) -> str:
    """The plugins of `find_drift` side by side."""
    lines = []
    for plugin in plugins:
        verdict = "DRIFTS" if plugin["drifts"] else "the same everywhere"
        lines += [f"{plain(plugin['name'])}: {verdict}", *columns(map(_row, plugin["places"]), _HEADS), ""]
    return "\n".join(lines)


def _row(place: dict[str, Any]) -> tuple[str, ...]:
    digests = (short_digest(place[key]) if place[key] else "-" for key in ("files", "schema"))
    return place["where"], *digests, "; ".join([place["state"], *place["remarks"]])
