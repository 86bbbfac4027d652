# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes of a move, played one by one on a small store: what is enabled on the scope after each of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.moving import (
    GAP,
    ONE_WRITE,
    OVERLAP,
    Selection,
    Write,
    batched,
    finished,
    is_unfinished,
    writes_of,
)
from tests.support.small_world import identifier

Store = dict[str, dict[str, Any]]

OLD = {"id": identifier(1), "name": "delay", "instance_name": "slow", "enabled": True, "config": {"ms": 5}}


def target(handover: str, **more: Any) -> dict[str, Any]:
    return {**OLD, "name": "delay-v2", "id": identifier(1 if handover == ONE_WRITE else 2), **more}


def play(store: Store, write: Write) -> Store:
    """The store after a write; refuses what a control plane refuses: two instances of one name."""
    after = {key: value for key, value in store.items() if key != write.id}
    if write.body is not None:
        names = [one["instance_name"] for one in after.values() if one["instance_name"]]
        assert write.body["instance_name"] not in names
        after[write.id] = write.body
    return after


def enabled(store: Store) -> list[str]:
    return sorted(one["name"] for one in store.values() if one["enabled"])


@pytest.mark.parametrize(
    ("handover", "moments"),
    [
        (ONE_WRITE, [["delay-v2"]]),
        (OVERLAP, [["delay", "delay-v2"], ["delay-v2"], ["delay-v2"]]),
        (GAP, [["delay"], [], ["delay-v2"]]),
    ],
)
def test_what_is_enabled_after_each_write(handover: str, moments: list[list[str]]) -> None:
    store: Store = {OLD["id"]: OLD}
    seen = []
    for write in writes_of(OLD, target(handover), handover):
        store = play(store, write)
        seen.append(enabled(store))
    assert seen == moments
    assert list(store.values()) == [target(handover)]


@pytest.mark.parametrize("handover", [ONE_WRITE, OVERLAP, GAP])
def test_a_disabled_instance_is_enabled_at_no_moment(handover: str) -> None:
    source, wanted = {**OLD, "enabled": False}, target(handover, enabled=False)
    store: Store = {source["id"]: source}
    for write in writes_of(source, wanted, handover):
        store = play(store, write)
        assert enabled(store) == []
    assert list(store.values()) == [wanted]


@pytest.mark.parametrize("handover", [OVERLAP, GAP])
@pytest.mark.parametrize("more", [{}, {"enabled": False}, {"instance_name": None}])
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_move_that_was_cut_is_finished_from_what_is_stored(handover: str, more: dict[str, Any], cut: int) -> None:
    source, wanted = {**OLD, **more}, target(handover, **more)
    store: Store = {source["id"]: source}
    for write in writes_of(source, wanted, handover)[:cut]:
        store = play(store, write)
    if source["id"] in store:
        for write in writes_of(source, wanted, handover):
            store = play(store, write)
    for one in [one for one in store.values() if is_unfinished(one)]:
        store = play(store, Write(one["id"], finished(one)))
    assert list(store.values()) == [wanted]


@pytest.mark.parametrize("handover", [ONE_WRITE, OVERLAP, GAP])
def test_a_move_with_its_ends_changed_takes_it_back(handover: str) -> None:
    store: Store = {OLD["id"]: OLD}
    for write in (
        *writes_of(OLD, target(handover), handover),
        *writes_of(target(handover), OLD, handover),
    ):
        store = play(store, write)
    assert list(store.values()) == [OLD]


def test_selection_by_scope_by_tag_and_by_list() -> None:
    shop = {"id": identifier(3), "instance_name": "shop", "service": {"id": "s1"}, "tags": ["blue"]}
    both = {"id": identifier(4), "instance_name": None, "service": {"id": "s1"}, "consumer": {"id": "c1"}, "tags": None}
    everywhere = {"id": identifier(5), "instance_name": "all", "tags": ["blue", "team-a"]}
    rows = [shop, both, everywhere]

    def taken(**conditions: Any) -> list[dict[str, Any]]:
        return [one for one in rows if Selection(**conditions).takes(one)]

    assert taken() == rows
    on_shop = {"service:shop": ("service", "s1")}
    assert taken(scopes=on_shop) == [shop, both]
    assert taken(scopes={"consumer:c": ("consumer", "c1"), "global": ("global", "")}) == [both, everywhere]
    assert taken(tags=("team-a", "x")) == [everywhere]
    assert taken(names=("shop", identifier(4))) == [shop, both]
    assert taken(scopes=on_shop, tags=("blue",)) == [shop]


def test_conditions_that_nobody_meets_are_told_each_in_the_words_of_the_operator() -> None:
    rows = [{"id": identifier(3), "instance_name": "shop", "service": {"id": "s1"}, "tags": ["blue"]}]
    selection = Selection(
        scopes={"service:shop": ("service", "s1"), "route:basket": ("route", "r1"), "global": ("global", "")},
        tags=("blue", "green"),
        names=("shop", "nobody", "moved"),
    )
    assert selection.unmet(rows, names=["moved"]) == [
        "is on route:basket",
        "is on global",
        "carries the tag green",
        "is called nobody",
    ]


@given(st.lists(st.integers(), unique=True, max_size=30), st.lists(st.sampled_from([1, 3, "25%", "100%"]), min_size=1))
def test_batches_hold_every_id_once_and_in_order(ids: list[int], sizes: list[int | str]) -> None:
    names = [str(one) for one in ids]
    batches = batched(names, sizes)
    assert [one for batch in batches for one in batch] == names
    assert all(batches)


@pytest.mark.parametrize("size", [0, -1, "many", "x%"])
def test_a_batch_size_that_is_none_is_refused(size: int | str) -> None:
    with pytest.raises(ValueError, match="batches"):
        batched(["a"], [size])
