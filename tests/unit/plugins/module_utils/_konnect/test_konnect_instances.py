# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances as values: merge, compare, mask, and the rules of a rewrite. Properties where the space is large."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.fields import config_field
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import (
    desired_instance,
    known_only,
    new_id,
    same_instance,
    same_value,
    scope_text,
    writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.masking import (
    MASK,
    masked,
    secret_values,
    unmasked,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rules import RuleError, Rules, steps

FIELDS: list[dict[str, Any]] = [
    {"protocols": {"type": "set", "elements": {"type": "string"}}},
    {
        "config": {
            "type": "record",
            "fields": [
                {"ttl": {"type": "integer", "required": True, "default": 60}},
                {"header": {"type": "string"}},
                {"on": {"type": "boolean", "default": False}},
                {"methods": {"type": "set", "elements": {"type": "string"}}},
                {"steps": {"type": "array", "elements": {"type": "string"}}},
                {"labels": {"type": "map", "keys": {"type": "string"}, "values": {"type": "string"}}},
                {"token": {"type": "string", "encrypted": True}},
                {"keys": {"type": "map", "values": {"type": "string", "referenceable": True}}},
                {
                    "limits": {
                        "type": "record",
                        "fields": [
                            {"burst": {"type": "integer", "default": 5}},
                            {"rate": {"type": "number"}},
                            {"password": {"type": "string", "referenceable": True}},
                        ],
                    }
                },
                {
                    "servers": {
                        "type": "array",
                        "elements": {
                            "type": "record",
                            "fields": [
                                {"host": {"type": "string"}},
                                {"password": {"type": "string", "encrypted": True}},
                            ],
                        },
                    }
                },
            ],
        }
    },
]
ABOUT = config_field(FIELDS)
STORED = {
    "id": "1",
    "name": "tally",
    "enabled": False,
    "service": {"id": "s"},
    "route": None,
    "tags": ["a"],
    "ordering": {"before": {"access": ["cors"]}},
    "condition": "x",
    "protocols": ["http", "https"],
    "config": {"ttl": 60, "header": None, "limits": {"burst": 5, "rate": 1.5}, "labels": {"a": "1"}},
    "created_at": 1,
    "updated_at": 2,
    "from_the_future": True,
}


def test_what_is_sent_is_whole_and_holds_only_what_the_api_takes() -> None:
    body = writable(STORED, ABOUT)
    assert set(STORED) - set(body) == {"route", "created_at", "updated_at", "from_the_future"}


def test_a_key_that_the_schema_lost_is_left_out_at_any_depth() -> None:
    assert ABOUT is not None
    config = {
        "gone": 1,
        "limits": {"gone": 2, "rate": 1},
        "servers": [{"host": "h", "gone": 3}],
        "labels": {"any": "x"},
    }
    expected = {"limits": {"rate": 1}, "servers": [{"host": "h"}], "labels": {"any": "x"}}
    assert known_only(config, ABOUT) == expected


def test_a_lost_key_that_is_null_never_counts() -> None:
    assert ABOUT is not None
    config = {"gone": None, "lost": 1, "limits": {"gone": None, "rate": None}}
    assert known_only(config, ABOUT, nulls_only=True) == {"lost": 1, "limits": {"rate": None}}


def test_records_merge_and_maps_and_lists_are_replaced() -> None:
    wanted = {"config": {"limits": {"rate": 2}, "labels": {"b": "2"}, "ttl": None}}
    config = desired_instance(STORED, wanted, ABOUT)["config"]
    assert config == {"header": None, "limits": {"burst": 5, "rate": 2}, "labels": {"b": "2"}}
    assert STORED["config"]["ttl"] == 60  # type: ignore[index]


def test_what_is_not_wanted_stays() -> None:
    desired = desired_instance(STORED, {"enabled": True}, ABOUT)
    assert {**desired, "enabled": False} == STORED


@pytest.mark.parametrize(
    ("planned", "stored", "same"),
    [
        ({}, {"ttl": 60, "header": None, "on": False, "limits": {"burst": 5, "rate": None}}, True),
        ({"ttl": 5}, {"ttl": 5.0}, True),
        ({"ttl": 1}, {"ttl": True}, False),
        ({"on": False}, {"on": None}, False),
        ({"methods": ["a", "b"]}, {"methods": ["b", "a"]}, True),
        ({"steps": ["a", "b"]}, {"steps": ["b", "a"]}, False),
        ({"steps": []}, {"steps": None}, False),
        ({}, {"ttl": 61}, False),
        ({"ttl": None}, {"ttl": None}, True),
        ({"limits": {}}, {"limits": {"burst": 5}}, True),
        ({"servers": [{"host": "h"}]}, {"servers": [{"host": "h", "password": None}]}, True),
        ({"servers": [{"host": "h"}]}, {"servers": [{"host": "h", "password": "p"}]}, False),
        ({}, {"gone": "x"}, False),
    ],
)
def test_sameness_is_what_a_save_would_leave(planned: dict[str, Any], stored: dict[str, Any], same: bool) -> None:
    assert ABOUT is not None
    assert same_value(planned, stored, ABOUT) is same


def test_an_instance_differs_by_scope_and_by_being_enabled_and_not_by_order() -> None:
    assert same_instance(STORED, {**STORED, "protocols": ["https", "http"], "updated_at": 9}, ABOUT)
    assert not same_instance(STORED, {**STORED, "service": None}, ABOUT)
    assert not same_instance(STORED, {**STORED, "enabled": True}, ABOUT)
    assert not same_instance({**STORED, "enabled": None}, STORED, ABOUT)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3))
