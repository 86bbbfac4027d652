# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugin directories as the linter reads them: whatever is wrong with one is a finding or one clear message."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_lint import (
    LintArgumentError,
    lint_document,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError

SCHEMA = 'local typedefs = require "kong.db.schema.typedefs"\nreturn { name = "edge-hints", fields = {} }\n'
HANDLER = 'return { PRIORITY = 790, VERSION = "1.0.0" }\n'


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / "edge-hints"
    folder.mkdir()
    (folder / "schema.lua").write_text(SCHEMA)
    (folder / "handler.lua").write_text(HANDLER)
    return folder


def document(*paths: Path, **options: Any) -> dict[str, Any]:
    given = {"kong_version": None, "forbid_typedefs": False, "streaming_names": [], **options}
    return lint_document({"plugin_paths": [str(path) for path in paths], **given})


def found(*paths: Path, **options: Any) -> list[tuple[str, str]]:
    return [(one["rule"], one["path"]) for one in document(*paths, **options)["findings"]]


CLEAN = [("KPL201", "schema.lua")]


def test_a_finding_tells_its_file_as_the_directory_was_given(plugin: Path) -> None:
    [one] = document(Path(f"{plugin}/"))["findings"]
    assert (one["directory"], one["file"]) == (str(plugin), f"{plugin}/schema.lua")
    assert one["plugin"] == "edge-hints"


def test_counts_are_of_all_plugins_together(plugin: Path, tmp_path: Path) -> None:
    other = tmp_path / "edge-cues"
    other.mkdir()
    assert document(plugin, other)["counts"] == {"error": 2, "warning": 1, "info": 0, "ignored": 0}


@pytest.mark.parametrize("name", ["api.lua", "dao.lua", "daos.lua", "migrations.lua"])
def test_a_forbidden_file(plugin: Path, name: str) -> None:
    (plugin / name).write_text("return {}\n")
    assert found(plugin) == [("KPL101", name), *CLEAN]


def test_a_folder_of_migrations_is_forbidden_even_when_empty(plugin: Path) -> None:
    (plugin / "migrations").mkdir()
    assert found(plugin) == [("KPL101", "migrations"), *CLEAN]


def test_tests_and_what_editors_leave_are_no_part_of_the_plugin(plugin: Path) -> None:
    (plugin / "spec").mkdir()
    for name in ("spec/x_spec.lua", "handler_spec.lua", "schema.lua~", ".luacheckrc", ".hidden.lua"):
        (plugin / name).write_text("not Lua at all {{{")
    assert found(plugin) == CLEAN


@pytest.mark.parametrize("suffix", [".go", ".js", ".ts", ".py"])
def test_a_plugin_in_another_language_needs_a_schema_and_nothing_else(plugin: Path, suffix: str) -> None:
    (plugin / "handler.lua").unlink()
    (plugin / f"main{suffix}").write_text("")
    assert found(plugin) == CLEAN
    (plugin / "schema.lua").unlink()
    assert found(plugin) == [("KPL103", f"main{suffix}")]


def test_a_script_beside_a_plugin_in_lua_makes_it_no_foreign_one(plugin: Path) -> None:
    (plugin / "make.py").write_text("")
    (plugin / "schema.lua").unlink()
    assert found(plugin) == [("KPL102", "schema.lua")]


def test_links(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.lua").write_text("return {}\n")
    (tmp_path / "folder").mkdir()
    (plugin / "out.lua").symlink_to(tmp_path / "outside.lua")
    (plugin / "nothing.lua").symlink_to("gone.lua")
    (plugin / "loop.lua").symlink_to("loop.lua")
    (plugin / "sub").symlink_to(tmp_path / "folder")
    (plugin / "same.lua").symlink_to("handler.lua")
    links = [("KPL104", name) for name in ("loop.lua", "nothing.lua", "out.lua", "sub")]
    assert sorted(found(plugin)) == sorted([*links, *CLEAN])


def test_a_file_that_cannot_be_shipped(plugin: Path) -> None:
    (plugin / "words.txt").write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    assert found(plugin) == [("KPL105", ""), *CLEAN]
    (plugin / "words.txt").unlink()
    os.mkfifo(plugin / "pipe.lua")
    assert found(plugin) == [("KPL105", ""), *CLEAN]


def test_a_file_name_with_control_characters_is_shown_without(plugin: Path) -> None:
    (plugin / "a\x1b[2J.lua").write_text("return {")
    findings = document(plugin)["findings"]
    assert {one["rule"] for one in findings} == {"KPL105", "KPL106", "KPL201"}
    assert all(one[key].isprintable() for one in findings for key in ("file", "path", "message"))


def test_a_directory_by_a_link_has_the_name_of_its_target(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(plugin)
    assert found(tmp_path / "current") == CLEAN


# -- .konnect-lint.yml


def ignored(plugin: Path, text: str) -> list[tuple[str, str, int]]:
    (plugin / ".konnect-lint.yml").write_text(text)
    result = document(plugin)
    told = [(one["rule"], one["path"], one["line"]) for one in result["findings"]]
    return told + [("ignored", one["reason"], one["line"]) for one in result["ignored"]]


LEFT = ("KPL201", "schema.lua", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [LEFT]),
        ("# nothing yet\n", [LEFT]),
        ("- rule: KPL201\n  reason: It works.\n", [("ignored", "It works.", 1)]),
        ("- rule: KPL201\n  reason: 2026\n  line: 1\n  expires: 2999-01-31\n", [("ignored", "2026", 1)]),
        ("---\n\n- rule: KPL201\n  reason:\n", [("KPL902", ".konnect-lint.yml", 3), LEFT]),
        ("- rule: KPL201\n  reason: x\n  expires: 2020-13-45\n", [("KPL901", ".konnect-lint.yml", 1), LEFT]),
        ("- rule: KPL201\n  reason: x\n  expires: 2020-01-31\n", [("KPL903", ".konnect-lint.yml", 1), LEFT]),
        ("- rule: KPL101\n  reason: x\n", [("KPL904", ".konnect-lint.yml", 1), LEFT]),
        ("KPL201: It works.\n", [("KPL901", ".konnect-lint.yml", 0), LEFT]),
        ("- rule: [KPL201\n", [("KPL901", ".konnect-lint.yml", 0), LEFT]),
        ("- !!python/object/apply:os.system ['true']\n", [("KPL901", ".konnect-lint.yml", 1), LEFT]),
        ("[" * 5000, [("KPL901", ".konnect-lint.yml", 0), LEFT]),
        ("- " + "x" * 300_000, [("KPL901", ".konnect-lint.yml", 0), LEFT]),
        ("\x00", [("KPL901", ".konnect-lint.yml", 0), LEFT]),
    ],
)  # fmt: skip
def test_entries(plugin: Path, text: str, expected: list[tuple[str, str, int]]) -> None:
    assert ignored(plugin, text) == expected


# -- what cannot be served


def test_no_such_directory(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="nowhere: no such plugin directory"):
        document(tmp_path / "nowhere")


@pytest.mark.parametrize("version", ["3", "three", "3.9; rm", "", "3.9\n"])
def test_a_version_that_is_none(plugin: Path, version: str) -> None:
    with pytest.raises(LintArgumentError, match="is not a version"):
        document(plugin, kong_version=version)


@pytest.mark.parametrize("version", ["3.4", "3.9.1", "3.9.1.2-enterprise"])
def test_versions_as_nodes_tell_them(plugin: Path, version: str) -> None:
    assert found(plugin, kong_version=version) == CLEAN


def test_no_directory_at_all() -> None:
    with pytest.raises(LintArgumentError, match="names no directory"):
        document()
