# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host is which node, and what stops a plan until it is allowed by name."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import Coverage, cover

NOW = 10_000


def node(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "hostname": name, "last_ping": NOW - 10, **more}


def host(name: str, **more: Any) -> dict[str, Any]:
    return {"host": name, "reachable": True, "node_id": f"id-{name}", "hostname": name, **more}


def problems(fleet: list[dict[str, Any]], nodes: list[dict[str, Any]], allowed: tuple[str, ...] = ()) -> list[str]:
    return [str(one) for one in found(fleet, nodes, allowed).problems()]


def found(fleet: list[dict[str, Any]], nodes: list[dict[str, Any]], allowed: tuple[str, ...] = ()) -> Coverage:
    return cover(fleet, nodes, NOW, allowed)


def test_a_host_is_matched_by_its_id_even_when_another_node_has_its_hostname() -> None:
    told = found([host("a", node_id="id-b")], [node("a"), node("b")])

    assert [(one.host, one.node_id, one.by) for one in told.matched] == [("a", "id-b", "id")]
    assert [one["id"] for one in told.missing] == ["id-a"]


def test_a_host_without_an_id_is_matched_by_its_hostname() -> None:
    told = found([host("a", node_id=None)], [node("a")])

    assert [(one.host, one.by) for one in told.matched] == [("a", "hostname")]


def test_a_hostname_that_two_live_nodes_have_matches_neither() -> None:
    told = found([host("a", node_id=None)], [node("a"), node("a", id="id-twin")])

    assert not told.matched
    assert told.without_node == ("a",)


def test_a_dead_record_is_told_apart_and_does_not_hide_the_live_one() -> None:
    told = found([host("a", node_id=None)], [node("a", id="old", last_ping=NOW - 4000), node("a")])

    assert [one.node_id for one in told.matched] == ["id-a"]
    assert [one["id"] for one in told.dead] == ["old"]
    assert not list(told.problems())


CASES = {
    "a live node that no host is": ([host("a")], [node("a"), node("b")], "not in the inventory: b", "b"),
    "a host that is no live node": ([host("a"), host("b")], [node("a")], "no live node of this control plane: b", "b"),
    "a host that cannot be reached": (
        [host("a"), {"host": "b", "reachable": False, "error": "No route to host"}],
        [node("a")],
        "b: the node cannot be reached. No route to host.",
        "b",
    ),
}


@pytest.mark.parametrize(("fleet", "nodes", "message", "name"), CASES.values(), ids=CASES)
def test_what_the_plan_would_not_reach_stops_it_unless_allowed_by_name(
    fleet: list[dict[str, Any]], nodes: list[dict[str, Any]], message: str, name: str
) -> None:
    told = problems(fleet, nodes)

    assert len(told) == 1
    assert message in told[0]
    assert problems(fleet, nodes, (name,)) == []


def test_a_host_that_cannot_be_reached_is_not_told_twice_when_its_node_lives() -> None:
    told = problems([host("a"), {"host": "b", "reachable": False}], [node("a"), node("b")])

    assert ["cannot be reached" in text for text in told] == [True]


def test_a_control_plane_without_a_node_is_one_clear_message() -> None:
    assert problems([], []) == [
        "the control plane has no node. Nothing could prove that an update works. Connect a node first, or check that "
        "the control plane is the right one."
    ]
    assert len(problems([host("a")], [node("a", last_ping=NOW - 4000)])) == 1
