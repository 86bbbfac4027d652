# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second version of a plugin beside the first, and the instances moved to it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from tests.support.lab import eventually
from tests.support.recorder import HOSTNAME, Recorder
from tests.support.site import Run, Site, site

# Whole operations take minutes; what they are made of is held by quick tests.
pytestmark = pytest.mark.slow

OLD, NEW = "edge-hints", "edge-hints-v2"
KEPT = ("id", "enabled", "tags", "service", "route", "consumer", "protocols", "instance_name", "ordering")


def new_version(site: Site, *arguments: str, version: str = "1.0.0", **variables: Any) -> Run:
    """The playbook, with the new version copied from a version of the example plugin."""
    return site.playbook(
        "new_version",
        *arguments,
        old_plugin_path=str(release(version)),
        new_plugin_path=str(site.folder / "plugins" / NEW),
        **variables,
    )


def instances(site: Site) -> list[dict[str, Any]]:
    return list(site.world.api("GET", "core-entities/plugins?size=1000")["data"])


def names(site: Site) -> dict[str, str]:
    return {one["instance_name"]: one["name"] for one in instances(site)}


def schemas(site: Site) -> list[str]:
    return [one["name"] for one in site.world.api("GET", "core-entities/plugin-schemas")["items"]]


def digest_in(file: str) -> str:
    return str(json.loads(Path(file).read_text())["digest"])


def test_every_instance_moves_and_keeps_all_but_its_plugin(fresh_site: Site) -> None:
    before = {one["id"]: one for one in fresh_site.instances}
    rejections = fresh_site.rejections()
    run = new_version(fresh_site)
    assert run.status == 0, run.output
    after = {one["id"]: one for one in instances(fresh_site)}
    assert {one["name"] for one in after.values()} == {NEW}
    assert {key: [one.get(kept) for kept in (*KEPT, "config")] for key, one in after.items()} == {
        key: [one.get(kept) for kept in (*KEPT, "config")] for key, one in before.items()
    }
    fresh_site.world.wait_in_sync()
    assert fresh_site.rejections() == rejections
    assert all(node.serves for node in fresh_site.world.nodes)
    for node in fresh_site.world.nodes:
        handler = (node.plugin_root / "kong/plugins" / NEW / "handler.lua").read_text(encoding="utf-8")
        assert f"kong.plugins.{NEW}.directives" in handler
        assert {OLD, NEW} <= set(node.kong_conf.read_text(encoding="utf-8").split("plugins =")[1].split()[0].split(","))
    assert "s3cret" not in run.output

    again = new_version(fresh_site)
    assert (again.status, again.changed) == (0, 0), again.output


def test_the_old_plugin_is_removed_where_that_is_wanted(fresh_site: Site) -> None:
    run = new_version(fresh_site, remove_old=True)
    assert run.status == 0, run.output
    assert schemas(fresh_site) == [NEW]
    for node in fresh_site.world.nodes:
        assert not (node.plugin_root / "kong/plugins" / OLD).exists()
        assert node.serves
    again = new_version(fresh_site, remove_old=True)
    assert (again.status, again.changed) == (0, 0), again.output


def test_configurations_are_migrated_where_the_schemas_differ(fresh_site: Site) -> None:
    run = new_version(fresh_site, version="2.0.0")
    assert run.status == 0, run.output
    moved = instances(fresh_site)
    assert {one["name"] for one in moved} == {NEW}
    assert all("stale_seconds" not in one["config"] for one in moved)
    assert {one["instance_name"]: one["config"]["ttl"] for one in moved} == {
        one["instance_name"]: one["config"]["ttl"] for one in fresh_site.instances
    }


def test_check_mode_shows_copy_installation_and_moves_and_changes_nothing(untouched_site: Site) -> None:
    run = new_version(untouched_site, "--check", "--diff")
    assert run.status == 0, run.output
    assert "6 of 6 instances of edge-hints move to edge-hints-v2." in run.unwrapped
    assert f'+local PLUGIN_NAME = "{NEW}"' in run.output
    assert not (untouched_site.folder / "plugins").exists()
    assert set(names(untouched_site).values()) == {OLD}
    assert not (untouched_site.folder / "journal").exists()


