# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong says about whole instances: scope, protocols, and what stands beside the configuration."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import (
    Field,
    Schema,
    Unknown,
    read_schema,
    validate_instance,
)

SERVICE = {"id": "123e4567-e89b-12d3-a456-426614174000"}


def schema_of(beside: str = "", rest: str = "") -> Schema:
    return read_schema(
        'local typedefs = require "kong.db.schema.typedefs"\n'
        f'return {{ name = "probe", fields = {{ {beside} {{ config = {{ type = "record", fields = {{'
        f' {{ ttl = {{ type = "integer", default = 5 }} }} }} }} }} }}, {rest} }}'
    )


def said(schema: Schema, **instance: Any) -> list[tuple[str, str]]:
    return sorted((one.path, one.message) for one in validate_instance(schema, {"name": "probe", **instance}))


def test_an_instance_as_konnect_answers_it_is_accepted() -> None:
    assert (
        said(
            schema_of(),
            id="123e4567-e89b-12d3-a456-426614174001",
            instance_name="probe-1",
            enabled=False,
            protocols=["http", "grpcs"],
            tags=["team:a"],
            config={"ttl": 1},
            service=SERVICE,
            route=None,
            consumer=None,
            consumer_group=None,
            ordering=None,
            partials=None,
            condition=None,
            created_at=1,
            updated_at=2,
        )
        == []
    )


@pytest.mark.parametrize("scope", ["consumer", "route", "service", "consumer_group"])
def test_a_scope_that_the_schema_forbids_must_be_null(scope: str) -> None:
    forbidden = schema_of(f'{{ {scope} = {{ type = "foreign", reference = "{scope}s", eq = ngx.null }} }},')
    assert said(forbidden, **{scope: SERVICE}) == [(scope, "value must be null")]
    assert said(forbidden, **{scope: None}) == []
    assert said(forbidden) == []
    assert said(schema_of(), **{scope: SERVICE}) == []


def test_protocols_are_those_of_the_schema() -> None:
    http_only = schema_of("{ protocols = typedefs.protocols_http },")
    assert said(http_only, protocols=["http", "tcp"]) == [("protocols[2]", "expected one of: grpc, grpcs, http, https")]
    assert said(schema_of(), protocols=["http", "tcp"]) == []
    assert said(schema_of(), protocols=None) == [("protocols", "required field missing")]


@pytest.mark.parametrize(
    ("instance", "finding"),
    [
        ({"colour": "red"}, ("colour", "unknown field")),
        ({"enabled": "yes"}, ("enabled", "expected a boolean")),
        ({"tags": ["a,b"]}, ("tags[1]", None)),
        ({"instance_name": "a b"}, ("instance_name", None)),
        ({"service": {}}, ("service.id", "missing primary key")),
        ({"service": {"id": "x"}}, ("service.id", "expected a valid UUID")),
        ({"config": {"ttl": "x"}}, ("config.ttl", "expected an integer")),
        ({"config": None}, ("config", "required field missing")),
    ],
)
def test_what_stands_beside_the_configuration_is_judged_too(
    instance: dict[str, Any], finding: tuple[str, str | None]
) -> None:
    ((path, message),) = said(schema_of(), **instance)
    assert path == finding[0]
    assert finding[1] in (None, message)


def test_an_instance_needs_a_name_before_anything_else() -> None:
    assert [(one.path, one.message) for one in validate_instance(schema_of(), {"colour": 1})] == [
        ("name", "required field missing")
    ]
    assert [one.message for one in validate_instance(schema_of(), "text")] == ["expected a record"]


def test_checks_of_the_whole_plugin_speak_under_entity() -> None:
    schema = schema_of(rest='entity_checks = { { mutually_exclusive = { "config.ttl", "service" } } }')
    assert said(schema, service=SERVICE, config={}) == [
        ("@entity", "only one or none of these fields must be set: 'config.ttl', 'service'")
    ]
    assert said(schema, config={}) == []


def test_a_transformation_wants_all_of_its_fields_once_one_is_set() -> None:
    schema = read_schema(
        """return { name = "probe", fields = { { config = { type = "record", fields = {
             { a = { type = "string" } }, { b = { type = "string" } } } } } },
           transformations = { { input = { "config.a" }, needs = { "config.b" }, on_write = function(a, b) end } } }"""
    )
    assert said(schema, config={"a": "x"}) == [
        ("@entity", "all or none of these fields must be set: 'config.a', 'config.b'")
    ]
    assert said(schema, config={"b": "x"}) == []


def test_what_is_compiled_goes_with_its_schema() -> None:
    schema = schema_of()
    said(schema, config={})
    gone = weakref.ref(schema)
    del schema
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    "schema",
    [
        Schema(Unknown("comes from a loop"), unknown=Unknown("comes from a loop")),
        Schema("probe", (Field("config", "record", fields=()), Field("", None, unknown=Unknown("comes from a loop")))),
    ],
)
def test_a_schema_that_could_not_be_read_whole_leaves_a_doubt_on_every_instance(schema: Schema) -> None:
    findings = validate_instance(schema, {"name": "probe", "config": {}})
    assert findings
    assert not any(one.checked for one in findings)
    assert all("comes from a loop" in one.message for one in findings)
