# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control planes and their groups, over answers that the lab cannot easily be brought to give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.connection import Connection
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import (
    EVENT_PROXY,
    GROUP,
    HYBRID,
    KUBERNETES,
    ControlPlane,
    Purpose,
    create_control_plane,
    ensure_writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.groups import (
    ensure_consistent,
    group_status,
    node_owner,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import (
    delete_schema,
    find_schema,
    put_schema,
    wait_until_visible,
)

CP = ControlPlane("11111111-1111-4111-8111-111111111111", "payments", HYBRID)
SERVERLESS = "CLUSTER_TYPE_SERVERLESS_V1"
Answers = Mapping[str, Any]


def client(answers: Answers) -> Client:
    """Answers by method and path below ``/v2``: a body, a status with a body, or a list to take one after another."""

    def handle(request: httpx.Request) -> httpx.Response:
        found = answers[f"{request.method} {request.url.path.removeprefix('/v2')}"]
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        status, body = found if isinstance(found, tuple) else (200, found)
        return httpx.Response(status, json=body) if body is not None else httpx.Response(status)

    connection = Connection("https://eu.test/v2", "kpat_x", retries=0)
    return Client(connection, transport=httpx.MockTransport(handle), sleep=lambda _seconds: None)


@pytest.mark.parametrize(
    ("control_plane", "purpose", "words"),
    [
        (ControlPlane("1", "g", GROUP), Purpose.INSTANCE, "Name the member"),
        (ControlPlane("1", "k", KUBERNETES), Purpose.INSTANCE, "KongPlugin"),
        (ControlPlane("1", "s", SERVERLESS), Purpose.SCHEMA, "hybrid control plane"),
        (ControlPlane("1", "s", SERVERLESS), Purpose.STREAMING, "hybrid control plane"),
        (ControlPlane("1", "e", EVENT_PROXY), Purpose.INSTANCE, "no Kong plugins"),
        (ControlPlane("1", "c", HYBRID, cloud_gateway=True), Purpose.SCHEMA, "streaming_plugin"),
    ],
)
def test_what_cannot_be_served_is_refused_with_reason_and_way(
    control_plane: ControlPlane, purpose: Purpose, words: str
) -> None:
    with pytest.raises(KonnectError, match=words):
        ensure_writable(control_plane, purpose)


@pytest.mark.parametrize(
    ("control_plane", "purpose"),
    [
        (CP, Purpose.SCHEMA),
        (ControlPlane("1", "s", SERVERLESS), Purpose.INSTANCE),
        (ControlPlane("1", "c", HYBRID, cloud_gateway=True), Purpose.STREAMING),
        (ControlPlane("1", "c", HYBRID, cloud_gateway=True), Purpose.INSTANCE),
    ],
)
def test_what_can_be_served_is(control_plane: ControlPlane, purpose: Purpose) -> None:
    ensure_writable(control_plane, purpose)


def test_a_group_in_conflict_stops_and_says_which() -> None:
    conflict = {"cluster_id": "m1", "description": "two globals", "resource": {"id": "p1", "type": "plugin"}}
    item = {"item": {"id": "g", "state": "CONFLICT", "conflicts": [conflict]}}
    group = ControlPlane("g", "shared", GROUP)
    with pytest.raises(KonnectError, match=r"'shared' is in conflict.*two globals \(plugin p1 in m1\)"):
        ensure_consistent(client({"GET /control-planes/g/group-status": item}), group)
    unknown = client({"GET /control-planes/g/group-status": {}})
    assert group_status(unknown, "g").state == "UNKNOWN"
    ensure_consistent(unknown, group)


def test_a_member_of_an_unseen_group_is_told_which_role_is_missing() -> None:
    answers = {
        f"GET /control-planes/{CP.id}/group-member-status": {"is_member": True},
        "GET /control-planes": {"data": [], "meta": {"page": {"total": 0}}},
    }
    with pytest.raises(KonnectError, match="role Viewer on the group"):
        node_owner(client(answers), CP)


def test_a_name_that_is_taken_is_not_taken_for_a_success() -> None:
    with pytest.raises(KonnectError, match="exists already"):
        create_control_plane(client({"POST /control-planes": (409, {"title": "Conflict"})}), {"name": "payments"})


SCHEMAS = "/control-planes/cp/core-entities/plugin-schemas/tally"
FIELDS = "/control-planes/cp/core-entities/schemas/plugins/tally"
ITEM = {"item": {"name": "tally", "lua_schema": "return {}\n", "created_at": 1, "updated_at": 2}}


def test_a_schema_that_was_stored_under_another_name_is_an_error() -> None:
    other = {"item": {**ITEM["item"], "name": "total"}}
    with pytest.raises(KonnectError, match="stored 'total' when the schema of 'tally' was sent"):
        put_schema(client({f"PUT {SCHEMAS}": other, f"GET {SCHEMAS}": ITEM}), "cp", "tally", "return {}\n")


def test_a_schema_that_reads_back_differently_is_an_error() -> None:
    other = {"item": {**ITEM["item"], "lua_schema": "return { 1 }"}}
    with pytest.raises(KonnectError, match="does not hold the schema"):
        put_schema(client({f"PUT {SCHEMAS}": ITEM, f"GET {SCHEMAS}": other}), "cp", "tally", "return {}\n")


def test_an_answer_without_its_wrapper_is_understood() -> None:
    found = find_schema(client({f"GET {SCHEMAS}": ITEM["item"]}), "cp", "tally")
    assert found is not None
    assert (found.name, found.updated_at) == ("tally", 2)


def test_a_schema_in_use_for_a_moment_longer_is_deleted_all_the_same() -> None:
    in_use = (400, {"code": 3, "message": "plugin schema is currently in use, please delete existing plugins"})
    delete_schema(client({f"DELETE {SCHEMAS}": [in_use, in_use, (204, None)]}), "cp", "tally", sleep=lambda _s: None)
    with pytest.raises(KonnectError, match="currently in use"):
        delete_schema(client({f"DELETE {SCHEMAS}": in_use}), "cp", "tally", sleep=lambda _s: None)


def test_a_schema_is_waited_for_within_a_bound() -> None:
    ticks = iter(range(100))
    patient = client({f"GET {FIELDS}": [(404, {"code": 5}), (404, {"code": 5}), {"fields": []}]})
    wait_until_visible(patient, "cp", "tally", 10, sleep=lambda _s: None, clock=lambda: float(next(ticks)))
    never = client({f"GET {FIELDS}": (404, {"code": 5})})
    with pytest.raises(KonnectError, match="does not use it after 3 s"):
        wait_until_visible(never, "cp", "tally", 3, sleep=lambda _s: None, clock=lambda: float(next(ticks)))
