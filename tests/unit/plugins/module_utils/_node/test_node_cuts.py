# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL before every single command of a visit: the live plugin is whole at any time, and the next visit finishes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import build_program

COMMANDS = ("cat", "cp", "chmod", "df", "find", "ln", "mkdir", "mv", "readlink", "rm", "sha256sum", "stat", "sync")


def _killers(folder: Path) -> Path:
    """Commands that count themselves and end the whole visit when the count is reached."""
    folder.mkdir()
    for name in COMMANDS:
        real = shutil.which(name)
        shim = folder / name
        shim.write_text(
            f"#!/bin/sh\nread n <{folder}/count; n=$((n + 1)); echo $n >{folder}/count\n"
            f'read cut <{folder}/cut; [ $n -ne $cut ] || kill -9 0\nexec {real} "$@"\n'
        )
        shim.chmod(0o755)
    return folder


def _first_install(node: Any, old: Release) -> None:
    """Nothing is there."""


def _update(node: Any, old: Release) -> None:
    assert node.run("present", old)


def _plain_directory(node: Any, old: Release) -> None:
    node.live.mkdir(parents=True)
    for path, data in old.files.items():
        (node.live / path).write_bytes(data)


TESTS = {"spec/one_spec.lua": b"one"}


def _directory_with_tests(node: Any, old: Release) -> None:
    (node.live / "spec").mkdir(parents=True)
    for path, data in {**old.files, **TESTS}.items():
        (node.live / path).write_bytes(data)


def _state_of(node: Any, read_content: Any) -> dict[str, bytes] | None:
    """What a node that looks now would load; the plain directory that an adoption has just set aside counts."""
    aside = node.live.with_name(".ttl-cache.adopted")
    if not node.live.exists() and aside.exists():
        return read_content(aside)
    return read_content(node.live) if node.live.exists() else None


@pytest.mark.slow
@pytest.mark.parametrize("before", [_first_install, _update, _plain_directory, _directory_with_tests])
def test_a_visit_cut_anywhere_leaves_a_whole_plugin_and_is_finished_by_the_next(
    dash_node: Any,
    old: Release,
    new: Release,
    read_content: Any,
    before: Callable[[Any, Release], None],
    tmp_path: Path,
) -> None:
    killers = _killers(tmp_path / "killers")
    plain = dict(dash_node.environment)
    had = None if before is _first_install else dict(old.files)
    if had is not None and before is _directory_with_tests:
        had.update(TESTS)
    cut = 0
    while True:
        cut += 1
        shutil.rmtree(dash_node.root, ignore_errors=True)
        before(dash_node, old)
        (killers / "count").write_text("0\n")
        (killers / "cut").write_text(f"{cut}\n")
        dash_node.environment = {**plain, "PATH": f"{killers}:{plain['PATH']}"}
        ran = dash_node.execute(build_program(dash_node.visit("present", new), [new]))
        dash_node.environment = plain
        assert _state_of(dash_node, read_content) in (had, dict(new.files)), f"cut before command {cut}"
        if ran.returncode == 0:
            break
        dash_node.run("present", new)
        plugin = dash_node.plugin()
        assert read_content(dash_node.live) == dict(new.files), f"cut before command {cut}"
        assert (plugin["live"], plugin["drift"]) == (new.digest, [])
        assert plugin["previous"] == (old.digest if had else None)
        assert not dash_node.live.with_name(".ttl-cache.adopted").exists()
        found = [read_content(one) for one in dash_node.root.glob("found/*")]
        assert found == ([had] if before is _directory_with_tests else []), f"cut before command {cut}"
    assert cut > 12


def test_a_program_cut_at_any_place_runs_nothing(dash_node: Any, new: Release) -> None:
    text = build_program(dash_node.visit("present", new), [new]).text.rstrip("\n")
    for end in [*range(0, len(text), len(text) // 60), *range(len(text) - 13, len(text))]:
        dash_node.execute(text[:end])
        assert not dash_node.root.exists(), f"ran although cut at {end} of {len(text)}"
