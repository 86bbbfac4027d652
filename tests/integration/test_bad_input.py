# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator gets wrong: one clear message, and nothing is changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from lab.site import release
from tests.support.site import Site, site

Spoil = Callable[[Path], None]


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A copy of the example plugin that a test may spoil."""
    return Path(shutil.copytree(release("1.1.0"), tmp_path / "edge-hints"))


def refused(site: Site, message: str, **variables: object) -> None:
    env = variables.pop("env", None)
    arguments = variables.pop("arguments", ())
    run = site.playbook("update", *arguments, env=env, **variables)  # type: ignore[arg-type, misc]
    assert run.status != 0
    assert run.changed == 0
    assert message in run.unwrapped, run.output
    assert "Traceback" not in run.output
    assert set(site.on_disk().values()) == {"1.0.0"}
    assert site.schema() == (release("1.0.0") / "schema.lua").read_text()
    assert not (site.folder / "journal").exists()


def test_no_such_directory(untouched_site: Site, tmp_path: Path) -> None:
    refused(untouched_site, f"{tmp_path}/nowhere", plugin_path=f"{tmp_path}/nowhere")


def _remove_schema(plugin: Path) -> None:
    (plugin / "schema.lua").unlink()


def _break_schema(plugin: Path) -> None:
    text = (plugin / "schema.lua").read_text()
    (plugin / "schema.lua").write_text(text.replace("return {", "return {{{", 1))


def _rename_schema(plugin: Path) -> None:
    text = (plugin / "schema.lua").read_text()
    (plugin / "schema.lua").write_text(text.replace('"edge-hints"', '"edge-cues"', 1))


SPOILED: dict[str, tuple[Spoil, str]] = {
    "no schema.lua": (_remove_schema, "schema.lua"),
    "a syntax error": (_break_schema, "schema.lua:"),
    "another name in the schema": (_rename_schema, "edge-cues"),
    **{
        f"a file {name}": (lambda plugin, name=name: (plugin / name).write_text("return {}\n"), name)  # type: ignore[misc]
        for name in ("api.lua", "dao.lua", "daos.lua", "migrations.lua")
    },
    "a folder migrations": (lambda plugin: (plugin / "migrations").mkdir(), "migrations"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_plugin_that_cannot_be_shipped(untouched_site: Site, plugin: Path, case: str) -> None:
    spoil, message = SPOILED[case]
    spoil(plugin)
    if case == "a folder migrations":
        (plugin / "migrations" / "000_base.lua").write_text("return {}\n")
    refused(untouched_site, message, plugin_path=str(plugin))


def test_a_syntax_error_names_file_line_and_column(untouched_site: Site, plugin: Path) -> None:
    lines = (plugin / "schema.lua").read_text().splitlines()
    number = next(number for number, line in enumerate(lines, start=1) if "required = true," in line)
    lines[number - 1] = lines[number - 1].replace("=", "= =")
    (plugin / "schema.lua").write_text("\n".join(lines))
    refused(untouched_site, f"schema.lua:{number}:", plugin_path=str(plugin))


def test_a_wrong_token(untouched_site: Site, plugin: Path) -> None:
    refused(untouched_site, "401", plugin_path=str(plugin), env={"KONNECT_TOKEN": "kpat_wrong-and-secret"})


def test_an_unknown_control_plane_hints_at_the_region(untouched_site: Site, plugin: Path) -> None:
    refused(untouched_site, "region", plugin_path=str(plugin), control_plane="productoin")


def test_a_node_that_cannot_be_reached(untouched_site: Site, plugin: Path, tmp_path: Path) -> None:
    inventory = yaml.safe_load(untouched_site.world.inventory.read_text())
    gone = {"ansible_connection": "ssh", "ansible_host": "127.0.0.99", "ansible_port": 1}
    inventory["all"]["children"]["data_planes"]["hosts"]["node2"].update(gone)
    changed = tmp_path / "inventory.yml"
    changed.write_text(yaml.safe_dump(inventory))
    refused(untouched_site, "node2", plugin_path=str(plugin), arguments=("--inventory", str(changed)))


def test_a_limit_that_hides_a_node(untouched_site: Site, plugin: Path) -> None:
    refused(untouched_site, "node3", plugin_path=str(plugin), arguments=("--limit", "node1,node2,localhost"))


def test_a_control_plane_without_a_node(tmp_path: Path, plugin: Path) -> None:
    with site(tmp_path / "site", nodes=0, instances=False) as empty:
        run = empty.playbook("update", plugin_path=str(plugin))
        assert run.status != 0
        assert run.changed == 0
        assert "no node" in run.unwrapped, run.output
        assert empty.schema() == (release("1.0.0") / "schema.lua").read_text()


@pytest.mark.slow
def test_a_plugin_without_an_instance_is_only_updated_when_that_is_meant(tmp_path: Path, plugin: Path) -> None:
    with site(tmp_path / "site", nodes=1, instances=False) as unused:
        refused(unused, "no instance", plugin_path=str(plugin))
        run = unused.playbook("update", plugin_path=str(plugin), allow_missing=["edge-hints"])
        assert run.status == 0, run.output
        assert unused.on_disk() == {"node1": "1.1.0"}
