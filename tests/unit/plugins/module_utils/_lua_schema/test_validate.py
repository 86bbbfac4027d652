# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong says about configurations: one rule of its schema language after the other."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import (
    Field,
    LuaFunction,
    NamedValidator,
    Schema,
    Unknown,
    fill_defaults,
    read_schema,
    validate,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.validate import validate_value

REQUIRED = "required field missing"


def schema_of(fields: str, rest: str = "") -> Schema:
    return read_schema(
        'local typedefs = require "kong.db.schema.typedefs"\n'
        'return { name = "probe", fields = { { config = { type = "record",'
        f"fields = {{ {fields} }}, {rest} }} }} }} }}"
    )


def said(schema: Schema, config: Any, role: str = "control_plane", **options: Any) -> list[tuple[str, str]]:
    findings = validate(schema, config, role=role, **options)
    assert all(one.checked for one in findings), findings
    return sorted((one.path, one.message) for one in findings)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ('type = "string"', 1, "expected a string"),
        ('type = "string"', "", "length must be at least 1"),
        ('type = "string", len_min = 0', "", None),
        ('type = "string", len_max = 2', "ü", None),
        ('type = "string", len_max = 2', "üü", "length must be at most 2"),
        ('type = "string", len_eq = 3', "ab", "length must be 3"),
        ('type = "string", match = "^%a+$"', "a1", "invalid value: a1"),
        ('type = "string", not_match = "%d"', "a1", "invalid value: a1"),
        ('type = "string", match_all = { { pattern = "a" }, { pattern = "b", err = "no b" } }', "a", "no b"),
        ('type = "string", match_none = { { pattern = "a" } }', "a", "invalid value: a"),
        ('type = "string", match_any = { patterns = { "^a", "b$" }, err = "neither" }', "x", "neither"),
        ('type = "string", match_any = { patterns = { "^a", "b$" }, err = "neither" }', "xb", None),
        ('type = "string", match = "^..$"', "ü", None),
        ('type = "string", starts_with = "x-"', "y", "should start with: x-"),
        ('type = "string", one_of = { "a", "b" }', "c", "expected one of: a, b"),
        ('type = "string", not_one_of = { "a", "b" }', "a", "must not be one of: a, b"),
        ('type = "string", is_regex = true', "(", "not a valid regex: ("),
        ('type = "string", is_regex = true', "(?<name>a++)\\h", None),
        ('type = "string", uuid = true', "", "expected a valid UUID"),
        ('type = "string", uuid = true', "123E4567-e89b-12d3-a456-426614174000", None),
        ('type = "string", eq = "a"', "b", "value must be a"),
        ('type = "string", ne = "a"', "a", "value must not be a"),
        ('type = "string", one_of = { "a" }, err = "said otherwise"', "b", "said otherwise"),
        ('type = "string", eq = "a", err = "said otherwise"', None, "value must be a"),
        ('type = "string", ne = ngx.null, err = "said otherwise"', None, "said otherwise"),
        ('type = "string", ne = ngx.null', None, "value must not be null"),
        ('type = "integer"', True, "expected an integer"),
        ('type = "integer"', 5.0, None),
        ('type = "integer"', 5.5, "expected an integer"),
        ('type = "integer"', 10**400, "expected an integer"),
        ('type = "number"', False, "expected a number"),
        ('type = "number", between = { 0.5, 2 }', 3, "value should be between 0 and 2"),
        ('type = "number", between = { 1, 1e300 }', 0, "value should be between 1 and -9223372036854775808"),
        ('type = "number", gt = 0.5', 0.5, "value must be greater than 0.5"),
        ('type = "number", eq = 5', 5.0, None),
        ('type = "number", ne = 1000000000000000', 1e15, "value must not be 1e+15"),
        ('type = "number", one_of = { 1, 2.5 }', 2, "expected one of: 1, 2.5"),
        ('type = "number", timestamp = true', 0, "expected a valid timestamp"),
        ('type = "boolean"', 1, "expected a boolean"),
        ('type = "boolean", eq = true', 1, "expected a boolean"),
        ('type = "boolean", eq = true', False, "value must be true"),
        ('type = "array", elements = { type = "string" }', {"a": 1}, "expected an array"),
        ('type = "array", elements = { type = "string" }', {}, None),
        ('type = "array", elements = { type = "string" }, contains = "a"', ["b"], "expected to contain: a"),
        ('type = "set", elements = { type = "string" }', "a", "expected a set"),
        ('type = "set", elements = { type = "string" }, len_max = 1', ["a", "a"], None),
        ('type = "map", keys = { type = "string" }, values = { type = "integer" }', 1, "expected a map"),
        ('type = "map", keys = { type = "string" }, values = { type = "integer" }', [], None),
        ('type = "map", keys = { type = "string", len_min = 2 }, values = { type = "integer" }', {"a": 1},
         "length must be at least 2"),
        ('type = "map", keys = { type = "string" }, values = { type = "integer" }', {"a": None}, REQUIRED),
        ('type = "map", keys = { type = "string" }, values = { type = "integer" }, len_min = 1', {},
         "length must be at least 1"),
        ('type = "record", fields = {}', 1, "expected a record"),
        ('type = "string", required = true', None, REQUIRED),
        ('type = "string", required = true, default = "a"', None, REQUIRED),
        ('type = "string", default = "a"', None, None),
    ],
)  # fmt: skip
def test_a_field_is_judged_in_kongs_words(field: str, value: Any, message: str | None) -> None:
    assert said(schema_of(f"{{ f = {{ {field} }} }}"), {"f": value}) == ([("config.f", message)] if message else [])


