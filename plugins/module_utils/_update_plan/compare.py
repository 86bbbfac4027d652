# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two schemas in, the changes between them out: field by field, through records, arrays and maps."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import EntityCheck, Field, Schema, Unknown
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.fields import (
    VALIDATORS,
    column_of,
    is_required,
    validator_change,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Change, Rule
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import Parts
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.rules import CELLS, OTHERS, renamed

_SCOPES = ("service", "route", "consumer", "consumer_group", "protocols")
_APART = ("required", "default", "referenceable", "deprecation")
_ALIKE_NAMES = 0.6


@dataclass(frozen=True)
class _Where:
    """A path as people read it, and its parts where it leads to values of an instance."""

    text: str
    parts: Parts | None = None

    def field(self, name: str) -> _Where:
        return _Where(f"{self.text}.{name}", None if self.parts is None else (*self.parts, name))

    def each(self, mark: str) -> _Where:
        """Every element of a list or value of a map."""
        return _Where(f"{self.text}{mark}", None if self.parts is None else (*self.parts, None))

    def keys(self) -> _Where:
        """The keys of a map, which no path leads to."""
        return _Where(f"{self.text}{{key}}")

    def change(self, rule: Rule, detail: str = "", *, to: str | None = None, carry: bool = False) -> Change:
        return Change(rule, self.text, detail, to=to, carry=carry, at=self.parts)


_CONFIG = _Where("config", ("config",))


def compare(old: Schema, new: Schema) -> list[Change]:
    """Every change that leads from ``old`` to ``new``, in the order of the new schema's text, removals first."""
    changes = [*_scopes(old, new)]
    before, after = old.config, new.config
    if before is not None and after is not None:
        changes += _field(before, after, _CONFIG, implicit=True)
    elif before is not None:
        changes.append(_CONFIG.change(CELLS["removed", column_of(before)], describe(before)))
    elif after is not None:
        changes.append(_CONFIG.change(CELLS["added", column_of(after)], describe(after)))
    changes += _entity_checks(old.entity_checks, new.entity_checks, "")
    changes += _shorthands(old.shorthand_fields, new.shorthand_fields, "", ())
    if _differs(old.check, new.check):
        changes.append(Change(OTHERS["validator-changed"], "check", "the schema's own check function"))
    if _differs(old.transformations, new.transformations):
        changes.append(Change(OTHERS["attribute-changed"], "transformations"))
    return changes


def describe(field: Field, *, implicit: bool = True) -> str:
    """``integer, required, with a default``."""
    words = [field.type or "type not known", "required" if is_required(field, implicit=implicit) else "optional"]
    if field.has_default:
        words.append("with a default")
    return ", ".join(words)


def _differs(old: Any, new: Any) -> bool:
    if isinstance(old, Unknown) and isinstance(new, Unknown):
        return old.reason != new.reason
    return bool(old != new)


def _scopes(old: Schema, new: Schema) -> Iterator[Change]:
    for name in _SCOPES:
        before, after = old.child(name), new.child(name)
        if before == after:
            continue
        if before is None:
            yield Change(OTHERS["scope-tightened"], name, "restricted")
        elif after is None:
            yield Change(OTHERS["scope-loosened"], name, "no longer restricted")
        else:
            inner = [*_field(before, after, _Where(name), implicit=True)]
            tighter = any(change.rule.breaking for change in inner)
            if inner:
                yield Change(OTHERS["scope-tightened" if tighter else "scope-loosened"], name, inner[0].detail)


def _field(old: Field, new: Field, where: _Where, *, implicit: bool) -> Iterator[Change]:
    why = old.unknown or new.unknown
    if why is not None:
        if old != new:
            yield where.change(OTHERS["not-known"], why.reason)
        return
    if old.type != new.type:
        yield where.change(CELLS["retyped", column_of(new, implicit=implicit)], f"{old.type} becomes {new.type}")
        return
    yield from _attributes(old, new, where, implicit=implicit)
    if old.fields is not None or new.fields is not None:
        yield from _record(old, new, where)
    yield from _inside(old.elements, new.elements, where.each("[]"))
    yield from _inside(old.keys, new.keys, where.keys())
    yield from _inside(old.values, new.values, where.each("{}"))


def _inside(old: Field | None, new: Field | None, where: _Where) -> Iterator[Change]:
    if old is not None and new is not None:
        yield from _field(old, new, where, implicit=False)


def _record(old: Field, new: Field, where: _Where) -> Iterator[Change]:
    before = {one.name: one for one in old.fields or ()}
    after = {one.name: one for one in new.fields or ()}
    gone = [one for name, one in before.items() if name not in after]
    came = [one for name, one in after.items() if name not in before]
    kept_names = {one.name for one in new.shorthand_fields}
    pairs = _renames(gone, came)
    for one in gone:
        here = where.field(one.name)
        if one.name in kept_names:
            to = where.field(pairs[one.name].name).text if one.name in pairs else None
            yield here.change(OTHERS["field-renamed-shorthand"], "still accepted, as a shorthand field", to=to)
        elif one.name in pairs:
            target = pairs[one.name]
            rule = renamed(CELLS["removed", column_of(one)], CELLS["added", column_of(target)])
            detail = f"looks renamed to {target.name}: its value is carried over"
            yield here.change(rule, detail, to=where.field(target.name).text, carry=True)
        else:
            yield here.change(CELLS["removed", column_of(one)], describe(one))
    renamed_to = {target.name for target in pairs.values()}
    for one in came:
        if one.name not in renamed_to:
            yield where.field(one.name).change(CELLS["added", column_of(one)], describe(one))
    for name, one in after.items():
        if name in before:
            yield from _field(before[name], one, where.field(name), implicit=True)
    yield from _entity_checks(old.entity_checks, new.entity_checks, where.text)
    yield from _shorthands(old.shorthand_fields, new.shorthand_fields, where.text, tuple(before))


def _renames(gone: list[Field], came: list[Field]) -> dict[str, Field]:
    """Old name to new field where nothing else can be meant: one candidate each way, equal in all but the name."""
    candidates = {one.name: [other for other in came if _same_but_for_name(one, other)] for one in gone}
    taken = [other.name for others in candidates.values() for other in others]
    return {
        name: others[0]
        for name, others in candidates.items()
        if len(others) == 1 and taken.count(others[0].name) == 1 and _alike(name, others[0].name)
    }


def _same_but_for_name(one: Field, other: Field) -> bool:
    ignored = {"description", "default"}
    mine = {key: value for key, value in one.attributes.items() if key not in ignored}
    theirs = {key: value for key, value in other.attributes.items() if key not in ignored}
    inner = all(getattr(one, part) == getattr(other, part) for part in ("fields", "elements", "keys", "values"))
    return one.type == other.type and mine == theirs and inner and not one.unknown and not other.unknown


def _alike(one: str, other: str) -> bool:
    if set(one.split("_")) & set(other.split("_")):
        return True
    return difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE_NAMES


def _attributes(old: Field, new: Field, where: _Where, *, implicit: bool) -> Iterator[Change]:
    was, now = is_required(old, implicit=implicit), is_required(new, implicit=implicit)
    if was != now:
        yield where.change(OTHERS["required-tightened" if now else "required-loosened"])
    yield from _default(old, new, where)
    before, after = (bool(one.attributes.get("referenceable")) for one in (old, new))
    if before != after:
        yield where.change(OTHERS["referenceable-added" if after else "referenceable-removed"])
    if "deprecation" in new.attributes and "deprecation" not in old.attributes:
        yield where.change(OTHERS["deprecation-added"])
    names = (set(old.attributes) | set(new.attributes)) - set(_APART)
    for name in sorted(names & VALIDATORS):
        how = validator_change(name, old, new)
        if how:
            yield where.change(OTHERS[f"validator-{how}"], name)
    changed = [one for one in sorted(names - VALIDATORS) if _differs(old.attributes.get(one), new.attributes.get(one))]
    if changed:
        yield where.change(OTHERS["attribute-changed"], ", ".join(changed))


def _default(old: Field, new: Field, where: _Where) -> Iterator[Change]:
    if old.has_default and new.has_default:
        if _differs(old.attributes["default"], new.attributes["default"]):
            yield where.change(OTHERS["default-changed"])
    elif new.has_default:
        yield where.change(OTHERS["default-added"])
    elif old.has_default:
        yield where.change(OTHERS["default-removed"])


def _entity_checks(old: tuple[EntityCheck, ...], new: tuple[EntityCheck, ...], path: str) -> Iterator[Change]:
    where = f"{path}.@entity" if path else "@entity"
    for one in new:
        if one not in old:
            yield Change(OTHERS["entity-check-added"], where, one.name)
    for one in old:
        if one not in new:
            yield Change(OTHERS["entity-check-removed"], where, one.name)


def _shorthands(old: tuple[Field, ...], new: tuple[Field, ...], path: str, former: tuple[str, ...]) -> Iterator[Change]:
    before, after = {one.name for one in old}, {one.name for one in new}
    prefix = f"{path}." if path else ""
    for name in sorted(after - before - set(former)):
        yield Change(OTHERS["shorthand-added"], f"{prefix}{name}")
    for name in sorted(before - after):
        yield Change(OTHERS["shorthand-removed"], f"{prefix}{name}")
