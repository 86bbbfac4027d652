# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves planned and made on a lab control plane: what stays, what is refused, and what a cut run leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.konnect_lab import TALLY, Lab, Run

HANDLER = 'return { PRIORITY = 10, VERSION = "1.0.0" }\n'
NEW = TALLY.replace('"tally"', '"tally-v2"')


def plugin(folder: Path, schema: str = NEW) -> Path:
    """A directory of the new plugin."""
    made = folder / "tally-v2"
    made.mkdir(exist_ok=True)
    (made / "schema.lua").write_text(schema)
    (made / "handler.lua").write_text(HANDLER)
    return made


@pytest.fixture
def furnished(lab: Lab, tmp_path: Path) -> Lab:
    """Two services with an instance each and a global one that is off; the new plugin is uploaded and unused."""
    lab.upload()
    shop, stock = (
        lab.core("POST", "services", {"name": name, "host": "example.com"})["id"] for name in ("shop", "stock")
    )
    more = {"tags": ["team-a"], "ordering": {"before": {"access": ["key-auth"]}}}
    lab.instance({"ttl": 5, "secret": "s3cret-of-shop"}, service={"id": shop}, instance_name="shop", **more)
    lab.instance({"ttl": 6}, service={"id": stock})
    lab.instance({"ttl": 7}, instance_name="everywhere", enabled=False)
    assert lab.run("streaming_plugin", {"path": str(plugin(tmp_path))}).changed
    return lab


def planned(lab: Lab, folder: Path, **options: Any) -> Run:
    return lab.run("move_plan", {"old_plugin": "tally", "path": str(folder / "tally-v2"), "streaming": True, **options})


def moved(lab: Lab, plan: Run, **options: Any) -> Run:
    assert not plan.failed, plan.output
    return lab.run("plugin_moves", {"plan": plan["plan"], **options})


def stored(lab: Lab) -> list[dict[str, Any]]:
    return sorted(lab.core("GET", "plugins")["data"], key=lambda one: one["config"]["ttl"])


def told(one: dict[str, Any], *without: str) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key not in ("name", "updated_at", *without)}


@pytest.mark.parametrize("handover", ["one_write", "overlap", "gap"])
def test_an_instance_keeps_all_but_its_plugin(furnished: Lab, tmp_path: Path, handover: str) -> None:
    before = stored(furnished)
    plan = planned(furnished, tmp_path, handover=handover)
    run = moved(furnished, plan)
    assert run.changed, run.output
    assert "s3cret" not in plan.output + run.output
    after = stored(furnished)
    assert {one["name"] for one in after} == {"tally-v2"}
    without = () if handover == "one_write" else ("id", "created_at")
    assert [told(one, *without) for one in after] == [told(one, *without) for one in before]

    again = planned(furnished, tmp_path, handover=handover)
    assert again["changes"] == 0
    assert not moved(furnished, again).changed
    # The plan from before is good for a second run too: it finds everything moved.
    assert not moved(furnished, plan).changed


@pytest.mark.parametrize("handover", ["overlap", "gap"])
def test_a_run_that_is_cut_before_its_last_write_is_finished_by_its_own_plan_too(
    furnished: Lab, tmp_path: Path, handover: str
) -> None:
    plan = planned(furnished, tmp_path, handover=handover, batches=[3])
    furnished.fault("status", method="PUT", path="core-entities/plugins/", nth=2, times=None, status=400)
    assert moved(furnished, plan).failed
    furnished.http.delete("/lab/faults")
    assert moved(furnished, plan).changed
    assert [(one["instance_name"], one["enabled"]) for one in stored(furnished)] == [
        ("shop", True),
        (None, True),
        ("everywhere", False),
    ]


def test_a_write_that_is_refused_leaves_the_instance_as_it_was(furnished: Lab, tmp_path: Path) -> None:
    before = stored(furnished)
    plan = planned(furnished, tmp_path, handover="gap")
    furnished.fault("status", method="PUT", path="core-entities/plugins/", times=1, status=400)
    furnished.requests()
    assert moved(furnished, plan).failed
    assert stored(furnished) == before
    assert [one["method"] for one in furnished.requests() if one["method"] in ("PUT", "DELETE")] == ["PUT"]


@pytest.mark.parametrize("handover", ["overlap", "gap"])
@pytest.mark.parametrize(
    ("failing", "puts", "deletes"),
    [
        *((None, number, number) for number in range(1, 6)),
        # One write fails, and taking back what is moved is cut after so many.
        *((5, puts, deletes) for puts, deletes in ((7, 3), (7, 4), (9, 4))),
    ],
)
def test_a_run_that_is_cut_between_two_writes_is_finished_by_the_next_with_the_same_approval(
    furnished: Lab, tmp_path: Path, handover: str, failing: int | None, puts: int, deletes: int
) -> None:
    """Every write from such a one on fails, also those that would take the batch back: as if it was killed."""
    before, file = stored(furnished), str(tmp_path / "plan.json")
    plan = planned(furnished, tmp_path, handover=handover, batches=[3], plan_file=file)
    rule = {"path": "core-entities/plugins/", "status": 400}
    if failing:
        furnished.fault("status", method="PUT", nth=failing, times=1, **rule)
    furnished.fault("status", method="PUT", nth=puts, times=None, **rule)
    furnished.fault("status", method="DELETE", nth=deletes, times=None, **rule)
    assert moved(furnished, plan).failed
    furnished.http.delete("/lab/faults")

    rest = planned(furnished, tmp_path, handover=handover, approved_plan=file)
    assert moved(furnished, rest).changed
    after = stored(furnished)
    assert {one["name"] for one in after} == {"tally-v2"}
    assert [told(one, "id", "created_at") for one in after] == [told(one, "id", "created_at") for one in before]
    again = planned(furnished, tmp_path, handover=handover, approved_plan=file)
    assert not moved(furnished, again).changed


