# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sync verdict and the wait for it, without network and without a clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import (
    EMPTY_HASH,
    INCOMPATIBLE,
    Expected,
    Fleet,
    Node,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.sync import (
    SyncRules,
    SyncState,
    judge,
    wait_for_sync,
)

NOW = 10_000
OLD, NEW = "a" * 32, "b" * 32
BEFORE, AFTER = Expected(OLD, updated_at=NOW - 500), Expected(NEW, updated_at=NOW - 100)
NODE = Node("n1", "gateway-1", "3.9.1", last_ping=NOW - 5, config_hash=NEW)


def verdict(node: Node, expected: Expected = AFTER) -> str:
    return judge(Fleet(expected, (node,), NOW), SyncRules()).verdicts[0].verdict


@pytest.mark.parametrize(
    ("change", "expected", "wanted"),
    [
        ({}, AFTER, "in_sync"),
        ({"config_hash": OLD}, AFTER, "rejected"),
        ({"config_hash": OLD}, replace(AFTER, updated_at=NOW - 10), "stale"),
        ({"config_hash": OLD, "last_ping": NOW - 85}, AFTER, "stale"),
        ({"last_ping": NOW - 91}, AFTER, "silent"),
        ({"config_hash": None}, AFTER, "unknown"),
        ({"config_hash": EMPTY_HASH}, AFTER, "unknown"),
        ({"config_hash": EMPTY_HASH}, Expected(EMPTY_HASH), "in_sync"),
        ({}, Expected(), "unknown"),
        ({"compatibility": INCOMPATIBLE, "issues": ("P101 a field is dropped",)}, AFTER, "incompatible"),
        ({"compatibility": INCOMPATIBLE, "config_hash": OLD}, AFTER, "rejected"),
    ],
)
def test_every_verdict(change: dict[str, object], expected: Expected, wanted: str) -> None:
    assert verdict(replace(NODE, **change), expected) == wanted  # type: ignore[arg-type]


def test_silent_nodes_count_only_when_they_are_waited_for() -> None:
    dead = replace(NODE, id="n2", last_ping=1)
    fleet = Fleet(AFTER, (NODE, dead), NOW)
    assert judge(fleet, SyncRules()).in_sync
    assert not judge(fleet, SyncRules(nodes=("n1", "n2"))).in_sync
    assert judge(fleet, SyncRules(nodes=("n1",))).in_sync


def test_a_node_without_a_record_is_unknown_and_no_node_is_no_proof() -> None:
    assert not judge(Fleet(AFTER, (NODE,), NOW), SyncRules(nodes=("n9",))).in_sync
    assert not judge(Fleet(AFTER, (), NOW), SyncRules()).in_sync


class Clock:
    """Time that passes only by sleeping, and one fleet after another to look at; the last one stays."""

    def __init__(self, fleets: Iterable[Fleet]) -> None:
        self.fleets, self.now, self.looks = list(fleets), 0.0, 0

    def look(self) -> Fleet:
        self.looks += 1
        return self.fleets.pop(0) if len(self.fleets) > 1 else self.fleets[0]

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def wait(self, baseline: Expected | None = None, timeout: float = 60, *, until_pushed: bool = False) -> SyncState:
        return wait_for_sync(
            self.look,
            SyncRules(),
            baseline=baseline,
            until_pushed=until_pushed,
            timeout=timeout,
            interval=3,
            sleep=self.sleep,
            clock=lambda: self.now,
        )


def fleet(expected: Expected, *hashes: str) -> Fleet:
    nodes = tuple(replace(NODE, id=f"n{number}", config_hash=one) for number, one in enumerate(hashes))
    return Fleet(expected, nodes, NOW)


def test_the_old_hash_that_still_matches_is_not_taken_for_success() -> None:
    clock = Clock([fleet(BEFORE, OLD), fleet(BEFORE, OLD), fleet(AFTER, OLD), fleet(AFTER, NEW)])
    state = clock.wait(BEFORE)
    assert state.in_sync
    assert state.hash_changed
    assert clock.looks == 4


def test_a_push_can_be_waited_for_whatever_nodes_make_of_it() -> None:
    clock = Clock([fleet(BEFORE, OLD), fleet(BEFORE, OLD), fleet(AFTER, OLD), fleet(AFTER, NEW)])
    state = clock.wait(BEFORE, until_pushed=True)
    assert state.hash_changed
    assert not state.in_sync
    assert clock.looks == 3


def test_a_write_that_changed_nothing_is_waited_for_ten_seconds_only() -> None:
    clock = Clock([fleet(BEFORE, OLD)])
    state = clock.wait(BEFORE)
    assert state.in_sync
    assert state.hash_changed is False
    assert 10 <= clock.now <= 13


def test_without_a_baseline_the_first_match_counts() -> None:
    clock = Clock([fleet(AFTER, NEW)])
    assert clock.wait().in_sync
    assert clock.now == 0


def test_the_wait_ends() -> None:
    clock = Clock([fleet(AFTER, NEW, OLD)])
    state = clock.wait(timeout=20)
    assert not state.in_sync
    assert state.summary() == {"in_sync": 1, "rejected": 1}
    assert clock.now == 20


def test_an_incompatible_node_ends_the_wait_and_is_not_in_sync() -> None:
    odd = replace(NODE, compatibility=INCOMPATIBLE)
    clock = Clock([Fleet(AFTER, (odd,), NOW)])
    assert not clock.wait().in_sync
    assert clock.now == 0
