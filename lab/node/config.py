# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's configuration: default < kong.conf < KONG_* environment, and the ``.kong_env`` the workers really read.

The rules are those of kong-data-plane.md 1.1, 1.2 and 5.7.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.node.error_log import LEVELS

# Kong's default, but for the workers: one a core would make a lab of twenty nodes crowded.
DEFAULTS: Mapping[str, str] = {
    "prefix": "/usr/local/kong",
    "role": "data_plane",
    "database": "off",
    "plugins": "bundled",
    "lua_package_path": "./?.lua;./?/init.lua;",
    "status_listen": "127.0.0.1:8007",
    "log_level": "notice",
    "proxy_error_log": "logs/error.log",
    "nginx_daemon": "on",
    "nginx_worker_processes": "2",
    "dedicated_config_processing": "on",
    "konnect_mode": "off",
    "cluster_control_plane": "127.0.0.1:8005",
    "cluster_mtls": "shared",
    "cluster_cert": "",
    "cluster_cert_key": "",
    "cluster_ca_cert": "",
    "cluster_server_name": "",
}
COMPILED_IN_PATH = (
    "/usr/local/openresty/lualib/?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua"
)
KONG_VERSION = "3.9.3"
KONG_ENV = ".kong_env"
PID_FILE = Path("pids/nginx.pid")

_SETTING = re.compile(r"^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_ADDRESS = re.compile(r"^(\[[0-9a-f:]+\]|[^\s:]+):(\d{1,5})$")


class ConfigError(Exception):
    """A configuration that Kong's command refuses; the text follows ``Error: ``."""


@dataclass(frozen=True)
class KongConf:
    """One resolved configuration; ``values`` are the texts, the properties what they mean."""

    values: Mapping[str, str]

    @property
    def prefix(self) -> Path:
        return Path(self.values["prefix"])

    @property
    def pid_file(self) -> Path:
        return self.prefix / PID_FILE

    @property
    def kong_env(self) -> Path:
        return self.prefix / KONG_ENV

    @property
    def plugins(self) -> list[str]:
        """Enabled plugins in order, each once. The lab ships none, so ``bundled`` adds nothing."""
        names = [name.strip() for name in self.values["plugins"].split(",")]
        if names[0] == "off":
            return []
        return list(dict.fromkeys(name for name in names if name not in ("", "off", "bundled")))

    @property
    def package_path(self) -> str:
        """Where modules are searched, with what nginx appends for ``;;``."""
        return f"{self.values['lua_package_path'].rstrip(';')};{COMPILED_IN_PATH}"

    @property
    def workers(self) -> int:
        count = self.values["nginx_worker_processes"]
        return os.cpu_count() or 1 if count == "auto" else int(count)

    @property
    def status_address(self) -> tuple[str, int] | None:
        """Where the Status API listens; None when it is off."""
        listen = self.values["status_listen"]
        if listen == "off":
            return None
        host, port = listen.split(",")[0].split()[0].rsplit(":", 1)
        return host.strip("[]"), int(port)

    def on(self, key: str) -> bool:
        """Whether a switch is on."""
        return self.values[key] == "on"

    def write(self) -> None:
        """Store as ``.kong_env``, from which the node reads at its next start or reload."""
        lines = "".join(f"{key} = {value}\n" for key, value in sorted(self.values.items()))
        self.kong_env.write_text(f"# made by the kong command: do not edit\n{lines}", encoding="utf-8")
        self.kong_env.chmod(0o640)


def load(file: Path | None, environment: Mapping[str, str], *, prefix: str | None = None) -> KongConf:
    """The configuration of ``file`` with the environment on top; ``prefix`` beats both.

    Raises ConfigError for a missing file or a value that is not allowed.
    """
    values = dict(DEFAULTS)
    if file is not None:
        try:
            values.update(parse(file.read_text(encoding="utf-8")))
        except OSError as error:
            raise ConfigError(f"no file at: {file}") from error
    values.update({key: environment[f"KONG_{key.upper()}"] for key in DEFAULTS if f"KONG_{key.upper()}" in environment})
    if prefix is not None:
        values["prefix"] = prefix
    values["prefix"] = os.path.abspath(values["prefix"])
    check(values)
    return KongConf(values)


def parse(text: str) -> dict[str, str]:
    """``key = value`` lines of a kong.conf; the last one of a key counts."""
    found = {}
    for line in text.splitlines():
        match = _SETTING.match(_COMMENT.sub("", line))
        if match:
            found[match[1]] = match[2]
    return found


def _is_count(value: str) -> bool:
    return value == "auto" or (value.isdigit() and int(value) > 0)


def _is_address(value: str) -> bool:
    return value == "off" or all(_ADDRESS.match(part.split()[0]) for part in value.split(",") if part.strip())


_SWITCH = (lambda value: value in ("on", "off"), "on, off")
_RULES: Mapping[str, tuple[Callable[[str], object], str]] = {
    "role": (lambda value: value == "data_plane", "data_plane"),
    "log_level": (lambda value: value in LEVELS, ", ".join(LEVELS)),
    "nginx_worker_processes": (_is_count, "auto or a number above 0"),
    "status_listen": (_is_address, "off or host:port"),
    "cluster_control_plane": (_ADDRESS.match, "host:port"),
    "cluster_mtls": (lambda value: value in ("shared", "pki", "pki_check_cn"), "shared, pki, pki_check_cn"),
    "nginx_daemon": _SWITCH,
    "dedicated_config_processing": _SWITCH,
    "konnect_mode": _SWITCH,
}


def check(values: Mapping[str, str]) -> None:
    """Refuse values out of range: raises ConfigError."""
    for key, (allowed, words) in _RULES.items():
        if not allowed(values[key]):
            raise ConfigError(f"{key} has an invalid value: '{values[key]}' ({words})")
    if bool(values["cluster_cert"]) != bool(values["cluster_cert_key"]):
        raise ConfigError("cluster_cert and cluster_cert_key must be given together")
