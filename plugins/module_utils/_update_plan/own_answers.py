# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the operator's answers counts for a place in an instance.

A plan does not keep secret answers: they are looked up again when it is carried out, and by the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Place
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import parse_path

Answers = Mapping[str, Any]
EVERYONE = "*"


def answers_for(instance: Json, answers: Mapping[str, Answers]) -> tuple[Answers, Answers]:
    """An instance's own answers, those by its id over those by its name, and the ones for everyone."""
    by_name, by_id = (answers.get(str(instance.get(key))) or {} for key in ("instance_name", "id"))
    return {**by_name, **by_id}, answers.get(EVERYONE) or {}


def answer_at(at: Place, named: Answers, general: Answers) -> Any:
    """The answer for a place: an instance's own before one for everyone, the last of several.  KeyError for none."""
    for answers in (named, general):
        for path in reversed([*answers]):
            if _means(path, at):
                return answers[path]
    raise KeyError(at)


def _means(path: str, at: Place) -> bool:
    """Whether a place is among those that the operator's path is about."""
    try:
        parts = parse_path(path)
    except ValueError:
        return False
    return len(parts) == len(at) and all(part in (None, here) for part, here in zip(parts, at, strict=True))
