# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook lint, as an operator runs it: no control plane, no node, no token."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.support.site import Run, clean_environment


@pytest.fixture
def plugin(root: Path, tmp_path: Path) -> Path:
    """A copy of the example plugin that a test may spoil."""
    source = root / "examples" / "plugins" / "edge-hints" / "3.0.0" / "edge-hints"
    return Path(shutil.copytree(source, tmp_path / "edge-hints"))


def lint(plugin: Path, *arguments: str, folder: Path | None = None, **variables: Any) -> Run:
    """Run the playbook on one plugin, from ``folder``; without an inventory no action can meet a host by accident."""
    given = json.dumps({"plugin_path": str(plugin), **variables})
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "ansible-playbook"),
            "kongops.konnect.lint",
            "--extra-vars",
            given,
            *arguments,
        ],
        env=clean_environment(folder or plugin.parent),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stdout
    return Run(done.returncode, done.stdout)


def spoil(plugin: Path) -> None:
    """Let schema.lua begin with a require that no control plane serves."""
    schema = plugin / "schema.lua"
    schema.write_text('local cjson = require "cjson"\n' + schema.read_text())


def test_a_good_plugin_passes_and_nothing_changes(plugin: Path) -> None:
    before = {file.name: file.read_bytes() for file in plugin.iterdir()}
    run = lint(plugin)
    assert run.status == 0, run.output
    assert run.changed == 0
    assert "edge-hints: 1 warning" in run.output
    assert {file.name: file.read_bytes() for file in plugin.iterdir()} == before


def test_an_error_is_shown_with_its_line_and_fails_the_playbook(plugin: Path) -> None:
    spoil(plugin)
    run = lint(plugin)
    assert run.status != 0
    assert f"{plugin}/schema.lua:1:15: error KPL203 schema-requires-other" in run.unwrapped
    shown = re.search(r'^( +\| local cjson = require "cjson")\n( +\| +\^)$', run.output, re.MULTILINE)
    assert shown is not None, run.output
    source, caret = shown.groups()
    assert caret.index("^") == source.index("require")
    assert "1 error, 1 warning. The first:" in run.unwrapped


def test_a_warning_fails_where_that_is_wanted(plugin: Path) -> None:
    assert lint(plugin, lint_fail_on="warning").status != 0
    assert lint(plugin, forbid_typedefs=True).status != 0


def test_never_means_never(plugin: Path) -> None:
    spoil(plugin)
    run = lint(plugin, lint_fail_on="never")
    assert run.status == 0, run.output
    assert "KPL203" in run.output


def test_a_report_is_written_also_when_the_task_fails(plugin: Path, tmp_path: Path) -> None:
    spoil(plugin)
    for form in ("sarif", "junit"):
        assert lint(plugin, lint_format=form, lint_file=str(tmp_path / form)).status != 0
    sarif = json.loads((tmp_path / "sarif").read_text())
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["KPL203", "KPL201"]
    assert ET.parse(tmp_path / "junit").getroot()[0].attrib["failures"] == "2"


def test_paths_begin_where_the_command_was_given_and_are_told_as_they_were(plugin: Path, tmp_path: Path) -> None:
    spoil(plugin)
    folder = tmp_path / "it's here"
    shutil.copytree(plugin, folder / "plugins" / plugin.name)
    given = Path("plugins") / plugin.name
    run = lint(given, folder=folder, lint_format="sarif", lint_file="lint.sarif")
    assert f"{given}/schema.lua:1:15: error KPL203 schema-requires-other" in run.unwrapped
    sarif = json.loads((folder / "lint.sarif").read_text())
    (place, *_more) = sarif["runs"][0]["results"][0]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == f"{given}/schema.lua"
    both = lint(given, folder=folder, plugin_paths=f"{given},{plugin}")
    assert "2 errors" in both.unwrapped
    missing = lint(Path("plugins/none"), folder=folder)
    assert f"a relative path begins at {folder} here" in missing.unwrapped


def test_check_mode_lints_and_writes_no_file(plugin: Path, tmp_path: Path) -> None:
    spoil(plugin)
    run = lint(plugin, "--check", lint_file=str(tmp_path / "report"))
    assert run.status != 0
    assert "KPL203" in run.output
    assert not (tmp_path / "report").exists()


def test_one_message_for_bad_input(plugin: Path, tmp_path: Path) -> None:
    for message, variables in {
        "edge-cues: no such plugin directory on the controller": {"plugin_path": f"{tmp_path}/edge-cues"},
        "kong_version 'new' is not a version such as 3.9 or 3.9.1.": {"kong_version": "new"},
        "cannot be written: No such file or directory.": {"lint_file": f"{tmp_path}/no/folder"},
    }.items():
        run = lint(plugin, **variables)
        assert run.status != 0
        assert message in run.unwrapped


def test_an_entry_of_the_plugin_lets_a_finding_stay(plugin: Path) -> None:
    (plugin / ".konnect-lint.yml").write_text("- rule: KPL201\n  reason: Ours takes typedefs.\n")
    run = lint(plugin, lint_fail_on="warning")
    assert run.status == 0, run.output
    assert "edge-hints: 1 ignored" in run.output
