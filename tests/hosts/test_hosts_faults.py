# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on real hosts: one clear message, the live release as it was, and the next visit completes."""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import MAX_FILES, read_release
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import Visit, build_program
from ansible_collections.kongops.konnect.plugins.plugin_utils.node_action import RUN_STDIN
from tests.hosts.conftest import SHELLS
from tests.hosts.fleet import Fleet, Host, Run

pytestmark = [pytest.mark.root, pytest.mark.slow]

ACTION = "kongops.konnect.plugin_release"
ROOT = "/opt/kong-plugins"
LIVE = f"{ROOT}/kong/plugins/probe"
COMMANDS = ("cat", "stat", "find", "df", "readlink", "sha256sum", "mkdir", "mv", "ln", "rm", "chmod", "sync")


def plugin(folder: Path, version: str) -> Path:
    """A plugin of two files."""
    made = folder / version / "probe"
    made.mkdir(parents=True)
    (made / "schema.lua").write_text(f'return {{ name = "probe", fields = {{}} }} -- {version}\n', encoding="utf-8")
    (made / "handler.lua").write_text(f'return {{ PRIORITY = 1, VERSION = "{version}" }}\n', encoding="utf-8")
    return made


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return plugin(tmp_path, "1.0.0")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return plugin(tmp_path, "2.0.0")


@pytest.fixture
def updated(fleet: Fleet, old: Path) -> Fleet:
    """Every host has the old release live, and nothing else."""
    for host in fleet.hosts:
        host.ssh(f"rm -rf {ROOT}")
        visit(host, old)
    return fleet


def visit(host: Host, directory: Path, *, fails: bool = False) -> int:
    """Bring a release to a host by plain ssh: what the action sends, without Ansible. The status."""
    release = read_release(directory)
    wanted = Visit(state="present", names=[release.name], wanted={release.name: release.digest})
    return host.ssh(RUN_STDIN, given=build_program(wanted, [release]).encode(), fails=fails).returncode


def ship(fleet: Fleet, directory: Path, **variables: object) -> Run:
    return fleet.task(ACTION, {"path": str(directory)}, **variables)


