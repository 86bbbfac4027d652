# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that were cut after any of their writes, there or on the way back: the same approval holds, the same selection
names them, and going on ends as if nothing had been cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import reduce
from itertools import product
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import differences
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import instance_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_model import MoveOptions, New, Old
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_plan import plan_moves
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.moving import (
    GAP,
    GLOBAL,
    HANDOVERS,
    ONE_WRITE,
    OVERLAP,
    Selection,
    Write,
    finished,
    writes_of,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import without_nulls
from tests.support.small_world import NAME, NOW, identifier, instance, look, schema_text, stored

NEW = "probe-v2"
TTL = "{ ttl = { type = 'integer', default = 5 } }"
STALE = "{ stale = { type = 'integer' } }"
DIGEST = "sha256:" + "c" * 64
SHOP, STOCK = {"id": identifier(50)}, {"id": identifier(51)}
ROWS = (
    instance({"ttl": 1, "stale": 2}, 1, tags=["a"]),
    instance({"ttl": 2}, 2, service=SHOP, instance_name=None),
    instance({"ttl": 3}, 3, service=STOCK, enabled=False),
)
SELECTIONS = (
    Selection(),
    Selection(scopes={GLOBAL: (GLOBAL, "")}),
    Selection(tags=("a",)),
    Selection(names=("one-1",)),
    Selection(names=(identifier(1), identifier(2))),
)

Store = dict[str, dict[str, Any]]
Plan = dict[str, Any]


def plan(store: Store, *, installed: bool = True, key: bytes = b"key", new: str = TTL, **options: Any) -> Plan:
    """The plan of moves for what a control plane stores; the new schema has not got the field ``stale``."""
    text = schema_text(new, name=NEW)
    wanted = Wanted.read({"name": NEW, "directory": f"plugins/{NEW}", "schema": text, "digest": DIGEST})
    there = {NEW: {"loads": f"/opt/{NEW}", "digest": DIGEST, "schema": text}}
    fleet = [look("dp1", None, DIGEST, **({"enabled": [NAME, NEW], "plugins": there} if installed else {}))]
    return plan_moves(
        Old(NAME, schema_text(f"{TTL}, {STALE}"), [one for one in store.values() if one["name"] == NAME]),
        New(wanted, text if installed else None, [one for one in store.values() if one["name"] == NEW]),
        {
            "id": identifier(99),
            "name": "demo",
            "cluster_type": "",
            "nodes": [{"id": "id-dp1", "hostname": "dp1", "last_ping": NOW - 5}],
            "now": NOW,
        },
        fleet,
        [],
        MoveOptions(key=key, expect_files=installed, **options),
    ).to_dict()


def before() -> Store:
    return {one["id"]: one for one in ROWS}


def written(store: Store, write: Write) -> Store:
    """The store after a write; refuses what a control plane refuses: two of one name, two of one plugin on a scope."""
    rest = {key: value for key, value in store.items() if key != write.id}
    if write.body is None:
        return rest
    for one in rest.values():
        assert one["instance_name"] is None or one["instance_name"] != write.body["instance_name"]
        assert one["name"] != write.body["name"] or one.get("service") != write.body.get("service")
    return {**rest, write.id: {**write.body, "updated_at": NOW}}


def moves(store: Store, document: Plan) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    """Source, target and handover of every move that a plan has, in its order."""
    ours = document["plugins"][0]
    for one in ours["moves"]:
        source = finished(store[one["id"]])
        config = {key: value for key, value in source["config"].items() if key != "stale"}
        yield source, {**source, "id": one["becomes"], "name": NEW, "config": config}, ours["handover"]


def writes(store: Store, document: Plan) -> list[Write]:
    """All that a plan writes."""
    unfinished = [Write(one, finished(store[one])) for one in document["plugins"][0]["unfinished"]]
    return [*unfinished, *(write for move in moves(store, document) for write in writes_of(*move))]


def carried_out(store: Store, document: Plan) -> Store:
    """The store after a plan."""
    return reduce(written, writes(store, document), store)


def cuts(document: Plan, start: Store | None = None) -> Iterator[Store]:
    """What is stored after each write of a plan, and after each write of taking back what is moved by then."""
    store, done = start or before(), []
    for source, target, handover in [*moves(store, document)]:
        done.append((target, source, handover))
        for write in writes_of(source, target, handover):
            store = written(store, write)
            yield store
            back = store
            for reverse in (one for move in reversed(done) for one in writes_of(*move)):
                back = written(back, reverse)
                yield back


def told(store: Store) -> list[str]:
    """What is stored, apart from times."""
    return sorted(json.dumps({**one, "updated_at": 0}, sort_keys=True) for one in store.values())


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("handover", HANDOVERS)
def test_the_same_approval_and_the_same_command_go_on_from_every_write(handover: str, selection: Selection) -> None:
    options = {"handover": handover, "selection": selection}
    approved = plan(before(), installed=False, **options)
    whole = told(carried_out(before(), plan(before(), **options)))
    states = list(cuts(approved))
    assert len(states) > len(approved["plugins"][0]["moves"])
    for store in states:
        now = plan(store, **options)
        assert now["problems"] == []
        assert differences(approved, now) == []
        assert told(carried_out(store, now)) == whole
        last = plan(carried_out(store, now), **options)
        assert (last["changes"], last["problems"], differences(approved, last)) == (0, [], [])


@pytest.mark.parametrize("handover", HANDOVERS)
def test_defaults_that_a_control_plane_fills_in_on_either_way_are_no_foreign_write(handover: str) -> None:
    new = f"{TTL}, {{ fresh = {{ type = 'integer', default = 7 }} }}"
    texts = {NAME: schema_text(f"{TTL}, {STALE}"), NEW: schema_text(new, name=NEW)}
    rows = {one["id"]: {**one, "config": {**one["config"], "ttl": None}} for one in ROWS}
    approved = plan(rows, handover=handover, new=new)
    for store in cuts(approved, rows):
        filled = {
            key: {**one, "config": stored(texts[one["name"]], without_nulls(one["config"]))}
            for key, one in store.items()
        }
        assert differences(approved, plan(filled, handover=handover, new=new)) == []


@pytest.mark.parametrize("handover", HANDOVERS)
def test_a_foreign_write_is_seen_at_every_write(handover: str) -> None:
    approved = plan(before(), handover=handover)
    sources = {one["becomes"]: one["id"] for one in approved["plugins"][0]["moves"]}
    for store in cuts(approved):
        for identity, one in store.items():
            if handover != ONE_WRITE and one["name"] == NEW and sources[identity] in store:
                # Nothing hangs on what is being made while the old one is there: it is written over.
                continue
            foreign = {**store, identity: {**one, "config": {**one["config"], "ttl": 9}}}
            assert differences(approved, plan(foreign, handover=handover)) != []


@pytest.mark.parametrize(("first", "then"), [*product((OVERLAP, GAP), HANDOVERS)])
def test_a_cut_run_can_be_finished_by_a_plan_with_another_handover_or_is_told_which(first: str, then: str) -> None:
    whole = told(carried_out(before(), plan(before(), handover=first)))
    for store in cuts(plan(before(), handover=first)):
        now = plan(store, handover=then)
        if now["ok"]:
            after = carried_out(store, now)
            assert {one["name"] for one in after.values()} == {NEW}
            assert then == ONE_WRITE or told(after) == whole
        else:
            assert then == ONE_WRITE
            assert all("Give the handover of that run, overlap or gap" in one["text"] for one in now["problems"])


@pytest.mark.parametrize("handover", HANDOVERS)
def test_a_plan_stands_while_its_own_writes_are_made(handover: str) -> None:
    """What the gates of a rollout compare: the inputs of the plan with what is stored by then."""
    for store in [before(), *cuts(plan(before(), handover=handover))]:
        now = plan(store, handover=handover)
        states = [store]
        for write in writes(store, now):
            states.append(written(states[-1], write))
        assert [found for each in states for found in differences(now, as_stored(now, each))] == []


def as_stored(document: Plan, store: Store) -> Plan:
    """The inputs of a plan as a control plane has them now."""
    plugins = []
    for one in document["plugins"]:
        mine = [row for row in store.values() if row["name"] == one["name"]]
        rows = [{"id": row["id"], "before": instance_digest(row, b"key")} for row in mine]
        plugins.append({"name": one["name"], "inputs": {**one["inputs"], "instances": rows}})
    return {**document, "plugins": plugins}
