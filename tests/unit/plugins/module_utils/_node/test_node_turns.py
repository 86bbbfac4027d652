# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two visits of one node at the same time: one after the other, never one between the other's switch and its reload."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release

BOOT = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
LONG_AGO = "2f1c86a4-0000-4000-8000-000000000000"


def turn(node: Any) -> Path:
    """The link that a visit holds while it changes the node."""
    name = "".join(one if one.isalnum() or one in "._-" else "_" for one in str(node.folder / "prefix"))
    return Path(node.root / f".visit.{name}")


def start_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19]


@contextmanager
def another() -> Iterator[int]:
    """A process that lives."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


def test_a_second_visit_says_who_is_there_and_changes_nothing(node: Any, old: Release, new: Release) -> None:
    node.run("present", old)
    with another() as pid:
        turn(node).symlink_to(f"{pid}:{start_of(pid)}:{BOOT}")
        with pytest.raises(NodeError, match=f"another visit of this node is under way, process {pid}"):
            node.run("present", new, timeout=1)
        with pytest.raises(NodeError, match="another visit"):
            node.run("reloaded", timeout=1)
        assert node.plugin()["live"] == old.digest, "a look waits for nobody"
        assert os.readlink(turn(node)).startswith(f"{pid}:")
    assert node.run("present", new, timeout=1).get("switched", "ttl-cache")
    assert not os.path.lexists(turn(node))


@pytest.mark.parametrize("what", ["dead", "number used again", "other boot"])
def test_a_visit_that_was_killed_keeps_nobody(node: Any, old: Release, new: Release, what: str) -> None:
    node.run("present", old)
    with another() as pid:
        gone = {
            "dead": f"4194305:1:{BOOT}",
            "number used again": f"{pid}:1:{BOOT}",
            "other boot": f"{pid}:{start_of(pid)}:{LONG_AGO}",
        }
        turn(node).symlink_to(gone[what])
        node.run("present", new, timeout=1)
    assert node.plugin()["live"] == new.digest
    assert not list(node.root.glob(".visit.*"))


def test_visits_that_come_together_go_one_after_the_other(node: Any, old: Release, new: Release) -> None:
    """Each ends with its own release live, which a visit that was interrupted by another could not."""
    wanted = [old, new] * 3
    with ThreadPoolExecutor(len(wanted)) as pool:
        answers = list(pool.map(lambda release: node.run("present", release), wanted))
    live = [answer.get("plugin.live", "ttl-cache") for answer in answers]
    assert live == [release.digest[7:] for release in wanted]
    assert not list(node.root.glob(".visit.*"))


@pytest.fixture
def read_only(node: Any, old: Release) -> Iterator[Any]:
    """A node whose plugin root can only be read, with the link of a visit that was killed."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    node.run("present", old)
    turn(node).symlink_to(f"123:456:{LONG_AGO}")
    if subprocess.run(["mount", "--bind", str(node.root), str(node.root)], check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(node.root)], check=True)
    yield node
    subprocess.run(["umount", str(node.root)], check=True)


@pytest.mark.root
def test_a_link_that_cannot_be_taken_away_is_not_tried_for_ever(read_only: Any, new: Release) -> None:
    with pytest.raises(NodeError, match="Read-only file system"):
        read_only.run("present", new, timeout=1)
