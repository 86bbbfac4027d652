# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files make a release, and the digest that names it."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._node import manifest
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import (
    Release,
    belongs,
    read_release,
    release_faults,
)


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / "ttl-cache"
    folder.mkdir()
    (folder / "schema.lua").write_text("return {}\n")
    (folder / "handler.lua").write_text("return {}\n")
    return folder


def test_the_digest_is_what_sha256sum_and_sort_would_give(plugin: Path) -> None:
    one = hashlib.sha256(b"return {}\n").hexdigest()
    lines = f"{one}  handler.lua\n{one}  schema.lua\n"
    assert read_release(plugin).manifest == lines
    assert read_release(plugin).digest == f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def test_time_mode_and_directory_name_do_not_change_the_digest(plugin: Path) -> None:
    before = read_release(plugin).digest
    os.utime(plugin / "schema.lua", (0, 0))
    (plugin / "schema.lua").chmod(0o600)
    assert read_release(plugin.rename(plugin.parent / "other")).digest == before


@given(st.dictionaries(st.sampled_from(["schema.lua", "handler.lua", "a/b.lua", "c.lua"]), st.binary(max_size=20)))
def test_the_digest_does_not_depend_on_the_order_of_the_files(files: dict[str, bytes]) -> None:
    turned = dict(reversed(files.items()))
    assert Release("p", files).digest == Release("p", turned).digest


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("schema.lua", True),
        ("lib/test.lua", True),
        (".git/config", False),
        (".luacheckrc", False),
        ("spec/handler_spec.lua", False),
        ("tests/a.lua", False),
        ("lib/spec/a.lua", False),
        ("handler_spec.lua", False),
        ("handler.lua~", False),
        ("handler.lua.orig", False),
        ("#handler.lua#", False),
    ],
)
def test_the_rule_of_which_files_belong(path: str, inside: bool) -> None:
    assert belongs(path) is inside


def test_what_konnect_forbids_is_named_and_what_is_missing_too() -> None:
    faults = release_faults(["handler.lua", "api.lua", "migrations/init.lua", "lib/dao.lua"])
    assert [fault.split(" ")[0] for fault in faults] == ["schema.lua", "api.lua", "migrations"]


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no such plugin directory"):
        read_release(tmp_path / "nowhere")


def test_a_link_inside_counts_as_its_file_and_a_link_out_is_refused(plugin: Path) -> None:
    (plugin / "alias.lua").symlink_to("schema.lua")
    assert read_release(plugin).files["alias.lua"] == b"return {}\n"
    (plugin / "out.lua").symlink_to("/etc/hostname")
    with pytest.raises(ReleaseError, match="leads out of the plugin's directory"):
        read_release(plugin)


def test_a_linked_directory_a_pipe_and_a_strange_name_are_refused(plugin: Path) -> None:
    (plugin / "lib").symlink_to("/usr")
    with pytest.raises(ReleaseError, match="link to a directory"):
        read_release(plugin)
    (plugin / "lib").unlink()
    os.mkfifo(plugin / "pipe.lua")
    with pytest.raises(ReleaseError, match="not a regular file"):
        read_release(plugin)
    (plugin / "pipe.lua").unlink()
    (plugin / "a b.lua").write_text("")
    with pytest.raises(ReleaseError, match="may hold only letters"):
        read_release(plugin)


def test_too_large_and_too_many_are_refused_with_the_limit(plugin: Path) -> None:
    with (plugin / "data.bin").open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    with pytest.raises(ReleaseError, match=str(manifest.MAX_FILE_BYTES)):
        read_release(plugin)
    (plugin / "data.bin").unlink()
    for number in range(manifest.MAX_FILES):
        (plugin / f"f{number}.lua").touch()
    with pytest.raises(ReleaseError, match=f"more than {manifest.MAX_FILES} files"):
        read_release(plugin)


def _archive(path: Path, members: dict[str, bytes], link: tuple[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo(link[0])
            info.type, info.linkname = tarfile.SYMTYPE, link[1]
            tar.addfile(info)
    return path


def test_an_archive_has_the_digest_of_its_directory(plugin: Path, tmp_path: Path) -> None:
    files = {f"ttl-cache/{name}": b"return {}\n" for name in ("schema.lua", "handler.lua")}
    archive = _archive(tmp_path / "ttl-cache.tar.gz", files)
    assert read_release(archive) == Release("ttl-cache", read_release(plugin).files)
    assert read_release(archive).digest == read_release(plugin).digest


@pytest.mark.parametrize("name", ["../schema.lua", "/etc/x.lua", "a/../../x.lua"])
def test_an_archive_with_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    archive = _archive(tmp_path / "p.tar.gz", {"schema.lua": b"", "handler.lua": b"", name: b""})
    with pytest.raises(ReleaseError, match="leads out"):
        read_release(archive)


def test_an_archive_with_a_link_or_a_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="not a regular file"):
        read_release(_archive(tmp_path / "p.tar.gz", {"schema.lua": b"", "handler.lua": b""}, ("x.lua", "/etc/passwd")))
    with pytest.raises(ReleaseError, match="unpacks to more than"):
        read_release(_archive(tmp_path / "q.tar.gz", {"schema.lua": b"\0" * (40 * 1024 * 1024), "handler.lua": b""}))


def test_a_file_that_is_no_archive_is_refused_clearly(tmp_path: Path) -> None:
    (tmp_path / "p.tar.gz").write_text("not an archive")
    with pytest.raises(ReleaseError, match="cannot be unpacked"):
        read_release(tmp_path / "p.tar.gz")
