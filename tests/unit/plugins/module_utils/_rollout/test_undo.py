# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When undo data is saved, which is chosen, when a rollout is undone, and what the report says about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.result import Result
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import (
    Need,
    Saved,
    SavedPlugin,
    UndoError,
    begins_anew,
    choose,
    collect,
    is_half_undone,
    keeps,
    need_of,
    undo_told,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import text_digest

OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def plan(*, schema: str = "old", hosts: tuple[str, ...] = (OLD, OLD), behind: bool = True) -> dict[str, Any]:
    return {
        "control_plane": {"id": "cp", "name": "production"},
        "plugins": [
            {
                "name": "probe",
                "digest": NEW,
                "schemas": [{"digest": "old"}] if behind else [],
                "inputs": {
                    "schema": {"before": schema, "after": "new"},
                    "hosts": [{"host": f"n{at}", "before": one, "after": NEW} for at, one in enumerate(hosts)],
                    "instances": [{"id": "i", "before": "1", "after": "2"}],
                },
            }
        ],
    }


def saved(at: float = 1.0, names: tuple[str, ...] = ("probe",), digest: str = OLD) -> Saved:
    plugins = tuple(SavedPlugin(name, NEW, "return {}", {"n1": digest}, [], {}) for name in names)
    return Saved("target", "cp", "production", at, True, plugins)


def result(outcome: str, **more: Any) -> Result:
    return Result(outcome, more.get("failures", []), {}, {}, more.get("untouched", []), {})


@pytest.mark.parametrize(
    ("world", "anew"),
    [
        (plan(), True),
        (plan(schema="new"), False),
        (plan(hosts=(NEW, OLD)), False),
        (plan(schema="new", hosts=(NEW, OLD)), False),
        # Handler files only: the schema is the same everywhere.
        (plan(schema="new", behind=False), True),
        (plan(schema="new", behind=False, hosts=(NEW, OLD)), False),
    ],
)
def test_a_later_attempt_keeps_what_the_first_one_saved(world: dict[str, Any], anew: bool) -> None:
    assert begins_anew(world) is anew


@pytest.mark.parametrize(("schema", "instance", "half"), [("S", "2", True), ("S", "1", False), ("T", "2", False)])
def test_what_a_cut_way_back_still_needs_is_not_written_over(schema: str, instance: str, half: bool) -> None:
    world = plan(schema=text_digest(schema))
    world["plugins"][0]["inputs"]["instances"] = [{"id": "i", "before": instance, "after": "3"}]
    kept = replace(saved(), plugins=(SavedPlugin("probe", NEW, "S", {}, [], {"i": ["1", "2"]}),))
    assert is_half_undone(kept, world) is half


def test_undo_data_comes_back_as_it_was_saved() -> None:
    made = collect(plan(schema=text_digest("S")), {"probe": "S"}, {"probe": [{"id": "i"}]}, 5.0, masked=False)
    assert Saved.from_dict(made.to_dict()) == made
    assert made.plugins[0].hosts == {"n0": OLD, "n1": OLD}
    assert made.plugins[0].release == OLD


def test_a_schema_that_is_not_the_planned_one_is_not_saved_as_what_was_there_before() -> None:
    with pytest.raises(UndoError, match="written by somebody else since the plan was made"):
        collect(plan(schema=text_digest("S")), {"probe": "T"}, {"probe": []}, 5.0, masked=False)


@pytest.mark.parametrize("broken", [{}, {"format": 9}, {"format": 1, "target": "t"}])
def test_what_is_no_undo_data_is_refused_in_one_message(broken: dict[str, Any]) -> None:
    with pytest.raises(UndoError, match="no undo data of format 1"):
        Saved.from_dict(broken)


def test_the_newest_rollout_of_the_plugins_is_chosen() -> None:
    older, newer, other = saved(1.0), saved(2.0), saved(3.0, ("another",))
    assert choose([older, newer, other], "cp", ["probe"]) == newer
    assert choose([older, newer, other], "production", []) == other


def test_a_named_release_is_found_by_its_short_form() -> None:
    older, newer = saved(1.0), saved(2.0, digest="sha256:" + "c" * 64)
    assert choose([older, newer], "cp", ["probe"], OLD) == older
    assert choose([older, newer], "cp", ["probe"], "a" * 12) == older
    with pytest.raises(UndoError, match="Run an update"):
        choose([older, newer], "cp", ["probe"], "a" * 5)


def test_another_control_plane_has_nothing_to_go_back_to() -> None:
    with pytest.raises(UndoError, match="No rollout of probe"):
        choose([replace(saved(), control_plane="else", control_plane_name="else")], "cp", ["probe"])


@pytest.mark.parametrize(
    ("outcome", "on_failure", "saved_at", "needed"),
    [
        ("succeeded", "undo", 5.0, False),
        ("failed", "undo", 5.0, True),
        ("failed", "keep", 5.0, False),
        ("failed", "undo", None, False),
        ("inconclusive", "undo", 5.0, False),
        ("incomplete", "undo", 5.0, False),
    ],
)
def test_only_a_failure_is_undone(outcome: str, on_failure: str, saved_at: float | None, needed: bool) -> None:
    assert need_of(result(outcome), on_failure, saved_at=saved_at).needed is needed


def test_what_was_saved_before_the_rollout_was_finished_once_is_no_way_back_from_a_later_failure() -> None:
    assert "finished once" in (need_of(result("failed"), "undo", saved_at=5.0, finished_at=6.0).reason or "")
    assert need_of(result("failed"), "undo", saved_at=7.0, finished_at=6.0).needed


def test_the_way_back_is_saved_anew_once_another_rollout_of_the_plugin_came_after() -> None:
    straggler = plan(schema="old", hosts=(OLD, NEW))
    assert keeps(saved(1.0), straggler)
    assert keeps(saved(2.0), straggler, [saved(1.0), saved(3.0, ("another",))], 2.5)
    assert keeps(saved(2.0), straggler, [replace(saved(3.0), control_plane="else")], 2.5)
    assert not keeps(saved(2.0), straggler, [saved(3.0)], 2.5)


def test_what_a_rollout_took_that_was_never_finished_stays_whatever_came_after() -> None:
    assert keeps(saved(2.0), plan(schema="old", hosts=(OLD, NEW)), [saved(3.0)])
    assert keeps(saved(2.0), plan(schema="old", hosts=(OLD, NEW)), [saved(3.0)], 1.0)


@pytest.mark.parametrize(
    ("need", "undone", "failure", "left_out", "outcome", "says"),
    [
        (Need(True), result("succeeded"), None, [], "undone", "as they were before"),
        (Need(True), result("succeeded"), None, ["n9"], "incomplete", "n9 could not be reached"),
        (Need(True), None, "no lock", [], "refused", "no lock"),
        (Need(False, "on_failure is keep"), None, None, [], "kept", "on_failure is keep"),
        (
            Need(True),
            result("failed", failures=[{"step": "nodes", "host": "n1", "reason": "ill"}], untouched=["n2"]),
            None,
            [],
            "incomplete",
            "n1: ill; not reached: n2",
        ),
    ],
)
def test_the_report_says_what_became_of_it(
    need: Need, undone: Result | None, failure: str | None, left_out: list[str], outcome: str, says: str
) -> None:
    told = undo_told(need, undone, failure, left_out)
    assert told is not None
    assert told["outcome"] == outcome
    assert says in told["text"]


def test_a_rollout_that_went_well_says_nothing_about_undoing() -> None:
    assert undo_told(Need(False), None, None, []) is None