SERVERS = st.fixed_dictionaries({}, optional={"host": st.text(max_size=4), "password": st.text(max_size=4)})
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "ttl": st.integers(0, 99),
        "header": st.text(max_size=5),
        "methods": st.lists(st.sampled_from(["GET", "PUT", "POST"]), max_size=3),
        "token": st.text(min_size=1, max_size=5),
        "keys": st.dictionaries(st.text(max_size=3), st.text(min_size=1, max_size=5), max_size=3),
        "limits": st.fixed_dictionaries({}, optional={"burst": st.integers(0, 9), "password": st.text(max_size=5)}),
        "servers": st.lists(SERVERS, max_size=3),
        "unheard_of": SCALARS,
    },
)


@given(CONFIGS, CONFIGS)
@settings(max_examples=150, deadline=None)
def test_merging_again_changes_nothing(stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    once = desired_instance({"config": stored}, {"config": wanted}, ABOUT)
    assert desired_instance(once, {"config": wanted}, ABOUT) == once
    assert same_instance(once, once, ABOUT)


@given(CONFIGS)
@settings(max_examples=150, deadline=None)
def test_a_masked_configuration_comes_back_whole(config: dict[str, Any]) -> None:
    before = copy.deepcopy(config)
    shown = masked(config, ABOUT)
    assert unmasked(shown, config) == before == config
    assert masked(shown, ABOUT) == shown


@given(CONFIGS)
@settings(max_examples=150, deadline=None)
def test_no_secret_place_is_shown(config: dict[str, Any]) -> None:
    shown = masked(config, ABOUT)
    places = [shown.get("token"), *(shown.get("keys") or {}).values(), shown.get("limits", {}).get("password")]
    places += [server.get("password") for server in shown.get("servers") or []]
    assert set(places) <= {None, MASK}


def test_a_mask_that_stands_for_nothing_is_refused() -> None:
    with pytest.raises(KonnectError, match=r"config\.servers\[1\]\.password"):
        unmasked({"servers": [{}, {"password": MASK}]}, {"servers": [{}]})
    with pytest.raises(KonnectError, match="what Ansible prints"):
        unmasked({"header": "x********y"}, {"header": "xsecrety"})


def test_without_any_fields_everything_is_secret() -> None:
    assert masked({"a": "x", "b": [1], "c": None}, None) == {"a": MASK, "b": [MASK], "c": None}
    assert sorted(secret_values({"a": "x", "b": [1], "c": None}, None)) == ["1", "x"]


def test_a_default_of_the_schema_is_masked_and_not_hunted_for_in_every_message() -> None:
    about = config_field([{"config": {"fields": [{"host": {"referenceable": True, "default": "localhost"}}]}}])
    assert masked({"host": "localhost"}, about) == {"host": MASK}
    assert list(secret_values({"host": "localhost"}, about)) == []
    assert list(secret_values({"host": "secret.test"}, about)) == ["secret.test"]


def test_a_new_id_depends_on_plugin_and_scope_and_passes_over_taken_ones() -> None:
    first = new_id("cp", {"name": "tally", "service": {"id": "s"}}, set())
    assert first == new_id("cp", {"name": "tally", "service": {"id": "s"}, "config": {"a": 1}}, set())
    others = [
        new_id("cp", {"name": "tally", "route": {"id": "s"}}, set()),
        new_id("other", {"name": "tally", "service": {"id": "s"}}, set()),
        new_id("cp", {"name": "tally", "service": {"id": "s"}}, {first}),
    ]
    assert len({first, *others}) == 4


def test_a_scope_in_words() -> None:
    assert scope_text({}) == "global"
    assert scope_text({"service": {"id": "s"}, "consumer": {"id": "c"}}) == "service s, consumer c"


CONFIG = {"ttl": "5", "mode": "fast", "limits": {"rate": 1}, "servers": [{"port": "80"}, {"port": None}, {}]}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(rename={"ttl": "max_age"}), {"max_age": "5"}),
        (Rules(rename={"servers[].port": "servers[].at"}), {"servers": [{"at": "80"}, {"at": None}, {}]}),
        (Rules(convert={"ttl": "integer"}), {"ttl": 5}),
        (Rules(convert={"mode": {"fast": "quick"}}), {"mode": "quick"}),
        (Rules(convert={"mode": "array"}), {"mode": ["fast"]}),
        (Rules(convert={"servers[].port": "integer"}), {"servers": [{"port": 80}, {"port": None}, {}]}),
        (Rules(default={"config.ttl": 9, "limits.burst": 2}), {"limits": {"rate": 1, "burst": 2}}),
        (Rules(default={"servers[].port": 1}), {"servers": [{"port": "80"}, {"port": 1}, {"port": 1}]}),
        (Rules(set={"new.deep": True}), {"new": {"deep": True}}),
        (Rules(remove=["limits.rate", "nothing.here"]), {"limits": {}}),
        (Rules(rename={"ttl": "age"}, convert={"age": "integer"}, set={"ttl": 1}), {"age": 5, "ttl": 1}),
    ],
)
def test_rules(rules: Rules, expected: dict[str, Any]) -> None:
    rules.check()
    before = copy.deepcopy(CONFIG)
    after = rules.apply(CONFIG)
    assert before == CONFIG
    for key, value in expected.items():
        assert after[key] == value
    assert ("ttl" in after) == ("ttl" not in rules.rename or "ttl" in rules.set)


@pytest.mark.parametrize(("value", "how"), [("x", "integer"), (1.5, "integer"), ([1], "string"), ("maybe", "boolean")])
def test_a_value_that_cannot_be_converted_is_told_without_being_shown(value: Any, how: str) -> None:
    with pytest.raises(RuleError, match="cannot become"):
        Rules(convert={"a": how}).apply({"a": value})


@pytest.mark.parametrize("text", ["", ".", "a.", "[]", "a[0]", "a b..c", "config.[]"])
def test_a_path_that_is_none(text: str) -> None:
    with pytest.raises(RuleError):
        steps(text)
