# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else at work during a rollout: a second rollout, a foreign writer at every step, a node that joins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from tests.support.site import BASE, Run, Site, brisk_site

# By the step that somebody else gets in ahead of: the request of ours that the lab lets them follow at once.
AFTER = {
    "window": ("PATCH", r"/control-planes/[^/]+$"),
    "schema": ("PUT", r"/core-entities/plugin-schemas/edge-hints$"),
    "validate": ("POST", r"/schemas/plugins/validate$"),
    "instances": ("PUT", r"/core-entities/plugins/"),
    "nodes": ("PUT", r"/core-entities/services/"),
}
# Steps without a request of ours to follow: they write when the journal says that the step has begun.
DURING = {("sync", "stage"), ("sync", "nodes")}

VERSIONS = {"short": "1.1.0", "long": "2.0.0", "sync": "3.0.0"}
REMOVED = {"long": {"stale_seconds"}, "sync": {"ttl"}}
STEPS = {
    "short": ("window", "schema", "validate", "nodes"),
    "long": ("window", "schema", "validate", "instances", "nodes"),
    "sync": ("window", "schema", "validate", "stage", "instances", "nodes"),
}
REASONS = (
    "somebody else",
    "The world changed under the rollout",
    "does not hold the schema",
    "neither as planned nor as the plan leaves it",
)
FOREIGN = [(path, step) for path, steps in STEPS.items() for step in steps]
MATRIX = {
    "test_a_foreign_write_stops_the_rollout_and_the_same_command_takes_it_into_account": lambda path, step: (
        path,
        step,
        "somebody else writes an instance",
        "stopped as it is; again: all new, with what was written",
    ),
    "test_a_foreign_schema_stops_the_rollout_and_the_same_command_ends_all_new": lambda path, step: (
        path,
        step,
        "somebody else writes the schema",
        "stopped, theirs stays; again: all new",
    ),
    "test_a_foreign_write_to_something_else_is_nobodys_business": lambda: (
        "short",
        "schema",
        "somebody else writes something else",
        "all new",
    ),
    "test_of_two_rollouts_at_once_one_is_refused_and_the_other_not_disturbed": lambda: (
        "short",
        "window",
        "two rollouts at once",
        "one is refused, the other ends all new",
    ),
    "test_a_lock_that_somebody_left_is_named_and_can_be_broken": lambda: (
        "short",
        "window",
        "a lock that somebody left",
        "refused and named; with break_lock all new",
    ),
    "test_a_token_that_may_not_label_is_told_the_other_places": lambda: (
        "short",
        "window",
        "a token that may not label",
        "refused with the other places; with lock: file all new",
    ),
    "test_a_lock_that_cannot_be_given_back_is_reported": lambda: (
        "short",
        "close",
        "the control plane takes no write any more",
        "all new, reported as failed with the reason; again: done",
    ),
}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Site]:
    # A canary, and a batch that comes after it.
    with brisk_site(tmp_path, nodes=2) as made:
        yield made


def foreign_write(fresh: Site, step: str, request: dict[str, Any]) -> None:
    """Let somebody else make a request right after ours."""
    method, path = AFTER[step]
    rule = {"kind": "foreign_write", "method": method, "path": path, "times": 1, "when": "after", "request": request}
    fresh.world.client.post("/lab/faults", json=rule).raise_for_status()


def write_of_an_instance(fresh: Site, removed: set[str]) -> dict[str, Any]:
    """Somebody gives an instance another value, and none to fields that the schema has not any more."""
    instance = fresh.instances[0]
    body = {key: value for key, value in instance.items() if key not in ("created_at", "updated_at")}
    kept = {key: value for key, value in body["config"].items() if key not in removed}
    body["config"] = {**kept, "vary_on": ["X-Other"]}
    path = f"/v2/control-planes/{fresh.world.control_plane_id}/core-entities/plugins/{instance['id']}"
    return {"method": "PUT", "path": path, "body": body}


def write_of_the_schema(fresh: Site, version: str) -> dict[str, Any]:
    """Somebody uploads a schema that takes whatever that of this version does."""
    path = f"/v2/control-planes/{fresh.world.control_plane_id}/core-entities/plugin-schemas/edge-hints"
    text = (release(version) / "schema.lua").read_text() + "-- theirs\n"
    return {"method": "PUT", "path": path, "body": {"lua_schema": text}}


def disturbed(fresh: Site, path: str, step: str, request: dict[str, Any], **variables: Any) -> Run:
    """An update that somebody else gets in the way of, and that is not to be undone."""
    given = {"plugin_path": str(release(VERSIONS[path])), "on_failure": "keep", **variables}
    if (path, step) not in DURING:
        foreign_write(fresh, step, request)
        return fresh.playbook("update", **given)
    process = fresh.start("update", **given)
    fresh.wait_for(process, step, "started")
    fresh.world.client.request(request["method"], request["path"], json=request["body"]).raise_for_status()
    return fresh.ended(process)


def assert_stopped(fresh: Site, run: Run, version: str) -> None:
    assert run.status != 0, run.output
    assert any(reason in run.unwrapped for reason in REASONS), run.output
    # The canary may have been visited, and nobody after it.
    assert fresh.on_disk()[fresh.world.nodes[1].name] == BASE
    assert set(fresh.on_disk().values()) <= {BASE, version}


