# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane's VM: uploaded schema texts, and instances as they are checked and stored."""

from __future__ import annotations

from typing import Any

import pytest

from lab.kong import KongVM, SchemaRefused, SchemaRunError, flatten_errors

SCHEMA = """
local function no_foo(value)
  if value == "foo" then return nil, "no foo please" end
  return true
end

return {
  name = "probe",
  fields = { { config = {
    type = "record",
    fields = {
      { size = { type = "integer", default = 1 } },
      { word = { type = "string", custom_validator = no_foo } },
      { list = { type = "array", elements = {
        type = "record", fields = { { a = { type = "string", required = true } } } } } },
      { tags = { type = "set", elements = { type = "string" }, default = {} } },
      { map = { type = "map", keys = { type = "string" }, values = { type = "integer" }, default = {} } },
      { redis = { type = "record", fields = {
        { host = { type = "string" } }, { port = { type = "integer", default = 6379 } } } } },
      { odd = { type = "string", custom_validator = function(value) return value.x.y end } },
    },
    shorthand_fields = {
      { old_size = { type = "integer", func = function(value) return { size = value } end } },
      { host = {
        type = "string", deprecation = { message = "use redis.host", removal_in_version = "4.0" },
        func = function(value) return { redis = { host = value } } end,
      } },
    },
    entity_checks = { { custom_entity_check = {
      field_sources = { "size", "word" },
      fn = function(entity)
        if entity.size == 13 and entity.word == ngx.null then return nil, "unlucky" end
        return true
      end,
    } } },
  } } },
  transformations = { {
    input = { "config.size" },
    on_write = function(size) return { config = { size = size * 2 } } end,
  } },
}
"""


@pytest.fixture
def vm() -> KongVM:
    machine = KongVM("control_plane")
    machine.load_schema_text(SCHEMA)
    return machine


def _said(vm: KongVM, config: Any) -> list[list[str]]:
    return flatten_errors(vm.validate_plugin({"name": "probe", "config": config}))


def _stored(vm: KongVM, config: Any, **options: Any) -> Any:
    return vm.fill_plugin({"name": "probe", "config": config}, **options)["config"]


def test_functions_of_the_schema_run(vm: KongVM) -> None:
    assert _said(vm, {"word": "foo"}) == [["config.word", "no foo please"]]
    assert _said(vm, {"size": 13}) == [["config.@entity", "unlucky"]]
    assert _said(vm, {"size": 13, "word": "bar"}) == []


def test_positions_are_counted_from_zero_for_the_api(vm: KongVM) -> None:
    assert _said(vm, {"list": [{"a": "x"}, {"b": 1}]}) == [
        ["config.list[1].a", "required field missing"],
        ["config.list[1].b", "unknown field"],
    ]


def test_a_validator_that_crashes_is_told_apart_from_a_refusal(vm: KongVM) -> None:
    with pytest.raises(SchemaRunError, match=r"schema\.lua:\d+: attempt to index field 'x'"):
        vm.validate_plugin({"name": "probe", "config": {"odd": "value"}})


def test_a_shorthand_is_expanded_and_a_deprecated_one_gives_way(vm: KongVM) -> None:
    assert _stored(vm, {"old_size": 5})["size"] == 5
    assert _stored(vm, {"host": "h"})["redis"] == {"host": "h", "port": 6379}
    assert _stored(vm, {"host": "h", "redis": {"host": "real"}})["redis"] == {"host": "real", "port": 6379}
    assert _said(vm, {"old_size": "five"}) == [["config.old_size", "expected an integer"]]


def test_empty_lists_and_maps_keep_their_kind(vm: KongVM) -> None:
    stored = _stored(vm, {"list": []})
    assert (stored["list"], stored["tags"], stored["map"]) == ([], [], {})
    assert _stored(vm, {"map": {"k": 1.0}})["map"] == {"k": 1}


