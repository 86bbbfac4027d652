# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of a plan of moves: what it binds, what it ignores, and that no secret value can be guessed from it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import canonical
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Wanted
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_model import MoveOptions, New, Old
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.move_plan import plan_moves
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.moving import GAP, GLOBAL, OVERLAP, Selection
from tests.support.small_world import NAME, NOW, identifier, instance, look, schema_text

NEW = "probe-v2"
TTL = "{ ttl = { type = 'integer', default = 5 } }"
TOKEN = "{ token = { type = 'string', encrypted = true } }"
NEEDED = "{ token = { type = 'string', encrypted = true, required = true } }"
DIGEST = "sha256:" + "c" * 64
SECRET, ANSWER = "s3cret-1234", "4nswer-1234"
ROWS = (
    instance({"ttl": 1, "token": SECRET}, 1),
    instance({"ttl": 2, "token": SECRET}, 2, service={"id": identifier(50)}, tags=["a", "b"]),
)


def plan(
    rows: tuple[dict[str, Any], ...] = ROWS,
    *,
    old: str = f"{TTL}, {TOKEN}",
    new: str = f"{TTL}, {TOKEN}",
    digest: str = DIGEST,
    directory: str = f"plugins/{NEW}",
    control_plane: dict[str, Any] | None = None,
    fleet: tuple[dict[str, Any], ...] = (),
    there: tuple[dict[str, Any], ...] = (),
    others: tuple[dict[str, Any], ...] = (),
    **options: Any,
) -> dict[str, Any]:
    """A plan with everything installed, as it is or with one thing changed."""
    text = schema_text(new, name=NEW)
    wanted = Wanted.read({"name": NEW, "directory": directory, "schema": text, "digest": digest})
    fleet = fleet or (node("dp1"),)
    nodes = [{"id": f"id-{one['host']}", "hostname": one["host"], "last_ping": NOW - 5} for one in fleet]
    return plan_moves(
        Old(NAME, schema_text(old), rows),
        New(wanted, text if options.get("expect_files", True) else None, there),
        {"id": identifier(99), "name": "demo", "cluster_type": "", "nodes": nodes, "now": NOW, **(control_plane or {})},
        fleet,
        others,
        MoveOptions(**{"key": b"key", **options}),
    ).to_dict()


def node(host: str, **more: Any) -> dict[str, Any]:
    there = {NEW: {"loads": f"/opt/{NEW}", "digest": DIGEST, "schema": ""}}
    return look(host, None, DIGEST, **{"enabled": [NAME, NEW], "plugins": there, **more})


def changed(number: int, **values: Any) -> tuple[dict[str, Any], ...]:
    """The instances with one of them changed."""
    return tuple({**one, **values} if one["id"] == identifier(number) else one for one in ROWS)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": changed(1, config={"ttl": 9, "token": SECRET})},
        {"rows": changed(1, config={"ttl": 1, "token": "another"})},
        {"rows": changed(2, tags=["a"])},
        {"rows": changed(2, enabled=False)},
        {"rows": changed(2, service={"id": identifier(51)})},
        {"rows": changed(2, ordering={"before": {"access": ["key-auth"]}})},
        {"rows": ROWS[:1]},
        {"rows": (*ROWS, instance({"ttl": 3}, 3, route={"id": identifier(52)}))},
        {"there": (instance({"ttl": 3}, 3, name=NEW, route={"id": identifier(52)}),)},
        {"selection": Selection(names=("one-1",))},
        {"selection": Selection(scopes={GLOBAL: (GLOBAL, "")})},
        {"handover": OVERLAP},
        {"handover": GAP},
        {"batches": (2,)},
        {"digest": "sha256:" + "d" * 64},
        {"new": f"{TTL}, {TOKEN}, {{ more = {{ type = 'string', default = 'x' }} }}"},
        {"old": f"{TTL}, {TOKEN}, {{ more = {{ type = 'string', default = 'x' }} }}"},
        {"fleet": (node("dp1"), node("dp2"))},
        {"control_plane": {"id": identifier(98)}},
        {"key": b"of another token"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_could_make_other_moves_makes_another_digest(change: dict[str, Any]) -> None:
    assert plan(**change)["digest"] != plan()["digest"]


@pytest.mark.parametrize(
    "change",
    [
        {"directory": "/tmp/elsewhere/probe-v2"},
        {"rows": changed(1, updated_at=NOW, created_at=7)},
        {"rows": changed(1, consumer=None)},
        {"rows": changed(1, config={"token": SECRET, "ttl": 1.0})},
        {"control_plane": {"name": "renamed", "now": NOW + 60}},
        {"fleet": (node("dp1", free_bytes=1, workers=[7, 8]),)},
        {"others": (instance({}, 4, name="key-auth"),)},
        {"selection": Selection(names=("one-1", "one-2"))},
        {"batches": (1, "100%")},
        # Check mode, before there is an installation; the moves are made after it.
        {"expect_files": False, "fleet": (look("dp1", None, DIGEST),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_makes_the_same_moves_makes_the_same_digest(change: dict[str, Any]) -> None:
    assert plan(**change)["digest"] == plan()["digest"]


def test_an_answer_is_bound_by_what_it_makes_of_the_instances() -> None:
    rows = (instance({"ttl": 1}, 1),)

    def answered(value: str, **more: Any) -> str:
        answers = {"*": {"config.token": value}, **more}
        document = plan(rows, old=TTL, new=f"{TTL}, {NEEDED}", answers=answers)
        assert document["ok"]
        return str(document["digest"])

    assert answered(ANSWER) != answered("another")
    assert answered(ANSWER) == answered("another", **{"one-1": {"config.token": ANSWER}})


def test_neither_a_secret_nor_a_plain_hash_of_one_is_in_the_plan() -> None:
    """Who has the plan and a list of guesses learns nothing without the token that the key is made of."""
    document = plan(
        (*ROWS, instance({"ttl": 3}, 3, route={"id": identifier(52)})),
        new=f"{TTL}, {NEEDED}",
        answers={"one-3": {"config.token": ANSWER}},
        handover=GAP,
    )
    assert document["ok"]
    text = json.dumps(document)
    guesses = [{**one, "config": {**one["config"], "token": guess}} for one in ROWS for guess in (SECRET, ANSWER)]
    values = [SECRET, ANSWER, *guesses, *(one["config"] for one in guesses)]
    for value in values:
        for plain in (value if isinstance(value, str) else "", canonical(value).decode()):
            assert not plain or plain not in text
            for name in ("md5", "sha1", "sha256", "sha512"):
                assert hashlib.new(name, plain.encode()).hexdigest() not in text
    keyed = [one["before"] for part in document["plugins"] for one in part["inputs"]["instances"] if one["before"]]
    assert keyed
    assert all(one.startswith("hmac-sha256:") for one in keyed)
