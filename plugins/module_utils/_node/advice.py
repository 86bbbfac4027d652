# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error catalogue: what Kong says, what it means, what to do. The documentation's table is made from it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """``pattern`` is searched in Kong's message, case-insensitively; ``example`` is a message that it matches."""

    pattern: str
    example: str
    cause: str
    advice: str


CATALOGUE = (
    Entry(
        r"required field missing",
        "required field missing",
        "The node's schema.lua requires a field that the payload does not carry or carries as null: the node is on "
        "another release than the control plane, or an instance was not rewritten.",
        "Compare the node's release with the control plane's schema (plugin_release_info), give the node the release "
        "that belongs to it, or write the field into the named instance.",
    ),
    Entry(
        r"unknown field",
        "unknown field",
        "The payload carries a value for a field that the node's schema.lua does not have.",
        "Give the node the release that has the field, or take the field out of the named instance.",
    ),
    Entry(
        r"not enabled; add it to the 'plugins'",
        "plugin 'my-plugin' not enabled; add it to the 'plugins' configuration property",
        "The control plane sends an instance of a plugin that is not in this node's setting plugins.",
        "Ship the plugin's release, add its name to plugins (KONG_PLUGINS), and reload.",
    ),
    Entry(
        r"plugin is enabled but not installed|no plugin found|no configuration schema found",
        "my-plugin plugin is enabled but not installed;",
        "The name is in the setting plugins, but no handler.lua and schema.lua were found on lua_package_path.",
        "Ship the release, or put the plugin root on lua_package_path; the directory's name must be the name in "
        "plugins.",
    ),
    Entry(
        r"plugin is in use but not enabled",
        "my-plugin plugin is in use but not enabled",
        "The stored configuration uses a plugin that was taken out of the setting plugins. Every request fails, and no "
        "later payload heals it.",
        "Add the name to plugins again and reload. Take a plugin out only after its last instance is gone.",
    ),
    Entry(
        r"PRIORITY field is not a valid integer|VERSION field",
        'Plugin "my-plugin" cannot be loaded because its PRIORITY field is not a valid integer number, got: "nil".',
        "handler.lua has no integer PRIORITY or no VERSION of the form x.y.z.",
        "Give the handler both fields and ship it again.",
    ),
    Entry(
        r"unexpected symbol|'[^']+' expected|unfinished string|malformed number|<eof> expected",
        "handler.lua:1: unexpected symbol near '='",
        "A Lua file of the plugin has a syntax error.",
        "Correct the named file and line, and ship the release again.",
    ),
    Entry(
        r"module '[^']+' not found",
        "module 'resty.foo' not found:",
        "The plugin needs a Lua library that this node does not have.",
        "Install the library on the nodes first (rock or image), or ship it with the plugin.",
    ),
    Entry(
        r"schema violation",
        "schema violation (fields: expected an array)",
        "schema.lua is not a schema that this version of Kong accepts.",
        "Correct the schema; attributes newer than the node's version are refused there.",
    ),
    Entry(
        r"error loading module|attempt to (?:index|call|perform|compare|concatenate)",
        "error loading module 'kong.plugins.my-plugin.handler':",
        "A file of the plugin fails while it is being loaded.",
        "Correct the named file; what it needs at load time must be there on every node.",
    ),
    Entry(
        r"expected an? (?:integer|string|number|boolean|array|set|map|record)",
        "expected an integer",
        "The payload carries a value of another type than the node's schema.lua declares.",
        "Write the instance with a value of that type, or give the node the release whose schema has the payload's "
        "type.",
    ),
    Entry(
        r"expected one of|value should be|value must be|length must be|invalid value|must be set|are required",
        "expected one of: a, b",
        "The payload carries a value that the node's schema.lua no longer, or not yet, allows.",
        "Write the instance with an allowed value, or give the node the release whose schema allows it.",
    ),
    Entry(
        r"cannot load|failed to (?:open|read)|permission denied",
        "cannot open file 'handler.lua': Permission denied",
        "Kong's user cannot read a file of the plugin.",
        "Let everybody read and nobody but root write the plugin root (0755, files 0644), and mind SELinux.",
    ),
)


def advice_for(message: str) -> str | None:
    """What to do about one of Kong's messages, or None when the catalogue has nothing."""
    for entry in CATALOGUE:
        if re.search(entry.pattern, message, re.IGNORECASE):
            return entry.advice
    return None


MISSING = {
    "a running Kong": "Start Kong on this node, then run the same command again.",
    "new workers": "Look at the node's master process and its error log, reload or restart it by hand, then run the "
    "same command again.",
    "the Status API": "Set status_listen to an address that the node itself can reach, or name the address with "
    "status_api, then run the same command again.",
    "readiness": "Look at the reason and at the node's error log; a good reload or the next payload that it takes "
    "makes it ready. Then run the same command again.",
    "the configuration hash": "Let the Status API answer /status, then run the same command again.",
}
"""What to do where a proof misses something, by the names that a verdict uses in ``missing``."""

STALE_ADVICE = "Reload the node once more, or restart it, and only then trust its hash."
SILENT_ADVICE = (
    "See in the node's error log whether it is connected to the control plane and whether it refused a payload. "
    "The playbook diagnose says what it finds."
)


def advice_for_missing(missing: Iterable[str]) -> str | None:
    """What to do about the first thing that a proof misses and that is known here."""
    return next((MISSING[one] for one in missing if one in MISSING), None)
