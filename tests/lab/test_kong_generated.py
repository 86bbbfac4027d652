# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between the two sides of the lab's Kong for any schema and any configuration."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from lab.kong import KongVM, SchemaRefused, flatten_errors
from tests.generators.kong_schemas import (
    broken_schema_text,
    random_change,
    random_config,
    random_schema,
    resaved_config,
    schema_text,
    seeds,
)

bounded = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def control_plane() -> KongVM:
    return KongVM("control_plane")


@pytest.fixture(scope="module")
def node() -> KongVM:
    return KongVM("data_plane")


def _instance(config: Any) -> dict[str, Any]:
    return {"name": "probe", "config": config}


def _said(vm: KongVM, config: Any) -> list[list[str]]:
    return flatten_errors(vm.validate_plugin(_instance(config)))


@bounded
@given(rng=seeds())
def test_what_is_stored_is_taken_by_a_node_of_the_same_schema(
    control_plane: KongVM, node: KongVM, rng: random.Random
) -> None:
    schema = random_schema(rng)
    text = schema_text(schema, rng)
    control_plane.load_schema_text(text)
    node.load_schema_text(text)
    config = random_config(rng, schema, mistakes=0.05)
    if _said(control_plane, config):
        return
    stored = control_plane.fill_plugin(_instance(config), null_means_default=False)
    assert _said(node, stored["config"]) == []
    assert control_plane.fill_plugin(stored, null_means_default=False) == stored


@bounded
@given(rng=seeds())
def test_a_node_is_only_more_lenient_about_unknown_nulls(
    control_plane: KongVM, node: KongVM, rng: random.Random
) -> None:
    schema = random_schema(rng)
    text = schema_text(schema, rng)
    control_plane.load_schema_text(text)
    node.load_schema_text(text)
    config = random_config(rng, schema)
    more = [error for error in _said(control_plane, config) if error not in _said(node, config)]
    assert all(path.endswith(".zz") and message == "unknown field" for path, message in more)
    assert not [error for error in _said(node, config) if error not in _said(control_plane, config)]


@bounded
@given(rng=seeds())
def test_an_edited_schema_is_taken_and_a_resaved_instance_has_no_key_of_the_old_one(
    control_plane: KongVM, rng: random.Random
) -> None:
    old = random_schema(rng)
    control_plane.load_schema_text(schema_text(old, rng))
    stored = control_plane.fill_plugin(_instance(random_config(rng, old, mistakes=0)))["config"]
    new, kinds = random_change(rng, old)
    assert kinds
    control_plane.load_schema_text(schema_text(new, rng))
    resaved = resaved_config(rng, new, stored)
    top = [
        path for path, message in _said(control_plane, resaved) if message == "unknown field" and path.count(".") == 1
    ]
    assert not [path for path in top if "[" not in path]


def _refusal(vm: KongVM, source: str) -> str | None:
    try:
        vm.load_schema_text(source)
    except SchemaRefused as refusal:
        return str(refusal)
    return None


def test_slips_of_the_pen_are_refused_and_never_crash_the_vm(control_plane: KongVM) -> None:
    texts = []
    for seed in range(300):
        rng = random.Random(seed)
        texts.append(_refusal(control_plane, broken_schema_text(rng, random_schema(rng))))
    said = [text for text in texts if text is not None]
    assert len(said) > 250
    assert all(said)
    assert not [text for text in said if "lab/kong" in text]
