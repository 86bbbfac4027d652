# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's own system has a say in: units of systemd and the labels of SELinux, both by stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hosts.fleet import Fleet, Host

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.quick]

ACTION = "kongops.konnect.plugin_release"
ROOT = "/opt/kong-plugins"
VENDOR = "/usr/lib/systemd/system/kong.service"
OURS = "/etc/systemd/system/kong.service.d/zz-kongops.conf"
SYSTEMCTL = f"""case "$1 $3" in
'show FragmentPath') echo FragmentPath={VENDOR} ;;
'show DropInPaths') [ ! -f {OURS} ] || echo DropInPaths={OURS} ;;
daemon-reload*) echo "$*" >>/opt/asked ;;
esac"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    made = tmp_path / "probe"
    made.mkdir()
    (made / "schema.lua").write_text('return { name = "probe", fields = {} }\n', encoding="utf-8")
    (made / "handler.lua").write_text('return { PRIORITY = 1, VERSION = "1.0.0" }\n', encoding="utf-8")
    return made


@contextmanager
def command(host: Host, name: str, script: str) -> Iterator[None]:
    """A command that the host has besides its own."""
    file = host.root / "opt/host/bin" / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    try:
        yield
    finally:
        file.unlink()
        host.ssh(f"rm -rf {ROOT} /opt/asked {Path(OURS).parent}")


def test_the_unit_of_a_vendor_is_overruled_by_a_drop_in_and_left_alone(fleet: Fleet, plugin: Path) -> None:
    host = fleet["h-busybox"]
    vendor = host.root / VENDOR.lstrip("/")
    vendor.parent.mkdir(parents=True, exist_ok=True)
    vendor.write_text("[Service]\nEnvironment=KONG_PLUGINS=bundled,theirs\n", encoding="utf-8")
    conf = host.root / "etc/kong.conf"
    conf.write_text(f"lua_package_path = {ROOT}/?.lua;;\n", encoding="utf-8")
    asked = {"path": str(plugin), "kong_kind": "systemd", "enable": True}
    with command(host, "systemctl", SYSTEMCTL):
        first, again = fleet.task(ACTION, asked, on=[host]), fleet.task(ACTION, asked, on=[host])
        assert first.results[host.name]["enabled_in"] == OURS
        assert again.results[host.name]["enabled_in"] is None
        written = host.ssh(f"cat {OURS}").stdout.decode()
        assert written == '[Service]\nEnvironment="KONG_PLUGINS=bundled,theirs,probe"\n'
        assert vendor.read_text(encoding="utf-8").endswith("bundled,theirs\n")
    conf.unlink()
    vendor.unlink()


def test_a_release_has_the_label_of_the_plugin_root(fleet: Fleet, plugin: Path) -> None:
    """In a container's volume that is not the one that the policy has for the path."""
    host = fleet["h-dash"]
    host.ssh("mkdir -p /sys/fs/selinux")
    with command(host, "chcon", 'echo "$*" >>/opt/asked'):
        fleet.task(ACTION, {"path": str(plugin)}, on=[host])
        (asked,) = host.ssh("cat /opt/asked").stdout.decode().splitlines()
        assert asked.startswith(f"-R --reference={ROOT} -- {ROOT}/releases/probe/.kongops.")
    host.ssh("rmdir /sys/fs/selinux")