def test_instances_move_by_scope_by_list_and_by_tag(fresh_site: Site) -> None:
    assert new_version(fresh_site, move_scopes=["route:basket"]).status == 0
    moved = {name for name, plugin in names(fresh_site).items() if plugin == NEW}
    assert moved == {"basket", "partner-basket"}
    assert new_version(fresh_site, move_instances=["shop"]).status == 0
    assert names(fresh_site)["shop"] == NEW
    stock = next(one for one in instances(fresh_site) if one["instance_name"] == "stock")
    fresh_site.world.api("PUT", f"core-entities/plugins/{stock['id']}", {**stock, "tags": ["team-a", "pilot"]})
    fresh_site.world.wait_in_sync()
    assert new_version(fresh_site, move_tags=["pilot"]).status == 0
    assert {name for name, plugin in names(fresh_site).items() if plugin == OLD} == {"everywhere", "partner"}
    assert names(fresh_site)["everywhere"] == OLD
    last = new_version(fresh_site)
    assert last.status == 0, last.output
    assert set(names(fresh_site).values()) == {NEW}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"move_instances": ["nobody"]}, "no instance is called nobody"),
        ({"move_tags": ["nobodys"]}, "no instance carries the tag nobodys"),
        ({"move_scopes": ["service:nowhere"]}, "There is no service 'nowhere' on this control plane"),
        ({"move_scopes": ["serivce:shop"]}, "neither global nor a kind and a name"),
        ({"old_plugin": "edge-hinst"}, "'edge-hints', not 'edge-hinst'"),
        ({"new_plugin_path": None}, "Give new_plugin_path"),
        ({"move_timeout": "soon"}, "move_timeout: soon is no number of seconds"),
    ],
)
def test_what_an_operator_gets_wrong_is_said_and_nothing_moves(
    untouched_site: Site, variables: dict[str, Any], message: str, tmp_path: Path
) -> None:
    given = {"old_plugin_path": str(release("1.0.0")), "new_plugin_path": str(tmp_path / NEW), **variables}
    run = untouched_site.playbook("new_version", "--check", **given)
    assert run.status != 0
    assert message in run.unwrapped, run.output
    assert "Traceback" not in run.output
    assert set(names(untouched_site).values()) == {OLD}


def test_what_stops_the_moves_is_said_before_anything_is_installed(untouched_site: Site, tmp_path: Path) -> None:
    copy = {"old_plugin_path": str(release("1.0.0")), "new_plugin_path": str(tmp_path / NEW)}
    run = untouched_site.playbook("new_version", **copy, move_tags=["nobodys"])
    assert run.status != 0
    assert "no instance carries the tag nobodys" in run.unwrapped, run.output
    other = {"old_plugin": "edge-hinst", "new_plugin_path": copy["new_plugin_path"]}
    run = untouched_site.playbook("new_version", **other)
    assert run.status != 0
    assert "edge-hinst: the control plane knows no plugin of this name" in run.unwrapped, run.output
    assert schemas(untouched_site) == [OLD]
    assert set(names(untouched_site).values()) == {OLD}


@pytest.mark.parametrize(
    "event",
    [
        "schema started",
        "schema done",
        "nodes started",
        "nodes done",
        "moves started",
        "moves done",
        "keep done",
        "delete_schema started",
        "delete_schema done",
    ],
)
def test_a_run_that_was_killed_at_any_step_is_finished_by_the_same_command(tmp_path: Path, event: str) -> None:
    with site(tmp_path, nodes=1) as small:
        command = {
            "old_plugin_path": str(release("1.0.0")),
            "new_plugin_path": str(tmp_path / "plugins" / NEW),
            "remove_old": True,
        }
        small.kill_when(small.start("new_version", **command), *event.split(), seconds=300)
        run = small.playbook("new_version", **command)
        assert run.status == 0, run.output
        small.world.wait_in_sync()
        assert {one["id"]: one["name"] for one in instances(small)} == {one["id"]: NEW for one in small.instances}
        assert schemas(small) == [NEW]
        (node,) = small.world.nodes
        assert OLD not in [one.name for one in (node.plugin_root / "kong/plugins").iterdir()]
        node.kong("restart", "-c", str(node.kong_conf))
        small.world.wait_in_sync()
        assert node.serves
        assert set(small.rejections().values()) == {0}


def test_an_approval_covers_the_moves_too_and_nothing_that_it_could_not_have_seen(fresh_site: Site) -> None:
    file = str(fresh_site.folder / "plan.json")
    planned = new_version(fresh_site, "--check", plan_to_write=file, move_instances=["shop"])
    assert planned.status == 0, planned.output
    removing = new_version(fresh_site, plan_file=file, remove_old=True)
    assert "remove_old has no plan before the instances have moved" in removing.unwrapped, removing.output
    digests = {"plan_digest": digest_in(file), "moves_digest": digest_in(f"{file}.moves")}
    half = new_version(fresh_site, plan_digest=digests["plan_digest"], move_instances=["shop"])
    assert "give the digest of the one as plan_digest and that of the other as moves_digest" in half.unwrapped
    everything = new_version(fresh_site, plan_file=file)
    assert everything.status != 0
    assert "is not what the plan says" in everything.unwrapped, everything.output
    everything = new_version(fresh_site, **digests)
    assert "not the approved one" in everything.unwrapped, everything.output
    # All of that was said before anything was installed.
    assert schemas(fresh_site) == [OLD]
    assert set(names(fresh_site).values()) == {OLD}
    run = new_version(fresh_site, **digests, move_instances=["shop"])
    assert run.status == 0, run.output
    assert [name for name, plugin in names(fresh_site).items() if plugin == NEW] == ["shop"]
    again = new_version(fresh_site, **digests, move_instances=["shop"])
    assert (again.status, again.changed) == (0, 0), again.output


