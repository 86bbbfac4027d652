# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether nodes took the configuration: a verdict over fetched state, and the bounded wait for it (section f).

A node repeats the hash it was sent once it has loaded that configuration; after a rejection it keeps the old one. The
record tells so only at the next ping, so a wrong hash means something only when the node pinged since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import (
    EMPTY_HASH,
    INCOMPATIBLE,
    Expected,
    Fleet,
    Node,
)

IN_SYNC = "in_sync"
REJECTED = "rejected"
STALE = "stale"
SILENT = "silent"
INCOMPATIBLE_NODE = "incompatible"
UNKNOWN = "unknown"

PING_INTERVAL = 30.0
SILENT_AFTER = 90.0
HASH_CHANGE_BOUND = 10.0


@dataclass(frozen=True)
class Verdict:
    """One node and how it stands. ``counted`` is False for a dead record that nobody waits for."""

    node_id: str
    hostname: str
    verdict: str
    reason: str
    counted: bool = True
    config_hash: str | None = None
    last_ping: int = 0
    version: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True)
class SyncRules:
    """What to judge by, times in seconds.

    nodes: ids that must be in sync; when empty, every node that is not silent. ping_interval: how often nodes report.
    silent_after: age of the last ping from which a node counts as gone.
    """

    nodes: tuple[str, ...] = ()
    ping_interval: float = PING_INTERVAL
    silent_after: float = SILENT_AFTER


@dataclass(frozen=True)
class SyncState:
    """The verdicts of one look. ``hash_changed`` says whether the expectation differs from the baseline."""

    expected: Expected
    verdicts: tuple[Verdict, ...]
    hash_changed: bool | None = None

    @property
    def in_sync(self) -> bool:
        """Every counted node runs what is expected; without any counted node nothing is proven."""
        counted = [verdict for verdict in self.verdicts if verdict.counted]
        return bool(counted) and all(verdict.verdict == IN_SYNC for verdict in counted)

    @property
    def settled(self) -> bool:
        """Waiting longer changes nothing: every counted node matches, or is incompatible with a matching hash."""
        counted = [verdict for verdict in self.verdicts if verdict.counted]
        return bool(counted) and all(verdict.verdict in {IN_SYNC, INCOMPATIBLE_NODE} for verdict in counted)

    def summary(self) -> dict[str, int]:
        """How many counted nodes have which verdict."""
        counted = [verdict.verdict for verdict in self.verdicts if verdict.counted]
        return {name: counted.count(name) for name in dict.fromkeys(counted)}


def judge(fleet: Fleet, rules: SyncRules, baseline: Expected | None = None) -> SyncState:
    """A verdict for each record, and for each id that is waited for and has none."""
    verdicts = [_judge_node(node, fleet, rules) for node in fleet.nodes]
    known = {node.id for node in fleet.nodes}
    verdicts += [
        Verdict(node_id, "", UNKNOWN, "the control plane has no record of this node: is it connected, and here?")
        for node_id in rules.nodes
        if node_id not in known
    ]
    changed = None if baseline is None else _differs(fleet.expected, baseline)
    return SyncState(fleet.expected, tuple(verdicts), changed)


def wait_for_sync(
    look: Callable[[], Fleet],
    rules: SyncRules,
    *,
    baseline: Expected | None,
    timeout: float,
    interval: float,
    until_pushed: bool = False,
    hash_change_bound: float = HASH_CHANGE_BOUND,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> SyncState:
    """Looks until every counted node matches or ``timeout`` seconds have passed; the last look is returned.

    With a baseline from before a write, a match counts only once the expectation changed: right after the write the
    old hash still matches everywhere. A write may also change nothing, so ``hash_change_bound`` seconds end that wait.
    ``until_pushed`` ends with that, whatever the nodes make of it.
    """
    begun = clock()
    while True:
        state = judge(look(), rules, baseline)
        spent = clock() - begun
        fresh = state.hash_changed is not False or spent >= min(hash_change_bound, timeout)
        if ((until_pushed or state.settled) and fresh) or spent >= timeout:
            return state
        sleep(min(interval, max(0.0, timeout - spent)))


def named(state: SyncState, verdicts: Iterable[str]) -> Sequence[Verdict]:
    """The counted nodes with one of these verdicts."""
    wanted = set(verdicts)
    return [verdict for verdict in state.verdicts if verdict.counted and verdict.verdict in wanted]


def _judge_node(node: Node, fleet: Fleet, rules: SyncRules) -> Verdict:
    verdict, reason = _verdict(node, fleet, rules)
    listed = node.id in rules.nodes
    judged = Verdict(node.id, node.hostname, verdict, reason, True, node.config_hash, node.last_ping, node.version)
    return replace(judged, counted=listed if rules.nodes else verdict != SILENT)


def _verdict(node: Node, fleet: Fleet, rules: SyncRules) -> tuple[str, str]:
    expected = fleet.expected
    age = max(0.0, fleet.now - node.last_ping)
    if age > rules.silent_after:
        return SILENT, f"last heard of {age:.0f} s ago"
    if not expected.hash:
        return UNKNOWN, "the control plane names no expected hash"
    if not node.config_hash or node.config_hash == EMPTY_HASH:
        if expected.hash == node.config_hash:
            return IN_SYNC, "runs the empty configuration, as expected"
        return UNKNOWN, (
            "it reports no configuration: it has just connected, rejected its first one, or uses incremental sync, "
            "which the API does not show per node"
        )
    if node.config_hash == expected.hash:
        if node.compatibility == INCOMPATIBLE:
            return INCOMPATIBLE_NODE, "; ".join(node.issues) or "its version drops part of the configuration"
        return IN_SYNC, "runs the expected configuration"
    pinged_after = node.last_ping - expected.updated_at
    if pinged_after > rules.ping_interval:
        return REJECTED, (
            f"still reports another hash {pinged_after:.0f} s after the expected one was made: it rejected the "
            "configuration or did not get it; its error log says which"
        )
    return STALE, "has not reported since the expected hash was made, or is still loading"


def _differs(expected: Expected, baseline: Expected) -> bool:
    return (expected.hash, expected.updated_at) != (baseline.hash, baseline.updated_at)
