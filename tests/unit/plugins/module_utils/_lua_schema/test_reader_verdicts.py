# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader against what Kong's own code said (reference/kong-verdicts)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import SchemaError, read_schema


def _lines(shared: Path, name: str) -> list[dict[str, str]]:
    file = shared / "kong-verdicts" / name
    if not file.is_file():
        pytest.skip("the recorded verdicts are not on this machine")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _said(text: str) -> str | None:
    try:
        read_schema(text)
    except SchemaError as refusal:
        return refusal.message
    return None


def _ordered(text: str) -> list[str]:
    """The lines of a printed tree, whatever their order: that of a list's positions is a hash table's."""
    return sorted(line.rstrip(",") for line in text.split("\n"))


def test_every_recorded_refusal_is_refused_in_the_same_words(shared: Path) -> None:
    wrong = []
    for case in _lines(shared, "refused.jsonl"):
        expected, said = case.get("error"), _said(case["schema"])
        kind, _, rest = (expected or "").partition(": schema.lua:")
        if kind in ("runtime", "syntax"):
            expected = rest.partition(": ")[2]
        if (expected is None) != (said is None) or (expected and said and _ordered(expected) != _ordered(said)):
            wrong.append((case["schema"], expected, said))
    assert wrong == []


@pytest.mark.parametrize(("name", "keys"), [("configs.jsonl", ["schema"]), ("changes.jsonl", ["old", "new"])])
def test_every_recorded_schema_is_read_whole(shared: Path, name: str, keys: list[str]) -> None:
    for case in _lines(shared, name):
        for key in keys:
            schema = read_schema(case[key])
            assert schema.name == "probe"
            assert schema.unknowns == ()


def test_typedefs_say_what_kong_says(shared: Path) -> None:
    facts = json.loads((shared / "typedefs.json").read_text(encoding="utf-8"))
    by_version = {"3.9": facts["typedefs"]}
    for version, changes in facts["differences"].items():
        merged = {**facts["typedefs"], **changes}
        by_version["3.10" if version == "master" else version] = {k: v for k, v in merged.items() if v != "absent"}
    for version, typedefs in by_version.items():
        for name, attributes in typedefs.items():
            typedef = f'require("kong.db.schema.typedefs")["{name}"]'
            config = f'{{ type = "record", fields = {{ {{ a = {typedef} }} }} }}'
            text = f'return {{ name = "x", fields = {{ {{ config = {config} }} }} }}'
            field = read_schema(text, kong_version=version).fields[0].fields[0]  # type: ignore[index]
            assert field.type == attributes["type"], (version, name)
            wanted = {
                key
                for key in attributes
                if key not in ("type", "elements", "keys", "values", "fields", "entity_checks")
            }
            assert set(field.attributes) == wanted, (version, name)
            for key in wanted - {"custom_validator"}:
                assert _sorted(field.attributes[key]) == _sorted(attributes[key]), (version, name, key)
            children = [next(iter(one)) for one in attributes.get("fields", [])]
            assert [one.name for one in field.fields or ()] == children


def _sorted(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, list) else value
