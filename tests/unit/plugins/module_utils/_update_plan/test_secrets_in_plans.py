# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No value of an encrypted or referenceable field is in a plan, in any form, whichever schema holds it secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._report import (
    as_json,
    plan_markdown,
    plan_text,
    rehearsal_text,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Edit, Plan, apply_edits
from tests.support.small_world import NAME, instance, schema_text, small

SECRET = 'type = "string", encrypted = true'
REFERENCE = 'type = "string", referenceable = true'
PLAIN = 'type = "string"'
# Kong quotes the value that a pattern refuses.
PICKY = 'match = "^only this$"'


def schema(attributes: str, *, top: str, kept: str = SECRET) -> str:
    """``attributes`` are those of secrets at every depth, ``top`` those of one in ``config`` itself."""
    return schema_text(
        f"{{ top = {{ {top} }} }}, {{ kept = {{ {kept} }} }}, "
        f'{{ nest = {{ type = "record", fields = {{ {{ inner = {{ {attributes} }} }} }} }} }}, '
        '{ list = { type = "array", elements = { type = "record", '
        f"fields = {{ {{ h = {{ {attributes} }} }} }} }} }} }}, "
        f'{{ table = {{ type = "map", keys = {{ type = "string" }}, values = {{ {attributes} }} }} }}, '
        f'{{ whole = {{ type = "array", encrypted = true, elements = {{ {PLAIN}, {PICKY} }} }} }}'
    )


def config(canary: str) -> dict[str, object]:
    return {
        "top": f"{canary}-top",
        "kept": f"{canary}-kept",
        "nest": {"inner": f"{canary}-inner"},
        "list": [{"h": f"{canary}-list"}],
        "table": {"key": f"{canary}-table"},
        "whole": [f"{canary}-whole"],
    }


WORLDS = {
    "refused by the new schema": (
        schema(SECRET, top=SECRET),
        schema(f"{SECRET}, {PICKY}", top=f"{REFERENCE}, {PICKY}"),
    ),
    "secret in the old schema only": (
        schema(SECRET, top=SECRET),
        schema(f"{PLAIN}, {PICKY}", top=f"{PLAIN}, {PICKY}"),
    ),
    "secret in the new schema only": (
        schema(PLAIN, top=PLAIN),
        schema(f"{REFERENCE}, {PICKY}", top=f"{SECRET}, {PICKY}"),
    ),
    "of another datatype": (schema(SECRET, top=SECRET), schema(SECRET, top='type = "integer", encrypted = true')),
    "gone": (schema(SECRET, top=SECRET), schema_text('{ other = { type = "integer", required = true } }')),
}


def forms(plan: Plan) -> dict[str, str]:
    document = plan.to_dict()
    return {
        "text": plan_text(document),
        "markdown": plan_markdown(document),
        "json": as_json(document),
        "rehearsal": rehearsal_text(document, plan.rehearsal()) + json.dumps(plan.rehearsal()),
        "repr": repr(plan),
    }


@pytest.mark.parametrize("what", WORLDS)
def test_stored_secrets_are_not_told(what: str) -> None:
    old, new = WORLDS[what]
    # Stored as another schema let them be: the whole list is refused by both.
    stored = (instance(config("c4nary"), 1), instance(config("c4nary-other"), 2))
    plan = small(old, new).but(instances=stored).plan()

    for form, told in forms(plan).items():
        assert "c4nary" not in told, form
    assert plan.to_dict()["plugins"][0]["instances"][0]["new_rejects"]


def test_answers_for_secret_fields_are_not_told_at_any_depth() -> None:
    old, new = WORLDS["refused by the new schema"]
    answers = {
        "config.top": "c4nary-top",
        "config.nest.inner": "c4nary-inner",
        "config.list[].h": "c4nary-list",
        "config.table.key": "c4nary-table",
        "config.whole[1]": "c4nary-whole",
    }
    world = small(old, new).but(instances=(instance(config("before")),))
    plan = world.plan(instance_values={NAME: {"*": answers, "one-1": {"config.kept": "c4nary-kept"}}})

    for form, told in forms(plan).items():
        assert "c4nary" not in told, form
    edits = plan.to_dict()["plugins"][0]["instances"][0]["edits"]
    assert {"config.top", "config.kept", "config.whole[1]"} <= {one["path"] for one in edits}


CONTAINERS = {
    "a list": ('type = "array", elements = { type = "string", encrypted = true }', ["c4nary"], ["THE-VALUE"]),
    "a list of records": (
        'type = "array", elements = { type = "record", fields = { { token = { type = "string", required = true, '
        "referenceable = true } } } }",
        [{"token": "c4nary"}],
        [{"token": "THE-VALUE"}],
    ),
    "a record": (
        'type = "record", fields = { { user = { type = "string", required = true } }, '
        '{ password = { type = "string", required = true, encrypted = true } } }',
        {"user": "anna", "password": "c4nary"},
        None,  # It is asked for field by field.
    ),
    "a map": (
        'type = "map", keys = { type = "string" }, values = { type = "string", referenceable = true }',
        {"one": "c4nary"},
        {},
    ),
}


@pytest.mark.parametrize(("attributes", "answer", "hint"), CONTAINERS.values(), ids=CONTAINERS)
def test_an_answer_for_what_holds_a_secret_is_not_told(attributes: str, answer: Any, hint: Any) -> None:
    plain = f"{{ plain = {{ {PLAIN} }} }}"
    world = small(schema_text(plain), schema_text(f"{plain}, {{ auth = {{ {attributes}, required = true }} }}"))
    plan = world.plan(instance_values={NAME: {"*": {"config.auth": answer}}})

    for form, told in forms(plan).items():
        assert "c4nary" not in told, form
    document = plan.to_dict()
    assert document["ok"]
    (edit,) = document["plugins"][0]["instances"][0]["edits"]
    assert (edit["path"], edit["secret"]) == ("config.auth", True)
    edits = (Edit.from_dict(edit),)
    assert apply_edits(world.instances[0], edits, {"config.auth": answer}) == {"auth": answer}
    asked = world.plan().to_dict()["plugins"][0]["missing"]
    shown = {one["path"]: one["example"]["instance_values"][NAME]["*"][one["path"]] for one in asked}
    if hint is None:
        assert shown == {"config.auth.user": "value", "config.auth.password": "THE-VALUE"}
    else:
        assert shown == {"config.auth": hint}


def test_a_value_that_is_no_secret_may_be_told() -> None:
    old, new = schema_text(f"{{ plain = {{ {PLAIN} }} }}"), schema_text(f"{{ plain = {{ {PLAIN}, {PICKY} }} }}")

    assert "no secret" in forms(small(old, new, [{"plain": "no secret"}]).plan())["text"]
