# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The validator against the lab's, which is Lua run by LuaJIT and shares no line with it, on schemas made up here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import (
    Schema,
    fill_defaults,
    read_schema,
    validate_instance,
)
from lab.kong import KongVM, SchemaRefused, SchemaRunError, flatten_errors

STRINGS = [
    "",
    "a",
    "abc",
    "x-1",
    "toolong",
    "bad",
    "GET",
    "ünï",
    "{vault://env/k}",
    "1.2.3",
    "example.com:80",
    "(",
    "a1",
]
NUMBERS = [-1, 0, 1, 1.5, 2, 5, 7, 80, 65536, 1e15]
ODD = [True, "", "a", 0, 1.5, [], {}, ["a"], {"a": 1}, [{"f0": 1}]]
TYPEDEFS = ["host", "port", "timeout", "url", "header_name", "http_method", "semantic_version", "path", "tag", "sni"]

Attributes = dict[str, Any]


class Raw(str):
    """Lua text that stands for itself."""


def as_lua(value: Any) -> str:
    if value is None:
        return "ngx.null"
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "{ " + ", ".join(map(as_lua, value)) + " }"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"[{json.dumps(key)}] = {as_lua(one)}" for key, one in value.items()) + " }"
    return repr(value)


class Maker:
    """Makes schemas that reach every attribute on every type, and configurations that fit them more or less."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, pool: list[Any]) -> Any:
        return self.random.choice(pool)

    def some(self, pool: list[Any], least: int = 1) -> list[Any]:
        return self.random.sample(pool, self.random.randint(least, min(len(pool), least + 2)))

    def schema(self) -> tuple[str, Attributes]:
        config = {"type": "record", **self.record(0)}
        top: list[Any] = [{"config": config}]
        if self.chance(0.3):
            top.insert(0, {"consumer": Raw("typedefs.no_consumer")})
        if self.chance(0.3):
            top.insert(0, {"protocols": Raw("typedefs.protocols_http")})
        whole: Attributes = {"name": "probe", "fields": top}
        text = f'local typedefs = require "kong.db.schema.typedefs"\nreturn {as_lua(whole)}\n'
        return text, config

    def record(self, depth: int) -> Attributes:
        names = [f"f{at}" for at in range(self.random.randint(1, 4 if depth else 6))]
        fields = [{name: self.field(depth)} for name in names]
        record: Attributes = {"fields": fields}
        if self.chance(0.4):
            record["entity_checks"] = [self.entity_check(names) for _ in range(self.random.randint(1, 2))]
        return record

    def entity_check(self, names: list[str]) -> Attributes:
        listed = ["at_least_one_of", "only_one_of", "distinct", "mutually_required", "mutually_exclusive"]
        kind = self.pick([*listed, *listed, "conditional", "conditional_at_least_one_of", "mutually_exclusive_sets"])
        if kind in listed:
            return {kind: self.some(names)}
        if kind == "mutually_exclusive_sets":
            return {kind: {"set1": self.some(names), "set2": self.some(names)}}
        arguments: Attributes = {"if_field": self.pick(names), "if_match": self.match()}
        if kind == "conditional":
            arguments |= {"then_field": self.pick(names), "then_match": self.match()}
            if self.chance(0.2):
                arguments["then_err"] = "not with %s"
            return {kind: arguments}
        arguments["then_at_least_one_of"] = self.some(names)
        if self.chance(0.3):
            arguments["then_err"] = "must set one of %s"
        if self.chance(0.4):
            arguments |= {"else_match": self.match(), "else_then_at_least_one_of": self.some(names)}
        return {kind: arguments}

    def match(self) -> Attributes:
        return self.pick(
            [{"required": True}, {"eq": self.pick(["a", 5, True])}, {"ne": self.pick(["a", 7, None])}, {"eq": None}, {}]
        )

    def field(self, depth: int) -> Any:
        if self.chance(0.12):
            return Raw(f"typedefs.{self.pick(TYPEDEFS)} {as_lua(self.common({}))}")
        kinds = ["string", "string", "integer", "number", "boolean"]
        kind = self.pick(kinds if depth > 2 else [*kinds, "array", "set", "map", "record"])
        field: Attributes = {"type": kind}
        if kind == "record":
            field |= self.record(depth + 1)
        elif kind == "map":
            field |= {"keys": {"type": "string", **self.pick([{}, {"len_min": 2}])}, "values": self.field(depth + 1)}
        elif kind in ("array", "set"):
            field["elements"] = self.field(depth + 1)
        for _ in range(self.pick([0, 1, 1, 2])):
            field |= self.validator(kind)
        return self.common(field)

    def validator(self, kind: str) -> Attributes:
        sized = [{"len_eq": 2}, {"len_min": 1}, {"len_min": 0}, {"len_max": 3}]
        by_kind: dict[str, list[Attributes]] = {
            "string": [
                *sized,
                {"match": "^%a+$"},
                {"not_match": "%d"},
                {"match_all": [{"pattern": "a", "err": "no a"}, {"pattern": "b"}]},
                {"match_none": [{"pattern": "bad", "err": "is bad"}, {"pattern": "^x"}]},
                {"match_any": {"patterns": ["^a", "b$"], "err": "neither"}},
                {"match_any": {"patterns": ["^.$"]}},
                {"starts_with": "x-"},
                {"one_of": ["a", "abc", "GET"]},
                {"not_one_of": ["bad", "a"]},
                {"is_regex": True},
                {"uuid": True},
                {"eq": "a"},
                {"ne": "abc"},
                {"referenceable": True},
                {"encrypted": True},
            ],
            "number": [
                {"between": [0.5, 5]},
                {"gt": 1.5},
                {"timestamp": True},
                {"one_of": [1, 2.5]},
                {"eq": 5},
                {"ne": 7},
            ],
            "boolean": [{"eq": True}, {"ne": False}],
            "array": [
                *sized,
                {"contains": "a"},
                {"contains": 1},
            ],
            "map": sized,
            "record": [],
        }
        by_kind["integer"] = [*by_kind["number"], {"not_one_of": [1, 7]}]
        by_kind["set"] = by_kind["array"]
        return self.pick(by_kind[kind] or [{}])

    def common(self, field: Attributes) -> Attributes:
        if self.chance(0.3):
            field["required"] = self.pick([True, True, False])
        if self.chance(0.05) and "eq" not in field:
            field["err"] = "said otherwise"
        if self.chance(0.05) and not field.get("required") and field.get("type") != "record":
            field |= self.pick([{"ne": None}, {"eq": None}])
        if self.chance(0.2) and field.get("type") in ("string", "integer", "number", "boolean", "array", "set", "map"):
            default = self.value(field)
            if default is not None:
                field["default"] = default
        return field

    def value(self, field: Any, depth: int = 0) -> Any:
        """A value that suits the field, more often than not."""
        if self.chance(0.06) or depth > 4:
            return self.pick(ODD)
        if isinstance(field, Raw):
            return self.pick([*STRINGS, *NUMBERS])
        kind = field.get("type")
        if kind == "string":
            return self.pick(STRINGS)
        if kind in ("integer", "number"):
            return self.pick(NUMBERS)
        if kind == "boolean":
            return self.chance(0.5)
        if kind in ("array", "set"):
            items = [self.value(field["elements"], depth + 1) for _ in range(self.random.randint(0, 3))]
            return json.loads(json.dumps([*items, *items[:1]])) if self.chance(0.3) else items
        if kind == "map":
            return {key: self.value(field["values"], depth + 1) for key in self.some(["a", "bc", "d"], 0)[:1]}
        return self.config(field, depth)

    def config(self, record: Attributes, depth: int = 0) -> dict[str, Any]:
        config = {}
        for one in record["fields"]:
            ((name, field),) = one.items()
            if self.chance(0.7):
                config[name] = None if self.chance(0.12) else self.value(field, depth + 1)
        if self.chance(0.1):
            config["zz"] = self.pick([None, 1])
        return config


def plain(findings: list[list[str]]) -> list[list[str]]:
    """Findings without positions, in an order of their own."""
    return sorted([re.sub(r"\[\d*\]", "[]", path), message] for path, message in findings)


def compare(schema: Schema, vms: dict[str, KongVM], config: Any) -> None:
    """Both say the same on both roles, and store the same."""
    instance = {"name": "probe", "config": config}
    for role, vm in vms.items():
        ours = validate_instance(schema, instance, role=role)
        assert all(one.checked for one in ours), ours
        theirs = flatten_errors(vm.validate_plugin(instance), positions="none")
        assert plain([[one.path, one.message] for one in ours]) == plain(theirs), (role, config)
        if not ours and role == "control_plane":
            stored = vm.fill_plugin(instance, null_means_default=False)["config"]
            assert without_shape(fill_defaults(schema, config)) == without_shape(stored)


def without_shape(value: Any) -> Any:
    """An empty list and an empty object are one to Lua."""
    if isinstance(value, dict):
        return {key: without_shape(one) for key, one in value.items()} or []
    return [without_shape(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def load() -> Callable[[str], dict[str, KongVM]]:
    def fresh(text: str) -> dict[str, KongVM]:
        # Kong keeps traces of what it validated in the tables of a schema, so each schema gets machines of its own.
        vms = {role: KongVM(role) for role in ("control_plane", "data_plane")}
        for vm in vms.values():
            vm.load_schema_text(text)
        return vms

    return fresh


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(random=st.randoms(use_true_random=False))
def test_both_validators_say_the_same_of_schemas_made_up(
    load: Callable[[str], dict[str, KongVM]], random: Random
) -> None:
    maker = Maker(random)
    text, config = maker.schema()
    try:
        vms = load(text)
    except SchemaRefused:
        return
    schema = read_schema(text)
    for _ in range(4):
        instance_config = maker.config(config)
        try:
            compare(schema, vms, instance_config)
        except SchemaRunError:
            continue
