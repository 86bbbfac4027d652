# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin goes: instances, schema, settings, files, in the order that leaves no node unable to serve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.site import release
from tests.support.site import Run, Site, site

# Whole operations take minutes; what they are made of is held by quick tests.
pytestmark = pytest.mark.slow


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("a-password-of-the-test\n")
    return file


def remove(site: Site, password: Path | None = None, **variables: Any) -> Run:
    given = {"plugin_name": "edge-hints", "confirm_removal": "edge-hints", **variables}
    return site.playbook("remove", undo_vault_password_file=str(password) if password else None, **given)


def stored(site: Site) -> dict[str, dict[str, Any]]:
    rows = site.world.api("GET", "core-entities/plugins?size=1000")["data"]
    return {row["id"]: {key: row[key] for key in row if key not in ("created_at", "updated_at")} for row in rows}


def has_schema(site: Site) -> bool:
    rows = site.world.api("GET", "core-entities/plugin-schemas").get("items") or []
    return "edge-hints" in [row["name"] for row in rows]


def left_on_nodes(site: Site) -> list[str]:
    return [
        node.name
        for node in site.world.nodes
        if "edge-hints" in node.kong_conf.read_text() or list(node.plugin_root.rglob("edge-hints*"))
    ]


def test_a_plugin_is_removed_and_restored_as_it_was(fresh_site: Site, password: Path) -> None:
    before = stored(fresh_site)
    run = remove(fresh_site, password)
    assert run.status == 0, run.output
    assert "s3cret" not in run.output
    assert stored(fresh_site) == {}
    assert not has_schema(fresh_site)
    assert left_on_nodes(fresh_site) == []
    fresh_site.world.wait_in_sync()
    assert all(node.serves for node in fresh_site.world.nodes)
    assert set(fresh_site.rejections().values()) == {0}
    kept = [file for file in (fresh_site.folder / "journal").rglob("*") if file.is_file()]
    assert not [file for file in kept if b"s3cret" in file.read_bytes() or file.stat().st_mode & 0o077]

    again = remove(fresh_site, password)
    assert (again.status, again.changed) == (0, 0), again.output
    assert "Nothing to do" in again.unwrapped

    back = fresh_site.playbook("restore", plugin_name="edge-hints", undo_vault_password_file=str(password))
    assert back.status == 0, back.output
    assert "s3cret" not in back.output
    fresh_site.world.wait_in_sync()
    assert stored(fresh_site) == before
    assert set(fresh_site.on_disk().values()) == {"1.0.0"}
    assert all(node.serves for node in fresh_site.world.nodes)
    assert set(fresh_site.rejections().values()) == {0}


@pytest.fixture
def small_site(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, nodes=2) as made:
        yield made


@pytest.mark.parametrize(
    "event",
    [
        "window opened",
        "keep_files done",
        "keep done",
        "delete_instances started",
        "delete_instances done",
        "delete_schema started",
        "delete_schema done",
        "nodes started",
        "nodes done",
    ],
)
def test_between_any_two_steps_every_node_restarts_and_serves_and_the_same_command_ends_it(
    small_site: Site, password: Path, event: str
) -> None:
    before = stored(small_site)
    given = {"plugin_name": "edge-hints", "confirm_removal": "edge-hints", "undo_vault_password_file": str(password)}
    file = str(small_site.folder / "remove.json")
    assert small_site.playbook("remove", "--check", plan_to_write=file, **given).status == 0
    given["plan_file"] = file
    small_site.kill_when(small_site.start("remove", **given), *event.split())
    for node in small_site.world.nodes:
        node.kong("restart", "-c", str(node.kong_conf))
    small_site.world.wait_in_sync()
    assert all(node.serves for node in small_site.world.nodes)

    run = small_site.playbook("remove", **given)
    assert run.status == 0, run.output
    assert (stored(small_site), has_schema(small_site), left_on_nodes(small_site)) == ({}, False, [])
    again = small_site.playbook("remove", **given)
    assert (again.status, again.changed) == (0, 0), again.output
    back = small_site.playbook("restore", plugin_name="edge-hints", undo_vault_password_file=str(password))
    assert back.status == 0, back.output
    assert stored(small_site) == before
    assert set(small_site.rejections().values()) == {0}


