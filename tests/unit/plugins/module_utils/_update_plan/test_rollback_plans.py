# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan in the other direction: its order, its gap, and what it puts back."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import fill_defaults, read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Edit, apply_edits
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.binding import made_up_fields
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import instance_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.rollback import (
    Rollback,
    SavedState,
    make_rollback,
    secret_answers,
)
from tests.support.small_world import (
    NAME,
    NEW_RELEASE,
    OLD_RELEASE,
    Small,
    identifier,
    instance,
    schema_text,
    stored,
)

TTL = '{ ttl = { type = "integer", required = true, default = 5 } }'
STALE = '{ stale = { type = "integer", required = true, default = 30 } }'
ERROR = '{ error_ttl = { type = "integer", required = true, default = 0 } }'
SECRET = '{ token = { type = "string", encrypted = true } }'
MADE_UP = '{ token = { type = "string", uuid = true, auto = true } }'
MUST = '{ host = { type = "string", required = true } }'

OLD = schema_text(f"{TTL}, {STALE}")
WORLDS = {
    # the new schema, what step 3 makes of {"ttl": 60, "stale": 7}
    "short": (schema_text(f"{TTL}, {STALE}, {ERROR}"), {"ttl": 60, "stale": 7}),
    "long": (schema_text(TTL), {"ttl": 60}),
    "sync": (schema_text(f"{TTL}, {ERROR}"), {"ttl": 60, "error_ttl": 0}),
}


def way_back(
    new: str,
    now: dict[str, Any],
    *,
    nodes: dict[str, str],
    old: str = OLD,
    before: dict[str, Any] | None = None,
    releases: tuple[str, ...] = (OLD_RELEASE, NEW_RELEASE),
    written: bool = False,
) -> Rollback:
    """The rollback of one instance that is ``now``, with ``nodes`` on either schema."""
    saved = instance({"ttl": 60, "stale": 7} if before is None else before)
    current = instance(now)
    world = Small(new, new, nodes, (current,))
    fleet = world.fleet()
    for look in fleet:
        look["plugins"][NAME]["releases"] = list(releases)
    made_up = made_up_fields(read_schema(new))
    known = [instance_digest(one, b"test", made_up) for one in (saved, current)]
    if written:
        known[1] = "other"
    return make_rollback(
        "target",
        [
            SavedState(
                name=NAME,
                schema=old,
                release=OLD_RELEASE,
                hosts=dict.fromkeys(nodes, OLD_RELEASE),
                instances=[saved],
                known={identifier(1): known},
            )
        ],
        {
            "id": identifier(99),
            "name": "demo",
            "cluster_type": "CLUSTER_TYPE_CONTROL_PLANE",
            "schemas": {NAME: new},
            "nodes": world.records(),
            "now": 1_700_000_000,
        },
        fleet,
        {NAME: [current]},
        {"binding_key": b"test"},
    )


def steps(rollback: Rollback) -> list[str]:
    return [one.name for one in rollback.plan.steps]


@pytest.mark.parametrize(
    ("world", "expected", "gap"),
    [
        ("short", ["window", "schema", "validate", "nodes", "close"], False),
        ("long", ["window", "schema", "validate", "nodes", "instances", "close"], False),
        ("sync", ["window", "schema", "validate", "instances", "nodes", "close"], True),
    ],
)
def test_the_way_back_of_a_finished_update(world: str, expected: list[str], gap: bool) -> None:
    new, now = WORLDS[world]
    rollback = way_back(new, now, nodes={"n1": new, "n2": new})
    assert steps(rollback) == expected
    assert rollback.plan.problems == ()
    assert dict(rollback.plan.announced) == ({"n1": 1, "n2": 1} if gap else {"n1": 0, "n2": 0})
    assert rollback.releases == {"n1": {NAME: OLD_RELEASE}, "n2": {NAME: OLD_RELEASE}}
    assert rollback.to_dict()["undoes"] == "target"


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("on_new", [hosts for size in range(3) for hosts in itertools.combinations(("n1", "n2"), size)])
def test_from_every_mixture_only_announced_nodes_reject(world: str, on_new: tuple[str, ...]) -> None:
    new, now = WORLDS[world]
    rollback = way_back(new, now, nodes={host: new if host in on_new else OLD for host in ("n1", "n2")})
    assert set(rollback.releases) == set(on_new)
    announced = {host for host, count in rollback.plan.announced.items() if count}
    assert announced <= set(on_new)
    if not rollback.plan.moments:
        return
    first, *_others, last = rollback.plan.moments
    already = {host for refusal in first.refusals for host in refusal.hosts}
    told = {host for moment in rollback.plan.moments for refusal in moment.refusals for host in refusal.hosts}
    assert told <= announced | already
    assert last.refusals == ()


@pytest.mark.parametrize("world", ["long", "sync"])
def test_what_was_saved_is_what_is_stored_at_the_end(world: str) -> None:
    new, now = WORLDS[world]
    document = way_back(new, now, nodes={"n1": new}).to_dict()
    edits = tuple(map(Edit.from_dict, document["plugins"][0]["instances"][0]["edits"]))
    sent = apply_edits(instance(now), edits, {})
    assert fill_defaults(read_schema(OLD), sent) == {"ttl": 60, "stale": 7}


