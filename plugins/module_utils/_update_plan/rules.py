# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of change with their stable identifiers: the documented cells, and the rows that the documents do not have.

Sources: update-paths.md section 1 for KPS101 to KPS124, its section 2 for the others.
"""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.matrix import COLUMNS, DOCUMENTED
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Rule, UpdatePath

_SAFE_CELLS = {("added", "optional"), ("removed", "optional")}
_CELL_NUMBERS = {
    "removed": {"required": 101, "required-default": 102, "optional-default": 103, "optional": 104},
    "added": {"required": 111, "required-default": 112, "optional-default": 113, "optional": 114},
    "retyped": {"required": 121, "required-default": 122, "optional-default": 123, "optional": 124},
}


def _cell(kind: str, column: str) -> Rule:
    return Rule(
        id=f"KPS{_CELL_NUMBERS[kind][column]}",
        name=f"field-{kind}-{column}",
        kind=kind,
        documented=UpdatePath.of(DOCUMENTED[kind][column]),
        breaking=(kind, column) not in _SAFE_CELLS,
        reason="the documented table",
        column=column,
    )


CELLS = {(kind, column): _cell(kind, column) for kind in DOCUMENTED for column in COLUMNS}

# id, name, kind, breaking, reason
_OTHERS = (
    (132, "field-renamed-shorthand", "renamed", False, "the old name stays accepted as a shorthand field"),
    (141, "required-tightened", "required", True, "a value must now be set: instances that leave it unset decide"),
    (142, "required-loosened", "required", False, "harmless while nobody unsets the value"),
    (143, "default-changed", "default", False, "stored instances keep the old value until they are saved without it"),
    (144, "default-added", "default", False, "stored instances do not get it until they are saved"),
    (145, "default-removed", "default", False, "stored instances hold the value already"),
    (151, "validator-tightened", "validator", True, "instances that violate it decide"),
    (152, "validator-loosened", "validator", False, "harmless while nobody uses the new freedom"),
    (153, "validator-changed", "validator", True, "instances that violate the new rule decide"),
    (161, "entity-check-added", "entity_check", True, "instances that violate it decide"),
    (162, "entity-check-removed", "entity_check", False, "harmless while nobody uses the new freedom"),
    (171, "scope-tightened", "scope", True, "instances on that scope or protocol decide"),
    (172, "scope-loosened", "scope", False, "harmless while nobody uses the new freedom"),
    (181, "referenceable-added", "attribute", False, "a plain value stays valid"),
    (182, "referenceable-removed", "attribute", True, "a {vault://...} value is no longer looked up"),
    (183, "attribute-changed", "attribute", False, "validation does not change"),
    (184, "deprecation-added", "attribute", False, "nodes older than Kong 3.7 refuse the schema itself"),
    (185, "shorthand-added", "shorthand", False, "one more name is accepted"),
    (186, "shorthand-removed", "shorthand", True, "nothing is stored under that name, but writers may use it"),
    (191, "not-known", "unknown", True, "the schema cannot be told without running it"),
)

OTHERS = {
    name: Rule(f"KPS{number}", name, kind, UpdatePath.SHORT, breaking, f"not in the documented table: {reason}")
    for number, name, kind, breaking, reason in _OTHERS
}


def renamed(removed: Rule, added: Rule) -> Rule:
    """A rename is its two cells at once, the worse of both (update-paths.md section 2)."""
    return Rule(
        id="KPS131",
        name="field-renamed",
        kind="renamed",
        documented=max(removed.documented, added.documented),
        breaking=True,
        reason=f"the documented table, as {removed.name} and {added.name} at once",
    )