def refused(site: Site, run: Run, message: str) -> None:
    assert run.status != 0
    assert run.changed == 0
    assert message in run.unwrapped, run.output
    assert "Traceback" not in run.output
    assert has_schema(site)
    assert len(left_on_nodes(site)) == len(site.world.nodes)
    assert not (site.folder / "journal").exists()


def test_what_is_in_use_goes_only_when_that_is_confirmed_by_name(untouched_site: Site, password: Path) -> None:
    run = remove(untouched_site, password, confirm_removal="edge-hint")
    refused(untouched_site, run, "edge-hints: 6 instance(s) would be deleted")
    assert "confirm_removal: edge-hints" in run.unwrapped


def test_secret_values_are_not_kept_in_the_clear(untouched_site: Site) -> None:
    run = remove(untouched_site)
    refused(untouched_site, run, "undo_vault_password_file")
    assert "s3cret" not in run.output


def test_a_plugin_of_kong_cannot_be_removed(untouched_site: Site) -> None:
    refused(untouched_site, remove(untouched_site, plugin_name="cors"), "cors: comes with Kong")


def test_check_mode_lists_everything_and_changes_nothing(untouched_site: Site, password: Path) -> None:
    run = untouched_site.playbook(
        "remove",
        "--check",
        "--diff",
        plugin_name="edge-hints",
        confirm_removal="edge-hints",
        undo_vault_password_file=str(password),
    )
    assert run.status == 0, run.output
    assert "partner-basket (route" in run.unwrapped
    assert len(stored(untouched_site)) == 6
    assert len(left_on_nodes(untouched_site)) == 3
    assert not (untouched_site.folder / "journal").exists()


def test_a_node_that_is_away_is_named_as_left_over_and_a_later_run_finishes_it(tmp_path: Path) -> None:
    with site(tmp_path, nodes=2, instances=False) as unused:
        inventory = yaml.safe_load(unused.world.inventory.read_text())
        gone = {"ansible_connection": "ssh", "ansible_host": "127.0.0.99", "ansible_port": 1}
        inventory["all"]["children"]["data_planes"]["hosts"]["node2"].update(gone)
        changed = tmp_path / "inventory.yml"
        changed.write_text(yaml.safe_dump(inventory))

        run = unused.playbook("remove", "--inventory", str(changed), plugin_name="edge-hints", allow_missing=["node2"])
        assert run.status == 0, run.output
        assert "node2: is left over" in run.unwrapped
        assert left_on_nodes(unused) == ["node2"]
        later = unused.playbook("remove", plugin_name="edge-hints")
        assert later.status == 0, later.output
        assert left_on_nodes(unused) == []
        back = unused.playbook("restore", plugin_name="edge-hints")
        assert back.status == 0, back.output
        assert unused.schema() == (release("1.0.0") / "schema.lua").read_text()


def test_an_approved_removal_deletes_no_instance_that_it_did_not_list(fresh_site: Site, password: Path) -> None:
    file = str(fresh_site.folder / "remove.json")
    given = {"plugin_name": "edge-hints", "confirm_removal": "edge-hints", "undo_vault_password_file": str(password)}
    assert fresh_site.playbook("remove", "--check", plan_to_write=file, **given).status == 0
    service = fresh_site.world.create("services", {"name": "late", "host": "late.example.com"})["id"]
    late = {"name": "edge-hints", "instance_name": "late", "service": {"id": service}, "config": {"ttl": 1}}
    fresh_site.world.create("plugins", late)
    run = fresh_site.playbook("remove", plan_file=file, **given)
    refused(fresh_site, run, "instance late")
    assert "was not there when the plan was made" in run.unwrapped
