# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases on a node: shipped, switched, kept, gone back to, repaired; and refused where it would not be safe."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import read_answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
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


def test_a_directory_is_adopted_by_the_rule_of_the_controller_and_what_that_leaves_out_is_kept(
    node: Any, old: Release, new: Release, read_content: Any
) -> None:
    more = {"spec/one_spec.lua": b"1", ".git/HEAD": b"ref", "handler.lua~": b"2", "READ ME.txt~": b"3"}
    for path, data in {**old.files, **more}.items():
        (node.live / path).parent.mkdir(parents=True, exist_ok=True)
        (node.live / path).write_bytes(data)
    conf = node.folder / "kong.conf"
    conf.write_text(f"lua_package_path = {node.root}/?.lua;;\n")
    look = read_look(node.run("look", conf=str(conf)), "node-1")
    assert look["plugins"]["ttl-cache"]["digest"] == old.digest
    answer = node.run("present", new)
    assert answer.get("adopted", "ttl-cache") == old.digest[7:]
    (kept,) = (node.root / "found").iterdir()
    assert str(kept) in (answer.get("recovered", "ttl-cache") or "")
    assert read_content(kept) == {**old.files, **more}
    node.run("rolled_back")
    assert read_content(node.live) == dict(old.files)
    node.run("absent")
    assert read_content(kept) == {**old.files, **more}, "nobody asked for that to go"


def test_a_directory_that_is_the_wanted_release_already_leaves_none_to_go_back_to(node: Any, old: Release) -> None:
    node.live.mkdir(parents=True)
    for path, data in old.files.items():
        (node.live / path).write_bytes(data)
    assert node.run("present", old).get("switched", "ttl-cache") == f"{old.digest[7:]} {old.digest[7:]}"
    assert node.live.is_symlink()
    assert not (node.root / "found").exists()
    with pytest.raises(NodeError, match="no previous release"):
        node.run("rolled_back")


def test_a_directory_with_links_is_not_adopted_since_their_files_would_be_lost(
    node: Any, old: Release, new: Release
) -> None:
    source = node.folder / "handler.lua"
    source.write_text("return {}\n")
    node.live.mkdir(parents=True)
    (node.live / "schema.lua").write_text("return {}\n")
    (node.live / "handler.lua").symlink_to(source)
    with pytest.raises(NodeError, match=r"would be lost: \./handler\.lua; put the files themselves"):
        node.run("present", new)
    assert (node.live / "handler.lua").is_symlink()


@pytest.mark.parametrize("what", ["dangling", "empty"])
def test_where_nothing_of_a_plugin_is_live_there_is_nothing_to_go_back_to(node: Any, new: Release, what: str) -> None:
    if what == "dangling":
        node.live.parent.mkdir(parents=True)
        node.live.symlink_to(node.folder / "gone")
    else:
        node.live.mkdir(parents=True)
    answer = node.run("present", new)
    assert answer.get("adopted", "ttl-cache") is None
    assert answer.get("switched", "ttl-cache") == f"none {new.digest[7:]}"
    assert not (node.root / "found").exists()
    with pytest.raises(NodeError, match="no previous release"):
        node.run("rolled_back")


def together(node: Any, *releases: Release, **options: Any) -> Any:
    """A visit for several plugins."""
    wanted = {one.name: one.digest for one in releases}
    program = build_program(node.visit("present", names=list(wanted), wanted=wanted, **options), releases)
    ran = node.execute(program)
    assert ran.stderr == ""
    return read_answer(ran.stdout, program.nonce)


def test_nothing_is_switched_where_the_directory_of_another_plugin_cannot_be_adopted(
    node: Any, old: Release, new: Release
) -> None:
    node.run("present", old)
    second = Release("second", dict(old.files))
    (node.live.parent / "second").mkdir()
    (node.live.parent / "second/READ ME.txt").write_text("")
    with pytest.raises(NodeError, match=r"a file whose name cannot be kept: READ ME\.txt"):
        together(node, new, second)
    assert node.plugin()["live"] == old.digest
    assert not (node.live.parent / ".second.adopted").exists()


def test_nothing_is_switched_where_enabling_is_refused(node: Any, old: Release, new: Release) -> None:
    node.run("present", old)
    settings = node.folder / "kong.env"
    settings.write_text("KONG_PLUGINS=bundled,$MORE\n")
    with pytest.raises(NodeError, match=r"line 1: .* not understood"):
        node.run("present", new, enable=True, environment_file=str(settings))
    assert node.plugin()["live"] == old.digest


