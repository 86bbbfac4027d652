# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our verdicts beside those that Kong's own code gave (../shared/reference/kong-verdicts, typedefs.json)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import (
    Field,
    Schema,
    fill_defaults,
    read_schema,
    validate,
)
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.validate import validate_value

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# typedefs.json says of these that they were recorded with simplified checks; Kong itself refuses a network as an ip,
# and OpenSSL's words are its own.
APPROXIMATE = {("ip", "1.2.3.4/24"), ("ip", "fe80::/64")}
NOT_PEM = re.compile(r"(invalid (?:certificate|key)): .*")


def lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def findings(schema: Schema, config: Any, role: str) -> list[list[str]]:
    """What we say, as the files write it: positions as [], in an order of its own."""
    said = validate(schema, config, role=role)
    assert all(one.checked for one in said), said
    return sorted([re.sub(r"\[\d+\]", "[]", one.path), one.message] for one in said)


def alike(ours: Any, theirs: Any) -> bool:
    """Equal, save that one made-up UUID is as good as another."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(alike(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if isinstance(ours, str) and isinstance(theirs, str) and UUID.fullmatch(ours) and UUID.fullmatch(theirs):
        return True
    return type(ours) is type(theirs) and bool(ours == theirs)


def test_every_recorded_configuration_gets_kongs_verdict_and_messages_on_both_roles(shared: Path) -> None:
    different = []
    for line in lines(shared / "kong-verdicts" / "configs.jsonl"):
        schema = read_schema(line["schema"])
        for case in line["cases"]:
            for role in ("control_plane", "data_plane"):
                theirs = sorted(case.get(role, case["control_plane"]))
                ours = findings(schema, case["config"], role)
                if ours != theirs:
                    different.append((line["schema"], role, case["config"], ours, theirs))
    assert different == []


def test_every_accepted_configuration_is_stored_as_kong_stores_it(shared: Path) -> None:
    different = []
    for line in lines(shared / "kong-verdicts" / "configs.jsonl"):
        schema = read_schema(line["schema"])
        different += [
            (line["schema"], case["config"], stored, case["stored"])
            for case in line["cases"]
            if "stored" in case and not alike(stored := fill_defaults(schema, case["config"]), case["stored"])
        ]
    assert different == []


def test_every_recorded_change_gets_the_answers_of_old_and_new_nodes(shared: Path) -> None:
    different = []
    for line in lines(shared / "kong-verdicts" / "changes.jsonl"):
        old, new = read_schema(line["old"]), read_schema(line["new"])
        for asked, schema, config in (("new_on_b0", new, line["b0"]), ("old_on_b1", old, line["b1"])):
            ours = findings(schema, config, "data_plane")
            if ours != sorted(line[asked]):
                different.append((asked, line["old"], line["new"], config, ours, line[asked]))
        stored = fill_defaults(new, line["sent"])
        if not alike(stored, line["b1"]):
            different.append(("b1", line["new"], line["sent"], stored, line["b1"]))
    assert different == []


def typedef(name: str) -> Field:
    source = f'local t = require "kong.db.schema.typedefs" return {{ name = "p", fields = {{ {{ config = {{ \
        type = "record", fields = {{ {{ f = t.{name} }} }} }} }} }} }}'
    config = read_schema(source).config
    assert config is not None
    assert config.fields is not None
    return config.fields[0]


def test_every_probe_of_a_typedef_gets_kongs_answer(shared: Path) -> None:
    probes = json.loads((shared / "typedefs.json").read_text(encoding="utf-8"))["probes"]
    different = []
    for name, answers in probes.items():
        field = typedef(name)
        for value, theirs in answers:
            if (name, value) in APPROXIMATE:
                continue
            ours = next((one.message for one in validate_value(field, value)), None)
            if NOT_PEM.sub(r"\1", ours or "") != NOT_PEM.sub(r"\1", theirs or ""):
                different.append((name, value, ours, theirs))
    assert different == []


@pytest.mark.parametrize(("name", "value"), sorted(APPROXIMATE))
def test_a_network_is_no_ip_address(name: str, value: str) -> None:
    assert [one.message for one in validate_value(typedef(name), value)] == [f"not an ip address: {value}"]
