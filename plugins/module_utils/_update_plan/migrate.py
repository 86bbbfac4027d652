# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migration of one instance: what step 3 would save, and which answers it needs from the operator.

Keys that the new schema does not have are dropped before the PUT, since that is right for every control plane
(update-paths.md section 2); nulls are not sent, since in a request they mean "use the default".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Field, Schema
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.convert import (
    CONVERSIONS,
    convert,
    has_type,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.example import example_for
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import (
    Edit,
    Json,
    Missing,
    Place,
    Rejection,
    Rewrite,
    place_text,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.own_answers import Answers, answer_at
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import (
    declared,
    drop,
    get,
    parse_path,
    places,
    put,
    without_nulls,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.secrecy import must_hide

Validator = Callable[[Json], "list[Rejection]"]
Filler = Callable[[Json], Json]


def plan_rewrite(
    new: Schema,
    instance: Json,
    *,
    renames: Mapping[str, str],
    named: Answers,
    general: Answers,
    check: Validator,
    fill: Filler,
    unusable: Collection[str] = (),
) -> Rewrite:
    """The instance saved again under the new schema.

    ``named`` answers are this instance's own and always apply; ``general`` ones only fill what is unset or refused.
    ``unusable`` are paths whose stored values will not do although the schema takes them.  ``check`` says what the
    control plane would refuse in a configuration; ``fill`` is what it would store.
    """
    work: Json = {"config": copy.deepcopy(instance.get("config") or {})}
    fit = _Fit(work, renames)
    if new.config is not None:
        fit.record(new.config, ("config",), "config")
    edits, fitted = fit.edits, work
    work = without_nulls(fitted)
    answer = partial(answer_at, named=named, general=general)
    for path in named:
        edits += _answer(new, work, path, answer)
    for path in general:
        edits += _answer(new, work, path, answer, only_unset=True)
    refused = check(work["config"])
    for path in sorted({*unusable, *(one.path for one in refused)} & set(general)):
        edits += _answer(new, work, path, answer)
    if edits and refused:
        refused = check(work["config"])
    sent = work["config"]
    lost = [place_text(at) for at in fit.lost if get(work, at) is None]
    refused = [one for one in refused if not one.path.startswith(tuple(lost))]
    refused += [Rejection(path, "its value cannot be converted") for path in lost]
    missing = tuple(_missing(new, one) for one in refused)
    if missing:
        work = copy.deepcopy(work)
        for one in missing:
            _answer(new, work, one.path, partial(_same_everywhere, one.example))
    stored = fill(work["config"])
    filled = fill(sent) if missing else stored  # Examples stand in for answers; they are no defaults.
    edits += _defaults_taken(new.config, fitted["config"], sent, filled, ("config",))
    return Rewrite(sent=sent, stored=stored, edits=tuple(edits), missing=missing)


def apply_edits(instance: Json, edits: tuple[Edit, ...], named: Answers, general: Answers | None = None) -> Json:
    """The configuration to send: planned edits applied to a stored instance.

    Secret values are not in a plan: they are read from the answers (see `answers_for`), by the path as the operator
    wrote it or as the edit shows it.  ValueError where one is missing.
    """
    work: Json = {"config": copy.deepcopy(instance.get("config") or {})}
    for edit in edits:
        if edit.op == "remove":
            drop(work, edit.at)
        elif edit.op == "rename" and edit.to is not None:
            put(work, edit.to, drop(work, edit.at))
        elif edit.op == "convert":
            put(work, edit.at, CONVERSIONS[edit.how](get(work, edit.at)))
        elif edit.op == "set":
            put(work, edit.at, _secret_answer(edit, named, general or {}) if edit.secret else edit.value)
    config: Json = without_nulls(work)["config"]
    return config


def _secret_answer(edit: Edit, named: Answers, general: Answers) -> Any:
    try:
        return answer_at(edit.at, named, general)
    except KeyError:
        where = place_text(edit.at)
    raise ValueError(f"the answer for {where} is secret and not in the plan: give it in instance_values")


class _Fit:
    """Makes a stored configuration fit a schema as far as that needs nobody's answer.

    ``lost`` are the places whose values could not be kept at all.
    """

    def __init__(self, work: Json, renames: Mapping[str, str]) -> None:
        self._work, self._renames = work, renames
        self.edits: list[Edit] = []
        self.lost: list[Place] = []

    def record(self, field: Field, at: Place, path: str) -> None:
        """Drops or renames the keys that the record does not have, and fits the values of the others."""
        record = get(self._work, at)
        accepted = {one.name for one in (*(field.fields or ()), *field.shorthand_fields)}
        for key in list(record):
            if key not in accepted:
                self._unknown_key(record, (*at, key), self._renames.get(f"{path}.{key}"))
        for one in field.fields or ():
            if record.get(one.name) is not None:
                self._value(one, (*at, one.name), f"{path}.{one.name}")

    def _unknown_key(self, record: dict[Any, Any], at: Place, target: str | None) -> None:
        key, name = at[-1], target.rsplit(".", 1)[-1] if target else ""
        if target and record[key] is not None and record.get(name) is None:
            self.edits.append(Edit("rename", at, to=(*at[:-1], name)))
            record[name] = record.pop(key)
        else:
            self.edits.append(Edit("remove", at))
            del record[key]

    def _value(self, field: Field, at: Place, path: str) -> None:
        value = get(self._work, at)
        if not has_type(value, field.type):
            self._retyped(field, at, value)
        elif field.type == "record" and field.fields is not None:
            self.record(field, at, path)
        elif field.elements is not None and isinstance(value, list):
            for position, one in enumerate(value):
                if one is not None:
                    self._value(field.elements, (*at, position), f"{path}[]")
        elif field.values is not None and isinstance(value, dict):
            for key, one in value.items():
                if one is not None:
                    self._value(field.values, (*at, key), f"{path}{{}}")

    def _retyped(self, field: Field, at: Place, value: Any) -> None:
        found = convert(value, field)
        if found is not None:
            self.edits.append(Edit("convert", at, how=found[0]))
            put(self._work, at, found[1])
        elif field.type == "record" and isinstance(at[-1], str):
            # To Lua a list is a record with strange keys: it has to go before anything else is said about it.
            drop(self._work, at)
            self.edits.append(Edit("remove", at))
            if value not in (False, []):
                self.lost.append(at)


def _same_everywhere(value: Any, _at: Place) -> Any:
    return value


def _answer(
    new: Schema, work: Json, path: str, answer: Callable[[Place], Any], *, only_unset: bool = False
) -> list[Edit]:
    """Sets what ``answer`` says at the places that the path means."""
    try:
        parts = parse_path(path)
    except ValueError:
        return []
    if declared(new, parts) is None:
        return []
    secret = must_hide(new, parts)
    edits = []
    for at in list(places(work, parts)):
        now, value = get(work, at), answer(at)
        if (only_unset and now is not None) or (now == value and type(now) is type(value)):
            continue
        if value is None:
            drop(work, at)
            edits.append(Edit("remove", at))
        else:
            put(work, at, copy.deepcopy(value))
            edits.append(Edit("set", at, value=None if secret else value, secret=secret))
    return edits


def _defaults_taken(field: Field | None, before: Any, sent: Any, after: Any, at: Place) -> Iterator[Edit]:
    """The nulls that become defaults when the instance is saved.

    ``before`` is what is stored now, made to fit; ``sent`` has the answers as well, but no nulls; ``after`` is stored
    then.  What the control plane makes up is left to it.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        # By name: in which order a control plane tells them is its own affair.
        for key in sorted(before.keys() & after.keys(), key=str):
            below, there = _below(field, key), sent.get(key) if isinstance(sent, dict) else None
            if before[key] is not None or there is not None:
                yield from _defaults_taken(below, before[key], there, after[key], (*at, key))
            elif after[key] is not None and not _is_made_up(below):
                yield Edit("set", (*at, key), value=_foreseen(below, after[key]))
    elif all(isinstance(one, list) for one in (before, sent, after)) and len(before) == len(sent) == len(after):
        for position, (one, there, value) in enumerate(zip(before, sent, after, strict=True)):
            yield from _defaults_taken(field and field.elements, one, there, value, (*at, position))


def _below(field: Field | None, key: Any) -> Field | None:
    """What is declared for a key of a record or a map."""
    return field and (field.values if field.type == "map" else field.child(str(key)))


def _is_made_up(field: Field | None) -> bool:
    return field is not None and field.attributes.get("auto") is True


def _foreseen(field: Field | None, value: Any) -> Any:
    """A value without the parts that the control plane makes up: those are only stood in for."""
    if field is None or field.type != "record" or not isinstance(value, dict):
        return value
    below = {key: field.child(str(key)) for key in value}
    return {key: _foreseen(below[key], one) for key, one in value.items() if not _is_made_up(below[key])}


def _missing(new: Schema, refused: Rejection) -> Missing:
    try:
        parts = parse_path(refused.path)
    except ValueError:
        return Missing(refused.path, refused.message, example_for(None))
    return Missing(refused.path, refused.message, example_for(declared(new, parts)), must_hide(new, parts))