def test_what_stops_a_visit_after_a_switch_says_what_was_switched(node: Any, old: Release, new: Release) -> None:
    node.run("present", old)
    second = Release("second", dict(old.files))
    conf = node.folder / "kong.conf"
    conf.write_text("plugins = bundled\n")
    # The copy of the file cannot be made beside it.
    name = node.folder / "tools"
    name.mkdir()
    (name / "cp").write_text("#!/bin/sh\necho 'no room' >&2\nexit 1\n")
    (name / "cp").chmod(0o755)
    node.environment = {**node.environment, "PATH": f"{name}:{node.environment['PATH']}"}
    said = r"cannot copy .*: no room\. Switched before that, and not proved to load: ttl-cache second\. Mend the cause"
    with pytest.raises(NodeError, match=said):
        together(node, new, second, enable=True, conf=str(conf))


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


@pytest.mark.parametrize("live", [True, False])
def test_a_release_is_repaired_from_anything_and_verified_before_it_is_switched_to(
    node: Any, old: Release, new: Release, read_content: Any, live: bool
) -> None:
    if not live:
        node.run("present", old)
    node.run("present" if live else "staged", new)
    release = node.root / "releases/ttl-cache" / new.digest[7:]
    (release / "handler.lua").unlink()
    (release / "handler.lua/deep").mkdir(parents=True)
    (release / "handler.lua/deep/x").write_text("")
    shutil.rmtree(release / "lib")
    (release / "lib").write_text("")
    (release / "stray.lua ").write_text("")
    (release / " stray.lua").write_text("")
    assert node.run("present", new).get("shipped", "ttl-cache")
    assert read_content(node.live) == dict(new.files)
    assert not node.run("present", new).subjects("shipped")


def test_a_release_that_cannot_be_repaired_is_not_switched_to(node: Any, old: Release, new: Release) -> None:
    node.run("present", old)
    node.run("staged", new)
    release = node.root / "releases/ttl-cache" / new.digest[7:]
    (release / "stray\nhandler.lua").write_text("")
    with pytest.raises(NodeError, match="could not be repaired; take that directory away"):
        node.run("present", new)
    assert (release / "handler.lua").exists()
    assert node.plugin()["live"] == old.digest


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


def test_absent_is_refused_while_kong_would_start_with_the_plugin(node: Any, old: Release) -> None:
    """What it runs with is of an earlier file: a visit was cut before its reload, or Kong is stopped."""
    node.run("present", old)
    prefix = node.folder / "prefix"
    prefix.mkdir()
    (prefix / ".kong_env").write_text("plugins = bundled\n")
    conf = node.folder / "kong.conf"
    conf.write_text("plugins = bundled,ttl-cache\n")
    with pytest.raises(NodeError, match="plugins that Kong will start with"):
        node.run("absent", conf=str(conf))
    assert node.live.exists()


@pytest.mark.parametrize("part", ["kong", "kong/plugins"])
def test_a_link_where_the_links_to_releases_are_made_is_refused(node: Any, old: Release, part: str) -> None:
    elsewhere = node.folder / "elsewhere/deep"
    elsewhere.mkdir(parents=True)
    (node.root / part).parent.mkdir(parents=True)
    (node.root / part).symlink_to(elsewhere)
    with pytest.raises(NodeError, match=f"{part} is a link, and the links to releases"):
        node.run("present", old)
    assert list(elsewhere.iterdir()) == []


def test_a_plugin_root_that_is_a_link_is_fine(node: Any, old: Release) -> None:
    (node.folder / "real").mkdir()
    node.root.symlink_to(node.folder / "real")
    node.run("present", old)
    assert (node.live / "handler.lua").exists()


def test_the_compiled_in_path_is_searched_where_it_stands(node: Any, new: Release) -> None:
    node.run("present", new)
    beside = node.folder / "prefix/kong/plugins/ttl-cache"
    beside.mkdir(parents=True)
    for path in new.files:
        (beside / path).parent.mkdir(exist_ok=True)
        (beside / path).write_text("return {}\n")
    conf = node.folder / "kong.conf"
    found = {}
    for path in (f";;{node.root}/?.lua", f"{node.root}/?.lua;;", f"/nowhere/?.lua;;{node.root}/?.lua;;"):
        conf.write_text(f"plugins = bundled,ttl-cache\nlua_package_path = {path}\n")
        plugin = read_look(node.run("look", conf=str(conf)), "node-1")["plugins"]["ttl-cache"]
        found[path.replace(str(node.root), "root")] = (plugin["loads"], plugin["copies"])
    copies = [str(beside), str(node.live)]
    assert found == {
        ";;root/?.lua": (copies[0], copies),
        "root/?.lua;;": (copies[1], copies[::-1]),
        "/nowhere/?.lua;;root/?.lua;;": (copies[0], copies),
    }


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
