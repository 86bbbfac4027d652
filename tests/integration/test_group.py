# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A group of control planes: nodes of the group, schemas and instances of its members, one order and one report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from tests.support.guides import as_the_reader, follow
from tests.support.site import Site, site

pytestmark = pytest.mark.slow

MEMBER = "wholesale"


@pytest.fixture
def group_site(tmp_path: Path) -> Iterator[Site]:
    """The nodes belong to a group: the member `default` has six instances, `wholesale` two."""
    with site(tmp_path, members=[MEMBER]) as made:
        world, member = made.world, made.world.control_plane["members"][MEMBER]
        world.upload_schema(release("1.0.0"), of=member)
        depot = world.create("services", {"name": "depot", "host": "depot.example.com"}, of=member)["id"]
        quay = world.create("services", {"name": "quay", "host": "quay.example.com"}, of=member)["id"]
        for name, service in (("depot", depot), ("quay", quay)):
            config = {"ttl": 30, "purge_token": f"s3cret-purge-{name}"}
            body = {"name": "edge-hints", "instance_name": name, "config": config, "service": {"id": service}}
            world.create("plugins", body, of=member)
        world.wait_until_pushed("plugins", 8)
        world.wait_in_sync()
        yield made


def members(site: Site) -> list[str]:
    return [site.world.control_plane_id, site.world.control_plane["members"][MEMBER]]


def schemas(site: Site) -> list[str | None]:
    found = []
    for member in members(site):
        rows = site.world.api("GET", "core-entities/plugin-schemas", of=member).get("items") or []
        found.append(next((row["lua_schema"] for row in rows if row["name"] == "edge-hints"), None))
    return found


def stored(site: Site) -> dict[str, dict[str, Any]]:
    """Every instance of the members, its times aside."""
    rows = [
        row
        for member in members(site)
        for row in site.world.api("GET", "core-entities/plugins?size=1000", of=member)["data"]
    ]
    return {row["id"]: {key: row[key] for key in row if key not in ("created_at", "updated_at")} for row in rows}


def text(version: str) -> str:
    return (release(version) / "schema.lua").read_text()


def update(site: Site, version: str, **variables: Any) -> Any:
    return site.update(version, control_plane="group", **variables)


@pytest.mark.parametrize("version", ["1.1.0", "2.0.0", "3.0.0"])
def test_an_update_of_a_group_takes_every_member_along(group_site: Site, version: str) -> None:
    before = group_site.rejections()
    run = update(group_site, version)
    assert run.status == 0, run.output
    assert f"a group: on default, {MEMBER}" in run.unwrapped
    group_site.world.wait_in_sync()
    assert set(group_site.on_disk().values()) == {version}
    assert schemas(group_site) == [text(version)] * 2
    observed = {name: count - before[name] for name, count in group_site.rejections().items()}
    assert observed == {name: group_site.plan["announced"].get(name, 0) for name in observed}
    assert "s3cret" not in run.output
    assert len(stored(group_site)) == 8
    again = update(group_site, version)
    assert (again.status, again.changed) == (0, 0), again.output


@pytest.mark.parametrize(("step", "event"), [("schema", "started"), ("instances", "started"), ("nodes", "started")])
def test_a_killed_update_of_a_group_is_finished_by_the_same_command(group_site: Site, step: str, event: str) -> None:
    process = group_site.start("update", plugin_path=str(release("2.0.0")), control_plane="group")
    group_site.kill_when(process, step, event)
    run = update(group_site, "2.0.0")
    assert run.status == 0, run.output
    assert schemas(group_site) == [text("2.0.0")] * 2
    assert set(group_site.on_disk().values()) == {"2.0.0"}
    assert sum(group_site.rejections().values()) == 0
    assert all("stale_seconds" not in one["config"] for one in stored(group_site).values())


