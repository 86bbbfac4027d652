# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases on a node: shipped, switched, kept, gone back to, repaired; and refused where it would not be safe."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import read_answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import build_program


def test_a_release_is_shipped_and_switched_to_and_the_second_visit_changes_nothing(
    node: Any, old: Release, read_content: Any
) -> None:
    first, second = node.run("present", old), node.run("present", old)
    assert first.get("shipped", "ttl-cache")
    assert first.get("switched", "ttl-cache")
    assert not second.subjects("shipped")
    assert not second.subjects("switched")
    assert read_content(node.live) == dict(old.files)
    assert os.readlink(node.live) == f"../../releases/ttl-cache/{old.digest[7:]}"


def test_a_release_shipped_ahead_is_not_live(node: Any, old: Release, new: Release) -> None:
    node.run("present", old)
    node.run("staged", new)
    plugin = node.plugin()
    assert plugin["live"] == old.digest
    assert set(plugin["releases"]) == {old.digest, new.digest}


def test_going_back_twice_is_going_back_once(node: Any, old: Release, new: Release) -> None:
    node.run("present", old)
    node.run("present", new)
    assert node.plugin()["previous"] == old.digest
    node.run("rolled_back")
    again = node.run("rolled_back")
    assert not again.subjects("switched")
    assert node.plugin()["live"] == old.digest


def test_going_back_without_a_previous_release_says_so(node: Any, old: Release) -> None:
    node.run("present", old)
    with pytest.raises(NodeError, match="no previous release"):
        node.run("rolled_back")


def test_a_plain_directory_is_kept_as_the_release_to_go_back_to(
    node: Any, old: Release, new: Release, read_content: Any
) -> None:
    node.live.mkdir(parents=True)
    for path, data in old.files.items():
        (node.live / path).write_bytes(data)
    answer = node.run("present", new)
    assert answer.get("adopted", "ttl-cache") == old.digest[7:]
    assert read_content(node.live) == dict(new.files)
    node.run("rolled_back")
    assert read_content(node.live) == dict(old.files)


def test_a_link_to_elsewhere_is_adopted_too(node: Any, old: Release, new: Release) -> None:
    elsewhere = node.folder / "elsewhere"
    elsewhere.mkdir()
    for path, data in old.files.items():
        (elsewhere / path).write_bytes(data)
    node.live.parent.mkdir(parents=True)
    node.live.symlink_to(elsewhere)
    node.run("present", new)
    assert node.plugin()["previous"] == old.digest
    assert (elsewhere / "schema.lua").exists()


def test_a_tampered_release_is_reported_and_repaired(node: Any, new: Release, read_content: Any) -> None:
    node.run("present", new)
    (node.live / "handler.lua").write_text("os.execute('x')")
    (node.live / "stray.lua").write_text("")
    (node.live / "lib/clock.lua").unlink()
    assert node.plugin()["drift"] == [
        "lib/clock.lua is missing",
        "handler.lua was changed",
        "stray.lua does not belong to the release",
    ]
    node.run("present", new)
    assert read_content(node.live) == dict(new.files)
    assert node.plugin()["drift"] == []


def test_old_releases_go_but_never_the_live_or_the_previous_one(node: Any) -> None:
    releases = [Release("ttl-cache", {"schema.lua": b"", "handler.lua": str(n).encode()}) for n in range(4)]
    for release in releases:
        node.run("present", release, keep=1)
    assert set(node.plugin()["releases"]) == {releases[3].digest, releases[2].digest}


def test_absent_removes_everything_of_the_plugin(node: Any, old: Release) -> None:
    node.run("present", old)
    node.run("absent")
    assert not node.live.is_symlink()
    assert not (node.root / "releases/ttl-cache").exists()
    assert not node.run("absent").subjects("removed")


