# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of many instances at once is what is made of each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.columns import ABSENT, Column, Instances
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import (
    instance_digest,
    instance_digests,
)
from tests.support.small_world import instance

SCALARS = st.sampled_from([None, True, False, 0, 1, 1.0, -0.0, 2.5, "", "1", "true", "null", "é"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner), max_leaves=4
)
# An empty Lua table may be a list as well.
CONFIGS = st.none() | st.just([]) | st.dictionaries(st.sampled_from(["a", "b", "é", '"']), VALUES)


@settings(max_examples=200, deadline=None)
@given(st.lists(CONFIGS, max_size=5), st.sampled_from([(), ("config.a",)]))
def test_many_instances_have_the_digests_that_each_has(configs: list[Any], made_up: tuple[str, ...]) -> None:
    kept = [instance(config, at) for at, config in enumerate(configs)]
    assert instance_digests(Instances(kept), b"key", made_up) == [instance_digest(one, b"key", made_up) for one in kept]


def test_instances_that_differ_in_a_null_have_one_digest_and_others_have_not() -> None:
    configs = [{"a": 1, "b": None}, {"a": 1.0}, {"a": True}, {"a": "1"}, {"a": 1, "b": {}}, {}]
    found = instance_digests(Instances(instance(one) for one in configs), b"key")
    assert found[0] == found[1]
    assert found[-1] == instance_digest(instance([]), b"key")
    assert len(set(found)) == len(configs) - 1


@pytest.mark.parametrize("values", [[1, True, 1.0], [0.0, False], [[1], [True]], [None, ABSENT, "None"]])
def test_values_that_python_holds_for_equal_stay_apart(values: list[Any]) -> None:
    assert [repr(one) for one in Column.of(values).each(lambda value: value)] == [repr(one) for one in values]
