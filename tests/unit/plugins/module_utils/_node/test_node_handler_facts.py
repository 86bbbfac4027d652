# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a handler says of itself in plain sight is told by a look, so that a plan can tell old from new."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_inputs import handler_facts
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release

HANDLERS = {
    "a table": (
        "local T = {\n  VERSION = '1.2.0-0',\n  PRIORITY = -7,\n}\n"
        "function T:access(conf) end\nfunction T.log(conf) end\nfunction T:helper() end\nreturn T\n",
        {"priority": -7, "version": "1.2.0-0", "phases": ["access", "log"]},
    ),
    "assignments": (
        'local T = {}\nT.PRIORITY=1000 -- first\nT.VERSION   = "2.0.1"\nfunction T:header_filter (c)\nend\nreturn T\n',
        {"priority": 1000, "version": "2.0.1", "phases": ["header_filter"]},
    ),
    "nothing in plain sight": ("return require 'x'\n", {"priority": None, "version": None, "phases": []}),
}


@pytest.mark.parametrize("what", HANDLERS)
def test_node_and_controller_read_the_same_in_a_handler(node: Any, what: str) -> None:
    text, facts = HANDLERS[what]
    release = Release("ttl-cache", {"schema.lua": b"return {}\n", "handler.lua": text.encode()})
    node.run("present", release)
    conf = node.folder / "kong.conf"
    conf.write_text(f"lua_package_path = {node.root}/?.lua\n")

    look = read_look(node.run("look", conf=str(conf)), "node-1")

    assert look["plugins"]["ttl-cache"]["handler"] == facts
    assert handler_facts(release) == facts
