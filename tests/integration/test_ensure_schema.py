# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 2 alone: the schema and its checks, and nothing of anybody's instances or nodes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from lab.site import release
from tests.support.site import Site

OLD, LONG = release("1.0.0"), release("2.0.0")


def stored(site: Site) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = site.world.api("GET", "core-entities/plugins?size=1000")["data"]
    return rows


def text(plugin: Path) -> str:
    return (plugin / "schema.lua").read_text()


def test_only_the_schema_is_written_and_the_second_run_changes_nothing(fresh_site: Site) -> None:
    before = stored(fresh_site)
    run = fresh_site.playbook("ensure_schema", plugin_path=str(LONG))
    assert run.status == 0, run.output
    assert "has to be saved again" in run.unwrapped
    assert fresh_site.schema() == text(LONG)
    assert stored(fresh_site) == before
    assert set(fresh_site.on_disk().values()) == {"1.0.0"}
    assert set(fresh_site.rejections().values()) == {0}

    again = fresh_site.playbook("ensure_schema", plugin_path=str(LONG))
    assert (again.status, again.changed) == (0, 0), again.output


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    """A version whose own function refuses what is stored; only the control plane can tell, since it runs it."""
    plugin = Path(shutil.copytree(OLD, tmp_path / "strict" / "edge-hints"))
    schema = text(plugin)
    place = "ttl = {"
    assert place in schema
    check = f'{place} custom_validator = function(v) if v > 100 then return nil, "too long" end return true end,'
    (plugin / "schema.lua").write_text(schema.replace(place, check, 1))
    return plugin


def test_a_schema_that_the_control_plane_tries_and_refuses_is_put_back(fresh_site: Site, strict: Path) -> None:
    before = stored(fresh_site)
    run = fresh_site.playbook("ensure_schema", plugin_path=str(strict))
    assert run.status != 0
    assert "too long" in run.unwrapped, run.output
    assert fresh_site.schema() == text(OLD)
    assert stored(fresh_site) == before


def test_check_mode_says_what_would_happen_and_changes_nothing(untouched_site: Site) -> None:
    run = untouched_site.playbook("ensure_schema", "--check", "--diff", plugin_path=str(LONG))
    assert run.status == 0, run.output
    assert untouched_site.schema() == text(OLD)
    assert not (untouched_site.folder / "journal").exists()


def test_a_name_that_comes_with_kong_is_refused(untouched_site: Site, tmp_path: Path) -> None:
    plugin = Path(shutil.copytree(OLD, tmp_path / "cors"))
    (plugin / "schema.lua").write_text(text(plugin).replace('"edge-hints"', '"cors"', 1))
    run = untouched_site.playbook("ensure_schema", plugin_path=str(plugin))
    assert run.status != 0
    assert run.changed == 0
    assert "comes with Kong" in run.unwrapped, run.output
