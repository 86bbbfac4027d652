# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a rollout for people: how it ended, why, and what was announced beside what was seen."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._report import rollout_markdown, rollout_text


def report(**result: Any) -> dict[str, Any]:
    return {
        "rollout": {"id": "abc-1"},
        "plan": {"path": {"effective": "sync"}, "announced": {"dp1": 1, "dp2": 0}, "digest": "sha256:" + "a" * 64},
        "result": {
            "outcome": "succeeded",
            "failures": [],
            "steps": {"schema": "done"},
            "hosts": {"dp1": {"stage": "done", "nodes": "accepted"}, "dp2": {"nodes": "loaded"}},
            "untouched": [],
            **result,
        },
    }


def test_announced_and_observed_rejections_are_side_by_side() -> None:
    text = rollout_text({**report(), "observed": {"dp1": 1}})

    assert text.startswith("Rollout: succeeded (path sync)")
    assert re.search(r"dp1 +done +accepted +1 +1\n", text)
    assert re.search(r"dp2 +- +loaded +0 +0\n", text)


def test_rejections_that_nobody_counted_are_not_called_none() -> None:
    assert "not counted" in rollout_text(report())


def test_a_failure_names_step_host_and_reason_and_what_was_not_reached() -> None:
    failed = report(
        outcome="failed",
        failures=[{"step": "nodes", "host": "dp1", "reason": "init_by_lua error\x1b[31m"}],
        untouched=["dp2"],
    )

    text = rollout_text(failed)

    assert "step nodes on dp1: init_by_lua error" in text
    assert "\x1b" not in text
    assert "Not reached: dp2" in text
    assert "Not reached: dp2" in rollout_markdown(failed)


def test_markdown_has_the_table() -> None:
    assert "| dp1 | done | accepted | 1 | not counted |" in rollout_markdown(report())
