# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal says at which steps a foreign write would be rejected, by whom and why."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._report import rehearsal_text
from tests.support.small_world import schema_text, small

OLD = schema_text('{ kept = { type = "string" } }, { ttl = { type = "integer", required = true } }')
NEW = schema_text('{ kept = { type = "string" } }')


def test_each_rejection_is_told_at_the_step_where_it_would_happen() -> None:
    plan = small(OLD, NEW, [{"ttl": 5}]).plan()
    lines = rehearsal_text(plan.to_dict(), plan.rehearsal()).splitlines()

    rows = [line for line in lines if "REJECTED by" in line]
    assert [line.split()[0] for line in rows] == ["schema", "validate", "stage", "instances", "nodes:"]
    assert "taken by every node" in rows[0]
    assert any(line.split() == ["nodes:", "dp2", *["taken", "by", "every", "node"] * 2] for line in lines)
    at = next(at for at, line in enumerate(lines) if line.startswith("  - instances. A write to anything else:"))
    told = " ".join([lines[at], lines[at + 1].strip()])
    assert "dp1, dp2 would reject probe: one-1 (global); config.ttl: required field missing" in told
    assert lines[-1].startswith("Rejections in the plan's own steps: 2 (dp1 1, dp2 1)")
    assert max(map(len, lines)) <= 100


def test_a_plan_with_nothing_to_do_has_nothing_to_rehearse() -> None:
    plan = small(NEW, NEW).plan()

    assert "there is nothing to do" in rehearsal_text(plan.to_dict(), plan.rehearsal())
