# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.plugin_moves) does: instances change their plugin one at a time, batch by batch.

After each batch every node has to have taken it; if one has not, the batch goes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.fields import Field
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import node_owner
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import (
    Instance,
    same_instance,
    writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import Expected, fetch_fleet
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import (
    delete_instance,
    find_instance,
    list_instances,
    put_instance,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rewrite import ForeignWriteError, refusals
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.sync import SyncRules, wait_for_sync
from ansible_collections.kongops.konnect.plugins.module_utils._module.binding_key import binding_key
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_instances import write_backup
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Edit, apply_edits
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import instance_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.moving import (
    ONE_WRITE,
    Write,
    finished,
    is_unfinished,
    writes_of,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.own_answers import answers_for
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, label_of

_LISTED = 5


@dataclass(frozen=True)
class _Moving:
    """An instance as it is stored, and the whole object that takes its place."""

    before: Instance
    after: Instance


def move_instances(konnect: KonnectModule) -> Result:
    """Carries out a plan of moves, from wherever a run that was cut left it."""
    plan = _moves_of(konnect.params["plan"])
    control_plane = konnect.writable_control_plane(Purpose.INSTANCE)
    # Nodes that are no host of the plan were left out by name; streaming plugins concern all.
    nodes = tuple(str(one["node_id"]) for one in konnect.params["plan"]["coverage"]["matched"])
    mover = _Mover(konnect, control_plane.id, plan, nodes)
    moving, unfinished = mover.decide()
    done = [{"id": str(one.before["id"]), "label": label_of(one.before)} for one in moving.values()]
    done += [{"id": str(one["id"]), "label": label_of(one)} for one in unfinished]
    result: Result = {"changed": bool(done), "moved": done, "batches": 0}
    if konnect.check_mode or not done:
        return result
    mover.ask(moving)
    if konnect.params["backup"]:
        write_backup(konnect.params["backup"], [writable(one.before) for one in moving.values()])
    mover.finish(unfinished)
    for batch in plan["batches"]:
        todo = [moving[identity] for identity in batch if identity in moving]
        if todo:
            mover.move(todo)
            result["batches"] += 1
    return result


def _moves_of(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    found = [one for one in plan.get("plugins") or () if "moves" in one]
    if len(found) != 1:
        raise UsageError("plan is not a plan of moves: give the plan that kongops.konnect.move_plan returned.")
    return dict(found[0])


class _Mover:
    """The control plane's side of the moves of one plan."""

    def __init__(
        self, konnect: KonnectModule, control_plane_id: str, plan: Mapping[str, Any], nodes: tuple[str, ...]
    ) -> None:
        self.konnect, self.client, self.id, self.nodes = konnect, konnect.client, control_plane_id, nodes
        self.old, self.new = str(plan["name"]), str(plan["to"])
        self.plan, self.handover = plan, str(plan["handover"])
        self.about: Field | None = konnect.config_fields(self.new)

    def decide(self) -> tuple[dict[str, _Moving], list[Instance]]:
        """What is left to move, by id, and the instances that a cut run left between two writes.

        ForeignWriteError where an instance is neither as planned nor moved.
        """
        stored = {str(one["id"]): one for one in list_instances(self.client, self.id, self.old)}
        there = {str(one["id"]): one for one in list_instances(self.client, self.id, self.new)}
        self.konnect.learn_secrets(self.old, stored.values())
        self.konnect.learn_secrets(self.new, there.values())
        key = binding_key(self.client.connection.token)
        moving, begun = {}, [*self.plan["unfinished"]]
        for one in self.plan["moves"]:
            if one["id"] not in stored:
                if one["becomes"] not in there:
                    raise _foreign(f"Instance {one['label']} of {self.old} was deleted after the plan was made")
                begun.append(one["becomes"])
                continue
            before = finished(stored[one["id"]])
            if instance_digest(before, key) != one["before"]:
                raise _foreign(f"Instance {one['label']} of {self.old} was written after the plan was made")
            moving[one["id"]] = _Moving(before, self._after(before, one))
        return moving, [there[one] for one in begun if one in there and is_unfinished(there[one])]

    def finish(self, unfinished: Sequence[Instance]) -> None:
        """The last write of each instance that a run that was cut left before it."""
        before = self._expected() if unfinished else None
        for one in unfinished:
            self.write(Write(str(one["id"]), writable(finished(one), self.about)))
        if before is not None:
            self._wait(before)

    def ask(self, moving: Mapping[str, _Moving]) -> None:
        """Lets the control plane judge every instance as it will be; nothing is written before all are good."""
        found = refusals(self.client, self.id, [one.after for one in moving.values()])
        if found:
            listed = "; ".join(f"{identity}: {complaint}" for identity, complaint in found[:_LISTED])
            more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
            raise KonnectError(
                f"The control plane would refuse {len(found)} of {len(moving)} instances as {self.new}: {listed}{more}",
                hint="No instance was moved.",
            )

    def move(self, todo: Sequence[_Moving]) -> None:
        """One batch, one instance after another; back again where it cannot be finished or a node does not take it."""
        before, touched = self._expected(), []
        try:
            for one in todo:
                self._ensure_unchanged(one)
                touched.append(one)
                for write in writes_of(one.before, one.after, self.handover):
                    self.write(write)
            self._wait(before)
        except KonnectError as error:
            raise self._taken_back(error, touched) from None

    def write(self, write: Write) -> None:
        """One write. KonnectError also where the control plane keeps the plugin of an instance."""
        if write.body is None:
            delete_instance(self.client, self.id, write.id)
            return
        try:
            stored = put_instance(self.client, self.id, write.body)
        except KonnectError as error:
            if error.status == 400 and self.handover == ONE_WRITE:
                error.hint = (
                    "If the control plane does not let an instance change its plugin, set handover to overlap or gap."
                )
            raise
        if stored.get("name") != write.body["name"]:
            raise KonnectError(
                f"The control plane keeps instance {write.id} at {clean(stored.get('name'))}",
                hint="It does not let an instance change its plugin: set handover to overlap or gap.",
            )

    def _after(self, before: Instance, planned: Mapping[str, Any]) -> Instance:
        """The instance under the new name: everything but the configuration that the plan changes stays."""
        config = before.get("config") or {}
        edits = tuple(map(Edit.from_dict, planned["edits"]))
        if edits:
            values = self.konnect.params["instance_values"] or {}
            answers = values.get(self.new) or values.get(self.old) or {}
            try:
                config = apply_edits(before, edits, *answers_for(before, answers))
            except (ValueError, LookupError, TypeError) as error:
                raise UsageError(f"Instance {planned['label']} cannot be edited as planned: {clean(error)}.") from None
        after = {**before, "id": planned["becomes"], "name": self.new, "config": config}
        self.konnect.learn_secrets(self.new, [after])
        return writable(after, self.about)

    def _ensure_unchanged(self, one: _Moving) -> None:
        current = find_instance(self.client, self.id, str(one.before["id"]))
        if current is None or current.get("updated_at") != one.before.get("updated_at"):
            raise _foreign(f"Instance {label_of(one.before)} of {self.old} was written or deleted meanwhile")

    def _expected(self) -> Expected:
        return fetch_fleet(self.client, node_owner(self.client, self.konnect.control_plane).id).expected

    def _wait(self, before: Expected) -> None:
        """Until every node of the plan runs the batch; without any node there is nobody to ask."""
        owner, params = node_owner(self.client, self.konnect.control_plane), self.konnect.params
        if before.hash is None:
            self.konnect.module.warn("No node was ever connected, so nothing proves that nodes take the new plugin.")
            return
        state = wait_for_sync(
            lambda: fetch_fleet(self.client, owner.id),
            SyncRules(nodes=self.nodes),
            baseline=before,
            timeout=params["wait_timeout"],
            interval=params["wait_interval"],
        )
        if not state.in_sync:
            late = [one for one in state.verdicts if one.counted and one.verdict != "in_sync"]
            listed = "; ".join(f"{one.hostname or one.node_id}: {one.verdict} ({one.reason})" for one in late[:_LISTED])
            told = f"{len(late)} node(s) did not take the batch" if late else "No live node is there to take the batch"
            raise KonnectError(f"{told} in {params['wait_timeout']} s{f': {listed}' if late else ''}")

    def _taken_back(self, error: KonnectError, touched: Sequence[_Moving]) -> KonnectError:
        """The error with what became of the batch: its instances go back to the old plugin, last one first."""
        stuck = [problem for problem in map(self._take_back, reversed(touched)) if problem]
        back = f"{len(touched) - len(stuck)} instance(s) of the batch are at {self.old} again."
        hint = " ".join(part for part in (error.hint, back, *stuck[:_LISTED]) if part)
        return KonnectError(
            error.message,
            request=error.request,
            status=error.status,
            details=error.details,
            correlation_id=error.correlation_id,
            hint=hint,
        )

    def _take_back(self, one: _Moving) -> str:
        """Why the instance could not go back, or nothing."""
        try:
            self._reverse(one)
        except KonnectError as problem:
            return f"{label_of(one.before)}: {problem}"
        return ""

    def _reverse(self, one: _Moving) -> None:
        source, target = one.after, writable(one.before)
        gone, back = (find_instance(self.client, self.id, str(each["id"])) for each in (source, target))
        if back is not None and same_instance(target, back, None) and gone in (None, back):
            return
        if gone is not None and not is_unfinished(gone) and not same_instance(source, gone, self.about):
            raise _foreign("somebody else wrote it meanwhile, and it stays as it is")
        for write in writes_of(source, target, self.handover):
            if write.body is None:
                delete_instance(self.client, self.id, write.id)
            else:
                put_instance(self.client, self.id, write.body)


def _foreign(what: str) -> ForeignWriteError:
    return ForeignWriteError(what, hint="Run the same command again: it plans anew from what is there.")
