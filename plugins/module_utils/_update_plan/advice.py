# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways around a gap: smaller changes one after another, or a shorthand field, with the Lua to paste."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Change, Json, UpdatePath
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import CONTROL_PLANE, Study
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import listing

_LUA_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class Advice:
    """One way to do better than the plan; ``lua`` is text to paste into schema.lua, or empty."""

    plugin: str
    title: str
    text: str
    lua: str = ""

    def to_dict(self) -> Json:
        return {"plugin": self.plugin, "title": self.title, "text": self.text, "lua": self.lua}


def advise(study: Study) -> Iterator[Advice]:
    """What would avoid the gap of a sync path.  Says nothing where the evidence is lighter, or where the schema on the
    control plane is the new one already and only finishing helps."""
    if study.evidence < UpdatePath.SYNC or not study.uploads:
        return
    changes = [one.change for one in study.changes if CONTROL_PLANE in one.against]
    yield from _shorthands(study, changes)
    yield from _optional_first(study.name, changes)
    yield from _new_name_for_new_type(study.name, changes)
    yield from _two_rollouts(study.name, changes)


def _of(changes: list[Change], kind: str, *columns: str) -> list[str]:
    return [one.path for one in changes if one.rule.kind == kind and (not columns or one.rule.column in columns)]


def _two_rollouts(plugin: str, changes: list[Change]) -> Iterator[Advice]:
    added = [*_of(changes, "added", "required-default", "optional-default"), *_renamed(changes)]
    tighter = [*_of(changes, "removed"), *(one.path for one in changes if one.rule.name == "validator-tightened")]
    if added and tighter:
        yield Advice(
            plugin,
            "Two rollouts, add first",
            f"Roll out with {listing(added)} added and {listing(tighter)} still as before (short). When every node has "
            "it, roll out the rest (long). Old nodes then never meet a key they do not know.",
        )


def _renamed(changes: list[Change]) -> list[str]:
    return [one.to for one in changes if one.carry and one.to]


def _optional_first(plugin: str, changes: list[Change]) -> Iterator[Advice]:
    removed = _of(changes, "removed", "required")
    if removed:
        yield Advice(
            plugin,
            "Optional first, removed later",
            f"Roll out with {listing(removed)} kept but required = false (short). When every node has it, remove it "
            "(long).",
        )
    added = _of(changes, "added", "required")
    if added:
        yield Advice(
            plugin,
            "Optional first, required later",
            f"Roll out with {listing(added)} as an optional field without a default (short), set it in every instance, "
            "then roll out required = true (short, since every instance has a value). A default avoids the second one.",
        )


def _new_name_for_new_type(plugin: str, changes: list[Change]) -> Iterator[Advice]:
    retyped = _of(changes, "retyped")
    if retyped:
        yield Advice(
            plugin,
            "A new name for the new datatype",
            f"Leave {listing(retyped)} as it is and add a field of another name with the new datatype (short). Move "
            "the instances, then remove the old one (long).",
        )


def _shorthands(study: Study, changes: list[Change]) -> Iterator[Advice]:
    for one in changes:
        if one.carry and one.to:
            yield Advice(
                study.name,
                "Keep the old name as a shorthand field",
                f"With {one.path} still accepted and written to {one.to}, every stored instance stays valid and the "
                "change is short.",
                _shorthand_lua(study, one.path, one.to),
            )


def _shorthand_lua(study: Study, path: str, to: str) -> str:
    old, new = path.rsplit(".", 1)[-1], to.rsplit(".", 1)[-1]
    if not (_LUA_NAME.match(old) and _LUA_NAME.match(new)):
        return ""
    kinds = {one.path: one.type for one in study.wanted.schema.flatten()}
    kind = kinds.get(to) or "string"
    return (
        "-- in the record that holds the field, beside its fields\n"
        "shorthand_fields = {\n"
        f"  {{ {old} = {{\n"
        f'      type = "{kind}",\n'
        "      func = function(value)\n"
        f"        return {{ {new} = value }}\n"
        "      end,\n"
        "  } },\n"
        "},"
    )
