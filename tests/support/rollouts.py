# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts of one plugin in a small world of memory: plan, journal, lock, gate and undo are the collection's own.

What the playbooks sequence is sequenced here by a few functions, so that thousands of schedules take seconds.
"""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile
from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_file import (
    all_undo,
    read_undo,
    undo_path,
    write_undo,
)
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.gate import may_start
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import STARTED
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.lock import LIFE, Lock, LockError
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.outcome import outcome_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import Record, record_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.result import Result, result_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.state import Outcome
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import (
    Saved,
    UndoError,
    collect,
    keeps,
    need_of,
    undo_told,
)
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.window import begin, end, hold
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Plan, differences, make_plan
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.binding import instance_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import text_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.rollback import SavedState, make_rollback
from tests.support.schedules import Actor, Killed, Stage
from tests.support.small_world import NAME, NOW, identifier, instance, look, schema_text, stored

KEY = b"schedules"
KEPT = '{ kept = { type = "string" } }'
TTL = '{ ttl = { type = "integer", required = true, default = 30 } }'
TRIES = '{ max_tries = { type = "integer", required = true, default = 3 } }'
TEXTS = {
    "old": schema_text(f"{KEPT}, {TTL}"),
    "code": schema_text(f"{KEPT}, {TTL}"),
    "short": schema_text(f"{KEPT}, {TTL}, {TRIES}"),
    "long": schema_text(KEPT),
    "sync": schema_text(f"{KEPT}, {TRIES}"),
}
DIGESTS = {name: f"sha256:{hashlib.sha256(name.encode()).hexdigest()}" for name in TEXTS}
BY_DIGEST = {digest: name for name, digest in DIGESTS.items()}
NODES = ("dp1", "dp2", "dp3", "dp4")
# What a visit may come to: the task's result, and whether the node has the wanted release afterwards.
VISITS: dict[str, tuple[dict[str, Any], bool]] = {
    "accepted": ({"verdict": {"kind": "accepted"}}, True),
    "unreachable": ({"unreachable": True, "msg": "no route"}, False),
    "disk full": ({"failed": True, "msg": "no space left"}, False),
    "rejected": ({"verdict": {"kind": "rejected", "message": "in 'ttl'"}, "failed": True, "msg": "no"}, True),
    "silent": ({"verdict": {"kind": "silent"}, "failed": True, "msg": "nothing came"}, True),
}
# A step's mutations may take this long once its window was seen to be held; every wait of a rollout is shorter.
LONGEST_STEP = LIFE / 2 - 60


@dataclass
class World:
    """What all runs share: the control plane with its label, and for each node the release that it has."""

    schema: str = TEXTS["old"]
    instances: dict[str, dict[str, Any]] = field(default_factory=dict)
    nodes: dict[str, str] = field(default_factory=lambda: dict.fromkeys(NODES, "old"))
    had: dict[str, set[str]] = field(default_factory=lambda: {node: {"old"} for node in NODES})
    label: Lock | None = None
    label_of: Actor | None = None
    foreign: int = 0

    @classmethod
    def furnished(cls) -> World:
        made = [instance(stored(TEXTS["old"], {"ttl": at, "kept": f"user-{at}"}), at) for at in (1, 2, 3)]
        return cls(instances={one["id"]: one for one in made})

    def picture(self) -> dict[str, Any]:
        """All that an undone rollout has to bring back."""
        configs = {identity: one["config"] for identity, one in self.instances.items()}
        return copy.deepcopy({"schema": self.schema, "configs": configs, "nodes": self.nodes})

    def plan_inputs(self) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
        """Control plane, fleet and instances as `make_plan` and `make_rollback` take them."""
        control_plane = {
            "id": identifier(99),
            "name": "demo",
            "cluster_type": "CLUSTER_TYPE_CONTROL_PLANE",
            "schemas": {NAME: self.schema},
            "nodes": [{"id": f"id-{host}", "hostname": host, "last_ping": NOW - 5} for host in NODES],
            "now": NOW,
        }
        fleet = []
        for host, release_name in self.nodes.items():
            seen = look(host, TEXTS[release_name], DIGESTS[release_name])
            seen["plugins"][NAME]["releases"] = sorted(DIGESTS[one] for one in self.had[host])
            fleet.append(seen)
        return control_plane, fleet, {NAME: copy.deepcopy(list(self.instances.values()))}


class Label:
    """The lock's place as one actor sees it: each access takes a moment, and the clock may be off a little."""

    def __init__(self, stage: Stage, actor: Actor, world: World, skew: float) -> None:
        self._stage, self._actor, self._world, self._skew = stage, actor, world, skew

    def read(self) -> Lock | None:
        self._stage.turn(self._actor, self._stage.random.uniform(0.01, 0.1))
        return self._world.label

    def write(self, lock: Lock | None, *, instead_of: Lock | None) -> None:
        self._stage.turn(self._actor, self._stage.random.uniform(0.01, 0.1))
        self._world.label, self._world.label_of = lock, self._actor

    def now(self) -> float:
        return self._stage.now + self._skew


