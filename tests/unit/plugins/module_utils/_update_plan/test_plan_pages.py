# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation shows the rules and a plan as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._report import plan_markdown, plan_text, rehearsal_text
from tests.support.example_plan import example_plan
from tests.support.rules_page import PAGE, page

VERSIONS = {
    "1.0.1": ("none", "none"),
    "1.1.0": ("short", "short"),
    "2.0.0": ("long", "long"),
    "2.1.0": ("long", "sync"),
    "3.0.0": ("sync", "sync"),
}


def test_the_page_of_the_rules_is_their_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.support.rules_page"


def test_the_plan_that_is_explained_is_a_real_one() -> None:
    text = (PAGE.parent / "plan.md").read_text(encoding="utf-8")
    shown = re.search(r"```text\n(.*?)```", text, re.DOTALL)

    assert shown is not None
    assert shown[1] == plan_text(example_plan().to_dict()), "run python -m tests.support.example_plan"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_example_versions_take_the_paths_that_their_page_says_and_read_well(version: str) -> None:
    plan = example_plan(version)
    document = plan.to_dict()
    documented, effective = VERSIONS[version]

    assert (document["path"]["documented"], document["path"]["effective"]) == (documented, effective)
    for text in (plan_text(document), rehearsal_text(document, plan.rehearsal())):
        assert max(map(len, text.splitlines())) <= 100
    lines = plan_text(document).splitlines()
    assert lines[0].startswith(f"Update path: {effective.upper()} ")
    rows = [line for line in plan_markdown(document).splitlines() if line.startswith("|")]
    assert rows
    assert "s3cret" not in plan_text(document) + plan_markdown(document)


def test_the_readme_of_the_examples_names_every_version() -> None:
    examples = Path(PAGE.parents[1] / "examples" / "plugins")
    readme = (examples / "README.md").read_text(encoding="utf-8")

    for version in VERSIONS:
        assert f"| {version} |" in readme
