# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin goes: instances, schema, settings, files, in the order that leaves no node unable to serve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.site import Run, Site


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
