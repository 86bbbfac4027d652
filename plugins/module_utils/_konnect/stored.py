# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a control plane stores of plugins; for a group that is what its members store (konnect-api.md section b).

A group takes no schema and no instance of its own, and its nodes get those of all members together, with one
``schema.lua`` for all of them. So a group is read and written member by member and judged as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import (
    ControlPlane,
    Purpose,
    ensure_writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.fields import Field, config_field
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import members
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import HOME, Instance
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import (
    StoredSchema,
    find_fields,
    find_schema,
    list_schemas,
    normal_text,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import list_instances


@dataclass(frozen=True)
class Stored:
    """``places`` are the control planes that store: the one that was named, or the members of a group."""

    client: Client
    control_plane: ControlPlane
    places: tuple[ControlPlane, ...]

    @classmethod
    def of(cls, client: Client, control_plane: ControlPlane) -> Stored:
        """What this control plane stores, or its members where it is a group."""
        return cls(
            client,
            control_plane,
            tuple(members(client, control_plane.id)) if control_plane.is_group else (control_plane,),
        )

    def ensure_writable(self, purpose: Purpose) -> None:
        """KonnectError with the reason and the way where one of the places does not take such a write."""
        if not self.places:
            raise KonnectError(f"The group {self.control_plane.name!r} has no member, so there is nothing to write to.")
        for place in self.places:
            ensure_writable(place, purpose)

    def instances(self, plugin: str | None = None) -> list[Instance]:
        """Every instance, or those of one plugin, ordered by id; each tells the place that stores it, see `home_of`.

        KonnectError where two members use one id, which leaves no way to tell their instances apart.
        """

        def there(place: ControlPlane) -> list[Instance]:
            home = {"id": place.id, **({"name": place.name} if self.control_plane.is_group else {})}
            return [{**row, HOME: home} for row in list_instances(self.client, place.id, plugin)]

        found = sorted(
            (row for rows in self.client.map(there, self.places) for row in rows), key=lambda row: str(row["id"])
        )
        for one, other in pairwise(found):
            if one["id"] == other["id"]:
                raise KonnectError(
                    f"The members {one[HOME]['name']!r} and {other[HOME]['name']!r} of the group "
                    f"{self.control_plane.name!r} both have an instance with the id {one['id']}",
                    hint="Give one of them a new id: delete it there, and create it again.",
                )
        return found

    def schemas(self, name: str) -> list[tuple[ControlPlane, StoredSchema]]:
        """The schema of a plugin in each place that stores one."""
        found = self.client.map(lambda place: find_schema(self.client, place.id, name), self.places)
        return [(place, one) for place, one in zip(self.places, found, strict=True) if one is not None]

    def all_schemas(self) -> list[tuple[ControlPlane, StoredSchema]]:
        """Every schema of a custom plugin, place by place."""
        found = self.client.map(lambda place: list_schemas(self.client, place.id), self.places)
        return [(place, one) for place, there in zip(self.places, found, strict=True) for one in there]

    def schema(self, name: str, is_done: Callable[[str], bool] = lambda _text: False) -> str | None:
        """The text of a plugin's schema as `agreed`, None where no place stores one."""
        return self.agreed(name, self.schemas(name), is_done)

    def agreed(
        self,
        name: str,
        schemas: Iterable[tuple[ControlPlane, StoredSchema]],
        is_done: Callable[[str], bool] = lambda _text: False,
    ) -> str | None:
        """The one text of what `schemas` gave.

        ``is_done`` tells the text that a rollout is about to bring: while some members have it and others do not yet,
        the others' is returned. KonnectError where members differ in more than that: their nodes have one schema.
        """
        texts: dict[str, tuple[str, ControlPlane]] = {}
        for place, one in schemas:
            texts.setdefault(normal_text(one.lua_schema), (one.lua_schema, place))
        if not texts:
            return None
        left = [one for one in texts.values() if not is_done(one[0])] or list(texts.values())
        if len(left) > 1:
            raise KonnectError(
                f"The members {left[0][1].name!r} and {left[1][1].name!r} of the group {self.control_plane.name!r} "
                f"have different schemas of {name!r}",
                hint="Their nodes have one schema.lua for both: give both members the same schema first.",
            )
        return left[0][0]

    def config_fields(self, plugin: str) -> Field | None:
        """The fields of a plugin's ``config`` as the first place that knows the plugin validates them, else None."""
        for place in self.places:
            found = find_fields(self.client, place.id, plugin)
            if found is not None:
                return config_field(found)
        return None