def enabled_by_scope(table: dict[str, Any]) -> Counter[tuple[str, ...]]:
    """How many versions a payload has enabled on each scope."""
    found: Counter[tuple[str, ...]] = Counter()
    for one in table.get("plugins", ()):
        if one["name"] in (OLD, NEW):
            scope = tuple(str(one.get(kind) or "") for kind in ("service", "route", "consumer", "consumer_group"))
            found[scope] += one["enabled"] is not False
    return found


@pytest.mark.parametrize("handover", ["one_write", "overlap", "gap"])
def test_a_run_that_was_killed_among_the_moves_is_finished_by_the_same_command_and_the_same_approval(
    tmp_path: Path, handover: str
) -> None:
    with site(tmp_path, nodes=1, instances=False) as busy:
        for number in range(40):
            consumer = busy.world.create("consumers", {"username": f"c{number}"})["id"]
            body = {
                "name": OLD,
                "instance_name": f"of-{number}",
                "consumer": {"id": consumer},
                "config": {"ttl": number},
            }
            busy.world.create("plugins", body)
        busy.world.wait_in_sync()
        variables = {
            "old_plugin_path": str(release("1.0.0")),
            "new_plugin_path": str(tmp_path / "plugins" / NEW),
            "handover": handover,
        }
        file = str(tmp_path / "plan.json")
        planned = busy.playbook("new_version", "--check", plan_to_write=file, **variables)
        assert planned.status == 0, planned.output
        if handover == "one_write":
            variables |= {"plan_digest": digest_in(file), "moves_digest": digest_in(f"{file}.moves")}
        else:
            variables["plan_file"] = file
        process = busy.start("new_version", **variables)
        eventually(lambda: Counter(names(busy).values())[NEW] > 5, within=200)
        busy.kill(process)
        assert 0 < Counter(names(busy).values())[OLD] < 40

        run = busy.playbook("new_version", **variables)
        assert run.status == 0, run.output
        moved = instances(busy)
        assert {one["instance_name"]: one["config"]["ttl"] for one in moved} == {f"of-{n}": n for n in range(40)}
        assert {(one["name"], one["enabled"]) for one in moved} == {(NEW, True)}
        again = busy.playbook("new_version", **variables)
        assert (again.status, again.changed) == (0, 0), again.output
        busy.world.wait_in_sync()
        assert set(busy.rejections().values()) == {0}


def pushed(site: Site) -> int:
    """How many payloads the control plane has pushed so far."""
    answer = site.world.client.get("/lab/payloads", params={"control_plane": site.world.control_plane_id})
    return len(answer.json()["payloads"])


@pytest.mark.parametrize(
    ("handover", "many", "writes", "counts"),
    [("one_write", 100, 1, {1}), ("overlap", 30, 3, {1, 2}), ("gap", 30, 3, {0, 1})],
)
def test_a_hundred_instances_move_and_no_payload_has_a_moment_that_was_not_announced(
    tmp_path: Path, handover: str, many: int, writes: int, counts: set[int]
) -> None:
    with site(tmp_path, nodes=1, instances=False, coalesce_seconds=0.0) as busy:
        for number in range(many):
            service = busy.world.create("services", {"name": f"s{number}", "host": "example.com"})["id"]
            body = {"name": OLD, "instance_name": f"on-{number}", "service": {"id": service}, "config": {"ttl": number}}
            busy.world.create("plugins", body)
        busy.world.wait_in_sync()
        with Recorder(busy.world) as recorder:
            before = pushed(busy)
            run = new_version(busy, allow_missing=[HOSTNAME], handover=handover)
            assert run.status == 0, run.output
            busy.world.wait_in_sync()
            eventually(lambda: len(recorder.tables) > pushed(busy) - before)
        assert Counter(names(busy).values()) == {NEW: many}
        assert set(names(busy)) == {f"on-{number}" for number in range(many)}
        # The one that it got when it came, every one that was pushed since, and one at least for each write.
        assert len(recorder.tables) == 1 + pushed(busy) - before > many * writes
        seen = [enabled_by_scope(table) for table in recorder.tables]
        assert {len(one) for one in seen} == {many}
        assert {count for one in seen for count in one.values()} == counts
        # Not more than one scope at a time is between its versions, as the plan says.
        assert max(sum(count != 1 for count in one.values()) for one in seen) == (handover != "one_write")
        assert ("have a moment of about 2 s each" in run.unwrapped) == (handover != "one_write")
        assert set(busy.rejections().values()) == {0}
