# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a plan: update paths, changes, rejections, edits, notices.  Frozen data."""

from __future__ import annotations

import enum
import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import label_of

if TYPE_CHECKING:
    from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import Parts

Json = dict[str, Any]


class UpdatePath(enum.IntEnum):
    """The update paths in their order of weight; in data they go by their lower-case `word`."""

    NONE = 0
    SHORT = 1
    LONG = 2
    SYNC = 3

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> UpdatePath:
        """The path with that word; ValueError for any other."""
        for one in cls:
            if one.word == word:
                return one
        raise ValueError(f"no such update path: {word}")


def heaviest(paths: Iterable[UpdatePath]) -> UpdatePath:
    return max(paths, default=UpdatePath.NONE)


class PlanError(Exception):
    """An input that makes planning impossible; its text says what, where, why and what to do."""


@dataclass(frozen=True)
class Notice:
    """Something a person must know: ``what``, ``where`` (file, host, option, instance), ``why``, and ``todo``;
    ``example`` are variables of the playbook to paste behind what is to be done."""

    what: str
    where: str = ""
    why: str = ""
    todo: str = ""
    example: Json | None = None

    def __str__(self) -> str:
        return f"{self.prose} {extra_vars(self.example)}" if self.example else self.prose

    @property
    def prose(self) -> str:
        """All but the example."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join(
            part if part.endswith((".", "?", ":")) else f"{part}." for part in (head, self.why, self.todo) if part
        )

    def to_dict(self) -> Json:
        return {
            "what": self.what,
            "where": self.where,
            "why": self.why,
            "todo": self.todo,
            "prose": self.prose,
            "example": self.example,
            "text": str(self),
        }


def extra_vars(variables: Json) -> str:
    """``-e '{"a": 1}'``, as it is pasted into a shell."""
    return f"-e {shlex.quote(json.dumps(variables))}"


@dataclass(frozen=True)
class Rule:
    """A kind of change.  ``documented`` is the path of its cell, or the floor where the documents have no cell.

    ``column`` is None outside the documented table; ``reason`` then says which row of update-paths.md section 2 is the
    nearest.  ``breaking`` is meant as the documents mean it: not safe for a node that still has the other schema.
    """

    id: str
    name: str
    kind: str
    documented: UpdatePath
    breaking: bool
    reason: str
    column: str | None = None


@dataclass(frozen=True)
class Change:
    """One difference between two schemas; ``to`` is the new path of a rename, ``detail`` a few words for people.

    ``at`` are the parts of the path (see `parse_path`), since names may hold dots and brackets; None where it leads to
    no values of an instance, as that of a map's keys.
    """

    rule: Rule
    path: str
    detail: str = ""
    to: str | None = None
    carry: bool = False
    at: Parts | None = None

    def to_dict(self) -> Json:
        rule = self.rule
        cell = {"scenario": rule.kind, "column": rule.column} if rule.column else None
        return {
            "rule": rule.id,
            "name": rule.name,
            "kind": rule.kind,
            "path": self.path,
            "to": self.to,
            "detail": self.detail,
            "cell": cell,
            "documented": rule.documented.word,
            "breaking": rule.breaking,
            "reason": rule.reason,
        }


@dataclass(frozen=True)
class Rejection:
    """One reason why a schema refuses a configuration, in Kong's words."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


Place = tuple["str | int", ...]


@dataclass(frozen=True)
class Edit:
    """One step of an instance's migration: ``set``, ``remove``, ``rename`` or ``convert``.

    ``at`` and ``to`` are places inside the instance, first part ``config``, positions counted from 0.  A secret value
    is not kept here: ``secret`` says that it has to be taken from the operator's answers again.
    """

    op: str
    at: Place
    to: Place | None = None
    value: Any = None
    secret: bool = False
    how: str = ""

    def to_dict(self) -> Json:
        found: Json = {"op": self.op, "path": place_text(self.at), "at": list(self.at)}
        if self.to is not None:
            found["to"] = place_text(self.to)
            found["to_at"] = list(self.to)
        if self.how:
            found["how"] = self.how
        if self.op == "set":
            found.update({"secret": True} if self.secret else {"value": self.value})
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Edit:
        return cls(
            op=data["op"],
            at=tuple(data["at"]),
            to=tuple(data["to_at"]) if "to_at" in data else None,
            value=data.get("value"),
            secret=bool(data.get("secret")),
            how=data.get("how", ""),
        )


def place_text(at: Place) -> str:
    """``config.list[1].h``: positions count from 1 as in Kong's messages."""
    text = ""
    for part in at:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text


@dataclass(frozen=True)
class Missing:
    """An answer that only the operator can give, and an example of it."""

    path: str
    message: str
    example: Any
    secret: bool = False


@dataclass(frozen=True)
class Rewrite:
    """An instance as step 3 would save it: what is sent, what is then stored, and how it came about."""

    sent: Json = field(repr=False)
    stored: Json = field(repr=False)
    edits: tuple[Edit, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True)
class Judgement:
    """What every schema says about one instance, as stored (b0) and as step 3 would store it (b1).

    ``fleet_b0`` and ``fleet_b1`` map the digest of a schema to its rejections; ``new_b1`` are those of the new schema
    for b1.  ``rewrite`` is None where the stored instance already fits.
    """

    instance: Json = field(repr=False)
    verdict: UpdatePath
    new_b0: tuple[Rejection, ...]
    new_b1: tuple[Rejection, ...]
    fleet_b0: Mapping[str, tuple[Rejection, ...]]
    fleet_b1: Mapping[str, tuple[Rejection, ...]]
    rewrite: Rewrite | None
    unchecked: tuple[str, ...] = ()

    @cached_property
    def label(self) -> str:
        """How people know the instance."""
        return label_of(self.instance)

    @cached_property
    def refused_stored(self) -> bool:
        """Whether any schema refuses it as it is stored."""
        return bool(self.new_b0) or any(self.fleet_b0.values())

    @cached_property
    def refused_saved(self) -> bool:
        """Whether any schema refuses it as it would be saved again."""
        return bool(self.new_b1) or any(self.fleet_b1.values())
