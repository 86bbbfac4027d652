# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a plugin copied from a node to the controller, over shells that say more than they are asked."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.action import kept_release
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import read_release


class Keeper(kept_release.ActionModule):
    """Runs what it would run on a node here, between ``before`` and ``after``."""

    def __init__(self, before: str = "", after: str = "") -> None:
        self._task = SimpleNamespace(check_mode=False)
        self._before, self._after = before, after

    def _low_level_execute_command(self, cmd: str, *_arguments: Any, **_options: Any) -> dict[str, Any]:
        program = f"{self._before}\n{{ {cmd}; }}\nstatus=$?\n{self._after}\nexit $status"
        ran = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=False)
        return {"rc": ran.returncode, "stdout": ran.stdout, "stderr": ran.stderr}


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / "node" / "ttl-cache"
    (folder / "lib").mkdir(parents=True)
    (folder / "schema.lua").write_text("return {}\n")
    (folder / "handler.lua").write_text("return { PRIORITY = 1, VERSION = '1.0.0' }\n")
    (folder / "lib/wide.lua").write_text("".join(f"-- ü {number**9}\n" for number in range(5_000)))
    return folder


def keep(action: Keeper, plugin: Path, tmp_path: Path, digest: str = "") -> Path:
    copy = {"path": str(plugin), "digest": digest or read_release(str(plugin), "ttl-cache").digest}
    return action._keep(tmp_path / "kept", "ttl-cache", copy)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("echo 'Welcome!'; echo aGVsbG8=", "echo 'Bye, 1234.'"),
        ("printf 'no line end: '", "printf more"),
        ("set -x", ""),
    ],
)
def test_what_a_shell_prints_around_the_files_is_no_part_of_them(
    plugin: Path, tmp_path: Path, before: str, after: str
) -> None:
    kept = keep(Keeper(before, after), plugin, tmp_path)
    for file in ("schema.lua", "handler.lua", "lib/wide.lua"):
        assert (kept / file).read_bytes() == (plugin / file).read_bytes()


def test_files_that_could_not_be_read_are_said_to_be_so(plugin: Path, tmp_path: Path) -> None:
    digest = read_release(str(plugin), "ttl-cache").digest
    (plugin / "lib/wide.lua").unlink()
    (plugin / "lib/wide.lua").symlink_to("nowhere")
    with pytest.raises(NodeError, match=r"cannot be copied: .*lib/wide\.lua"):
        keep(Keeper(), plugin, tmp_path, digest)
    assert not (tmp_path / "kept").exists()


def test_what_tar_could_not_read_does_not_matter_where_the_files_of_the_plan_came(plugin: Path, tmp_path: Path) -> None:
    digest = read_release(str(plugin), "ttl-cache").digest
    (plugin / "README").symlink_to("nowhere")
    assert (keep(Keeper(), plugin, tmp_path, digest) / "lib/wide.lua").exists()


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("cd() { echo 'no such place' >&2; return 1; }", "cannot be copied: no such place"),
        ("base64() { echo '%%%'; }", "cannot be copied"),
        ("gzip() { :; }", "cannot be kept"),
    ],
)
def test_what_is_no_archive_is_one_message(plugin: Path, tmp_path: Path, before: str, message: str) -> None:
    with pytest.raises(NodeError, match=message):
        keep(Keeper(before), plugin, tmp_path)


def test_files_that_changed_since_the_plan_are_refused(plugin: Path, tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="holds other files by now"):
        keep(Keeper(), plugin, tmp_path, f"sha256:{'0' * 64}")