def test_subsets_that_exclude_one_another_are_named_in_the_order_of_the_value() -> None:
    schema = schema_of(
        """{ f = { type = "set", elements = { type = "string" },
                   mutually_exclusive_subsets = { { "a", "b" }, { "c" } } } }"""
    )
    assert said(schema, {"f": ["a", "b"]}) == []
    assert said(schema, {"f": ["c", "b"]}) == [("config.f", "these sets are mutually exclusive: ('c'), ('a', 'b')")]


def test_positions_count_from_one_and_keys_of_maps_are_not_shown() -> None:
    schema = schema_of(
        """{ list = { type = "array", elements = { type = "record", fields = { { h = { type = "string" } } } } } },
           { map = { type = "map", keys = { type = "string" },
                     values = { type = "array", elements = { type = "integer" } } } }"""
    )
    assert said(schema, {"list": [{"h": "a"}, {"h": 1}, None], "map": {"k": [1, "x"]}}) == [
        ("config.list[2].h", "expected a string"),
        ("config.list[3]", REQUIRED),
        ("config.map[2]", "expected an integer"),
    ]


def test_an_unknown_null_is_refused_by_a_control_plane_and_passed_over_by_a_node() -> None:
    schema = schema_of('{ list = { type = "array", elements = { type = "record", fields = {} } } }')
    config = {"zz": None, "list": [{"zz": None}]}
    assert said(schema, config) == [("config.list[1].zz", "unknown field"), ("config.zz", "unknown field")]
    assert said(schema, config, "data_plane") == []
    assert said(schema, {"zz": 1}, "data_plane") == [("config.zz", "unknown field")]


def test_records_are_required_unless_they_say_otherwise_but_not_inside_lists() -> None:
    inner = '{ f = { type = "record", fields = { { g = { type = "string", required = true } } } } }'
    assert said(schema_of(inner), {}) == [("config.f.g", REQUIRED)]
    assert said(schema_of(inner), {"f": None}) == [("config.f", REQUIRED)]
    in_list = f'{{ list = {{ type = "array", elements = {{ type = "record", fields = {{ {inner} }} }} }} }}'
    assert said(schema_of(in_list), {"list": [{}, {"f": None}]}) == []


def test_a_configuration_that_is_no_record_is_said_to_be_none() -> None:
    schema = schema_of('{ f = { type = "string" } }')
    assert said(schema, None) == [("config", REQUIRED)]
    assert said(schema, "text") == [("config", "expected a record")]
    assert said(schema, ["x"]) == [("config[1]", "unknown field")]


def test_a_reference_to_a_vault_skips_the_validators_of_a_referenceable_field() -> None:
    schema = schema_of(
        """{ a = { type = "string", len_max = 3, referenceable = true } }, { b = { type = "string", len_max = 3 } }"""
    )
    config = {"a": "{vault://env/key}", "b": "{vault://env/key}"}
    assert said(schema, config) == [("config.b", "length must be at most 3")]
    checked = schema_of(
        '{ a = { type = "string", referenceable = true } }, { b = { type = "string" } }',
        'entity_checks = { { mutually_exclusive = { "a", "b" } } }',
    )
    assert said(checked, {"a": "{vault://env/key}", "b": "b"}) == []


