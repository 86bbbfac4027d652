# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a removal says of the members of a group, whose nodes are the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.konnect_lab import Lab


@pytest.fixture
def members(lab: Lab) -> Iterator[tuple[Lab, Lab, Lab]]:
    """A group and its two members, which both have the plugin; one has an instance."""
    other, group = Lab(lab.server), Lab(lab.server, cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    group.api("PUT", f"/control-planes/{group.id}/group-memberships", {"members": [{"id": lab.id}, {"id": other.id}]})
    lab.upload()
    other.upload()
    other.instance()
    yield group, lab, other
    group.close()
    other.close()


def test_a_group_is_planned_as_one(members: tuple[Lab, Lab, Lab]) -> None:
    group, lab, other = members
    run = group.run("removal_plan", {"names": ["tally"], "confirmed": ["tally"], "allow_missing": ["*"]})
    assert {one["name"] for one in run["plan"]["control_plane"]["members"]} == {lab.name, other.name}
    assert [one["label"].endswith(f"(global, on {other.name})") for one in run["plan"]["plugins"][0]["instances"]] == [
        True
    ]
    assert [one["name"] for one in run["plan"]["steps"]] == [
        "window",
        "keep",
        "delete_instances",
        "delete_schema",
        "close",
    ]


def test_a_member_is_told_who_else_uses_the_plugin_on_these_nodes(members: tuple[Lab, Lab, Lab]) -> None:
    _group, lab, other = members
    run = lab.run("removal_plan", {"names": ["tally"], "allow_missing": ["*"]})
    assert f"is used by {other.name} (1 instance(s)) too, whose nodes these are" in run["plan"]["warnings"][0]["text"]
