# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which node is the canary, and what counts as left to do on a node."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Host
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.steps import visiting_order


def host(name: str, **told: Any) -> Host:
    empty = told.pop("empty_prefix", False)
    return Host.read({"host": name, "empty_prefix": empty, "plugins": {"ttl": told}}, "ttl")


@pytest.mark.parametrize(
    ("hosts", "order"),
    [
        ([host("a"), host("b")], ("a", "b")),
        ([host("a", empty_prefix=True), host("c"), host("b")], ("c", "b", "a")),
        ([host("b", empty_prefix=True), host("a", empty_prefix=True)], ("b", "a")),
        ([host("a"), host("a")], ("a",)),
        ([], ()),
    ],
)
def test_a_node_without_a_configuration_is_the_canary_only_if_there_is_no_other(
    hosts: list[Host], order: tuple[str, ...]
) -> None:
    assert visiting_order(hosts) == order


def test_a_node_counts_by_what_its_workers_run() -> None:
    new, old = "sha256:new", "sha256:old"
    assert host("a", digest=new, loaded=True).runs(new)
    assert host("a", digest=new, loaded=None).runs(new)
    waiting = host("a", digest=new, schema="new", loaded=False, running=old, running_schema="old")
    assert (waiting.runs(new), waiting.runs(old), waiting.digest, waiting.text) == (False, False, old, "old")
    unknown = host("a", digest=new, schema="new", loaded=False, running=None, running_schema=None)
    assert (unknown.runs(new), unknown.digest, unknown.text) == (False, None, "new")
