# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own tasks: when they run, on which host, and that a drained node is always given back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.site import Site

pytestmark = pytest.mark.slow

POINTS = (
    "before_window",
    "after_window",
    "before_schema",
    "after_schema",
    "before_instances",
    "after_instances",
    "before_batch",
    "after_batch",
    "drain",
    "undrain",
)
NOTE = """\
- name: Note it
  ansible.builtin.raw: echo '{point} {{{{ inventory_hostname }}}}' >> {log}
"""


@pytest.fixture
def hooks(tmp_path: Path) -> dict[str, str]:
    """A task file for each point, which notes its name and its host."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    for point in POINTS:
        (folder / f"{point}.yml").write_text(NOTE.format(point=point, log=tmp_path / "noted"))
    return {point: f"hooks/{point}.yml" for point in POINTS}


def noted(folder: Path) -> list[str]:
    return (folder / "noted").read_text().splitlines()


def test_each_runs_at_its_point_and_its_path_begins_where_the_command_is_given(
    fresh_site: Site, hooks: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = fresh_site.update("2.0.0", hooks=hooks, batches=[1, "100%"])
    assert run.status == 0, run.output
    first, second, third = (node.name for node in fresh_site.world.nodes)
    got = noted(tmp_path)
    # Hosts of one batch go in any order.
    together = slice(got.index(f"before_batch {second}"), got.index(f"after_batch {second}") + 1)
    assert sorted(got[together]) == sorted(
        [
            f"before_batch {second}",
            *(f"{point} {node}" for point in ("drain", "undrain") for node in (second, third)),
            f"after_batch {second}",
        ]
    )
    for node in (second, third):
        assert got.index(f"drain {node}") < got.index(f"undrain {node}")
    del got[together]
    assert got == [
        "before_window localhost",
        "before_schema localhost",
        "after_schema localhost",
        "before_instances localhost",
        "after_instances localhost",
        f"before_batch {first}",
        f"drain {first}",
        f"undrain {first}",
        f"after_batch {first}",
        "after_window localhost",
    ]


def test_a_drained_node_is_given_back_also_when_its_update_fails(
    fresh_site: Site, hooks: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ill = fresh_site.world.nodes[0]
    ill.kong_conf.write_text(ill.kong_conf.read_text().replace("edge-hints", "edge-hints,not-installed"))
    run = fresh_site.update("1.1.0", hooks=hooks, on_failure="keep")
    assert run.status != 0
    got = noted(tmp_path)
    assert [line for line in got if ill.name in line and "drain" in line] == [
        f"drain {ill.name}",
        f"undrain {ill.name}",
    ]
    assert got[-1] == "after_window localhost"
    assert not any(other.name in line for other in fresh_site.world.nodes[1:] for line in got)


def test_a_task_that_fails_before_anything_is_touched_stops_it(
    fresh_site: Site, hooks: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hooks" / "before_window.yml").write_text(
        "- name: Ask the change calendar\n  ansible.builtin.fail:\n    msg: no changes on Fridays\n"
    )
    run = fresh_site.update("1.1.0", hooks=hooks)
    assert run.status != 0
    assert "no changes on Fridays" in run.output
    assert set(fresh_site.on_disk().values()) == {"1.0.0"}
    assert fresh_site.journal() == []