def test_absent_is_refused_while_kong_has_the_plugin_enabled(node: Any, old: Release) -> None:
    node.run("present", old)
    conf = node.folder / "kong.conf"
    conf.write_text("plugins = bundled, ttl-cache  # ours\n")
    with pytest.raises(NodeError, match="still in the setting plugins"):
        node.run("absent", conf=str(conf))
    assert node.live.exists()


def test_a_root_that_everybody_may_write_to_is_refused(node: Any, old: Release) -> None:
    node.root.mkdir()
    node.root.chmod(0o777)
    with pytest.raises(NodeError, match="writable by everybody"):
        node.run("present", old)
    assert not node.live.exists()


def test_large_releases_are_asked_for_before_anything_changes(node: Any, old: Release, new: Release) -> None:
    node.run("present", old)
    program = build_program(node.visit("present", new), [new], inline=False)
    answer = read_answer(node.execute(program).stdout, program.nonce)
    assert answer.get("need", "ttl-cache") == new.digest[7:]
    assert node.plugin()["live"] == old.digest


def test_binary_files_and_odd_text_arrive_as_they_are(node: Any, read_content: Any) -> None:
    files = {
        "schema.lua": b"KONGOPS_END\n$(touch /tmp/never) `id` \\ ' \"",
        "handler.lua": bytes(range(256)) * 300,
        "empty.lua": b"",
        "sub/a-b_c.d.lua": b"no newline",
    }
    node.run("present", Release("ttl-cache", files))
    assert read_content(node.live) == files


def test_several_plugins_switch_only_when_all_are_whole(dash_node: Any, old: Release) -> None:
    broken = Release("other", {"schema.lua": b"1", "handler.lua": b"2"})
    visit = dash_node.visit(
        "present", names=["ttl-cache", "other"], wanted={"ttl-cache": old.digest, "other": f"sha256:{'0' * 64}"}
    )
    program = build_program(visit, [old, broken])
    with pytest.raises(NodeError, match="not those that were sent"):
        read_answer(dash_node.execute(program).stdout, program.nonce)
    assert not dash_node.live.exists()


def test_a_place_that_cannot_be_written_gives_one_clear_message(dash_node: Any, old: Release) -> None:
    (dash_node.folder / "root").write_text("a file in the way")
    with pytest.raises(NodeError, match=r"cannot make .*root"):
        dash_node.run("present", old)


@pytest.fixture
def small_disk(node: Any) -> Iterator[Any]:
    """A node whose plugin root is a file system of 128 KiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    node.root.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k,mode=755", "small", str(node.root)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount")
    yield node
    subprocess.run(["umount", str(node.root)], check=True)


@pytest.mark.root
def test_a_full_disk_leaves_the_live_release_alone_and_nothing_behind(
    small_disk: Any, old: Release, read_content: Any
) -> None:
    small_disk.run("present", old)
    large = Release("ttl-cache", {**old.files, "data.bin": os.urandom(300_000)})
    # The base64 of busybox ends with 0 when it could not write; the sums on disk find it then.
    with pytest.raises(NodeError, match=r"cannot write data\.bin: .*No space left|is the disk full\?"):
        small_disk.run("present", large)
    assert read_content(small_disk.live) == dict(old.files)
    assert list(small_disk.root.rglob(".kongops.*")) == []


@pytest.mark.root
def test_a_read_only_disk_gives_one_clear_message(small_disk: Any, old: Release, new: Release) -> None:
    small_disk.run("present", old)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk.root)], check=True)
    with pytest.raises(NodeError, match="Read-only file system"):
        small_disk.run("present", new)


@pytest.mark.root
def test_a_live_path_that_is_a_mount_point_is_refused_with_the_way_out(small_disk: Any, old: Release) -> None:
    small_disk.live.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "inner", str(small_disk.live)], check=True)
    try:
        with pytest.raises(NodeError, match="mount the plugin root as a whole instead"):
            small_disk.run("present", old)
    finally:
        subprocess.run(["umount", str(small_disk.live)], check=True)
