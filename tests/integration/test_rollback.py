# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Going back: by itself when a rollout fails, and later by playbook."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from tests.support.site import Run, Site

# Whole operations take minutes; what they are made of is held by quick tests.
pytestmark = pytest.mark.slow

OLD = "1.0.0"
CANARY, LATER = 0, 1


@contextmanager
def ill(site: Site, number: int) -> Iterator[None]:
    """A node whose settings name a plugin that it does not have: every reload of it fails.

    In the end it is well again: reloaded too, since a reload that failed leaves it not ready until one succeeds.
    """
    node = site.world.nodes[number]
    healthy = node.kong_conf.read_text()
    node.kong_conf.write_text(healthy.replace("edge-hints", "edge-hints,not-installed"))
    yield
    node.kong_conf.write_text(healthy)
    node.kong("reload", "-c", str(node.kong_conf))


def stored(site: Site) -> dict[str, dict[str, Any]]:
    """Every instance as the control plane has it, its times aside."""
    rows = site.world.api("GET", "core-entities/plugins?size=1000")["data"]
    return {
        row["id"]: {key: value for key, value in row.items() if key not in ("created_at", "updated_at")} for row in rows
    }


def told(run: Run) -> str:
    """The report at the end of a run."""
    return run.unwrapped.rpartition("Rollout: ")[2]


def assert_all_old(site: Site, before: dict[str, dict[str, Any]]) -> None:
    site.world.wait_in_sync()
    assert set(site.on_disk().values()) == {OLD}
    assert site.schema() == (release(OLD) / "schema.lua").read_text()
    assert stored(site) == before
    assert all(node.serves for node in site.world.nodes)


@pytest.mark.parametrize(
    ("version", "node"),
    [
        pytest.param("1.1.0", LATER, marks=pytest.mark.slow),
        pytest.param("1.1.0", CANARY, marks=pytest.mark.slow),
        pytest.param("2.0.0", CANARY, marks=pytest.mark.slow),
        pytest.param("2.0.0", LATER, marks=pytest.mark.slow),
        pytest.param("2.1.0", CANARY, marks=pytest.mark.slow),
        ("2.1.0", LATER),
    ],
)
def test_a_rollout_that_fails_is_undone_and_succeeds_once_the_node_is_well(
    fresh_site: Site, version: str, node: int
) -> None:
    before = stored(fresh_site)
    with ill(fresh_site, node):
        failed = fresh_site.update(version)
        assert failed.status != 0
        assert "as they were before" in told(failed), failed.output
    assert_all_old(fresh_site, before)
    done = fresh_site.update(version)
    assert done.status == 0, done.output
    assert set(fresh_site.on_disk().values()) == {version}


@pytest.mark.parametrize(
    "version",
    ["2.0.0", "3.0.0", pytest.param("1.1.0", marks=pytest.mark.slow), pytest.param("1.0.1", marks=pytest.mark.slow)],
)
def test_a_finished_update_goes_back_by_playbook_and_a_second_time_nothing_changes(
    fresh_site: Site, version: str
) -> None:
    before, rejected = stored(fresh_site), fresh_site.rejections()
    assert fresh_site.update(version).status == 0
    fresh_site.world.wait_in_sync()
    after_update = fresh_site.rejections()
    forward = fresh_site.plan["announced"]
    assert {name: after_update[name] - rejected[name] for name in rejected} == forward

    back = fresh_site.playbook("rollback", plugin_path=str(release(version)))
    assert back.status == 0, back.output
    assert_all_old(fresh_site, before)
    observed = {name: count - after_update[name] for name, count in fresh_site.rejections().items()}
    assert observed == fresh_site.plan["announced"]

    again = fresh_site.playbook("rollback", plugin_path=str(release(version)))
    assert (again.status, again.changed) == (0, 0), again.output


@pytest.mark.slow
def test_check_mode_shows_the_way_back_and_takes_no_step(fresh_site: Site) -> None:
    assert fresh_site.update("2.0.0").status == 0
    configs = fresh_site.configs()
    run = fresh_site.playbook("rollback", "--check")
    assert run.status == 0, run.output
    assert "A rollback." in run.unwrapped
    assert fresh_site.configs() == configs
    assert set(fresh_site.on_disk().values()) == {"2.0.0"}


def test_without_undo_data_there_is_one_message(untouched_site: Site) -> None:
    run = untouched_site.playbook("rollback", plugin_names=["edge-hints"])
    assert run.status != 0
    assert "No rollout of edge-hints on this control plane has left undo data in journal_dir" in run.unwrapped


def without_the_secret(folder: Path) -> Path:
    """The base version of the plugin without its secret field: what it held is lost to the control plane."""
    plugin = folder / "edge-hints"
    shutil.copytree(release(OLD), plugin)
    text = (plugin / "schema.lua").read_text()
    (plugin / "schema.lua").write_text(re.sub(r"\n +\{ purge_token = \{.*?\n +\} \},", "", text, flags=re.DOTALL))
    handler = (plugin / "handler.lua").read_text()
    (plugin / "handler.lua").write_text(handler.replace(f'VERSION = "{OLD}"', 'VERSION = "4.0.0"'))
    return plugin


def test_a_plan_that_could_lose_a_secret_needs_a_key_and_brings_it_back(fresh_site: Site, tmp_path: Path) -> None:
    before = stored(fresh_site)
    plugin = str(without_the_secret(tmp_path / "plugins"))
    refused = fresh_site.playbook("update", plugin_path=plugin)
    assert refused.status != 0
    assert "undo_vault_password_file" in refused.unwrapped
    assert_all_old(fresh_site, before)

    key = tmp_path / "key"
    key.write_text("a-password\n")
    done = fresh_site.playbook("update", plugin_path=plugin, undo_vault_password_file=str(key))
    assert done.status == 0, done.output
    (saved,) = (fresh_site.folder / "journal").glob("*.undo.json")
    assert saved.stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in saved.read_text()
    assert json.loads(saved.read_text())["sealed"].startswith("$ANSIBLE_VAULT;")
    assert "purge_token" not in str(fresh_site.configs())

    back = fresh_site.playbook("rollback", "-vvv", undo_vault_password_file=str(key))
    assert back.status == 0, back.output
    assert "s3cret" not in back.output
    assert_all_old(fresh_site, before)


def test_under_awx_a_journal_that_would_vanish_is_refused_before_anything(untouched_site: Site) -> None:
    run = untouched_site.playbook(
        "update", plugin_path=str(release("1.1.0")), journal_dir=None, env={"JOB_ID": "7", "AWX_HOST": "https://awx"}
    )
    assert run.status != 0
    assert "name it in journal_dir" in run.unwrapped
    assert untouched_site.schema() == (release(OLD) / "schema.lua").read_text()