def assert_all_new(fresh: Site, run: Run, version: str) -> None:
    assert run.status == 0, run.output
    assert set(fresh.on_disk().values()) == {version}
    assert fresh.schema() == (release(version) / "schema.lua").read_text()
    fresh.world.wait_in_sync()


@pytest.mark.parametrize(("path", "step"), FOREIGN)
def test_a_foreign_write_stops_the_rollout_and_the_same_command_takes_it_into_account(
    fresh: Site, path: str, step: str
) -> None:
    request = write_of_an_instance(fresh, set() if step == "window" else REMOVED.get(path, set()))
    stopped = disturbed(fresh, path, step, request)
    assert_stopped(fresh, stopped, VERSIONS[path])
    assert fresh.configs()["everywhere"]["vary_on"] == ["X-Other"]
    assert_all_new(fresh, fresh.update(VERSIONS[path]), VERSIONS[path])
    assert fresh.configs()["everywhere"]["vary_on"] == ["X-Other"]
    assert set(fresh.configs()) == {one["instance_name"] for one in fresh.instances}


@pytest.mark.parametrize(("path", "step"), FOREIGN)
def test_a_foreign_schema_stops_the_rollout_and_the_same_command_ends_all_new(
    fresh: Site, path: str, step: str
) -> None:
    theirs = write_of_the_schema(fresh, BASE if step == "window" else VERSIONS[path])
    # Nobody can tell any more whether a value is secret whose field their schema does not have.
    key = fresh.folder / "key"
    key.write_text("a-password\n")
    named = {"undo_vault_password_file": str(key)}
    assert_stopped(fresh, disturbed(fresh, path, step, theirs, **named), VERSIONS[path])
    assert fresh.schema() == theirs["body"]["lua_schema"]
    assert_all_new(fresh, fresh.update(VERSIONS[path], **named), VERSIONS[path])
    assert set(fresh.configs()) == {one["instance_name"] for one in fresh.instances}


@pytest.mark.quick
def test_a_foreign_write_to_something_else_is_nobodys_business(fresh: Site) -> None:
    path = f"/v2/control-planes/{fresh.world.control_plane_id}/core-entities/services"
    foreign_write(fresh, "schema", {"method": "POST", "path": path, "body": {"name": "new", "host": "new.example.com"}})
    run = fresh.update("1.1.0")
    assert run.status == 0, run.output
    assert sum(fresh.rejections().values()) == 0


@pytest.mark.quick
def test_of_two_rollouts_at_once_one_is_refused_and_the_other_not_disturbed(fresh: Site) -> None:
    first = fresh.start("update", plugin_path=str(release("1.1.0")))
    second = fresh.start("update", plugin_path=str(release("1.1.0")), journal_dir=str(fresh.folder / "elsewhere"))
    runs = [fresh.ended(process) for process in (first, second)]
    assert 0 in [run.status for run in runs], runs
    for run in runs:
        assert run.status == 0 or "holds the lock" in run.unwrapped or "was taken over" in run.unwrapped, run.output
    assert set(fresh.on_disk().values()) == {"1.1.0"}
    assert fresh.update("1.1.0").changed == 0


def test_a_lock_that_somebody_left_is_named_and_can_be_broken(fresh: Site) -> None:
    label = {"rollout-lock": "somebody-1-0000.4000000000"}
    control_plane = f"/v2/control-planes/{fresh.world.control_plane_id}"
    fresh.world.client.patch(control_plane, json={"labels": label}).raise_for_status()
    refused = fresh.update("1.1.0")
    assert refused.status != 0
    assert "break_lock: somebody-1-0000" in refused.unwrapped, refused.output
    assert set(fresh.on_disk().values()) == {"1.0.0"}
    broken = fresh.update("1.1.0", break_lock="somebody-1-0000")
    assert broken.status == 0, broken.output
    assert "rollout-lock" not in json.dumps(fresh.world.client.get(control_plane).json())


def test_a_token_that_may_not_label_is_told_the_other_places(fresh: Site) -> None:
    rule = {"kind": "status", "status": 403, "method": "PATCH", "path": "/v2/control-planes/[^/]+$", "times": None}
    fresh.world.client.post("/lab/faults", json=rule).raise_for_status()
    refused = fresh.update("1.1.0")
    assert refused.status != 0
    assert "lock: file" in refused.unwrapped, refused.output
    assert "lock: none" in refused.unwrapped
    by_file = fresh.update("1.1.0", lock="file")
    assert by_file.status == 0, by_file.output


def test_a_lock_that_cannot_be_given_back_is_reported(fresh: Site) -> None:
    second = {"nth": 2, "times": None, "method": "PATCH", "path": "/v2/control-planes/[^/]+$"}
    rule = {"kind": "status", "status": 503, "retry_after": 0, **second}
    fresh.world.client.post("/lab/faults", json=rule).raise_for_status()
    run = fresh.update("1.1.0")
    assert run.status != 0
    told = run.unwrapped.rpartition("Rollout: ")[2]
    assert "step close: " in told, run.output
    assert "503" in told
    assert set(fresh.on_disk().values()) == {"1.1.0"}
    fresh.world.client.delete("/lab/faults").raise_for_status()
    again = fresh.update("1.1.0")
    assert again.status == 0, again.output
    labels = fresh.world.client.get(f"/v2/control-planes/{fresh.world.control_plane_id}").json()["labels"]
    assert "rollout-lock" not in labels
