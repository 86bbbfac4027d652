# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dry run on a node before its switch: what goes there, and what it said (kong-data-plane.md 5 G)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.kong_log import compile_causes, parse_causes
from ansible_collections.kongops.konnect.plugins.module_utils._node.verdict import FAILED, Verdict, said_of

# Without the scope: what an instance belongs to is not in the file, and a reference to it would be refused.
_TRIED = ("id", "name", "enabled", "protocols", "config")


def planned_file(instances: Iterable[Mapping[str, Any]]) -> str:
    """Instances as one declarative configuration for `kong config parse`, disabled ones too: nodes validate them."""
    plugins = [{key: one[key] for key in _TRIED if one.get(key) is not None} for one in instances]
    return json.dumps({"_format_version": "3.0", "_transform": False, "plugins": plugins})


def read_preflight(answer: Answer) -> tuple[Verdict | None, list[str]]:
    """The verdict of a candidate that was refused, else None; and what could not be tried."""
    untried = [reason for key in ("not-compiled", "not-parsed") if (reason := answer.get("preflight", key))]
    for how, what, causes_of in (
        ("compile", "the node's Lua cannot compile the release", compile_causes),
        ("parse", "the node would refuse its configuration", parse_causes),
    ):
        text = answer.text("refused", how)
        if text is not None:
            causes = causes_of(text)
            return Verdict(FAILED, f"preflight: {what}: {said_of(causes)}; nothing was switched", causes), untried
    return None, untried
