# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan on the screen is in colour where Ansible writes in colour; what a task returns never is."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.action import update_plan
from ansible_collections.kongops.konnect.plugins.module_utils._report import plan_markdown, plan_text, rehearsal_text
from tests.support.example_plan import example_plan

ESCAPE = re.compile(r"\x1b\[[0-9]+m")


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    plan = example_plan()
    document, moments = plan.to_dict(), plan.rehearsal()
    return {
        "text": {"plan": document, "text": plan_text(document)},
        "rehearsal": {"plan": document, "rehearsal": moments, "text": rehearsal_text(document, moments)},
        "markdown": {"plan": document, "text": plan_markdown(document)},
        "summary": {"plan": {"digest": document["digest"]}, "text": plan_text(document)},
    }


def shown(result: dict[str, Any], form: str) -> str:
    action = update_plan.ActionModule.__new__(update_plan.ActionModule)
    action._task = SimpleNamespace(args={"format": form})
    return action.shown(result)


@pytest.mark.parametrize(("form", "coloured"), [("text", True), ("rehearsal", True), ("markdown", False)])
def test_colour_is_added_to_the_same_text_where_ansible_writes_in_colour(
    results: dict[str, dict[str, Any]], form: str, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = results[form]
    monkeypatch.setattr(update_plan, "ANSIBLE_COLOR", True)
    text = shown(result, form)

    assert bool(ESCAPE.search(text)) == coloured
    assert ESCAPE.sub("", text) == result["text"]
    monkeypatch.setattr(update_plan, "ANSIBLE_COLOR", False)
    assert shown(result, form) == result["text"]


def test_a_plan_that_was_summed_up_is_shown_as_the_module_wrote_it(
    results: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_plan, "ANSIBLE_COLOR", True)

    assert shown(results["summary"], "text") == results["summary"]["text"]
