# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments that modules share, said once; the fragments ``connection`` and ``plan`` say the same in words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import env_fallback

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.connection import (
    Connection,
    ConnectionSettingsError,
    base_url,
    checked_token,
    read_token_file,
)

CONNECTION_ARGUMENTS: dict[str, Any] = {
    "url": {"type": "str", "fallback": (env_fallback, ["KONNECT_URL"])},
    "region": {"type": "str", "fallback": (env_fallback, ["KONNECT_REGION"])},
    "token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["KONNECT_TOKEN"])},
    "token_file": {"type": "path", "no_log": False},
    "ca_path": {"type": "path"},
    "proxy": {"type": "str"},
    "timeout": {"type": "int", "default": 30},
    "retries": {"type": "int", "default": 4},
    "concurrency": {"type": "int", "default": 5},
}
CONTROL_PLANE_ARGUMENT: dict[str, Any] = {"control_plane": {"type": "str", "required": True}}
# Of the modules that plan.
FLEET_ARGUMENTS: dict[str, Any] = {
    "nodes": {"type": "list", "elements": "str"},
    "fleet": {"type": "list", "elements": "dict", "default": []},
}
ALLOW_MISSING_ARGUMENT: dict[str, Any] = {"allow_missing": {"type": "list", "elements": "str", "default": []}}
SHOW_ARGUMENT: dict[str, Any] = {"show": {"type": "bool", "default": True}}
APPROVAL_ARGUMENTS: dict[str, Any] = {
    "plan_file": {"type": "path"},
    "approved_plan": {"type": "path"},
    "approved_digest": {"type": "str"},
    "keep": {"type": "bool", "default": False},
    "journal_dir": {"type": "path", "default": "~/.local/state/kongops/journal"},
    "journal_host": {"type": "str", "default": ""},
    "journal_host_dir": {"type": "str", "default": "/var/lib/kongops/journal"},
}


def connection_from(params: Mapping[str, Any]) -> Connection:
    """The connection that the arguments describe; ConnectionSettingsError says which of them to change."""
    for name, lowest in (("timeout", 1), ("retries", 0), ("concurrency", 1)):
        if int(params[name]) < lowest:
            raise ConnectionSettingsError(f"{name} must be at least {lowest}: {params[name]}.")
    return Connection(
        base_url=base_url(params.get("url"), params.get("region")),
        token=_token(params),
        ca_path=_existing(params.get("ca_path")),
        proxy=_proxy(params.get("proxy")),
        timeout=float(params["timeout"]),
        retries=int(params["retries"]),
        concurrency=int(params["concurrency"]),
    )


def proxy_password(params: Mapping[str, Any]) -> str | None:
    """The password inside the proxy's URL, to be kept out of all output."""
    try:
        return urlsplit(params.get("proxy") or "").password
    except ValueError:
        return None


def _token(params: Mapping[str, Any]) -> str:
    if not params.get("token") and params.get("token_file"):
        return read_token_file(params["token_file"])
    return checked_token(params.get("token"))


def _existing(ca_path: str | None) -> str | None:
    if ca_path and not os.path.exists(ca_path):
        raise ConnectionSettingsError(f"ca_path {ca_path} does not exist.")
    return ca_path or None


def _proxy(proxy: str | None) -> str | None:
    if not proxy:
        return None
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise ConnectionSettingsError("proxy is not a URL such as http://proxy.example.com:3128.")
    return proxy