@pytest.mark.parametrize(
    ("check", "config", "message"),
    [
        ('at_least_one_of = { "a", "b" }', {}, "at least one of these fields must be non-empty: 'a', 'b'"),
        ('at_least_one_of = { "a", "b" }', {"a": 1}, None),
        ('only_one_of = { "a", "b" }', {"a": 1, "b": 2}, "exactly one of these fields must be non-empty: 'a', 'b'"),
        ('distinct = { "a", "b" }', {"a": 1, "b": 1}, "values of these fields must be distinct: 'a', 'b'"),
        ('mutually_required = { "a", "b" }', {"a": 1}, "all or none of these fields must be set: 'a', 'b'"),
        (
            'mutually_exclusive = { "a", "b" }',
            {"a": 1, "b": 2},
            "only one or none of these fields must be set: 'a', 'b'",
        ),
        (
            'mutually_exclusive_sets = { set1 = { "a" }, set2 = { "b", "r.s" } }',
            {"a": 1, "r": {"s": "x"}},
            "these sets are mutually exclusive: ('a'), ('r.s')",
        ),
        (
            'conditional_at_least_one_of = { if_field = "a", if_match = { eq = 1 }, then_at_least_one_of = { "b" } }',
            {"a": 1},
            "at least one of these fields must be non-empty: 'b'",
        ),
        (
            'conditional_at_least_one_of = { if_field = "a", if_match = { eq = 1 }, then_at_least_one_of = { "b" },'
            ' else_match = { eq = 2 }, else_then_at_least_one_of = { "r.s" }, else_then_err = "set %s" }',
            {"a": 2},
            "set 'r.s'",
        ),
    ],
)
def test_an_entity_check_speaks_under_entity_of_its_record(
    check: str, config: dict[str, Any], message: str | None
) -> None:
    schema = schema_of(
        '{ a = { type = "integer" } }, { b = { type = "integer" } },'
        ' { r = { type = "record", fields = { { s = { type = "string" } } } } }',
        f"entity_checks = {{ {{ {check} }} }}",
    )
    assert said(schema, config) == ([("config.@entity", message)] if message else [])


def test_a_condition_names_the_field_that_breaks_it_and_may_speak_for_itself() -> None:
    fields = '{ a = { type = "string" } }, { b = { type = "integer" } }'
    rule = 'if_field = "a", if_match = { eq = "on" }, then_field = "b", then_match = { gt = 5 }'
    schema = schema_of(fields, f"entity_checks = {{ {{ conditional = {{ {rule} }} }} }}")
    assert said(schema, {"a": "off", "b": 1}) == []
    assert said(schema, {"a": "on", "b": 6}) == []
    assert said(schema, {"a": "on", "b": 1}) == [
        ("config.@entity", "failed conditional validation given value of field 'a'"),
        ("config.b", "value must be greater than 5"),
    ]
    schema = schema_of(fields, f'entity_checks = {{ {{ conditional = {{ {rule}, then_err = "not with %s" }} }} }}')
    assert ("config.@entity", "not with a") in said(schema, {"a": "on", "b": 1})


def test_a_check_reports_what_it_cannot_do_without_unless_nothing_is_there() -> None:
    schema = schema_of(
        '{ a = { type = "integer", required = true } }, { b = { type = "integer", required = true } }',
        'entity_checks = { { distinct = { "a", "b" } } }',
    )
    assert said(schema, {"a": 1}) == [("config.b", "field required for entity check")]
    assert said(schema, {}) == [("config.a", REQUIRED), ("config.b", REQUIRED)]


def test_checks_of_all_or_none_stay_away_from_fields_already_refused() -> None:
    fields = '{ a = { type = "integer" } }, { b = { type = "integer" } }'
    required = schema_of(fields, 'entity_checks = { { mutually_required = { "a", "b" } } }')
    assert said(required, {"a": "x"}) == [("config.a", "expected an integer")]
    distinct = schema_of(fields, 'entity_checks = { { distinct = { "a", "b" } } }')
    assert [path for path, _message in said(distinct, {"a": "x", "b": "x"})] == [
        "config.@entity",
        "config.a",
        "config.b",
    ]


