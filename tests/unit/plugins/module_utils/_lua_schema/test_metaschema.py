# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong refuses about a schema itself, beyond the recorded verdicts."""

from __future__ import annotations

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import SchemaError, read_schema


def config(field: str, rest: str = "") -> str:
    return (
        f'return {{ name = "x", fields = {{ {{ config = {{ type = "record",\n fields = {{ {field} }} {rest} }} }} }} }}'
    )


def refusal(text: str, kong_version: str = "3.9") -> str:
    with pytest.raises(SchemaError) as refused:
        read_schema(text, kong_version=kong_version)
    return " ".join(refused.value.message.split())


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ('type = "array", elements = { type = "string" }', "expected an array"),
        ('type = "set", elements = { type = "string" }', "expected a set"),
        ('type = "map", keys = { type = "string" }, values = { type = "string" }', "expected a map"),
        ('type = "array", contains = "a", elements = { type = "string" }', "expected an array"),
    ],
)
def test_a_default_of_another_type_is_refused_before_anything_else_is_asked(field: str, words: str) -> None:
    assert f'default = "{words}"' in refusal(config(f"{{ a = {{ {field}, len_min = 1, default = 1.5 }} }}"))


@pytest.mark.parametrize(
    ("attribute", "too_old", "since"),
    [
        ('examples = { "a" }', "3.5", "3.6"),
        ('deprecation = { message = "m", removal_in_version = "4.0" }', "3.6", "3.7"),
        (
            'deprecation = { message = "m", removal_in_version = "4", replaced_with = { { path = { "b" } } } }',
            "3.7",
            "3.8",
        ),
        ("transient = true", "3.7", "3.8"),
    ],
)
def test_an_attribute_newer_than_a_node_is_refused_for_it(attribute: str, too_old: str, since: str) -> None:
    text = config(f'{{ a = {{ type = "string", {attribute} }} }}')
    assert "unknown field" in refusal(text, too_old)
    assert read_schema(text, kong_version=since).name == "x"
    assert read_schema(text, kong_version="3.10").name == "x"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("{ a = { required = true } }", "a: missing type declaration"),
        ('{ a = { type = "string" }, b = { type = "string" } }', '"length must be 1"'),
        ("{}", '"length must be 1"'),
        ('{ a = "string" }', '"expected a record"'),
        ('a = { type = "string" }', 'fields = "expected an array"'),
        ('{ a = { type = "string", lt = 3 } }', 'lt = "unknown field"'),
        ('{ a = { type = "string", description = "short" } }', 'description = "length must be at least 10"'),
        (
            '{ a = { type = "array", elements = { type = "string" }, default = { "a", 2 } } }',
            'default = { [2] = "expected',
        ),
        ('{ a = { type = "integer", between = { 1 } } }', 'between = "length must be 2"'),
        ('{ a = { type = "boolean", timestamp = true } }', "field of type 'boolean' cannot have attribute 'timestamp'"),
    ],
)
def test_a_field_that_kong_refuses_is_refused_in_its_words(field: str, said: str) -> None:
    assert said in refusal(config(field))


def test_the_place_is_that_of_the_attribute() -> None:
    with pytest.raises(SchemaError) as refused:
        read_schema(config('{ a = { type = "string",\n  foo = 1 } }'))
    assert (refused.value.line, refused.value.column) == (3, 3)


EXACTLY_ONE = "exactly one of these fields must be non-empty: 'at_least_one_of', "
TYPED = 'conditional = { if_field = "a", then_field = "a", if_match = { type = "string" }, then_match = {} }'


@pytest.mark.parametrize(
    ("field", "rest", "said"),
    [
        ('type = "boolean", eq = true, default = ngx.null', "", 'default = "value must be true"'),
        ('type = "string", required = true, default = ngx.null', "", 'default = "required field missing"'),
        ('type = "string", eq = ngx.null, len_max = 2, default = 5', "", 'default = "value must be null"'),
        ('type = "boolean", abstract = true', "", "a: field of type 'boolean' cannot have attribute 'abstract'"),
        ('type = "string", json_schema = { inline = {} }', "", "cannot have attribute 'json_schema'"),
        ('type = "json", json_schema = {}', "", "at least one of these fields must be non-empty: 'inline',"),
        (
            'type = "json", json_schema = { namespace = "n" }',
            "",
            "all or none of these fields must be set: 'namespace'",
        ),
        (
            'type = "json", json_schema = { inline = {}, optional = true, parent_subschema_key = "b" }',
            "",
            "all or none of these fields must be set",
        ),
        ('type = "string"', "entity_checks = { {} }", EXACTLY_ONE),
        ('type = "string"', "entity_checks = { { distinct = {} } }", EXACTLY_ONE),
        ('type = "string"', 'entity_checks = { { distinct = { "a" }, only_one_of = { "a" } } }', EXACTLY_ONE),
        (
            'type = "string"',
            f"entity_checks = {{ {{ {TYPED} }} }}",
            'type = "unknown field"',
        ),
    ],
)
def test_what_holds_between_attributes_is_asked_for(field: str, rest: str, said: str) -> None:
    assert said in refusal(config(f"{{ a = {{ {field} }} }}", f", {rest}" if rest else ""))


def transformed(transformation: str) -> str:
    return (
        config('{ a = { type = "string" } }').removesuffix("}") + f", transformations = {{ {{ {transformation} }} }} }}"
    )


def test_a_transformation_does_something_with_fields_that_are_declared() -> None:
    assert read_schema(transformed('input = { "config.a", "config" }, on_write = print')).name == "x"
    assert read_schema(transformed("on_read = print")).name == "x"
    assert "at least one of these fields must be non-empty: 'on_write', 'on_read'" in refusal(transformed("needs = {}"))
    assert 'transformations.needs: { { [2] = "invalid field name: config.b" } }' in refusal(
        transformed('needs = { "config.a", "config.b" }, on_write = print')
    )


def test_an_entity_check_that_does_not_exist_is_refused() -> None:
    assert "unknown field" in refusal(
        config('{ a = { type = "string" } }', ', entity_checks = { { any_of = { "a" } } }')
    )


def test_a_shorthand_needs_its_function_and_no_record() -> None:
    shorthand = ', shorthand_fields = { { old = { type = "record", fields = {} } } }'
    said = refusal(config('{ a = { type = "string" } }', shorthand))
    assert 'func = "required field missing"' in said
    assert "expected one of: set, string, integer, json, number, array, boolean, map" in said


def test_a_top_level_field_that_the_plugin_entity_lacks_is_refused() -> None:
    assert refusal('return { name = "x", fields = { { other = { type = "string" } } } }') == (
        "schema violation (other: cannot create a new field)"
    )


def test_what_is_unknown_is_never_refused() -> None:
    text = 'local other = require "other"\n' + config(
        "{ a = other.field }, { b = { type = other.kind, one_of = other.choices, default = other.default } }"
    )
    assert len(read_schema(text).unknowns) == 1