@dataclass
class Report:
    """How one run ended, by its own account."""

    wanted: str
    on_failure: str = "undo"
    refused: str | None = None
    result: Result | None = None
    undo: dict[str, Any] | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        return self.refused is None and (self.result is None or self.result.outcome == "succeeded")


class Runs:
    """Runs of the playbooks on one stage; ``ills`` is the chance that a visit to a node does not go well."""

    def __init__(self, stage: Stage, world: World, folder: Path, *, ills: float) -> None:
        self.stage, self.world, self.folder, self.ills = stage, world, folder, ills
        self.pauses = 0.02
        self.reports: list[Report] = []
        # Who has seen that the window is its own, and has not ended its step yet.
        self.writing: dict[str, Actor] = {}

    def is_dead(self, name: str) -> bool:
        """Whether the process of an actor is gone, as a controller sees it of its own processes."""
        return any(actor.name == name and actor.died for actor in self.stage.actors)

    # -- an update ---------------------------------------------------------------------------------------------------

    def update(
        self, actor: Actor, wanted: str, *, on_failure: str = "undo", budget: int = 0, where: str = "one"
    ) -> Report:
        """`playbooks/update.yml`, from reading the world to the report. ``where`` names the controller's folder."""
        world = self.world
        report = Report(wanted, on_failure, before=world.picture())
        self._pause(actor)
        foreign = world.foreign
        plan = make_plan(
            [{"name": NAME, "directory": f"plugins/{wanted}", "schema": TEXTS[wanted], "digest": DIGESTS[wanted]}],
            *world.plan_inputs(),
            {"binding_key": KEY},
        )
        assert not plan.problems, [str(one) for one in plan.problems]
        self._pause(actor)
        try:
            window = _Window(self, actor, plan.to_dict(), where, foreign, max_failures=budget)
        except (LockError, UndoError) as refusal:
            report.refused = str(refusal)
            return report
        if window.record.steps:
            self._carry_out(window, plan, dict.fromkeys(NODES, wanted), ("schema", "stage", "instances", "nodes"))
            report.result = window.result()
            report.undo = self._undo(window, report.result, on_failure)
        window.close()
        report.after = world.picture()
        self.reports.append(report)
        return report

    def _undo(self, around: _Window, result: Result, on_failure: str) -> dict[str, Any] | None:
        """`playbooks/step_undo.yml`."""
        path = undo_path(around.journal.path)
        saved_at = read_undo(path, None).saved_at if path.exists() else None
        finished_at = around.journal.state().finished_at
        need = need_of(result, on_failure, saved_at=saved_at, finished_at=finished_at)
        if not need.needed:
            return undo_told(need, None, None, [])
        self._pause(around.actor)
        saved = read_undo(path, None)
        rollback = make_rollback(
            saved.target,
            [
                SavedState(one.name, one.schema, one.release, one.hosts, one.instances, one.known)
                for one in saved.plugins
            ],
            *self.world.plan_inputs(),
            {"binding_key": KEY},
        )
        plan = rollback.to_dict()
        if plan["problems"]:
            return undo_told(need, None, plan["problems"][0]["text"], [])
        try:
            inner = _Window(
                self, around.actor, plan, around.where, self.world.foreign, within=around.record, max_failures="100%"
            )
        except LockError as refusal:
            return undo_told(need, None, str(refusal), [])
        releases = {host: BY_DIGEST[one[NAME]] for host, one in rollback.releases.items()}
        self._carry_out(inner, rollback.plan, releases, ("schema", "instances", "nodes", "instances"))
        undone = inner.result()
        inner.close()
        return undo_told(need, undone, None, [])

    # -- its steps ---------------------------------------------------------------------------------------------------

    def _carry_out(self, window: _Window, plan: Plan, releases: Mapping[str, str], order: tuple[str, ...]) -> None:
        for step in order:
            self._pause(window.actor)
            if step in ("stage", "nodes"):
                self._visit(window, step, releases)
            elif window.start(step):
                with self._noted(window, step, ("validate",) if step == "schema" else ()):
                    self._write(window, plan, step)
            elif step == "schema" and window.start("validate"):
                with self._noted(window, "validate"), window.guarded():
                    window.step()

    @contextmanager
    def _noted(self, window: _Window, step: str, more: tuple[str, ...] = ()) -> Iterator[None]:
        failure = None
        try:
            yield
        except (LockError, ValueError) as error:
            failure = {"failed": True, "msg": str(error)}
        for name in (step, *more):
            window.note(outcome_of([], failure), name, None)

    def _write(self, window: _Window, plan: Plan, step: str) -> None:
        """The schema, or every instance whose rewrite the plan has; each write is of its own moment."""
        with window.guarded():
            for one in plan.studies:
                if step == "schema":
                    window.step()
                    self.world.schema = one.wanted.text
                    continue
                for item in one.judgements:
                    if item.rewrite is None:
                        continue
                    window.step()
                    now = self.world.instances.get(item.instance["id"])
                    if now is None or instance_digest(now, KEY) != instance_digest(item.instance, KEY):
                        raise ValueError("somebody else wrote an instance meanwhile")
                    self.world.instances[now["id"]] = {**now, "config": copy.deepcopy(item.rewrite.stored)}

    def _visit(self, window: _Window, step: str, releases: Mapping[str, str]) -> None:
        hosts = list(window.record.hosts.get(step, ()))
        sizes = [len(hosts)] if step == "stage" else _sizes(window.record.batches, len(hosts))
        bad: list[str] = []
        while hosts:
            size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
            batch, hosts = hosts[:size], hosts[size:]
            begun = [host for host in batch if window.start(step, host)]
            if not begun:
                continue
            assert len(bad) <= window.record.budget, f"{begun} were begun although {bad} had failed"
            failure = None
            visits: dict[str, dict[str, Any]] = {}
            try:
                with window.guarded():
                    for host in begun:
                        window.step()
                        visits[host] = self._one_visit(host, releases[host], switch=step == "nodes")
            except (LockError, ValueError) as error:
                failure = {"failed": True, "msg": str(error)}
            bad += [host for host in begun if visits.get(host) != VISITS["accepted"][0]]
            for host in begun:
                window.note(outcome_of([visits.get(host, {})], failure if host not in visits else None), step, host)

    def _one_visit(self, host: str, wanted: str, *, switch: bool) -> dict[str, Any]:
        draw = self.stage.random
        kind = "accepted" if draw.random() >= self.ills else draw.choice(list(VISITS)[1:])
        result, has_it = VISITS[kind]
        if has_it:
            self.world.had[host].add(wanted)
            if switch:
                self.world.nodes[host] = wanted
        return result

    def _pause(self, actor: Actor) -> None:
        """Between two steps anything may take its time, up to longer than a lock lasts."""
        draw = self.stage.random
        self.stage.turn(actor, draw.uniform(LIFE / 2, 2 * LIFE) if draw.random() < self.pauses else draw.random())

    # -- somebody else -----------------------------------------------------------------------------------------------

    def write_something(self, actor: Actor, expected: dict[str, str]) -> None:
        """A person gives an instance another value; ``expected`` is told, so that it can be asked for at the end."""
        identity = self.stage.random.choice(sorted(self.world.instances))
        self.world.foreign += 1
        now = self.world.instances[identity]
        value = f"by-a-person-{self.world.foreign}"
        self.world.instances[identity] = {**now, "config": {**now["config"], "kept": value}}
        expected[identity] = value