def test_a_batch_that_fails_goes_back(furnished: Lab, tmp_path: Path) -> None:
    before = stored(furnished)
    plan = planned(furnished, tmp_path, batches=[3])
    furnished.fault("status", method="PUT", path="core-entities/plugins/", nth=3, times=1, status=400)
    run = moved(furnished, plan)
    assert run.failed
    assert "3 instance(s) of the batch are at tally again" in run.message
    assert "overlap or gap" in run.message
    assert [told(one) for one in stored(furnished)] == [told(one) for one in before]
    assert {one["name"] for one in stored(furnished)} == {"tally"}


def test_an_instance_that_somebody_else_wrote_since_the_plan_stops_it(furnished: Lab, tmp_path: Path) -> None:
    plan = planned(furnished, tmp_path)
    first = stored(furnished)[0]
    furnished.core("PUT", f"plugins/{first['id']}", {**first, "config": {"ttl": 4}})
    run = moved(furnished, plan)
    assert run.failed
    assert "was written after the plan was made" in run.message
    assert {one["name"] for one in stored(furnished)} == {"tally"}


def test_a_scope_that_the_new_plugin_is_on_already_is_refused(furnished: Lab, tmp_path: Path) -> None:
    furnished.instance({}, name="tally-v2")
    run = planned(furnished, tmp_path)
    assert run.failed
    assert "has an instance there already" in run.message
    assert planned(furnished, tmp_path, instances=["shop"])["changes"] == 1


def test_a_value_that_the_new_schema_needs_is_asked_for_and_taken(furnished: Lab, tmp_path: Path) -> None:
    needy = NEW.replace("{ header = ", '{ realm = { type = "string", required = true } }, { header = ')
    path = plugin(tmp_path, needy)
    asked = planned(furnished, tmp_path)
    assert asked.failed
    assert '"config.realm"' in asked.message
    values = {"tally-v2": {"*": {"config.realm": "shop"}}}
    assert furnished.run("streaming_plugin", {"path": str(path)}).changed
    run = moved(furnished, planned(furnished, tmp_path, instance_values=values), instance_values=values)
    assert run.changed, run.output
    assert {one["config"]["realm"] for one in stored(furnished)} == {"shop"}


def test_each_instance_gets_the_secret_answer_that_the_plan_took_for_it(furnished: Lab, tmp_path: Path) -> None:
    pin = '{ pin = { type = "string", required = true, encrypted = true } }, '
    path = plugin(tmp_path, NEW.replace("{ header = ", f"{pin}{{ header = "))
    shop = stored(furnished)[0]
    own = {"shop": {"config.pin": "by-name"}, shop["id"]: {"config.header": "by-id"}}
    values = {"tally-v2": {"*": {"config.pin": "for-everyone"}, **own}}
    assert furnished.run("streaming_plugin", {"path": str(path)}).changed
    run = moved(furnished, planned(furnished, tmp_path, instance_values=values), instance_values=values)
    assert run.changed, run.output
    assert [one["config"]["pin"] for one in stored(furnished)] == ["by-name", "for-everyone", "for-everyone"]


def test_an_instance_of_another_plugin_that_orders_itself_by_the_old_one_is_told(
    furnished: Lab, tmp_path: Path
) -> None:
    furnished.core("POST", "plugins", {"name": "key-auth", "ordering": {"after": {"access": ["tally"]}}})
    found = planned(furnished, tmp_path)["plan"]["warnings"]
    assert any("order themselves by tally" in one["text"] for one in found)


def test_a_plugin_that_cannot_be_streamed_is_refused_with_every_reason(furnished: Lab, tmp_path: Path) -> None:
    path = plugin(tmp_path)
    (path / "handler.lua").write_text("local T = {}\nfunction T:init_worker() ngx.timer.at(0, f) end\nreturn T\n")
    (path / "clock.lua").write_text("return {}\n")
    run = planned(furnished, tmp_path)
    assert run.failed
    assert [one.partition(": ")[0] for one in run["problems"]] == [
        "tally-v2/clock.lua",
        "tally-v2/handler.lua:2:12",
        "tally-v2/handler.lua:2:30",
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"tally-v2": {"*": 30}},
        {"tally-v2": {"*": None}},
        {"tally-v2": "config.ttl"},
        {"tally-v2": {"config.ttl": 30}},
        {"tally": {"config.ttl": 30}},
    ],
)
def test_values_of_another_shape_are_refused_in_one_sentence(
    furnished: Lab, tmp_path: Path, values: dict[str, Any]
) -> None:
    run = planned(furnished, tmp_path, instance_values=values)
    assert run.failed
    assert "instance_values has the wrong shape" in run.message