def test_what_a_lua_function_decides_is_neither_passed_nor_refused() -> None:
    schema = schema_of(
        '{ f = { type = "string", custom_validator = function(v) return v == "a" end } }',
        'entity_checks = { { custom_entity_check = { field_sources = { "f" }, fn = function() return true end } } }',
    )
    findings = validate(schema, {"f": "a"})
    assert [(one.path, one.checked) for one in findings] == [("config.f", False), ("config.@entity", False)]
    refused = validate(schema, {"f": 1})[0]
    assert (refused.path, refused.message, refused.checked) == ("config.f", "expected a string", True)


def test_what_could_not_be_read_is_neither_passed_nor_refused() -> None:
    why = Unknown("needs kong.tools", 3, 1)
    fields = (
        Field("plain", "string"),
        Field("opaque", None, unknown=why),
        Field("limit", "integer", {"gt": why}),
        Field("filled", "string", {"default": why}),
        Field("", None, unknown=why),
    )
    schema = Schema("probe", (Field("config", "record", fields=fields),))
    findings = validate(schema, {"opaque": 1, "limit": 5, "other": 1})
    assert {(one.path, one.checked) for one in findings} == {
        ("config.opaque", False),
        ("config.limit", False),
        ("config.filled", False),
        ("config.other", False),
    }
    assert all("needs kong.tools" in one.message for one in findings)
    assert fill_defaults(schema, {}) == {"plain": None, "opaque": None, "limit": None}


def test_a_shorthand_key_is_accepted_and_what_it_sets_is_not_judged() -> None:
    schema = schema_of(
        '{ new = { type = "integer", required = true } }',
        """shorthand_fields = { { old = { type = "integer", func = function(v) return { new = v } end,
             deprecation = { message = "use new", removal_in_version = "4.0",
                             replaced_with = { { path = { "new" } } } } } } }""",
    )
    assert [(one.path, one.checked) for one in validate(schema, {"old": 5})] == [
        ("config.old", False),
        ("config.new", False),
    ]
    assert ("config.old", "expected an integer", True) in [
        (one.path, one.message, one.checked) for one in validate(schema, {"old": "x", "new": 1})
    ]
    assert [one.message for one in validate(schema, {"old": 5, "new": 6})] == [
        "both deprecated and new field are used but their values mismatch: old = 5 vs new = 6"
    ]
    assert fill_defaults(schema, {"old": 5, "new": 5}) == {"new": 5}
    assert [one.path for one in validate(schema, {"old": 5, "new": 5}, fill_defaults=False)] == ["config.old"]


def shorthand(deprecation: str = "") -> str:
    return (
        f'shorthand_fields = {{ {{ old = {{ type = "string", func = function(v) return f(v) end, {deprecation} }} }} }}'
    )


DEPRECATED = 'deprecation = { message = "use another", removal_in_version = "4.0" }'
BESIDE_A_SHORTHAND = """{ a = { type = "integer" } }, { l = { type = "array", elements = { type = "integer" } } },
  { r = { type = "record",
          fields = { { b = { type = "integer" } }, { c = { type = "integer", required = true } } } } }"""


@pytest.mark.parametrize(
    ("deprecation", "refused"),
    [
        # It overwrites whatever its function names.
        ("", set()),
        # It fills what is absent or null: a scalar stays, and in a record each key of its own.
        (DEPRECATED, {"config.a", "config.r.b"}),
    ],
)
def test_only_what_a_shorthand_cannot_change_is_refused_beside_it(deprecation: str, refused: set[str]) -> None:
    schema = schema_of(BESIDE_A_SHORTHAND, shorthand(deprecation))
    findings = validate(schema, {"old": "x", "a": "x", "l": ["x"], "r": {"b": "x", "c": None}, "zz": 1})
    assert {one.path for one in findings if one.checked} == {*refused, "config.zz"}
    assert {one.path for one in findings} == {
        "config.old", "config.a", "config.l[1]", "config.r.b", "config.r.c", "config.zz",
    }  # fmt: skip