def test_a_rollout_on_a_group_that_fails_is_undone_on_every_member(group_site: Site) -> None:
    before = stored(group_site)
    conf = group_site.world.nodes[1].kong_conf
    healthy = conf.read_text()
    conf.write_text(healthy.replace("edge-hints", "edge-hints,not-installed"))
    failed = update(group_site, "2.0.0")
    conf.write_text(healthy)
    assert failed.status != 0
    assert "as they were before" in failed.unwrapped.rpartition("Rollout: ")[2], failed.output
    group_site.world.wait_in_sync()
    assert schemas(group_site) == [text("1.0.0")] * 2
    assert set(group_site.on_disk().values()) == {"1.0.0"}
    assert stored(group_site) == before


def test_a_group_goes_back_by_playbook(group_site: Site) -> None:
    before = stored(group_site)
    assert update(group_site, "2.0.0").status == 0
    back = group_site.playbook("rollback", control_plane="group", plugin_name="edge-hints")
    assert back.status == 0, back.output
    group_site.world.wait_in_sync()
    assert schemas(group_site) == [text("1.0.0")] * 2
    assert stored(group_site) == before
    assert sum(group_site.rejections().values()) == 0


def test_whatever_reads_or_brings_code_takes_a_group(group_site: Site) -> None:
    for name, version, told in (
        ("plan", "2.0.0", f"a group: on default, {MEMBER}"),
        # Three are named, and there are eight only with those of both members.
        ("rehearse", "3.0.0", "and 5 more"),
        ("drift", "1.0.0", "the same everywhere"),
        ("status", "1.0.0", "node3"),
        ("ensure_schema", "1.1.0", f"a group: on default, {MEMBER}"),
        ("deploy_code", "1.0.1", "Rollout: succeeded"),
    ):
        run = group_site.playbook(name, plugin_path=str(release(version)), control_plane="group")
        assert run.status == 0, f"{name}: {run.output}"
        assert told in run.unwrapped, f"{name}: {run.output}"
        if name == "ensure_schema":
            assert schemas(group_site) == [text("1.1.0")] * 2
            group_site.playbook("ensure_schema", plugin_path=str(release("1.0.0")), control_plane="group")
    short = group_site.playbook("update_short", plugin_path=str(release("1.1.0")), control_plane="group")
    assert short.status == 0, short.output
    assert set(group_site.on_disk().values()) == {"1.1.0"}


def test_a_group_is_updated_and_goes_back_as_the_guide_says(group_site: Site, tmp_path: Path) -> None:
    world, before = group_site.world, stored(group_site)
    environment = as_the_reader(world, tmp_path, release("2.0.0"))
    world.client.patch(f"/v2/control-planes/{world.owner_id}", json={"name": "shops"}).raise_for_status()
    output = follow("groups.md", tmp_path, environment)
    assert "Update path: LONG" in output
    assert stored(group_site) == before
    assert set(group_site.on_disk().values()) == {"1.0.0"}


def test_a_plugin_is_removed_from_a_whole_group_and_restored_member_by_member(group_site: Site, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("a-password-of-the-test\n")
    before, key = stored(group_site), str(password)
    gone = {"plugin_name": "edge-hints", "confirm_removal": "edge-hints", "undo_vault_password_file": key}
    run = group_site.playbook("remove", control_plane="group", **gone)
    assert run.status == 0, run.output
    assert stored(group_site) == {}
    assert schemas(group_site) == [None, None]
    assert not [node.name for node in group_site.world.nodes if "edge-hints" in node.kong_conf.read_text()]
    again = group_site.playbook("remove", control_plane="group", **gone)
    assert (again.status, again.changed) == (0, 0), again.output
    for member in ("default", MEMBER):
        back = group_site.playbook(
            "restore", control_plane=member, plugin_name="edge-hints", undo_vault_password_file=key
        )
        assert back.status == 0, back.output
        assert "s3cret" not in back.output
    group_site.world.wait_in_sync()
    assert stored(group_site) == before
    assert set(group_site.on_disk().values()) == {"1.0.0"}
    assert set(group_site.rejections().values()) == {0}
