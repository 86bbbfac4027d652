# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repository, control plane, and each node's disk and loaded code held side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import text_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing

SAME, OTHER, ABSENT, UNREACHABLE = "same", "other", "absent", "unreachable"


@dataclass(frozen=True)
class Place:
    """One place and what it has of a plugin.

    ``where`` is `repository`, `control plane`, or a host; ``files`` and ``schema`` are digests, None where the place
    has none.  ``state`` says how it stands to the repository: `same`, `other`, `absent` or `unreachable`.  ``remarks``
    say what else is not as it should be.
    """

    where: str
    files: str | None
    schema: str | None
    state: str
    remarks: tuple[str, ...] = ()

    @property
    def drifts(self) -> bool:
        """Whether it is not as the repository wants it; of an unreachable node nothing is known."""
        return self.state in (OTHER, ABSENT) or bool(self.remarks)


def find_drift(
    wanted: Sequence[Mapping[str, Any]], schemas: Mapping[str, str | None], fleet: Sequence[Json]
) -> list[Json]:
    """For each plugin ``{"name", "drifts", "places"}``.

    ``wanted`` and ``fleet`` are as for `make_plan`, ``schemas`` the texts on the control plane by name.  Raises
    PlanError for a schema that cannot be read.
    """
    found = []
    for one in map(Wanted.read, wanted):
        places = [_repository(one), _control_plane(one, schemas.get(one.name)), *(_host(one, host) for host in fleet)]
        found.append(
            {
                "name": one.name,
                "drifts": any(place.drifts for place in places),
                "places": [asdict(place) for place in places],
            }
        )
    return found


def drift_sentences(plugins: Sequence[Json]) -> Iterator[str]:
    """One sentence for each place that is not as the repository wants it."""
    words = {OTHER: "has something else", ABSENT: "does not have it"}
    for plugin in plugins:
        for place in plugin["places"]:
            told = [*([words[place["state"]]] if place["state"] in words else []), *place["remarks"]]
            if told:
                yield f"{clean(plugin['name'])}: {clean(place['where'])} {'; '.join(told)}."


def _repository(plugin: Wanted) -> Place:
    return Place("repository", plugin.digest, plugin.schema_digest, SAME)


def _control_plane(plugin: Wanted, text: str | None) -> Place:
    if text is None:
        return Place("control plane", None, None, ABSENT)
    digest = text_digest(text)
    return Place("control plane", None, digest, SAME if digest == plugin.schema_digest else OTHER)


def _host(plugin: Wanted, host: Mapping[str, Any]) -> Place:
    name = str(host["host"])
    if not host.get("reachable", True):
        return Place(name, None, None, UNREACHABLE)
    told = host["plugins"].get(plugin.name) or {}
    digest = told.get("digest")
    schema = text_digest(told["schema"]) if told.get("schema") is not None else None
    state = ABSENT if digest is None else SAME if digest == plugin.digest else OTHER
    return Place(name, digest, schema, state, tuple(_remarks(plugin, host, told)))


def _remarks(plugin: Wanted, host: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    if told.get("drift"):
        yield f"was changed on disk ({listing(told['drift'], 2)})"
    if told.get("digest") is None:
        return
    if plugin.name not in host["enabled"]:
        yield "has it not enabled"
    elif told.get("loaded") is False:
        yield "has not loaded what is on its disk"
    if len(told.get("copies") or ()) > 1:
        yield f"has {len(told['copies'])} copies of it ({listing(told['copies'], 3)})"
