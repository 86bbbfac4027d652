# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a rollout stands, in plain data: for whoever asks, at any time."""

from __future__ import annotations

from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import State
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import Saved


def status_of(target: str, state: State, saved: Saved | None) -> dict[str, Any]:
    """One rollout by its target: its last attempt, each step and host in a word, what failed, and what it can be undone
    with. Times are epoch seconds."""
    hosts: dict[str, dict[str, str]] = {}
    for (step, host), outcome in sorted(state.hosts.items()):
        hosts.setdefault(host, {})[step] = str(outcome.facts.get("verdict", outcome.event))
    return {
        "target": target,
        "attempt": state.attempt,
        "open": state.is_open,
        "opened_at": state.opened_at,
        "closed_at": state.closed_at,
        "steps": {step: outcome.event for step, outcome in state.steps.items()},
        "hosts": hosts,
        "failures": [
            {"step": step, **({"host": host} if host else {}), "reason": reason}
            for step, host, reason in state.failures()
        ],
        "undo": saved
        and {
            "saved_at": saved.saved_at,
            "control_plane": saved.control_plane,
            "plugins": [
                {"name": one.name, "digest": one.digest, "release_before": one.release} for one in saved.plugins
            ],
        },
    }