class _Window:
    """`maintenance_window`, `rollout_step` and the journal, as one run uses them."""

    def __init__(
        self,
        runs: Runs,
        actor: Actor,
        plan: dict[str, Any],
        where: str,
        foreign: int,
        *,
        within: Record | None = None,
        max_failures: int | str = 0,
    ) -> None:
        self.runs, self.actor, self.plan, self.where, self._within = runs, actor, plan, where, within
        self._folder, self._max_failures = runs.folder / where, max_failures
        self.journal = JournalFile(self._record(1).journal)
        self._place = Label(runs.stage, actor, runs.world, runs.stage.random.uniform(-2, 2))
        self._undo: Saved | None = None
        self._foreign = foreign
        state = self.journal.state()
        self.record = self._record(state.attempt + 1)
        self.is_open = bool(self.record.steps) or state.is_open
        if self.is_open:
            self.record = begin(
                _TimedJournal(self),
                self._place,
                self._record,
                within=within is not None,
                save=self._save,
                controller={"name": actor.name},
                dead=lambda facts: runs.is_dead(str(facts.get("name"))),
                sleep=lambda seconds: runs.stage.turn(actor, seconds),
            )
        if self._undo is not None:
            write_undo(undo_path(self.journal.path), self._undo.to_dict(), None)
            runs.stage.turn(actor, 0.01)

    def _record(self, attempt: int) -> Record:
        made = record_of(
            self.plan,
            journal_dir=str(self._folder),
            attempt=attempt,
            max_failures=self._max_failures,
            lock="label",
        )
        return replace(made, lock=self._within.lock, owner=self._within.owner) if self._within else made

    def _save(self) -> None:
        path = undo_path(self.journal.path)
        kept = read_undo(path, None) if path.exists() else None
        others = [one for other, one in all_undo(path.parent) if other != path]
        finished_at = self.journal.state().finished_at
        if not self.record.steps or "undoes" in self.plan or keeps(kept, self.plan, others, finished_at):
            return
        world = self.runs.world
        instances = {NAME: copy.deepcopy(list(world.instances.values()))}
        self._undo = collect(self.plan, {NAME: world.schema}, instances, self.runs.stage.now, masked=False)

    def note(self, outcome: Outcome, step: str, host: str | None) -> None:
        _TimedJournal(self).append(
            attempt=self.record.attempt,
            step=step,
            event=outcome.event,
            host=host,
            reason=outcome.reason,
            facts=outcome.facts or None,
        )

    def start(self, step: str, host: str | None = None) -> bool:
        """May it begin? Then that is noted."""
        if not may_start(step, host, self.record.wanted, self.journal.state()).proceed:
            return False
        self.note(Outcome(STARTED), step, host)
        return True

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """The window is ours and the world as planned; until the end of the block nobody else may write.

        :raises LockError: it is not ours. ValueError: somebody else wrote what the plan stands on.
        """
        runs = self.runs
        hold(self._place, self.record.owner)
        _control_plane, _fleet, instances = runs.world.plan_inputs()
        planned = self.plan["plugins"][0]
        now = {
            **planned["inputs"],
            "schema": {"before": text_digest(runs.world.schema)},
            "instances": [
                {"id": one["id"], "label": one["id"], "before": instance_digest(one, KEY)} for one in instances[NAME]
            ],
        }
        found = differences(self.plan, {**self.plan, "plugins": [{**planned, "inputs": now}]})
        if found:
            raise ValueError(str(found[0]))
        assert not runs.writing, f"{self.actor.name} may write while {runs.writing} may"
        label = runs.world.label
        assert label is not None, f"{self.actor.name} may write without a lock"
        assert label.expires > runs.stage.now, f"{self.actor.name} may write under an expired lock"
        assert label.owner == self.record.owner, f"{self.actor.name} may write under the lock of {label.owner}"
        assert runs.world.foreign == self._foreign, f"{self.actor.name} did not see what a person wrote"
        runs.writing[self.actor.name] = self.actor
        self._left = LONGEST_STEP
        try:
            yield
        finally:
            runs.writing.pop(self.actor.name)

    def step(self) -> None:
        """One mutation's time, short or long, within what a step may take."""
        draw = self.runs.stage.random
        seconds = min(self._left, draw.uniform(60, LONGEST_STEP) if draw.random() < self.runs.pauses else 0.1)
        self._left -= seconds
        self.runs.stage.turn(self.actor, seconds)

    def result(self) -> Result:
        return result_of(self.record.wanted, self.journal.state())

    def close(self) -> None:
        if self.is_open:
            end(_TimedJournal(self), None if self._within else self._place, self.record)


class _TimedJournal:
    """The journal's file; others may act after each entry, and a crash may cut the entry that was being written."""

    def __init__(self, window: _Window) -> None:
        self._window = window
        self.state = window.journal.state

    def append(self, **entry: Any) -> None:
        path, runs = self._window.journal.path, self._window.runs
        size = path.stat().st_size if path.exists() else 0
        self._window.journal.append(**entry)
        written = path.stat().st_size
        try:
            runs.stage.turn(self._window.actor, 0.001)
        except Killed:
            if path.stat().st_size == written and runs.stage.random.random() < 0.5:
                os.truncate(path, runs.stage.random.randint(size, written))
            raise


def _sizes(batches: Iterable[int | str], fleet: int) -> list[int]:
    """As `serial` of a play has it."""
    return [max(1, fleet * int(one[:-1]) // 100) if isinstance(one, str) else int(one) for one in batches]
