# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan of moves is made from: the two plugins, what the operator decided, and each move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Schema, fill_defaults
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Edit, Json, Judgement
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.moving import ONE_WRITE, Selection
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import without_nulls

EVERYTHING = Selection()
FIRST_ALONE: tuple[int | str, ...] = (1, "100%")


@dataclass(frozen=True)
class Old:
    """The plugin to move from: its schema's text (None where the control plane has none), and every instance."""

    name: str
    text: str | None
    instances: Sequence[Json]


@dataclass(frozen=True)
class New:
    """The plugin to move to: its directory read, its schema on the control plane, and the instances it has already."""

    wanted: Wanted
    text: str | None
    instances: Sequence[Json]


@dataclass(frozen=True)
class MoveOptions:
    """What the operator decided.  ``answers`` map ``*``, an id or an instance name to field paths and values.

    ``upload`` says whether a streaming plugin is to be uploaded first (None: the plugin is files on nodes);
    ``expect_files`` whether every node must have the new plugin enabled already, else it counts as installed by then;
    ``key`` keys the digests of instances.
    """

    selection: Selection = EVERYTHING
    handover: str = ONE_WRITE
    batches: tuple[int | str, ...] = FIRST_ALONE
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    allow_missing: tuple[str, ...] = ()
    upload: bool | None = None
    expect_files: bool = True
    key: bytes = b""


@dataclass(frozen=True)
class Move:
    """An instance and what saving it under the other name changes in its configuration.

    ``becomes`` is the id that it has then; ``begun`` is what a run that was cut had there, which this one writes over.
    """

    instance: Json
    judgement: Judgement
    becomes: str
    begun: Json | None = None

    @property
    def edits(self) -> tuple[Edit, ...]:
        return self.judgement.rewrite.edits if self.judgement.rewrite else ()

    def target(self, new: Wanted) -> Json:
        """What takes the place of the instance, as the control plane stores it."""
        rewrite = self.judgement.rewrite
        moved = {**self.instance, "id": self.becomes, "name": new.name}
        return {**moved, "config": rewrite.stored} if rewrite else as_stored(moved, new.schema)


def as_stored(instance: Json, schema: Schema) -> Json:
    """What a control plane stores when it is sent an instance: in a request a null means the default."""
    return {**instance, "config": fill_defaults(schema, without_nulls(instance.get("config") or {}))}
