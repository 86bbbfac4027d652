# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan for one thing an operator does that is no update: install or remove plugins.  Its document has the shape that
a rollout needs (`steps` with hosts, `plugins`, `coverage`, `digest`), so window, gates and report are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import Coverage
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import digest_of
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.document import FORMAT
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Notice


@dataclass(frozen=True)
class Task:
    """One step, as a row of the operation's table: its number among the steps and what it does."""

    number: int
    title: str


@dataclass(frozen=True)
class OperationStep:
    """One step and what it touches; ``hosts`` is None for a step that is not on nodes."""

    name: str
    plugins: tuple[str, ...] = ()
    hosts: tuple[str, ...] | None = None
    instances: int = 0


@dataclass(frozen=True)
class Operation:
    """A decided operation; `to_dict` is its document.

    ``plugins`` are the documents of the plugins, with at least name, directory and digest.  ``changes`` counts what
    the rollout will change; with ``enables`` the visit to a node puts the plugins into its settings too.
    """

    kind: str
    tasks: Mapping[str, Task]
    control_plane: Json
    reason: str
    changes: int
    steps: tuple[OperationStep, ...]
    plugins: tuple[Json, ...]
    coverage: Coverage
    problems: tuple[Notice, ...]
    warnings: tuple[Notice, ...]
    enables: bool = False
    looked_at_nodes: bool = True

    def to_dict(self) -> Json:
        """The plan as JSON data, format 1: no secret value."""
        steps = [self._step(one) for one in self.steps]
        document: Json = {
            "format": FORMAT,
            "kind": self.kind,
            "control_plane": self.control_plane,
            "path": {"effective": self.kind, "reason": self.reason},
            "ok": not self.problems,
            "changes": self.changes,
            "steps": steps,
            # No step of an operation lets a node reject a payload, and none needs a push that saves nothing.
            "nudge": False,
            "announced": {},
            "gap": None,
            "enables": self.enables,
            "looked_at_nodes": self.looked_at_nodes,
            "plugins": list(self.plugins),
            "coverage": self.coverage.to_dict(),
            "problems": [one.to_dict() for one in self.problems],
            "warnings": [one.to_dict() for one in self.warnings],
        }
        document["digest"] = digest_of(
            {
                **{key: document[key] for key in ("format", "kind", "steps")},
                "control_plane": self.control_plane["id"],
                # Where a directory lies does not matter: its files are among the inputs.
                "plugins": [{key: one[key] for key in one if key != "directory"} for one in self.plugins],
            }
        )
        return document

    def _step(self, step: OperationStep) -> Json:
        task = self.tasks[step.name]
        return {
            "name": step.name,
            "number": task.number,
            "title": task.title,
            "plugins": list(step.plugins),
            "hosts": None if step.hosts is None else list(step.hosts),
            "instances": step.instances,
        }


def host_inputs(hosts: Sequence[Mapping[str, Any]], plugin: str, after: str) -> list[Json]:
    """What each of these hosts uses of a plugin: the digest of its files where it is enabled, else nothing."""
    return [{"host": str(one["host"]), "before": _used(one, plugin), "after": after} for one in hosts]


def _used(host: Mapping[str, Any], plugin: str) -> str:
    told = host["plugins"].get(plugin) or {}
    return str(told.get("digest") or "") if plugin in (host.get("enabled") or ()) else ""