def test_a_check_of_the_whole_plugin_is_left_open_by_a_shorthand_of_its_config() -> None:
    schema = read_schema(
        f"""return {{ name = "probe", fields = {{ {{ config = {{ type = "record", fields = {{
              {{ a = {{ type = "string" }} }}, {{ b = {{ type = "string" }} }} }}, {shorthand()} }} }} }},
              entity_checks = {{ {{ only_one_of = {{ "config.a", "config.b" }} }} }} }}"""
    )
    assert not [one for one in validate(schema, {"old": "x"}) if one.checked]
    assert [one.path for one in validate(schema, {}) if one.checked] == ["@entity"]


def test_nothing_is_filled_where_a_caller_wants_the_configuration_as_it_is() -> None:
    schema = schema_of('{ f = { type = "string", required = true, default = "a" } }')
    assert said(schema, {}) == []
    assert said(schema, {}, fill_defaults=False) == [("config.f", REQUIRED)]


def test_defaults_fill_absent_keys_only_and_never_share_or_change_data() -> None:
    schema = schema_of(
        """{ a = { type = "array", elements = { type = "string" }, default = { "x" } } },
           { b = { type = "map", keys = { type = "string" }, values = { type = "string" }, default = {} } },
           { c = { type = "string", default = "c" } },
           { d = { type = "string", required = true } },
           { r = { type = "record", fields = { { e = { type = "integer", default = 1 } } } } },
           { o = { type = "record", required = false, fields = { { e = { type = "integer", default = 1 } } } } },
           { l = { type = "array", elements = { type = "record",
                   fields = { { e = { type = "integer", default = 1 } } } } } },
           { s = { type = "set", elements = { type = "string" } } }"""
    )
    config = {"c": None, "l": [{}], "s": ["a", "b", "a"], "zz": [1]}
    before = copy.deepcopy(config)
    filled = fill_defaults(schema, config)
    assert config == before
    assert filled == {
        "a": ["x"], "b": {}, "c": None, "r": {"e": 1}, "o": None, "l": [{"e": 1}], "s": ["a", "b"], "zz": [1],
    }  # fmt: skip
    filled["a"].append("y")
    filled["zz"].append(2)
    assert fill_defaults(schema, {})["a"] == ["x"]
    assert config == before


def test_a_record_made_of_nothing_has_the_defaults_of_its_defaults() -> None:
    inner = """{ s = { type = "set", elements = { type = "string" }, default = { "a", "a" } } },
               { l = { type = "array", default = { {} }, elements = { type = "record",
                       fields = { { e = { type = "integer", default = 1 } } } } } }"""
    schema = schema_of(f'{{ r = {{ type = "record", fields = {{ {inner} }} }} }}, {inner}')
    assert fill_defaults(schema, {}) == {
        "r": {"s": ["a"], "l": [{"e": 1}]}, "s": ["a", "a"], "l": [{}],
    }  # fmt: skip
    assert fill_defaults(schema, {"r": {}})["r"] == {"s": ["a", "a"], "l": [{}]}


def test_an_abstract_field_is_neither_filled_nor_made() -> None:
    schema = schema_of(
        """{ r = { type = "record", abstract = true, required = false,
                   fields = { { e = { type = "integer", default = 1 } } } } }"""
    )
    assert fill_defaults(schema, {}) == {}
    assert fill_defaults(schema, {"r": {}}) == {"r": {}}


def test_a_reference_to_another_entity_is_judged_in_a_record_only() -> None:
    schema = schema_of(
        """{ one = { type = "foreign", reference = "services" } },
           { many = { type = "array", elements = { type = "foreign", reference = "services" } } }"""
    )
    assert said(schema, {"one": {"id": "x"}, "many": [{"id": "x"}]}) == [("config.one.id", "expected a valid UUID")]


def test_what_a_control_plane_makes_up_is_always_the_same() -> None:
    schema = schema_of("{ a = typedefs.uuid }, { b = typedefs.uuid }")
    filled = fill_defaults(schema, {})
    assert filled == fill_defaults(schema, {})
    assert filled["a"] != filled["b"]
    assert said(schema, filled) == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("host", "a..b", "invalid value: a..b"),
        ("host", "-a-.b", "invalid value: -a-.b"),
        ("host", "1.2.3.4:80", "must not have a port"),
        ("host", "[::1]:70000", "must not have a port"),
        ("host", "example.com.", None),
        ("wildcard_host", "a.*.b", "wildcard must be leftmost or rightmost character"),
        ("host_with_optional_port", "[::1]:8000", None),
        ("cidr_v4", "1.2.3.4/33", "invalid ipv4 cidr range: '1.2.3.4/33'"),
        ("path", "/a%2", "invalid url-encoded value: '%2'"),
        ("url", "//h", "missing scheme in url"),
        ("url", "http://user@:80/", "missing host in url"),
        ("router_path", "~/(a", None),
    ],
)
def test_typedefs_know_the_corners_of_their_kind(name: str, value: str, message: str | None) -> None:
    field = Field("f", "string", {"custom_validator": NamedValidator(name)})
    found = [one.message for one in validate_value(field, value)]
    if name == "router_path":
        assert found[0].startswith("invalid regex: '/(a' (PCRE returned: ")
    else:
        assert found == ([message] if message else [])


