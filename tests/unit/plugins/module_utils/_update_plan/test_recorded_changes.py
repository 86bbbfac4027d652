# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The 400 changes whose verdicts Kong's own code gave (../shared/reference/kong-verdicts/changes.jsonl)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import fill_defaults, read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.judge import Judge
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import UpdatePath
from tests.support.small_world import instance

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def without_made_up_values(config: Any) -> str:
    """Fields with `auto` get a random UUID in Kong."""
    return UUID.sub("a UUID", json.dumps(config, sort_keys=True))


def test_every_recorded_change_gets_the_verdict_of_kongs_own_code(shared: Path) -> None:
    lines = (shared / "kong-verdicts" / "changes.jsonl").read_text(encoding="utf-8").splitlines()
    wrong = []
    for number, line in enumerate(lines, 1):
        case = json.loads(line)
        old, new = read_schema(case["old"]), read_schema(case["new"])
        stored = instance(case["b0"])
        judge = Judge(new, {"old": old}, [])
        after = instance(fill_defaults(new, case["sent"]))
        found = judge.verdict_of(stored, after)
        same = without_made_up_values(after["config"]) == without_made_up_values(case["b1"])
        if found != UpdatePath.of(case["verdict"]) or not same:
            wrong.append((number, case["kinds"], case["verdict"], found.word))
    assert len(lines) == 400
    assert not wrong
