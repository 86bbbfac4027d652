# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation's page of the plan's rules, made from their table: ``python -m tests.support.rules_page``."""

from __future__ import annotations

from pathlib import Path

import tests.conftest  # noqa: F401  makes the collection importable
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Rule
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.rules import CELLS, OTHERS, renamed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"

_HEAD = """# The rules of a plan

Every difference between two schemas gets one of these rules. The identifiers are stable: they will not be given to
another kind of change.

*Breaking* is meant as Konnect's documents mean it: not safe for a node that still has the other schema. Whether it
breaks anything is for the stored instances to say, and the plan asks each of them (see [How to read a plan](plan.md)).

## The documented table

A configuration parameter that is added, removed, or of another datatype, by what it is in the schema that has it (for
a datatype that changed, in the new one). Of several changes the heaviest counts.

| rule | change | configuration parameter | update path | breaking |
|---|---|---|---|---|
"""

_OTHERS_HEAD = """
A rename counts as its two cells at once, the heavier of both.

| rule | name | update path | breaking |
|---|---|---|---|
"""

_BEYOND_HEAD = """
## Changes that the table does not have

The documents have no cell for these. The schema has to be replaced, so the path is at least Short; the instances decide
whether it is more.

| rule | name | what decides | breaking |
|---|---|---|---|
"""

_COLUMNS = {
    "required-default": "required, with a default",
    "required": "required, without a default",
    "optional-default": "optional, with a default",
    "optional": "optional, without a default",
}
_CHANGES = {"added": "added to the schema", "removed": "removed from the schema", "retyped": "datatype changed"}
_PATHS = {"short": "Short", "long": "Long", "sync": "CP/DP sync"}


def page() -> str:
    """The whole page."""
    example = renamed(CELLS["removed", "optional"], CELLS["added", "optional"])
    return "".join(
        [
            _HEAD,
            *(_cell(rule) for rule in sorted(CELLS.values(), key=lambda rule: rule.id)),
            _OTHERS_HEAD,
            f"| {example.id} | `{example.name}` | the heavier of its two cells | yes |\n",
            _BEYOND_HEAD,
            *(_other(rule) for rule in sorted(OTHERS.values(), key=lambda rule: rule.id)),
        ]
    )


def _cell(rule: Rule) -> str:
    assert rule.column is not None
    path = _PATHS[rule.documented.word]
    return f"| {rule.id} | {_CHANGES[rule.kind]} | {_COLUMNS[rule.column]} | {path} | {_yes(rule)} |\n"


def _other(rule: Rule) -> str:
    return f"| {rule.id} | `{rule.name}` | {rule.reason.split(': ', 1)[1]} | {_yes(rule)} |\n"


def _yes(rule: Rule) -> str:
    return "yes" if rule.breaking else "no"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