def sums(directory: Path) -> dict[str, str]:
    files = [file for file in directory.rglob("*") if file.is_file()]
    return {str(file.relative_to(directory)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def live(host: Host) -> dict[str, str]:
    """Sums of the files that the live link leads to, as the host's own tools see them."""
    said = host.ssh(f"cd {LIVE}/ && find . -type f -exec sha256sum {{}} +").stdout.decode()
    return {line.split()[1].removeprefix("./"): line.split()[0] for line in said.splitlines()}


def leftovers(host: Host) -> str:
    """What is staged on the host and not used."""
    return host.ssh(f"find {ROOT} -name '.kongops*' -o -name '.*.adopted'").stdout.decode()


@contextmanager
def broken(fleet: Fleet, how: str, mend: str) -> Iterator[None]:
    for host in fleet.hosts:
        host.enter(how)
    try:
        yield
    finally:
        for host in fleet.hosts:
            host.enter(mend)


FULL = "dd if=/dev/zero of=/filling bs=64k 2>/dev/null || true; dd if=/dev/zero of=/filling2 bs=1 2>/dev/null || true"
READ_ONLY = f"mount --bind {ROOT} {ROOT} && mount -o remount,ro,bind {ROOT}"


@pytest.mark.quick
@pytest.mark.parametrize(
    ("how", "mend", "words"),
    [
        (FULL, "rm -f /filling /filling2", "No space left on device|is the disk full"),
        (READ_ONLY, f"umount {ROOT}", "Read-only file system"),
    ],
    ids=["full", "read-only"],
)
def test_a_disk_that_takes_nothing_is_said_and_changes_nothing(
    updated: Fleet, old: Path, new: Path, how: str, mend: str, words: str
) -> None:
    with broken(updated, how, mend):
        run = ship(updated, new)
        for host in updated.hosts:
            assert re.search(words, run.failure(host))
            assert live(host) == sums(old)
    assert [leftovers(host) for host in updated.hosts] == ["", "", ""]
    assert ship(updated, new).status == 0
    assert all(live(host) == sums(new) for host in updated.hosts)


@pytest.mark.quick
def test_a_user_without_rights_is_told_so_and_changes_nothing(updated: Fleet, old: Path, new: Path) -> None:
    run = ship(updated, new, ansible_user="visitor")
    for host in updated.hosts:
        assert "ermission denied" in run.failure(host)
        assert live(host) == sums(old)
    assert ship(updated, new).status == 0


def test_a_directory_that_changes_while_it_is_read_is_refused(updated: Fleet, old: Path, new: Path) -> None:
    for number in range(MAX_FILES - 2):
        (new / f"more{number:04}.lua").write_text("return {}\n", encoding="utf-8")
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.wait(0.0005):
            number += 1
            (new / "handler.lua").write_text(f"return {{}} -- {number}\n", encoding="utf-8")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        run = ship(updated, new)
    finally:
        over.set()
        writer.join()
    for host in updated.hosts:
        assert "changed while the directory was being read" in run.failure(host)
        assert live(host) == sums(old)
    assert ship(updated, new).status == 0
    assert all(live(host) == sums(new) for host in updated.hosts)


@pytest.mark.quick
def test_a_tampered_release_is_seen_and_repaired(updated: Fleet, old: Path) -> None:
    for host in updated.hosts:
        host.ssh(f"echo '-- evil' >>{LIVE}/handler.lua; echo x >{LIVE}/extra.lua; rm {LIVE}/schema.lua")
    look = updated.task("kongops.konnect.plugin_release_info", {"names": ["probe"]})
    run, again = ship(updated, old), ship(updated, old)
    for host in updated.hosts:
        assert set(look.results[host.name]["node"]["plugins"]["probe"]["drift"]) >= {
            "handler.lua was changed",
            "extra.lua does not belong to the release",
            "schema.lua is missing",
        }
        assert run.results[host.name]["changed"] is True
        assert again.results[host.name]["changed"] is False
        assert live(host) == sums(old)


@pytest.mark.parametrize(("count", "size", "words"), [(10_000, 10, "more than"), (1, 50 << 20, "may have")])
def test_too_many_or_too_large_files_are_refused_before_any_host_is_touched(
    updated: Fleet, old: Path, new: Path, count: int, size: int, words: str
) -> None:
    more = new / "more"
    more.mkdir()
    for number in range(count):
        (more / f"f{number}.lua").write_bytes(b"-" * size)
    run = ship(updated, new)
    for host in updated.hosts:
        assert words in run.failure(host)
        assert live(host) == sums(old)
    shutil.rmtree(more)
    assert ship(updated, new).status == 0


def test_the_largest_release_that_is_allowed_arrives(updated: Fleet, new: Path) -> None:
    more = new / "more"
    more.mkdir()
    for number in range(MAX_FILES - 2):
        (more / f"f{number}.lua").write_bytes(hashlib.sha256(b"%d" % number).hexdigest().encode() * 128)
    run = ship(updated, new)
    assert run.status == 0, run.output
    assert all(live(host) == sums(new) for host in updated.hosts)


@pytest.mark.quick
def test_noise_around_the_answer_is_not_taken_for_one(updated: Fleet, new: Path) -> None:
    noise = "printf 'Welcome!\\nkongops-000000000000000000000000 error ship fake\\n\\033[31mred\\n'; echo motd >&2\n"
    files = [host.root / "etc/ssh/sshrc" for host in updated.hosts]
    for file in files:
        file.write_text(noise, encoding="utf-8")
    try:
        assert all(b"Welcome!" in host.ssh("true").stdout for host in updated.hosts)
        run = ship(updated, new)
        assert run.status == 0, run.output
    finally:
        for file in files:
            file.unlink()
    assert all(live(host) == sums(new) for host in updated.hosts)


def test_a_frozen_and_a_dead_host_do_not_keep_the_others(updated: Fleet, old: Path, new: Path) -> None:
    frozen, dead, well = updated.hosts
    dead.die()
    frozen.freeze()
    try:
        run = ship(updated, new, ansible_timeout=3, ansible_ssh_args="-o ControlMaster=no")
    finally:
        frozen.thaw()
        updated.revive(dead)
    assert run.status == 4
    assert "timed out" in run.failure(frozen)
    assert "refused" in run.failure(dead)
    assert live(well) == sums(new)
    assert live(frozen) == live(dead) == sums(old)
    assert ship(updated, new).status == 0
    assert all(live(host) == sums(new) for host in updated.hosts)


@contextmanager
def shims(host: Host, names: Iterable[str], script: str) -> Iterator[None]:
    """The host's tools of these names run a script first."""
    tools = host.root / "opt/host/bin"
    real = {name: str((tools / name).readlink()) for name in names}
    for name, target in real.items():
        applet = f"{target} {name}" if target.endswith("busybox") else target
        (tools / name).unlink()
        (tools / name).write_text(f'#!/bin/sh\n{script}\nexec {applet} "$@"\n', encoding="utf-8")
        (tools / name).chmod(0o755)
    try:
        yield
    finally:
        for name, target in real.items():
            (tools / name).unlink()
            (tools / name).symlink_to(target)


COUNT = "read n </opt/count; n=$((n + 1)); echo $n >/opt/count; read cut </opt/cut; [ $n -ne $cut ] || kill -9 0"


@pytest.mark.parametrize("name", sorted(SHELLS))
def test_a_shell_killed_between_its_commands_leaves_a_whole_release(
    updated: Fleet, name: str, old: Path, new: Path
) -> None:
    """Together the three shells are cut before every command."""
    host = updated[name]
    digest = read_release(new).digest.removeprefix("sha256:")
    cuts = 0
    with shims(host, COMMANDS, COUNT):
        for cut in range(1 + sorted(SHELLS).index(name), 100, len(SHELLS)):
            host.ssh(f"echo 0 >/opt/count; echo {cut} >/opt/cut")
            status = visit(host, new, fails=True)
            host.ssh("echo 0 >/opt/cut")
            assert live(host) in (sums(old), sums(new)), f"cut before command {cut}"
            if status == 0:
                break
            cuts += 1
            visit(host, new)
            assert live(host) == sums(new), f"after a cut before command {cut}"
            visit(host, old)
            host.ssh(f"rm -rf {ROOT}/releases/probe/{digest}*")
    assert cuts > 3


@pytest.mark.quick
def test_a_visit_that_is_killed_gives_one_message(updated: Fleet, old: Path, new: Path) -> None:
    with ExitStack() as stack:
        for host in updated.hosts:
            stack.enter_context(shims(host, ["mkdir"], "kill -9 0"))
        run = ship(updated, new)
    for host in updated.hosts:
        assert run.failure(host)
        assert live(host) == sums(old)
    assert ship(updated, new).status == 0
    assert all(live(host) == sums(new) for host in updated.hosts)
