# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each way in which a place can differ from the repository."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._report.drift_text import drift_text
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.drift import drift_sentences, find_drift
from tests.support.fleet import OTHER, SCHEMA, host, released, unreachable, wanted


def drift(*hosts: dict[str, Any], schema: str | None = SCHEMA) -> list[dict[str, Any]]:
    return find_drift([wanted()], {"tally": schema}, list(hosts))


def test_what_is_the_same_everywhere_is_no_drift() -> None:
    found = drift(host("dp1", enabled=True, plugin=released()))
    assert not found[0]["drifts"]
    assert [one["state"] for one in found[0]["places"]] == ["same", "same", "same"]
    assert list(drift_sentences(found)) == []


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (host("dp1", enabled=True, plugin=released(OTHER)), "dp1 has something else"),
        (host("dp1"), "dp1 does not have it"),
        (host("dp1", plugin=released()), "dp1 has it not enabled"),
        (host("dp1", enabled=True, plugin=released(loaded=False)), "dp1 has not loaded what is on its disk"),
        (host("dp1", enabled=True, plugin=released(drift=["a.lua was changed"])), "a.lua was changed"),
        (host("dp1", enabled=True, plugin=released(copies=["/a", "/b"])), "has 2 copies of it"),
    ],
)
def test_what_differs_on_a_node_is_said(node: dict[str, Any], told: str) -> None:
    found = drift(node)
    assert found[0]["drifts"]
    (sentence,) = drift_sentences(found)
    assert told in sentence


@pytest.mark.parametrize(("schema", "told"), [(None, "does not have it"), ("return {}", "has something else")])
def test_what_differs_on_the_control_plane_is_said(schema: str | None, told: str) -> None:
    (sentence,) = drift_sentences(drift(host("dp1", enabled=True, plugin=released()), schema=schema))
    assert sentence == f"tally: control plane {told}."


def test_nothing_is_said_of_a_node_that_is_away() -> None:
    found = drift(unreachable("dp1"))
    assert not found[0]["drifts"]
    assert found[0]["places"][-1]["state"] == "unreachable"


def test_the_table_holds_no_control_characters() -> None:
    node = host("dp1", enabled=True, plugin=released(drift=["\x1b[2Jgone\nsame"]))
    assert "\x1b" not in drift_text(drift(node))