def test_a_world_that_is_all_old_needs_nothing() -> None:
    rollback = way_back(OLD, {"ttl": 60, "stale": 7}, nodes={"n1": OLD})
    # The small world takes a node on the control plane's schema for one on the new release: only that differs here.
    assert "schema" not in steps(rollback)
    assert "instances" not in steps(rollback)


def test_an_instance_that_somebody_wrote_since_keeps_its_values() -> None:
    new, _now = WORLDS["short"]
    rollback = way_back(new, {"ttl": 99, "stale": 7, "error_ttl": 3}, nodes={"n1": new}, written=True)
    (one,) = rollback.plan.studies[0].judgements
    assert one.rewrite is not None
    assert one.rewrite.stored == {"ttl": 99, "stale": 7}
    assert "written since" in str(rollback.plan.warnings[0])


@pytest.mark.parametrize("nodes", [{}, {"n1": "new"}, {"n1": "old"}], ids=str)
@pytest.mark.parametrize("made_up_before", [True, False])
def test_an_instance_is_known_again_by_all_but_what_the_control_plane_made_up(
    nodes: dict[str, str], made_up_before: bool
) -> None:
    gone = '{ gone = { type = "string" } }'
    old = schema_text(f"{MADE_UP}, {gone}" if made_up_before else f'{{ token = {{ type = "string" }} }}, {gone}')
    new = schema_text(MADE_UP)
    before = {"token": "11111111-1111-4111-8111-111111111111", "gone": "precious"}
    hosts = {host: new if schema == "new" else old for host, schema in nodes.items()}
    rollback = way_back(new, {"token": before["token"]}, old=old, nodes=hosts, before=before)
    (one,) = rollback.plan.studies[0].judgements
    assert one.rewrite is not None
    assert one.rewrite.stored == before
    assert not [one for one in rollback.plan.warnings if "written since" in str(one)]


def test_an_instance_that_was_not_put_back_yet_is_known_when_its_schema_is_back() -> None:
    old = schema_text(f'{MADE_UP}, {{ gone = {{ type = "string" }} }}')
    before = {"token": "11111111-1111-4111-8111-111111111111", "gone": "precious"}
    rollback = way_back(old, {"token": before["token"]}, old=old, nodes={"n1": old}, before=before)
    (one,) = rollback.plan.studies[0].judgements
    assert one.rewrite is not None
    assert one.rewrite.stored == before


def test_a_value_that_only_a_person_knows_stops_it() -> None:
    old = schema_text(f"{TTL}, {MUST}")
    new = schema_text(TTL)
    rollback = way_back(new, {"ttl": 99}, old=old, nodes={"n1": new}, before={"ttl": 60, "host": "a"}, written=True)
    assert any("config.host" in str(one) for one in rollback.plan.problems)


def test_a_release_that_is_not_on_the_node_any_more_stops_it() -> None:
    new, now = WORLDS["short"]
    rollback = way_back(new, now, nodes={"n1": new}, releases=(NEW_RELEASE,))
    assert "not on n1 any more" in str(rollback.plan.problems[0])


def test_a_saved_secret_is_in_no_plan_and_is_put_back_from_the_undo_data() -> None:
    old, new = schema_text(f"{TTL}, {SECRET}"), schema_text(TTL)
    before = stored(old, {"ttl": 60, "token": "very-s3cret"})
    rollback = way_back(new, {"ttl": 60}, old=old, nodes={"n1": new}, before=before)
    document = rollback.to_dict()
    assert "very-s3cret" not in json.dumps(document)
    assert "very-s3cret" not in repr(rollback)
    answers = secret_answers(document, {NAME: [instance(before)]})
    edits = tuple(map(Edit.from_dict, document["plugins"][0]["instances"][0]["edits"]))
    assert apply_edits(instance({"ttl": 60}), edits, answers[NAME][identifier(1)]) == before


@pytest.mark.parametrize("keys", [("api.example.com",), ("a[1]", "b{}", "c.d"), ("plain",)])
def test_a_saved_secret_below_any_key_of_a_map_is_put_back(keys: tuple[str, ...]) -> None:
    hosts = (
        '{ hosts = { type = "map", keys = { type = "string" }, values = { type = "record", fields = '
        '{ { port = { type = "integer" } }, { %s = { type = "string", encrypted = true } } } } } }'
    )
    old, new = schema_text(hosts % "token"), schema_text(hosts % "api_token")
    before = {"hosts": {key: {"port": port, "token": f"s3cret of {key}"} for port, key in enumerate(keys, 1)}}
    now = {"hosts": {key: {"port": port, "api_token": f"s3cret of {key}"} for port, key in enumerate(keys, 1)}}
    document = way_back(new, now, old=old, nodes={"n1": new}, before=before).to_dict()
    assert "s3cret" not in json.dumps(document)
    edits = tuple(map(Edit.from_dict, document["plugins"][0]["instances"][0]["edits"]))
    answers = secret_answers(document, {NAME: [instance(before)]})
    assert apply_edits(instance(now), edits, answers[NAME][identifier(1)]) == before
