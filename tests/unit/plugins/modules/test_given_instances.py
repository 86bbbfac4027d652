# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""given_instances: all or none, tried first, and never twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.konnect_lab import Lab, Run

GIVEN: list[dict[str, Any]] = [
    {"config": {"ttl": 5, "secret": "canary-of-a-secret"}},
    {"service": "payments", "enabled": False, "tags": ["a"], "config": {"ttl": 7}},
]


@pytest.fixture
def known(lab: Lab) -> Lab:
    """A control plane that has the plugin and a service."""
    lab.upload()
    lab.core("POST", "services", {"name": "payments", "host": "payments.test"})
    return lab


def ensure(lab: Lab, given: list[dict[str, Any]], **arguments: Any) -> Run:
    return lab.run("given_instances", {"plugins": ["tally"], "instances": given, **arguments})


def stored(lab: Lab) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = lab.run("plugin_instance_info", {"name": "tally"})["instances"]
    return rows


def test_they_are_saved_once_and_taken_back_by_their_ids(known: Lab) -> None:
    made = ensure(known, GIVEN)
    assert (made.changed, len(made["created"])) == (True, 2)
    assert "canary" not in made.output
    assert sorted(one["scope"] for one in stored(known)) == ["global", "service payments"]
    assert [one["enabled"] for one in stored(known) if one["scope"] != "global"] == [False]
    again = ensure(known, GIVEN)
    assert (again.changed, again["created"], again["saved"]) == (False, [], [])
    assert ensure(known, [], state="taken_back", created=made["created"]).changed
    assert stored(known) == []


def test_one_that_is_there_is_changed_and_not_counted_as_created(known: Lab) -> None:
    known.instance({"ttl": 1})
    run = ensure(known, GIVEN)
    assert (len(run["created"]), len(run["saved"])) == (1, 2)
    assert sorted(one["config"]["ttl"] for one in stored(known)) == [5, 7]


def test_trying_stores_nothing_and_a_refusal_names_the_instance(known: Lab) -> None:
    assert not ensure(known, GIVEN, state="tried").changed
    run = ensure(known, [GIVEN[0], {"service": "payments", "config": {"ttl": "soon"}}])
    assert run.failed
    assert "refuses 1 of the given instances" in run.message
    assert "expected an integer" in run.message
    assert "canary" not in run.output
    assert stored(known) == []


def test_with_several_plugins_an_instance_needs_a_name(known: Lab) -> None:
    run = ensure(known, GIVEN, plugins=["tally", "other"])
    assert run.failed
    assert "each instance needs a name" in run.message


def told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Instances apart from their times."""
    return [{key: value for key, value in one.items() if key != "updated_at"} for one in rows]


def everything(lab: Lab) -> list[dict[str, Any]]:
    return told(sorted(lab.core("GET", "plugins")["data"], key=lambda one: str(one["id"])))


@pytest.mark.parametrize("failing", [1, 2])
def test_a_write_that_fails_leaves_what_was_there_and_nothing_new(known: Lab, failing: int) -> None:
    known.instance({"ttl": 1, "header": "x-old"}, tags=["kept"])
    before = everything(known)
    known.fault("status", method="PUT", path="core-entities/plugins/", nth=failing, times=None, status=400)
    assert ensure(known, GIVEN).failed
    known.http.delete("/lab/faults")
    assert everything(known) == before


def test_what_was_replaced_is_put_back_with_the_secrets_that_stayed(known: Lab) -> None:
    known.instance({"ttl": 1, "secret": "canary-of-a-secret"}, tags=["kept"])
    before = everything(known)
    run = ensure(known, [{"enabled": False, "config": {"ttl": 5, "header": "x-new"}}, GIVEN[1]])
    assert (len(run["created"]), len(run["replaced"])) == (1, 1)
    back = ensure(known, [], state="taken_back", created=run["created"], replaced=run["replaced"])
    assert back.changed, back.output
    assert everything(known) == before
    assert "canary" not in run.output + back.output
    again = ensure(known, [], state="taken_back", created=run["created"], replaced=run["replaced"])
    assert not again.failed
    assert everything(known) == before


@pytest.mark.parametrize("state", ["tried", "present"])
def test_a_secret_that_could_not_be_put_back_is_not_replaced(known: Lab, state: str) -> None:
    known.instance({"ttl": 1, "secret": "another-secret"})
    before = everything(known)
    run = ensure(known, GIVEN, state=state)
    assert run.failed
    assert "could not be put back" in run.message
    assert "another-secret" not in run.output
    assert "canary" not in run.output
    assert everything(known) == before


def test_what_somebody_else_wrote_since_is_not_put_back(known: Lab) -> None:
    there = known.instance({"ttl": 1})
    run = ensure(known, [GIVEN[0]])
    replaced = [{**one, "updated_at": one["updated_at"] - 1} for one in run["replaced"]]
    back = ensure(known, [], state="taken_back", created=[], replaced=replaced)
    assert back.failed
    assert "written by somebody else" in back.message
    assert known.read(there["id"])["config"]["ttl"] == 5
