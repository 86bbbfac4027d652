# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a rollout, in the order of the documents, and only those that have something to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Host
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, UpdatePath
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Study

# name: the documented step it belongs to, and what it does
STEPS = {
    "window": (1, "Open the maintenance window"),
    "schema": (2, "Update the schema on the control plane; this sends nothing to any node"),
    "validate": (2, "Let the control plane validate every stored and planned instance; a refusal restores the schema"),
    "stage": (4, "Ship the files to the nodes without switching to them, so that the gap is short"),
    "instances": (3, "Update the configuration of existing instances"),
    "nodes": (4, "Switch each node to the new schema and code and reload it, in batches"),
    "close": (5, "Wait until every node is in sync and close the maintenance window"),
}


@dataclass(frozen=True)
class Step:
    """One step and what it touches; ``hosts`` is None for a step that is not on nodes."""

    name: str
    plugins: tuple[str, ...] = ()
    hosts: tuple[str, ...] | None = None
    instances: int = 0

    def to_dict(self) -> Json:
        number, title = STEPS[self.name]
        return {
            "name": self.name,
            "number": number,
            "title": title,
            "plugins": list(self.plugins),
            "hosts": None if self.hosts is None else list(self.hosts),
            "instances": self.instances,
        }


def steps_of(studies: Sequence[Study], paths: Mapping[str, UpdatePath]) -> tuple[Step, ...]:
    """The steps for these plugins when each goes its path (by plugin name); none where nothing has to be done."""
    uploads = [one for one in studies if one.uploads and paths[one.name] >= UpdatePath.SHORT]
    saves = [one for one in studies if one.rewrites and paths[one.name] >= UpdatePath.LONG]
    ships = [one for one in studies if one.releases]
    hosts = visiting_order(host for one in ships for host in one.releases)
    count = sum(len(one.rewrites) for one in saves)
    work = []
    if uploads:
        work.append(Step("schema", _names(uploads)))
    judged = [one for one in studies if one.judgements and (one in uploads or one in saves)]
    if judged:
        work.append(Step("validate", _names(judged), instances=sum(len(one.judgements) for one in judged)))
    if saves and ships and any(paths[one.name] == UpdatePath.SYNC for one in saves):
        work.append(Step("stage", _names(ships), hosts))
    if saves:
        work.append(Step("instances", _names(saves), instances=count))
    if ships:
        work.append(Step("nodes", _names(ships), hosts))
    return (Step("window"), *work, Step("close")) if work else ()


def visiting_order(hosts: Iterable[Host]) -> tuple[str, ...]:
    """The hosts' names, each once, in the order in which they are updated: those with an empty prefix come last.

    A rejected payload leaves such a node with nothing to serve (kong-data-plane.md 1.3), so it is the canary only where
    there is no other.
    """
    empty = {host.name: host.empty for host in hosts}
    return tuple(sorted(empty, key=empty.__getitem__))


def _names(studies: Sequence[Study]) -> tuple[str, ...]:
    return tuple(one.name for one in studies)
