# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's Kong against what Kong 3.9.3 itself said: every recorded verdict, in Kong's words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.kong import KongVM, SchemaRefused, flatten_errors

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Verified with simplified checks when the values were recorded (schema-messages.md): nothing to hold the lab to.
APPROXIMATE = {"certificate", "key"}


@pytest.fixture(scope="module")
def control_plane() -> KongVM:
    return KongVM("control_plane")


@pytest.fixture(scope="module")
def data_plane() -> KongVM:
    return KongVM("data_plane")


def _rows(shared: Path, name: str) -> Iterator[dict[str, Any]]:
    with (shared / "kong-verdicts" / name).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _said(vm: KongVM, name: str, config: Any) -> list[list[str]]:
    return sorted(flatten_errors(vm.validate_plugin({"name": name, "config": config}), positions="none"))


def _stored(vm: KongVM, name: str, config: Any) -> Any:
    return vm.fill_plugin({"name": name, "config": config}, null_means_default=False)["config"]


def _same_but_for_new_ids(got: Any, wanted: Any) -> bool:
    """Equal, where an ``auto`` uuid may be any uuid."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return wanted.keys() == got.keys() and all(_same_but_for_new_ids(got[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(_same_but_for_new_ids, got, wanted))
    if isinstance(wanted, str) and isinstance(got, str) and UUID.fullmatch(wanted):
        return bool(UUID.fullmatch(got))
    return type(wanted) is type(got) and wanted == got


def _bad_map_values(config: Any, path: str) -> list[Any]:
    for part in path.split(".")[1:]:
        config = config.get(part) if isinstance(config, dict) else None
    return list(config.values()) if isinstance(config, dict) else []


def _agree(said: list[list[str]], wanted: list[list[str]], config: Any) -> bool:
    """Equal; where a map holds several bad values Kong names whichever it meets first, so any of them will do."""
    if [path for path, _ in said] != [path for path, _ in wanted]:
        return False
    return all(
        mine == kongs or len(_bad_map_values(config, path)) > 1
        for (path, mine), (_, kongs) in zip(said, wanted, strict=True)
    )


@pytest.mark.parametrize("role", ["control_plane", "data_plane"])
def test_configurations_are_judged_as_kong_judges_them(shared: Path, request: Any, role: str) -> None:
    vm: KongVM = request.getfixturevalue(role)
    judged, differing = 0, []
    for row in _rows(shared, "configs.jsonl"):
        name = vm.load_schema_text(row["schema"]).name
        for case in row["cases"]:
            wanted = sorted(case.get(role, case["control_plane"]))
            said = _said(vm, name, case["config"])
            judged += 1
            if not _agree(said, wanted, case["config"]):
                differing.append((row["schema"], case["config"], said, wanted))
    assert judged == 2100
    assert not differing


def test_what_is_stored_is_what_kong_stores(shared: Path, control_plane: KongVM) -> None:
    stored = 0
    for row in _rows(shared, "configs.jsonl"):
        name = control_plane.load_schema_text(row["schema"]).name
        for case in row["cases"]:
            if "stored" in case:
                stored += 1
                got = _stored(control_plane, name, case["config"])
                assert _same_but_for_new_ids(got, case["stored"]), (row["schema"], case["config"], got)
    assert stored > 500


def test_changes_have_the_verdicts_that_kong_gave(shared: Path, control_plane: KongVM, data_plane: KongVM) -> None:
    for row in _rows(shared, "changes.jsonl"):
        name = control_plane.load_schema_text(row["old"]).name
        assert _stored(control_plane, name, row["b0"]) == row["b0"]
        name = control_plane.load_schema_text(row["new"]).name
        assert _same_but_for_new_ids(_stored(control_plane, name, row["sent"]), row["b1"])

        data_plane.load_schema_text(row["new"])
        new_on_b0 = _said(data_plane, name, row["b0"])
        data_plane.load_schema_text(row["old"])
        old_on_b1 = _said(data_plane, name, row["b1"])
        assert _agree(new_on_b0, sorted(row["new_on_b0"]), row["b0"])
        assert _agree(old_on_b1, sorted(row["old_on_b1"]), row["b1"])
        assert ("short" if not new_on_b0 else "long" if not old_on_b1 else "sync") == row["verdict"]


def _in_any_order(text: str | None) -> list[str]:
    """A refusal without the recorder's prefix; the order of allowed types and of positions is Lua's hash order."""
    bare = re.sub(r"^(runtime|syntax): ", "", text or "accepted")
    types = re.sub(r"expected one of: ([\w, ]+)", lambda found: ",".join(sorted(re.findall(r"\w+", found[1]))), bare)
    return sorted(line.rstrip(",") for line in types.split("\n"))


def test_broken_schemas_are_refused_in_kongs_words(shared: Path, control_plane: KongVM) -> None:
    refused = 0
    for row in _rows(shared, "refused.jsonl"):
        try:
            control_plane.load_schema_text(row["schema"])
            said = None
        except SchemaRefused as refusal:
            said, refused = str(refusal), refused + 1
        assert (said is None) == row["ok"], (row["schema"], said)
        assert _in_any_order(said) == _in_any_order(row["error"])
    assert refused > 100


ONE_FIELD = (
    'return {{ name = "probe", fields = {{ {{ config = {{ type = "record", fields = {{ {{ f = {} }} }} }} }} }} }}'
)


def _probe_schema(field: str) -> str:
    return 'local typedefs = require "kong.db.schema.typedefs"\n' + ONE_FIELD.format(field)


def _typedefs(shared: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((shared / "typedefs.json").read_text(encoding="utf-8"))
    return content


def test_typedefs_take_and_refuse_the_values_that_kongs_do(shared: Path, control_plane: KongVM) -> None:
    probes = _typedefs(shared)["probes"]
    differing = []
    for name in sorted(probes.keys() - APPROXIMATE):
        control_plane.load_schema_text(_probe_schema(f"typedefs.{name}"))
        for value, wanted in probes[name]:
            tree = control_plane.validate_plugin({"name": "probe", "config": {"f": value}})
            said = tree["config"]["f"] if tree else None
            if said != wanted:
                differing.append((name, value, said, wanted))
    assert not differing


HOLDERS = ("elements", "keys", "values")


def _plain(field: Any, held: bool = False) -> Any:
    """A typedef without functions (JSON has none), the order of ``one_of``, and ``required`` where loading adds it."""
    if isinstance(field, dict):
        implicit = held or (field.get("type") == "record" and field.get("required"))
        return {
            key: _plain(value, held=key in HOLDERS)
            for key, value in field.items()
            if value != "<function>" and not (key == "required" and implicit)
        }
    if isinstance(field, list):
        plain = [_plain(value) for value in field]
        return sorted(plain) if all(isinstance(value, str) for value in plain) else plain
    return field


@pytest.mark.parametrize(
    ("version", "key"),
    [("3.4.0", "3.4.0"), ("3.6.0", "3.6.0"), ("3.8.0", "3.8.0"), ("3.9.3", None), ("3.10.0", "master")],
)
def test_each_version_of_kong_has_its_own_typedefs(shared: Path, version: str, key: str | None) -> None:
    content = _typedefs(shared)
    wanted = {**content["typedefs"], **(content["differences"][key] if key else {})}
    vm = KongVM("control_plane", version)
    for name, attributes in wanted.items():
        if attributes == "absent":
            with pytest.raises(SchemaRefused, match=f"definition {name} does not exist"):
                vm.load_schema_text(_probe_schema(f"typedefs.{name}"))
            continue
        vm.load_schema_text(_probe_schema(f"typedefs.{name}"))
        fields = vm.fields_json("probe")
        assert fields is not None
        got = fields["fields"][0]["config"]["fields"][0]["f"]
        assert _plain(got) == _plain(attributes), name


@pytest.mark.parametrize(
    ("attribute", "since"),
    [
        ('examples = { "a" }', "3.6.0"),
        ('deprecation = { message = "m", removal_in_version = "4.0" }', "3.7.0"),
        ("transient = true", "3.8.0"),
        (
            'deprecation = { message = "m", removal_in_version = "4.0", replaced_with = { { path = { "g" } } } }',
            "3.8.0",
        ),
    ],
)
def test_an_attribute_is_refused_by_kongs_older_than_it(attribute: str, since: str) -> None:
    source = ONE_FIELD.format('{ type = "string", ' + attribute + " }")
    for version in ("3.4.0", "3.6.0", "3.7.0", "3.8.0", "3.9.3"):
        vm = KongVM("data_plane", version)
        if version >= since:
            vm.load_schema_text(source)
        else:
            with pytest.raises(SchemaRefused, match="unknown field"):
                vm.load_schema_text(source)
