# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal says at which steps a foreign write would be rejected, by whom and why."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._report import rehearsal_text
from tests.support.small_world import schema_text, small

OLD = schema_text('{ kept = { type = "string" } }, { ttl = { type = "integer", required = true } }')
NEW = schema_text('{ kept = { type = "string" } }')


def test_the_rejection_is_told_at_the_step_where_it_would_happen() -> None:
    lines = rehearsal_text(small(OLD, NEW, [{"ttl": 5}]).plan().to_dict()).splitlines()

    at = lines.index("  after instances: a foreign write is REJECTED by 2 node(s)")
    assert lines[at + 1] == "    dp1, dp2: 1 instance(s), config.ttl: required field missing"
    assert [line for line in lines if "REJECTED" in line] == [lines[at]]
    assert lines[-1].startswith("Rejections in the plan's own steps: 2 (dp1 1, dp2 1)")


def test_a_plan_with_nothing_to_do_has_nothing_to_rehearse() -> None:
    assert "there is nothing to do" in rehearsal_text(small(NEW, NEW).plan().to_dict())