def test_a_null_is_no_key_at_all_unless_asked_otherwise(vm: KongVM) -> None:
    assert _stored(vm, {"size": None, "gone": None})["size"] == 1
    assert "gone" not in _stored(vm, {"gone": None})
    assert _stored(vm, {"size": None}, null_means_default=False)["size"] is None
    assert _said(vm, {"gone": None}) == [["config.gone", "unknown field"]]


@pytest.mark.parametrize(
    "instance", [{"name": "probe"}, {"name": "probe", "config": None}, {"name": "probe", "config": {}}]
)
def test_a_missing_config_is_an_empty_one(vm: KongVM, instance: dict[str, Any]) -> None:
    stored = vm.fill_plugin(instance)
    assert stored["config"]["size"] == 1
    assert (stored["enabled"], stored["protocols"]) == (True, ["grpc", "grpcs", "http", "https"])
    assert "id" not in stored
    assert vm.validate_plugin(stored) is None


def test_scopes_and_protocols_are_checked_too(vm: KongVM) -> None:
    typedefs = 'local typedefs = require "kong.db.schema.typedefs"\n'
    vm.load_schema_text(
        typedefs + 'return { name = "scoped", fields = { { consumer = typedefs.no_consumer }, '
        '{ protocols = typedefs.protocols_http }, { config = { type = "record", fields = {} } } } }'
    )
    instance = {"name": "scoped", "consumer": {"id": "c"}, "service": {"id": "s"}, "protocols": ["http", "tcp"]}
    assert flatten_errors(vm.validate_plugin(instance)) == [
        ["consumer", "value must be null"],
        ["protocols[1]", "expected one of: grpc, grpcs, http, https"],
        ["service.id", "expected a valid UUID"],
    ]


def test_transformations_run_when_they_are_asked_for(vm: KongVM) -> None:
    assert _stored(vm, {"size": 4})["size"] == 4
    assert vm.transform_plugin({"name": "probe", "config": {"size": 4}})["config"]["size"] == 8


def test_the_schema_is_shown_without_functions(vm: KongVM) -> None:
    shown = vm.fields_json("probe")
    assert shown is not None
    config = shown["fields"][0]["config"]
    assert config["fields"][1] == {"word": {"type": "string"}}
    assert config["shorthand_fields"][0] == {"old_size": {"type": "integer"}}
    assert vm.fields_json("other") is None


def test_a_dropped_schema_is_unknown(vm: KongVM) -> None:
    vm.forget("probe")
    assert vm.validate_plugin({"name": "probe"}) == {"name": "plugin(probe) does not exist"}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("return nil", "invalid plugin schema: cannot be empty"),
        ("return {", "schema.lua:1: unexpected symbol near '<eof>'"),
        ("local log = kong.log", "schema.lua:1: attempt to index global 'kong' (a nil value)"),
        ("local ok = ngx.re.match", "schema.lua:1: attempt to index field 're' (a nil value)"),
        ('local name = ({...})[1]:match("x")', "schema.lua:1: attempt to index a nil value"),
        (
            'local own = require "kong.plugins.mine.shared"',
            "schema.lua:1: module 'kong.plugins.mine.shared' not found:",
        ),
        ('local json = require "cjson"', "schema.lua:1: module 'cjson' not found:"),
        ("while true do end", "instruction limit of the lab exceeded"),
        ('return { name = "x", bogus = 1, fields = {} }', "schema violation (bogus: unknown field)"),
        ("return { fields = {} }", "schema violation (name: field required for entity check)"),
    ],
)
def test_a_schema_that_cannot_be_taken_is_refused_with_the_reason(vm: KongVM, source: str, text: str) -> None:
    with pytest.raises(SchemaRefused) as refusal:
        vm.load_schema_text(source)
    assert text in str(refusal.value)


def test_one_schema_cannot_reach_into_another(vm: KongVM) -> None:
    vm.load_schema_text('leak = 1; string.leak = 1; return { name = "a", fields = {} }')
    with pytest.raises(SchemaRefused, match="leaked nothing"):
        vm.load_schema_text('if leak == nil and string.leak == nil then error("leaked nothing") end return nil')
