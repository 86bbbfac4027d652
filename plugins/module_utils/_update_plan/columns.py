# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many instances, field by field: most values of one field are alike, and what is asked of a value is asked once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json

Made = TypeVar("Made")

ABSENT: Final = object()
"""The value of a field in a configuration that does not have it."""

# Two equal values of one of these types are the same to everybody. True is not 1, and 1 is not 1.0.
_TOLD_APART = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True)
class Column:
    """The values of one field: ``keys`` has one for each instance, equal for values that are alike; ``known`` the
    values by their keys."""

    keys: Sequence[Hashable] = field(repr=False)
    known: Mapping[Hashable, Any] = field(repr=False)

    @classmethod
    def of(cls, values: Sequence[Any]) -> Column:
        kinds = {*map(type, values)}
        keys = values if len(kinds) == 1 and kinds <= _TOLD_APART else [*map(repr, values)]
        return cls(keys, dict(zip(keys, values, strict=True)))

    def each(self, make: Callable[[Any], Made]) -> list[Made]:
        """What ``make`` makes of the value of each instance."""
        made = {key: make(value) for key, value in self.known.items()}
        return [made[key] for key in self.keys]


class Instances(tuple[Json, ...]):
    """The instances of one plugin; ``fields`` are the columns of their configurations."""

    fields: Mapping[Any, Column]

    def __new__(cls, instances: Iterable[Json] = ()) -> Instances:
        if isinstance(instances, Instances):
            return instances
        made = super().__new__(cls, instances)
        configs = [one.get("config") or {} for one in made]
        names: set[Any] = set().union(*configs)
        made.fields = {name: Column.of([one.get(name, ABSENT) for one in configs]) for name in names}
        return made

    def __repr__(self) -> str:
        return f"Instances({len(self)})"  # their values may be secret

    def field(self, name: str) -> Column:
        """The column of a field, also of one that none of them has."""
        return self.fields.get(name) or Column.of([ABSENT] * len(self))
