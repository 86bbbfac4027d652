# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan for people: what they read first, that it fits, and that nothing in it can act on a terminal."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._report import as_json, plan_markdown, plan_text
from tests.support.small_world import schema_text, small

KEPT = '{ kept = { type = "string" } }'
OLD = schema_text(f'{KEPT}, {{ token_name = {{ type = "string", required = true }} }}')
NEW = schema_text(f'{KEPT}, {{ name_of_token = {{ type = "string", required = true }} }}')
ESCAPE = re.compile(r"\x1b\[[0-9]+m")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    world = small(OLD, NEW, [{"token_name": f"v{at}"} for at in range(30)], nodes=3)
    found: dict[str, Any] = world.plan().to_dict()
    return found


def test_the_path_and_its_reason_come_first(document: dict[str, Any]) -> None:
    first, second, *_rest = plan_text(document).splitlines()

    assert first == "Update path: SYNC   (documented: sync, evidence: sync)"
    assert second.startswith("  The documents and the evidence agree.")


def test_the_text_tells_changes_steps_rejections_and_the_way_around(document: dict[str, Any]) -> None:
    text = plan_text(document)

    assert re.search(r"KPS131 +config\.token_name +looks renamed .*sync +yes", text)
    assert re.search(r"^Rejections +3 \(dp1 1, dp2 1, dp3 1\)", text, re.MULTILINE)
    assert "Out of sync: dp1, dp2, dp3, from step instances until each is switched in step nodes" in text
    assert "rename config.token_name" in text
    assert "30: one-1 (global); one-2 (global)" in text
    assert "24 more" in text
    assert "shorthand_fields = {" in text


def test_no_line_is_wider_than_100_columns(document: dict[str, Any]) -> None:
    long_names = json.loads(json.dumps(document).replace("token_name", "token_name" * 5).replace("dp1", "d" * 120))

    for one in (document, long_names):
        assert max(len(line) for line in plan_text(one).splitlines()) <= 100


def test_colour_adds_escape_sequences_and_nothing_else(document: dict[str, Any]) -> None:
    assert ESCAPE.sub("", plan_text(document, color=True)) == plan_text(document)
    assert "\x1b" not in plan_text(document)


@pytest.mark.parametrize("render", [plan_text, plan_markdown, as_json])
def test_control_characters_from_schemas_nodes_and_the_api_are_gone(render: Any, document: dict[str, Any]) -> None:
    hostile = json.loads(
        json.dumps(document).replace("one-1 ", r"\u001b]0;owned\u0007\u202e ").replace("dp2", r"dp\r\n2")
    )

    assert not set(render(hostile)) & {"\x1b", "\x07", "\r", "\u202e"}


def test_markdown_escapes_what_it_would_act_on(document: dict[str, Any]) -> None:
    hostile = json.loads(json.dumps(document).replace("demo", "<script>|[x](http://e)"))

    assert r"\<script\>\|\[x\](http://e)" in plan_markdown(hostile)


def test_markdown_has_the_same_tables(document: dict[str, Any]) -> None:
    text = plan_markdown(document)

    assert text.startswith("## Update path: sync\n")
    assert r"| KPS131 | config.token\_name |" in text
    assert "```lua\n" in text


def test_json_is_the_plan(document: dict[str, Any]) -> None:
    assert json.loads(as_json(document)) == document


def test_a_plan_with_nothing_to_do_says_so() -> None:
    text = plan_text(small(OLD, OLD, [{"token_name": "v"}]).plan().to_dict())

    assert text.startswith("Update path: NONE   (documented: none, evidence: none)\n  Nothing to do:")


def test_what_stops_a_rollout_is_told_before_the_tables() -> None:
    added = schema_text(f'{KEPT}, {{ ttl = {{ type = "integer", required = true }} }}')
    lines = plan_text(small(schema_text(KEPT), added, [{}]).plan().to_dict()).splitlines()

    assert lines.index("Stops the rollout") < lines.index("Steps")
    assert any("config.ttl needs a value in 1 instance(s)" in line for line in lines)


def test_what_changes_in_the_handler_is_told_as_old_and_new_with_the_hosts() -> None:
    world = small(OLD, OLD, [{"token_name": "v"}], nodes=3).but(code_differs=True)
    old, new = {"priority": 10, "version": "1.0.0", "phases": ["access"]}, {"priority": 20, "version": "1.1.0"}
    looks = world.fleet()
    for look, handler in zip(looks, (old, old, new), strict=True):
        look["plugins"]["probe"]["handler"] = handler
    plan = world.but(looks=looks, handler={**new, "phases": ["access", "log"]}).plan()

    told = "PRIORITY 10 to 20 (dp1, dp2); VERSION 1.0.0 to 1.1.0 (dp1, dp2); phases access to access, log (dp1, dp2)"
    assert f"Handler: {told}" in " ".join(plan_text(plan.to_dict()).split())
    assert "Handler: PRIORITY 10 to 20" in plan_markdown(plan.to_dict())
    assert ["PRIORITY 10 becomes 20 on dp1, dp2" in str(one) for one in plan.warnings] == [True]


def test_a_handler_that_says_nothing_in_plain_sight_is_not_said_to_change() -> None:
    world = small(OLD, OLD, [{"token_name": "v"}]).but(code_differs=True, handler={"priority": None, "phases": []})

    assert world.plan().to_dict()["plugins"][0]["handler_changes"] == []


@pytest.mark.parametrize("render", [plan_text, plan_markdown])
@pytest.mark.parametrize("fields", [1, 9])
def test_what_is_to_be_pasted_is_in_one_piece_for_all_that_is_missing_and_answers_it(
    fields: int, render: Callable[[dict[str, Any]], str]
) -> None:
    asked = [f"{{ needed_by_all_{at} = {{ type = 'string', required = true }} }}" for at in range(fields)]
    world = small(schema_text(KEPT), schema_text(", ".join([KEPT, *asked])), [{}, {}])
    text = render(world.plan().to_dict())

    begin = text.index("-e '{")
    (_flag, given) = shlex.split(text[begin : text.index("}'", begin) + 2])
    answers = json.loads(given)["instance_values"]

    assert text.count("-e '{") == 1
    assert len(answers["probe"]["*"]) == fields
    assert not world.plan(instance_values=answers).problems


def test_names_are_not_broken_at_their_hyphens() -> None:
    world = small(OLD, NEW, [{"token_name": "v"}] * 9)
    named = [{**one, "instance_name": f"partner-of-the-basket-{'x' * at}"} for at, one in enumerate(world.instances, 1)]

    text = plan_text(world.but(instances=tuple(named)).plan().to_dict())

    assert not re.search(r"-$", text, re.MULTILINE)
