# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One update for each path, from a directory to every node."""

from __future__ import annotations

import pytest

from lab.site import release
from tests.support.site import Site

PATHS = [
    pytest.param("1.0.1", "none", "none", marks=pytest.mark.slow),
    ("1.1.0", "short", "short"),
    ("2.0.0", "long", "long"),
    ("3.0.0", "sync", "sync"),
    # One parameter removed and one added with a default: the fields say Long, whole instances say CP/DP sync.
    pytest.param("2.1.0", "long", "sync", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("version", "documented", "effective"), PATHS)
def test_an_update_goes_its_path_and_the_second_run_changes_nothing(
    fresh_site: Site, version: str, documented: str, effective: str
) -> None:
    before = fresh_site.rejections()
    run = fresh_site.update(version)
    assert run.status == 0, run.output
    plan = fresh_site.plan
    assert (plan["path"]["documented"], plan["path"]["effective"]) == (documented, effective)

    fresh_site.world.wait_in_sync()
    assert set(fresh_site.on_disk().values()) == {version}
    assert fresh_site.schema() == (release(version) / "schema.lua").read_text()
    observed = {name: count - before[name] for name, count in fresh_site.rejections().items()}
    assert observed == {name: plan["announced"].get(name, 0) for name in observed}
    assert (sum(observed.values()) > 0) == (effective == "sync")
    assert all(node.serves for node in fresh_site.world.nodes)

    again = fresh_site.update(version)
    assert (again.status, again.changed) == (0, 0), again.output
    assert fresh_site.rejections() == {name: before[name] + count for name, count in observed.items()}


@pytest.mark.slow
def test_an_update_leaves_scopes_and_disabled_instances_as_they_were(fresh_site: Site) -> None:
    kept = ("id", "enabled", "tags", "service", "route", "consumer", "protocols", "instance_name")
    assert fresh_site.update("2.0.0").status == 0
    rows = fresh_site.world.api("GET", "core-entities/plugins?size=1000")["data"]
    now = {row["id"]: {key: row.get(key) for key in kept} for row in rows}
    assert {one["id"]: {key: one.get(key) for key in kept} for one in fresh_site.instances} == {
        key: now[key] for key in (one["id"] for one in fresh_site.instances)
    }
    assert all("stale_seconds" not in config for config in fresh_site.configs().values())


@pytest.mark.parametrize(
    ("playbook", "version"),
    [
        *(
            pytest.param(playbook, version, marks=pytest.mark.slow)
            for playbook, version in (("update_short", "1.1.0"), ("update_long", "2.0.0"), ("update_sync", "3.0.0"))
        ),
        ("deploy_code", "1.0.1"),
    ],
)
def test_a_playbook_for_one_path_does_what_its_steps_say(fresh_site: Site, playbook: str, version: str) -> None:
    run = fresh_site.playbook(playbook, plugin_path=str(release(version)))
    assert run.status == 0, run.output
    assert set(fresh_site.on_disk().values()) == {version}


@pytest.mark.parametrize(
    ("playbook", "version"), [("update_short", "2.0.0"), ("update_long", "3.0.0"), ("deploy_code", "1.1.0")]
)
def test_a_playbook_for_a_lighter_path_than_needed_refuses_before_anything_is_touched(
    untouched_site: Site, playbook: str, version: str
) -> None:
    run = untouched_site.playbook(playbook, plugin_path=str(release(version)))
    assert run.status != 0
    assert run.changed == 0
    assert set(untouched_site.on_disk().values()) == {"1.0.0"}
    assert untouched_site.schema() == (release("1.0.0") / "schema.lua").read_text()


def test_check_mode_shows_the_plan_and_changes_nothing(untouched_site: Site) -> None:
    configs = untouched_site.configs()
    run = untouched_site.playbook("update", "--check", "--diff", plugin_path=str(release("3.0.0")))
    assert run.status == 0, run.output
    assert "Update path: SYNC" in run.output
    assert set(untouched_site.on_disk().values()) == {"1.0.0"}
    assert untouched_site.schema() == (release("1.0.0") / "schema.lua").read_text()
    assert untouched_site.configs() == configs
    assert not (untouched_site.folder / "journal").exists()


def test_a_rollout_that_stopped_is_finished_by_the_same_command(fresh_site: Site) -> None:
    """The control plane has the new schema, one node the new release, one is ill: that is not 'no change'."""
    ill = fresh_site.world.nodes[1]
    healthy = ill.kong_conf.read_text()
    ill.kong_conf.write_text(healthy.replace("edge-hints", "edge-hints,not-installed"))
    stopped = fresh_site.update("1.1.0", on_failure="keep")
    assert stopped.status != 0
    assert fresh_site.on_disk() == {"node1": "1.1.0", "node2": "1.0.0", "node3": "1.0.0"}
    assert "node2" in stopped.unwrapped.partition("Rollout: ")[2]
    ill.kong_conf.write_text(healthy)
    resumed = fresh_site.update("1.1.0")
    assert resumed.status == 0, resumed.output
    assert fresh_site.plan["path"]["effective"] == "short"
    assert set(fresh_site.on_disk().values()) == {"1.1.0"}
    assert sum(fresh_site.rejections().values()) == 0
    again = fresh_site.update("1.1.0")
    assert (again.status, again.changed) == (0, 0), again.output


@pytest.mark.slow
def test_a_node_whose_reload_came_to_nothing_is_reloaded_by_the_same_command(fresh_site: Site) -> None:
    """Its disk has the new release and its workers run the old one: that is not 'no change'."""
    deaf = fresh_site.world.nodes[1]
    workers = deaf.workers
    deaf.fail(reload_ignored=True)
    paused = fresh_site.update("1.1.0", kong_timeout=5)
    assert paused.status != 0
    assert "inconclusive" in paused.output
    assert (fresh_site.on_disk()["node2"], deaf.workers) == ("1.1.0", workers)
    deaf.mend()
    resumed = fresh_site.update("1.1.0")
    assert resumed.status == 0, resumed.output
    assert not set(deaf.workers) & set(workers)
    assert set(fresh_site.on_disk().values()) == {"1.1.0"}
    again = fresh_site.update("1.1.0")
    assert (again.status, again.changed) == (0, 0), again.output


BARE_ROLE = """
- hosts: data_planes
  gather_facts: false
  module_defaults:
    group/kongops.konnect.konnect:
      url: "{{ konnect_url }}"
      control_plane: default
    group/kongops.konnect.node:
      plugin_root: "{{ plugin_root }}"
      kong_command: "{{ kong_command }}"
      kong_conf: "{{ kong_conf }}"
      kong_prefix: "{{ kong_prefix }}"
      status_api: "{{ kong_status_api }}"
  tasks:
    - ansible.builtin.include_role:
        name: kongops.konnect.data_plane
      vars:
        data_plane_plugins:
          - path: "{{ path }}"
"""


def test_the_role_on_its_own_never_puts_a_node_before_the_control_plane(fresh_site: Site) -> None:
    file = fresh_site.folder / "role.yml"
    file.write_text(BARE_ROLE)
    ahead = fresh_site.run_file(file, path=str(release("1.1.0")))
    assert ahead.status != 0
    assert "nodes are never first" in ahead.unwrapped, ahead.output
    assert set(fresh_site.on_disk().values()) == {"1.0.0"}
    code = fresh_site.run_file(file, path=str(release("1.0.1")))
    assert code.status == 0, code.output
    assert set(fresh_site.on_disk().values()) == {"1.0.1"}
