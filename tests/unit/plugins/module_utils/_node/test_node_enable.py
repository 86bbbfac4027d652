# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enabling a plugin in kong.conf: only what is missing is added."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release

CONF = """\
# Kong of the lab
#plugins = bundled
plugins = bundled, other   # keep this
  log_level = notice
lua_package_path = ./?.lua;./?/init.lua;
pg_password = a'b"c$(id)\\# & |
"""


@pytest.fixture
def conf(node: Any) -> Path:
    file: Path = node.folder / "kong.conf"
    file.write_text(CONF)
    file.chmod(0o640)
    return file


def test_name_and_root_are_added_and_everything_else_is_kept(node: Any, conf: Path, old: Release) -> None:
    first = node.run("present", old, conf=str(conf), enable=True)
    assert first.get("set_in", "plugins") == str(conf)
    assert conf.read_text() == CONF.replace(
        "plugins = bundled, other   # keep this", "plugins = bundled, other,ttl-cache  # keep this"
    ).replace("lua_package_path = ", f"lua_package_path = {node.root}/?.lua;")
    assert conf.stat().st_mode & 0o777 == 0o640
    again = node.run("present", old, conf=str(conf), enable=True)
    assert again.get("set_in", "plugins") is None
    assert list(conf.parent.glob("kong.conf.*")) == []


def test_keys_that_are_absent_are_added_at_the_end(node: Any, old: Release) -> None:
    conf = node.folder / "kong.conf"
    conf.write_text("log_level = notice")
    node.run("present", old, conf=str(conf), enable=True)
    assert conf.read_text() == (
        f"log_level = notice\nplugins = bundled,ttl-cache\nlua_package_path = {node.root}/?.lua;./?.lua;./?/init.lua;\n"
    )


def test_without_a_file_it_says_what_to_name(dash_node: Any, old: Release) -> None:
    with pytest.raises(NodeError, match="name it with kong_conf"):
        dash_node.run("present", old, conf=str(dash_node.folder / "nowhere.conf"), enable=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("bundled,other#theirs", "bundled,other,ttl-cache  #theirs"),
        ("bundled  # a \\# b", "bundled,ttl-cache  # a \\# b"),
        ("off# nothing", "ttl-cache  # nothing"),
    ],
)
def test_a_comment_needs_no_blank_before_it(node: Any, old: Release, before: str, after: str) -> None:
    """As Kong reads the file: any number sign without a backslash before it."""
    conf = node.folder / "kong.conf"
    path = f"lua_package_path = {node.root}/?.lua;;#ours\n"
    conf.write_text(f"plugins = {before}\n{path}")
    node.run("present", old, conf=str(conf), enable=True)
    assert conf.read_text() == f"plugins = {after}\n{path}"
    assert node.run("present", old, conf=str(conf), enable=True).get("set_in", "plugins") is None


def test_a_number_sign_in_an_environment_begins_no_comment(node: Any, old: Release) -> None:
    conf = node.folder / "kong.conf"
    conf.write_text("plugins = bundled\n")
    (node.folder / "prefix").mkdir()
    (node.folder / "prefix/.kong_env").write_text("plugins = bundled,odd#name\n")
    assert node.run("look", conf=str(conf)).get("enabled") == "bundled,odd#name"


def test_a_value_that_goes_on_in_the_next_line_is_left_alone(node: Any, old: Release) -> None:
    conf = node.folder / "kong.conf"
    text = "plugins = bundled,\\\n  other\n"
    conf.write_text(text)
    with pytest.raises(NodeError, match=r"the value of plugins goes on in the next line, .* write it in one line"):
        node.run("present", old, conf=str(conf), enable=True)
    assert conf.read_text() == text
    assert not node.live.exists()


@pytest.fixture
def full_etc(node: Any) -> Iterator[Path]:
    """A file system of two pages: one for a file, one for as much of its copy as fits."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    etc: Path = node.folder / "kong.service.d"
    etc.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k,mode=755", "small", str(etc)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount")
    yield etc
    subprocess.run(["umount", str(etc)], check=True)


@pytest.mark.root
@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("kong.conf", "plugins = bundled\nlua_package_path = {root}/?.lua;;\n"),
        ("kong.env", "KONG_PLUGINS=bundled\nKONG_LUA_PACKAGE_PATH={root}/?.lua;;\n"),
        ("10.conf", "[Service]\nEnvironment=KONG_PLUGINS=bundled KONG_LUA_PACKAGE_PATH={root}/?.lua;;\n"),
        ("compose.yml", "environment:\n  KONG_PLUGINS: bundled\n  KONG_LUA_PACKAGE_PATH: {root}/?.lua;;\n"),
    ],
)
def test_a_full_disk_cuts_no_file_of_settings(node: Any, full_etc: Path, old: Release, name: str, head: str) -> None:
    """The copy with one name more does not fit; it must not take the place of the file."""
    file = full_etc / name
    text = head.replace("{root}", str(node.root)) + "# a line that stays\n" * 300
    file.write_text(text[:4080] + "\n# the last one\n")
    before = file.read_text()
    assert len(before) == 4096
    option = "conf" if name == "kong.conf" else "environment_file"
    with pytest.raises(NodeError, match=r"is the disk full\?"):
        node.run("present", old, enable=True, **{option: str(file)})
    assert file.read_text() == before
    assert [path.name for path in full_etc.iterdir()] == [name]
