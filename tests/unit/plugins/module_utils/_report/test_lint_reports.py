# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The linter's findings as text, JSON, SARIF and JUnit."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

import jsonschema
import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._report.findings import (
    findings_json,
    findings_junit,
    findings_sarif,
    findings_text,
    summary,
)

RULES = [
    {"id": "KPL203", "name": "schema-requires-other", "severity": "error", "what": "w", "why": "why not", "fix": "fix"},
    {"id": "KPL405", "name": "third-party-require", "severity": "info", "what": "w", "why": "why not", "fix": "fix"},
]
# The parts of the SARIF 2.1.0 schema (sections 3.13 to 3.49) that these reports use, with everything else refused.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def many(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


LEVEL = {"enum": ["none", "note", "warning", "error"]}
COUNTED = {"type": "integer", "minimum": 1}
RULE = closed(
    "id",
    id={"type": "string"},
    name={"type": "string"},
    shortDescription=TEXT,
    fullDescription=TEXT,
    help=TEXT,
    defaultConfiguration=closed("", level=LEVEL),
)
PLACE = closed(
    "artifactLocation",
    artifactLocation=closed("uri", uri={"type": "string", "pattern": "^[!#-;=?-Z_a-z~%]+$"}),
    region=closed("startLine", startLine=COUNTED, startColumn=COUNTED),
)
RESULT = closed(
    "message ruleId",
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=TEXT,
    locations=many(closed("", physicalLocation=PLACE)),
    suppressions=many(
        closed("kind", kind={"enum": ["inSource", "external"]}, justification={"type": "string"}),
    ),
)
RUN = closed(
    "tool",
    tool=closed("driver", driver=closed("name", name={"type": "string"}, rules=many(RULE))),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=many(RESULT),
)
SARIF = closed("version runs", **{"$schema": {"type": "string"}, "version": {"const": "2.1.0"}, "runs": many(RUN)})


def finding(**changes: Any) -> dict[str, Any]:
    return {
        "plugin": "edge-hints",
        "directory": "plugins/edge-hints",
        "file": "plugins/edge-hints/schema.lua",
        "path": "schema.lua",
        "rule": "KPL203",
        "name": "schema-requires-other",
        "severity": "error",
        "line": 3,
        "column": 15,
        "message": "requires 'cjson'",
        "why": "why not",
        "fix": "fix",
        "excerpt": 'local cjson = require "cjson"',
        "caret": 14,
        **changes,
    }


NOTE = finding(rule="KPL405", name="third-party-require", severity="info", line=0, column=0, excerpt="", caret=0)


def document(findings: list[dict[str, Any]], ignored: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    counts = {key: sum(one["severity"] == key for one in findings) for key in ("error", "warning", "info")}
    return {
        "plugins": [{"name": "edge-hints", "directory": "plugins/edge-hints"}],
        "findings": findings,
        "ignored": ignored or [],
        "counts": {**counts, "ignored": len(ignored or [])},
        "rules": RULES,
    }


FULL = document([finding(), NOTE], [finding(reason="Ours has it.", expires="2027-01-01")])
HOSTILE = document([finding(message="\x1b[2J\x00<b>&\u202e", file="plugins/\x07<a b>\udcff.lua", plugin="\x08")])


def test_text_shows_the_line_with_a_caret_under_the_column() -> None:
    lines = findings_text(FULL).split("\n")
    assert lines[0] == "plugins/edge-hints/schema.lua:3:15: error KPL203 schema-requires-other: requires 'cjson'"
    assert lines[1] == '    | local cjson = require "cjson"'
    assert lines[2].index("^") == lines[1].index("require")
    assert lines[3:5] == ["    why: why not", "    fix: fix"]
    assert lines[6].startswith("plugins/edge-hints/schema.lua: info KPL405")
    assert lines[-2] == "edge-hints: 1 error, 1 note, 1 ignored"


@pytest.mark.parametrize(
    ("counts", "said"),
    [((0, 0, 0, 0), "nothing found"), ((2, 1, 0, 0), "2 errors, 1 warning"), ((0, 0, 2, 1), "2 notes, 1 ignored")],
)
def test_numbers_are_said_as_words(counts: tuple[int, ...], said: str) -> None:
    assert summary(dict(zip(("error", "warning", "info", "ignored"), counts, strict=True))) == said


def test_json_is_the_document_without_the_table() -> None:
    assert json.loads(findings_json(FULL)) == {key: value for key, value in FULL.items() if key != "rules"}


@pytest.mark.parametrize("which", [document([]), FULL, HOSTILE], ids=["empty", "full", "hostile"])
def test_sarif_has_the_shape_of_2_1_0(which: dict[str, Any]) -> None:
    jsonschema.validate(json.loads(findings_sarif(which)), SARIF)


def test_sarif_names_rules_places_and_what_is_suppressed() -> None:
    results = json.loads(findings_sarif(FULL))["runs"][0]["results"]
    assert [(one["ruleId"], one["ruleIndex"], one["level"]) for one in results] == [
        ("KPL203", 0, "error"),
        ("KPL405", 1, "note"),
        ("KPL203", 0, "error"),
    ]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "plugins/edge-hints/schema.lua"
    assert place["region"] == {"startLine": 3, "startColumn": 15}
    assert "region" not in results[1]["locations"][0]["physicalLocation"]
    assert results[2]["suppressions"] == [{"kind": "external", "justification": "Ours has it."}]


def test_an_absolute_path_is_a_file_uri() -> None:
    results = json.loads(findings_sarif(document([finding(file="/srv/my plugins/a.lua")])))["runs"][0]["results"]
    uri = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "file:///srv/my%20plugins/a.lua"


def test_junit_fails_for_findings_and_skips_what_is_ignored() -> None:
    [suite] = ET.fromstring(findings_junit(FULL))
    assert suite.attrib == {"name": "edge-hints", "tests": "3", "failures": "1", "skipped": "1"}
    failed, noted, skipped = suite
    assert failed.attrib["file"] == "plugins/edge-hints/schema.lua"
    assert "^" in (failed[0].text or "")
    assert [one.tag for case in (failed, noted, skipped) for one in case] == ["failure", "system-out", "skipped"]


def test_junit_has_a_passing_case_where_nothing_is_found() -> None:
    [suite] = ET.fromstring(findings_junit(document([])))
    assert suite.attrib["tests"] == "1"
    assert [len(case) for case in suite] == [0]


def test_hostile_text_is_cleaned_in_every_format() -> None:
    assert all(line.isprintable() for line in findings_text(HOSTILE).split("\n"))
    message = ET.fromstring(findings_junit(HOSTILE))[0][0][0].attrib["message"]
    assert message == "[2J <b>&"
    assert json.loads(findings_sarif(HOSTILE))["runs"][0]["results"][0]["message"]["text"] == message
    assert findings_json(HOSTILE).isascii()