def test_a_pattern_that_never_ends_is_not_checked() -> None:
    field = Field("f", "string", {"match": "^" + "(.-)" * 20 + "x$"})
    assert [one.checked for one in validate_value(field, "a" * 3000)] == [False]


def test_data_nested_beyond_reason_is_judged_like_any_other() -> None:
    schema = schema_of('{ f = { type = "string" } }, { list = { type = "array", elements = { type = "string" } } }')
    value: Any = 1
    for _ in range(30_000):
        value = [{"a": value}]
    config = {"zz": value, "f": value, "list": value}
    assert said(schema, config) == [
        ("config.f", "expected a string"),
        ("config.list[1]", "expected a string"),
        ("config.zz", "unknown field"),
    ]
    assert fill_defaults(schema, config).keys() == config.keys()


def test_a_function_is_what_no_configuration_holds() -> None:
    assert [one.message for one in validate_value(Field("f", "function"), 1)] == ["expected a function"]
    assert [one.checked for one in validate_value(Field("f", "json", {"json_schema": {}}), 1)] == [False]
    assert validate_value(Field("f", "string", {"custom_validator": LuaFunction("x")}), None) == []


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ('type = "string", encrypted = true, match = "^%d+$"', "s3cret", "invalid value: (hidden)"),
        ('type = "string", referenceable = true, match = "^%d+$"', "a", "invalid value: (hidden)"),
        ('type = "string", encrypted = true, len_max = 3', "s3cret", "length must be at most 3"),
        ('type = "array", encrypted = true, elements = typedefs.header_name', ["s3 cret"], None),
        ('type = "string", match = "^%d+$"', "a\x1b[31m", "invalid value: a [31m"),
        ('type = "string", match = "^%d+$"', "a" * 1000, "invalid value: " + "a" * 285 + "..."),
    ],
)
def test_what_is_shown_of_a_finding_holds_no_secret_and_nothing_that_confuses(
    field: str, value: Any, shown: str | None
) -> None:
    (finding,) = validate(schema_of(f"{{ f = {{ {field} }} }}"), {"f": value})
    assert finding.shown == (shown or finding.shown)
    assert "cret" not in finding.shown + repr(finding)
    assert "\x1b" not in repr(finding)


def test_a_default_of_an_optional_record_is_stored_as_it_is_written_and_judged_as_filled() -> None:
    schema = schema_of(
        """{ r = { type = "record", required = false, default = { a = "x" },
                   fields = { { a = { type = "string" } }, { b = { type = "integer", default = 5 } } } } }"""
    )
    stored = fill_defaults(schema, {})
    assert stored == {"r": {"a": "x"}}
    assert said(schema, stored) == []
    assert fill_defaults(schema, stored) == {"r": {"a": "x", "b": 5}}


def test_a_null_inside_a_list_is_missing_unless_another_rule_speaks_first() -> None:
    schema = schema_of(
        """{ a = { type = "array", elements = { type = "integer" } } },
           { b = { type = "array", elements = { type = "integer", eq = 5 } } },
           { c = { type = "integer", required = true, eq = 5 } }"""
    )
    assert said(schema, {"a": [None], "b": [None], "c": None}) == [
        ("config.a[1]", REQUIRED),
        ("config.b[1]", "value must be 5"),
        ("config.c", REQUIRED),
    ]


def test_a_default_set_is_stored_with_the_duplicates_it_is_written_with_but_judged_without() -> None:
    schema = schema_of('{ f = { type = "set", elements = { type = "string" }, len_min = 2, default = { "a", "a" } } }')
    assert fill_defaults(schema, {}) == {"f": ["a", "a"]}
    assert said(schema, {}) == [("config.f", "length must be at least 2")]
