# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight: what a lab node finds out about a release before it is switched to it, and what it leaves behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer, read_answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release
from ansible_collections.kongops.konnect.plugins.module_utils._node.preflight import planned_file, read_preflight
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import Visit, build_program
from lab.node.behaviour import QUICK
from lab.node.handle import LabNode, free_address

HANDLER = "return { PRIORITY = 10, VERSION = '1.0.0' }\n"
SECRET = "s3cret-token"
PLANNED = [
    {"id": "11111111-1111-4111-8111-111111111111", "name": "ttl-cache", "config": {"ttl": 5, "token": SECRET}},
    {
        "id": "22222222-2222-4222-8222-222222222222",
        "name": "ttl-cache",
        "service": {"id": "x"},
        "config": {"ttl": 7},
        "enabled": False,
    },
]
SECRET_PLACES = ("/dev/shm", "/run", "/tmp")


def release(extra: str = "", handler: str = HANDLER) -> Release:
    fields = f"{{ ttl = {{ type = 'integer', required = true }} }}, {{ token = {{ type = 'string' }} }}, {extra}"
    config = f"{{ config = {{ type = 'record', fields = {{ {fields} }} }} }}"
    schema = f"return {{ name = 'ttl-cache', fields = {{ {config} }} }}\n"
    return Release("ttl-cache", {"schema.lua": schema.encode(), "handler.lua": handler.encode()})


GOOD = release("{ note = { type = 'string' } }")
DEMANDING = release("{ must = { type = 'string', required = true } }")


class Trial:
    """A lab node on the old release, and visits to it that try another."""

    def __init__(self, folder: Path, node: Any) -> None:
        self.node = node
        self.lab = LabNode("n1", folder / "kong", free_address())
        self.lab.create({"plugins": "bundled,ttl-cache"}, QUICK)
        self.visit("present", release())

    def visit(self, state: str, wanted: Release, planned: str = "", **options: Any) -> Answer:
        known = {"root": str(self.lab.plugin_root), "kong": str(self.lab.command), "conf": str(self.lab.kong_conf)}
        visit = Visit(
            state=state,
            names=[wanted.name],
            wanted={wanted.name: wanted.digest},
            planned=planned,
            timeout=30,
            **{**known, **options},
        )
        program = build_program(visit, [wanted])
        ran = self.node.execute(program)
        assert SECRET not in ran.stdout + ran.stderr
        return read_answer(ran.stdout, program.nonce)

    def live(self) -> Any:
        return read_look(self.visit("look", release()), "n1")["plugins"]["ttl-cache"]["live"]


@pytest.fixture
def trial(tmp_path: Path, dash_node: Any) -> Iterator[Trial]:
    before = leftovers()
    yield Trial(tmp_path, dash_node)
    assert leftovers() <= before


def leftovers() -> set[Path]:
    """Directories that planned instances were put into."""
    return {found for place in SECRET_PLACES for found in Path(place).glob("kongops.*")}


def test_a_good_release_is_parsed_with_every_instance_and_switched_to(trial: Trial) -> None:
    answer = trial.visit("present", GOOD, planned_file(PLANNED))
    verdict, untried = read_preflight(answer)
    assert verdict is None
    assert answer.get("preflight", "parsed") == "yes"
    assert untried == ["neither luajit nor resty is on this node"]
    assert trial.live() == GOOD.digest
    assert not list(trial.lab.plugin_root.glob("releases/.kongops.*"))


def test_an_instance_that_the_new_schema_refuses_stops_before_the_switch(trial: Trial) -> None:
    verdict, _ = read_preflight(trial.visit("present", DEMANDING, planned_file(PLANNED)))
    assert verdict
    assert verdict.kind == "failed"
    assert "config.must: required field missing (and 1 more); nothing was switched" in verdict.message
    assert "Compare the node's release" in verdict.told
    assert trial.live() == release().digest


def test_a_schema_that_the_node_cannot_load_stops_before_the_switch(trial: Trial) -> None:
    broken = Release("ttl-cache", {"schema.lua": b"return {\n", "handler.lua": HANDLER.encode()})
    verdict, _ = read_preflight(trial.visit("present", broken, planned_file([])))
    assert verdict
    assert "schema" in verdict.message
    assert trial.live() == release().digest


def test_staging_tries_too_and_keeps_the_running_release(trial: Trial) -> None:
    verdict, _ = read_preflight(trial.visit("staged", GOOD, planned_file(PLANNED)))
    assert verdict is None
    assert trial.live() == release().digest


def test_a_handler_is_compiled_where_the_node_has_lua(trial: Trial, tmp_path: Path) -> None:
    """The command is a stand-in around the LuaJIT of the lab."""
    lua = tmp_path / "bin" / "luajit"
    lua.parent.mkdir()
    lua.write_text(
        f"#!{sys.executable}\nimport sys\nfrom lupa.luajit21 import LuaError, LuaRuntime\n"
        "try:\n    LuaRuntime().execute(sys.argv[2])\nexcept LuaError as error:\n    sys.exit(f'luajit: {error}')\n"
    )
    lua.chmod(0o755)
    trial.node.environment = {**trial.node.environment, "PATH": f"{lua.parent}:{trial.node.environment['PATH']}"}
    verdict, _ = read_preflight(trial.visit("present", release(handler="local = 1\n"), planned_file([])))
    assert verdict
    assert "handler.lua:1: '<name>' expected near '='" in verdict.message
    assert verdict.advice
    answer = trial.visit("present", GOOD, planned_file(PLANNED))
    assert read_preflight(answer) == (None, [])


def test_a_node_without_the_command_leaves_the_trial_to_the_reload(trial: Trial) -> None:
    verdict, untried = read_preflight(trial.visit("present", GOOD, planned_file(PLANNED), kong="/nowhere/kong"))
    assert verdict is None
    assert "the command /nowhere/kong is not on this node" in untried


def test_scopes_stay_behind_and_the_secret_is_no_part_of_a_visit_s_text() -> None:
    text = planned_file(PLANNED)
    assert "service" not in text
    assert SECRET not in repr(Visit(state="present", planned=text))
