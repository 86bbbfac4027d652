# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Payloads that come, do not come, come across a reload, or are refused; lab nodes with a scripted control plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import read_answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import Observation, read_observations
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import Visit, build_program
from ansible_collections.kongops.konnect.plugins.module_utils._node.verdict import judge
from lab.node.behaviour import QUICK
from lab.node.handle import LabNode
from tests.lab.node_bench import Bench, FakeControlPlane, instance, wait_for


@pytest.fixture
def plane() -> Iterator[FakeControlPlane]:
    fake = FakeControlPlane()
    yield fake
    fake.end()


@pytest.fixture
def bench(tmp_path: Path, plane: FakeControlPlane) -> Iterator[Bench]:
    made = Bench(tmp_path, plane)
    yield made
    for lab in made.nodes:
        lab.stop()


class Visitor:
    """Visits to one lab node."""

    def __init__(self, node: Any, lab: LabNode) -> None:
        self.node = node
        self.lab = lab

    def _answer(self, state: str, **options: Any) -> Any:
        options = {"timeout": 10, "conf": str(self.lab.kong_conf), "kong": str(self.lab.command), **options}
        program = build_program(Visit(state=state, root=str(self.lab.plugin_root), **options))
        return read_answer(self.node.execute(program).stdout, program.nonce)

    def look(self) -> dict[str, Any]:
        return read_look(self._answer("look"), self.lab.name)

    def observe(self, state: str, **options: Any) -> list[Observation]:
        return read_observations(self._answer(state, **options))


def test_a_payload_that_waits_at_the_reload_costs_a_second_reload_and_is_then_accepted(
    bench: Bench, plane: FakeControlPlane, dash_node: Any
) -> None:
    plane.prepare(instance({"ttl": 1}))
    lab = bench.start(replace(QUICK, losing_window=(0.0, 0.9)))
    wait_for(lambda: lab.get("/status/ready")[0] == 200)
    plane.delay = 0.2
    expected = plane.prepare(instance({"ttl": 2}))
    seen = Visitor(dash_node, lab).observe("reloaded", expected_hash=expected)
    assert [item.role for item in seen] == ["reload", "again"]
    assert judge(seen, expected_hash=expected).kind == "accepted"
    assert judge(seen[:1], expected_hash=expected).kind == "stale"


def test_a_refused_payload_is_told_with_field_and_advice(bench: Bench, plane: FakeControlPlane, dash_node: Any) -> None:
    good = plane.prepare(instance({"ttl": 1}))
    lab = bench.start()
    wait_for(lambda: lab.get("/status/ready")[0] == 200)
    visitor = Visitor(dash_node, lab)
    before = visitor.look()
    assert before["config_hash"] == good
    expected = plane.push(instance({"note": "no ttl"}))
    seen = visitor.observe("observed", expected_hash=expected, baseline_hash=good, since=before["log_position"])
    verdict = judge(seen, expected_hash=expected)
    assert verdict.kind == "rejected"
    assert (verdict.causes[0].field, verdict.causes[0].message) == ("config.ttl", "required field missing")
    assert verdict.causes[0].advice
    healed = plane.push(instance({"ttl": 3}))
    seen = visitor.observe("observed", expected_hash=healed, baseline_hash=good, since=seen[-1].log_to)
    assert judge(seen, expected_hash=healed).kind == "accepted"


def test_a_log_that_was_rotated_meanwhile_is_still_read(bench: Bench, plane: FakeControlPlane, dash_node: Any) -> None:
    plane.prepare(instance({"ttl": 1}))
    lab = bench.start()
    wait_for(lambda: lab.get("/status/ready")[0] == 200)
    visitor = Visitor(dash_node, lab)
    before = visitor.look()
    expected = plane.push(instance({"note": "no ttl"}))
    log = Path(before["log"]["path"])
    wait_for(lambda: "unable to update" in log.read_text(encoding="utf-8"))
    log.rename(log.with_name("error.log.1"))
    log.touch()
    seen = visitor.observe("observed", expected_hash=expected, since=before["log_position"])
    assert judge(seen, expected_hash=expected).kind == "rejected"


def test_a_plugin_disabled_while_in_use_is_a_failure_though_all_hashes_agree(
    bench: Bench, plane: FakeControlPlane, dash_node: Any
) -> None:
    plane.prepare(instance({"ttl": 1}))
    lab = bench.start()
    wait_for(lambda: lab.get("/status/ready")[0] == 200)
    lab.kong_conf.write_text(lab.kong_conf.read_text(encoding="utf-8").replace("bundled,demo", "bundled"))
    verdict = judge(Visitor(dash_node, lab).observe("reloaded", timeout=5))
    assert verdict.kind == "failed"
    assert "in use but not enabled" in verdict.causes[0].message
    assert verdict.causes[0].advice
