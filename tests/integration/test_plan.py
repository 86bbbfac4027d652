# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that was approved is the one that is carried out, whole, once, and by nobody's surprise."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.site import furnish, release
from lab.world import ROOT, World
from tests.support.lab import eventually
from tests.support.recorder import HOSTNAME, Recorder
from tests.support.site import Run, Site

CALLER_STAMP = ROOT / "examples" / "plugins" / "caller-stamp"


def approve(where: Site, file: Path, plugin: Path, **variables: Any) -> dict[str, Any]:
    """Run the playbook plan and keep its plan in a file."""
    run = where.playbook("plan", plugin_path=str(plugin), plan_file=str(file), **variables)
    assert run.status == 0, run.output
    assert run.changed == 0
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def everything(where: Site) -> dict[str, Any]:
    """All that a plan must leave alone."""
    return {
        "schema": where.schema(),
        "plugins": where.world.api("GET", "core-entities/plugins?size=1000")["data"],
        "services": where.world.api("GET", "core-entities/services")["data"],
        "on disk": where.on_disk(),
        "rejections": where.rejections(),
    }


def assert_refused(where: Site, run: Run, message: str) -> None:
    """The run stopped at the plan, said which input differs, and wrote nothing."""
    assert run.status != 0
    assert run.changed == 0
    assert message in run.unwrapped, run.output
    assert "Traceback" not in run.output
    assert set(where.on_disk().values()) == {"1.0.0"}


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A copy of the next version of the example plugin, which a test may change."""
    return Path(shutil.copytree(release("1.1.0"), tmp_path / "edge-hints"))


def test_the_plan_changes_nothing_and_a_pipeline_can_fail_on_its_changes(untouched_site: Site) -> None:
    before = everything(untouched_site)

    plan = untouched_site.playbook("plan", plugin_path=str(release("3.0.0")))
    pipeline = untouched_site.playbook("plan", plugin_path=str(release("3.0.0")), fail_on_changes=True)
    in_place = untouched_site.playbook("plan", plugin_path=str(release("1.0.0")), fail_on_changes=True)

    assert (plan.status, plan.changed) == (0, 0), plan.output
    assert "Update path: SYNC" in plan.output
    assert pipeline.status != 0
    assert "fail_on_changes is set" in pipeline.unwrapped
    assert in_place.status == 0, in_place.output
    assert everything(untouched_site) == before


def test_a_rehearsal_lists_the_rejections_of_each_step_and_node_and_writes_nothing(untouched_site: Site) -> None:
    before = everything(untouched_site)

    run = untouched_site.playbook("rehearse", plugin_path=str(release("2.1.0")))

    assert (run.status, run.changed) == (0, 0), run.output
    assert "Rehearsal of the update path SYNC" in run.output
    lines = [" ".join(line.split()) for line in run.output.splitlines()]
    assert "schema taken by every node REJECTED by node1, node2, node3" in lines
    assert "nodes: node2 REJECTED by node3 taken by every node" in lines
    assert "A save: node1, node2, node3 would reject edge-hints: " in run.unwrapped
    assert "config.error_ttl: unknown field" in run.unwrapped
    assert everything(untouched_site) == before


@pytest.mark.slow
def test_a_plan_file_is_refused_when_an_input_differs_and_says_which(fresh_site: Site, plugin: Path) -> None:
    file = plugin.parent / "plan.json"
    approve(fresh_site, file, plugin)
    world = fresh_site.world

    handler = (plugin / "handler.lua").read_text()
    (plugin / "handler.lua").write_text(f"-- changed after the approval\n{handler}")
    edited = fresh_site.playbook("update", plugin_path=str(plugin), plan_file=str(file))
    assert_refused(fresh_site, edited, "the files of the directory are not those of the plan: handler.lua")
    (plugin / "handler.lua").write_text(handler)

    one = next(row for row in fresh_site.instances if row["instance_name"] == "shop")
    world.api("PUT", f"core-entities/plugins/{one['id']}", {**one, "enabled": False})
    written = fresh_site.playbook("update", plugin_path=str(plugin), plan_file=str(file))
    assert_refused(fresh_site, written, "instance shop (service ")
    world.api("PUT", f"core-entities/plugins/{one['id']}", one)

    live = world.nodes[1].plugin_root / "kong/plugins/edge-hints/directives.lua"
    helper = live.read_text()
    live.write_text(f"-- changed by hand\n{helper}")
    drifted = fresh_site.playbook("update", plugin_path=str(plugin), plan_file=str(file))
    assert_refused(fresh_site, drifted, "host node2 is neither as planned nor as the plan leaves it")
    live.write_text(helper)

    world.upload_schema(release("2.0.0"))
    uploaded = fresh_site.playbook("update", plugin_path=str(plugin), plan_file=str(file))
    assert_refused(fresh_site, uploaded, "the schema on the control plane is neither the old nor the new one")
    world.upload_schema(release("1.0.0"))

    done = fresh_site.playbook("update", plugin_path=str(plugin), plan_file=str(file))
    assert done.status == 0, done.output
    assert set(fresh_site.on_disk().values()) == {"1.1.0"}


def test_a_digest_applies_the_plan_that_has_it_and_no_other(fresh_site: Site, plugin: Path) -> None:
    digest = approve(fresh_site, plugin.parent / "plan.json", plugin)["digest"]

    other = fresh_site.update("2.0.0", plan_digest=digest)
    assert_refused(fresh_site, other, "the files of the directory are not those of the plan")
    unknown = fresh_site.playbook("update", plugin_path=str(plugin), plan_digest=f"sha256:{'0' * 64}")
    assert_refused(fresh_site, unknown, "not the approved one")

    done = fresh_site.playbook("update", plugin_path=str(plugin), plan_digest=digest)
    assert done.status == 0, done.output
    assert set(fresh_site.on_disk().values()) == {"1.1.0"}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["plan_file", "plan_digest"])
def test_what_the_plan_itself_did_before_it_was_killed_does_not_count_as_different(
    fresh_site: Site, tmp_path: Path, how: str
) -> None:
    """Killed after steps 2, 3 and 4, and each time the same command again."""
    file = tmp_path / "plan.json"
    digest = approve(fresh_site, file, release("3.0.0"))["digest"]
    command = {"plugin_path": str(release("3.0.0")), how: str(file) if how == "plan_file" else digest}

    for step in ("schema", "instances", "nodes"):
        fresh_site.kill_when(fresh_site.start("update", **command), step, "done")

    done = fresh_site.playbook("update", **command)
    assert done.status == 0, done.output
    fresh_site.world.wait_in_sync()
    assert set(fresh_site.on_disk().values()) == {"3.0.0"}
    assert fresh_site.schema() == (release("3.0.0") / "schema.lua").read_text()
    again = fresh_site.playbook("update", **command)
    assert (again.status, again.changed) == (0, 0), again.output


def test_a_node_that_connects_after_the_plan_was_made_stops_the_next_step(fresh_site: Site, tmp_path: Path) -> None:
    wait, go = tmp_path / "wait.yml", tmp_path / "go"
    wait.write_text(f'- name: Wait for the test\n  ansible.builtin.wait_for:\n    path: "{go}"\n    timeout: 60\n')
    running = fresh_site.start("update", plugin_path=str(release("1.1.0")), hooks={"before_schema": str(wait)})
    eventually(lambda: [one for one in fresh_site.journal() if one["step"] == "window"], within=60)

    with Recorder(fresh_site.world):
        go.touch()
        output, _errors = running.communicate(timeout=200)

    assert running.returncode != 0
    assert f"The node {HOSTNAME} connected since the plan was made" in " ".join(output.split()), output
    assert set(fresh_site.on_disk().values()) == {"1.0.0"}


@pytest.mark.slow
def test_nodes_are_known_by_the_id_in_their_prefix_and_dead_records_hold_nothing_up(fresh_site: Site) -> None:
    """As where containers share a hostname, and the records of those that went last for a day."""
    world = fresh_site.world
    live = world.api("GET", "nodes")["items"]

    def forge(**about: Any) -> None:
        body = {"control_plane": world.control_plane_id, **about}
        world.client.post("/lab/nodes", json=body).raise_for_status()

    for one in live:
        forge(id=one["id"], hostname="gateway")
    for hostname in ("gateway", "node1", "autoscaled-away"):
        forge(hostname=hostname, last_ping=int(time.time()) - 3600, config_hash="0" * 32)

    done = fresh_site.update("1.1.0")

    assert done.status == 0, done.output
    coverage = fresh_site.plan["coverage"]
    assert {one["by"] for one in coverage["matched"]} == {"id"}
    assert {one["node_id"] for one in coverage["matched"]} == {one["id"] for one in live}
    assert sorted(one["hostname"] for one in coverage["dead"]) == ["autoscaled-away", "gateway", "node1"]
    assert set(fresh_site.on_disk().values()) == {"1.1.0"}


@pytest.mark.slow
def test_no_secret_is_told_however_loud_a_rollout_is(fresh_site: Site, tmp_path: Path) -> None:
    key = tmp_path / "undo-key"
    key.write_text("canary-of-a-password\n")
    answer = "canary-of-an-answer"
    # From a file: Ansible itself prints its command line at -vvvv.
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"instance_values": {"edge-hints": {"shop": {"config.purge_token": answer}}}}))

    run = fresh_site.playbook(
        "update",
        "-vvvv",
        "--diff",
        "--extra-vars",
        f"@{answers}",
        plugin_path=str(release("3.0.0")),
        undo_vault_password_file=str(key),
    )

    assert run.status == 0, run.output[-5000:]
    assert fresh_site.configs()["shop"]["purge_token"] == answer
    kept = [file for name in ("journal", "report") for file in (fresh_site.folder / name).rglob("*") if file.is_file()]
    told = run.output + "".join(file.read_text(errors="replace") for file in kept)
    assert "edge-hints" in told
    secrets = (answer, "s3cret-purge", "canary-of-a-password", fresh_site.world.token)
    assert [secret for secret in secrets if secret in told] == []


@contextmanager
def site_of_two(folder: Path) -> Iterator[Site]:
    """Two nodes with both example plugins, each with instances."""
    caller = CALLER_STAMP / "1.0.0" / "caller-stamp"
    with World(folder / "lab", 2, plugins=[release("1.0.0"), caller]) as world:
        made = furnish(world, release("1.0.0"))
        world.upload_schema(caller)
        world.create("plugins", {"name": "caller-stamp", "instance_name": "stamp", "config": {"source": "address"}})
        world.wait_in_sync()
        yield Site(world, folder, made)


def test_several_plugins_go_in_one_window_with_one_visit_to_each_node(tmp_path: Path) -> None:
    wanted = [str(release("1.1.0")), str(CALLER_STAMP / "2.0.0" / "caller-stamp")]
    with site_of_two(tmp_path) as both:
        run = both.playbook("update", plugin_paths=wanted)

        assert run.status == 0, run.output
        each = {one["name"]: one["path"]["effective"] for one in both.plan["plugins"]}
        assert each == {"edge-hints": "short", "caller-stamp": "long"}
        assert both.plan["path"]["effective"] == "long"
        entries = [(one["step"], one["event"], one.get("host")) for one in both.journal()]
        assert [one[:2] for one in entries].count(("window", "opened")) == 1
        assert sorted(host for step, event, host in entries if (step, event) == ("nodes", "done")) == ["node1", "node2"]
        for node in both.world.nodes:
            for name, version in (("edge-hints", "1.1.0"), ("caller-stamp", "2.0.0")):
                handler = node.plugin_root / "kong/plugins" / name / "handler.lua"
                assert f'VERSION = "{version}"' in handler.read_text()
        assert sum(both.rejections().values()) == 0
        stamp = next(
            row["config"]
            for row in both.world.api("GET", "core-entities/plugins?size=1000")["data"]
            if row["name"] == "caller-stamp"
        )
        assert "fallback" not in stamp
        assert (stamp["header"], stamp["source"]) == ("X-Caller", "address")
