# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a plugin out of kong.conf: its name goes, everything else stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release


def disable(node: Any, plugins: str) -> tuple[Path, Any]:
    conf: Path = node.folder / "kong.conf"
    conf.write_text(f"# Kong\nplugins = {plugins}  # ours\nlog_level = notice\n")
    return conf, node.run("disabled", conf=str(conf))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("bundled,ttl-cache,other", "bundled,other"),
        ("bundled, ttl-cache", "bundled"),
        ("ttl-cache", "off"),
        ("bundled,ttl-cache-two,ttl-cache", "bundled,ttl-cache-two"),
    ],
)
def test_only_the_name_is_taken_out(node: Any, before: str, after: str) -> None:
    conf, answer = disable(node, before)
    assert answer.get("set_in", "plugins") == str(conf)
    assert conf.read_text() == f"# Kong\nplugins = {after}  # ours\nlog_level = notice\n"
    assert node.run("disabled", conf=str(conf)).get("set_in", "plugins") is None


def test_a_visit_that_was_cut_before_its_reload_is_seen_in_what_kong_will_start_with(node: Any) -> None:
    conf, _answer = disable(node, "bundled,ttl-cache")
    (node.folder / "prefix").mkdir(exist_ok=True)
    (node.folder / "prefix" / ".kong_env").write_text("plugins = bundled,ttl-cache\n")
    look = read_look(node.run("look", conf=str(conf), prefix=str(node.folder / "prefix")), "node-1")
    assert (look["enabled"], look["enabled_next"]) == (["bundled", "ttl-cache"], ["bundled"])


def test_a_name_that_is_not_there_changes_nothing(node: Any) -> None:
    conf, answer = disable(node, "bundled")
    assert answer.get("set_in", "plugins") is None
    assert conf.read_text() == "# Kong\nplugins = bundled  # ours\nlog_level = notice\n"


def test_files_of_an_enabled_plugin_are_not_removed_and_those_of_a_disabled_one_are(node: Any, old: Release) -> None:
    conf = node.folder / "kong.conf"
    conf.write_text("plugins = bundled,ttl-cache\n")
    node.run("present", old, conf=str(conf))
    with pytest.raises(NodeError, match="still in the setting"):
        node.run("absent", conf=str(conf))
    assert node.live.exists()
    node.run("disabled", conf=str(conf))
    assert node.run("absent", conf=str(conf)).get("removed", "ttl-cache") == "yes"
    assert not node.live.exists()
