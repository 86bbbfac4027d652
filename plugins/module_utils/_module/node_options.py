# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs of the actions that talk to nodes: one place for the action plugins and their documentation stubs."""

from __future__ import annotations

from typing import Any

NODE: dict[str, dict[str, Any]] = {
    "plugin_root": {"type": "path", "default": "/opt/kong-plugins"},
    "kong_kind": {"type": "str", "default": "package", "choices": ["package", "systemd", "container", "command"]},
    "kong_command": {"type": "str", "default": "kong"},
    "kong_conf": {"type": "path"},
    "kong_environment_file": {"type": "path"},
    "kong_prefix": {"type": "path"},
    "kong_unit": {"type": "str", "default": "kong"},
    "kong_container": {"type": "str"},
    "container_engine": {"type": "str", "default": "docker"},
    "reload_command": {"type": "str"},
    "status_api": {"type": "str"},
    "log_path": {"type": "path"},
    "timeout": {"type": "int", "default": 60},
}

PROOF: dict[str, dict[str, Any]] = {
    "expected_hash": {"type": "str"},
    "settle": {"type": "int", "default": 2},
}

PLUGIN_RELEASE: dict[str, dict[str, Any]] = {
    **NODE,
    **PROOF,
    "name": {"type": "str"},
    "path": {"type": "path"},
    "digest": {"type": "str"},
    "plugins": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str"},
            "path": {"type": "path"},
            "digest": {"type": "str"},
        },
    },
    "state": {
        "type": "str",
        "default": "present",
        "choices": ["present", "staged", "absent", "rolled_back", "disabled"],
    },
    "keep": {"type": "int", "default": 3},
    "enable": {"type": "bool", "default": False},
    "reload": {"type": "bool", "default": False},
    "on_failure": {"type": "str", "default": "undo", "choices": ["undo", "keep"]},
    "log_position": {"type": "str"},
    "planned": {"type": "list", "elements": "dict", "no_log": True},
}
PLUGIN_RELEASE_RULES: dict[str, Any] = {
    "mutually_exclusive": [("plugins", "name"), ("plugins", "path"), ("plugins", "digest")],
    "required_one_of": [("plugins", "name", "path")],
    "required_if": [
        ("kong_kind", "container", ("kong_container",)),
        ("kong_kind", "command", ("reload_command",)),
    ],
}

PLUGIN_RELEASE_INFO: dict[str, dict[str, Any]] = {
    **NODE,
    "names": {"type": "list", "elements": "str", "default": []},
    "report_unreachable": {"type": "bool", "default": False},
    "log": {"type": "bool", "default": False},
}

KEPT_RELEASE: dict[str, dict[str, Any]] = {
    **NODE,
    "plan": {"type": "dict", "required": True},
    "journal_dir": {"type": "path", "required": True},
}

NODE_RELOAD: dict[str, dict[str, Any]] = {
    **NODE,
    **PROOF,
    "state": {"type": "str", "default": "reloaded", "choices": ["reloaded", "observed"]},
    "baseline_hash": {"type": "str"},
    "log_position": {"type": "str"},
}
NODE_RELOAD_RULES: dict[str, Any] = {"required_if": PLUGIN_RELEASE_RULES["required_if"]}
