# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The linter's findings for people and for machines: text, JSON, SARIF 2.1.0 and JUnit.

A document holds ``plugins`` (name, directory), ``findings`` and ``ignored`` (as the linter's, each with ``plugin`` and
``file``), ``counts`` by severity, and ``rules``, the table.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from ansible_collections.kongops.konnect.plugins.module_utils._report.as_json import as_json
from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import plain, wrapped

Document = Mapping[str, Any]

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_WORDS = (("error", "error", "errors"), ("warning", "warning", "warnings"), ("info", "note", "notes"))


def findings_text(document: Document) -> str:
    """Each finding with its line and a caret, the reason and the fix; then the numbers."""
    lines: list[str] = []
    for one in document["findings"]:
        lines += [*_finding_lines(one), ""]
    names = ", ".join(_clean(one["name"]) for one in document["plugins"])
    return "\n".join([*lines, f"{names}: {summary(document['counts'])}", ""])


def findings_json(document: Document) -> str:
    """The document without the table of rules."""
    return as_json({key: value for key, value in document.items() if key != "rules"})


def findings_sarif(document: Document) -> str:
    """SARIF 2.1.0; what is ignored is a result with a suppression."""
    numbers = {rule["id"]: number for number, rule in enumerate(document["rules"])}
    results = [_sarif_result(one, numbers) for one in document["findings"]]
    for one in document["ignored"]:
        suppression = {"kind": "external", "justification": _clean(one["reason"])}
        results.append({**_sarif_result(one, numbers), "suppressions": [suppression]})
    driver = {"name": "kongops.konnect.plugin_lint", "rules": [_sarif_rule(rule) for rule in document["rules"]]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return as_json({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def findings_junit(document: Document) -> str:
    """A suite for each plugin and a case for each finding: errors and warnings fail, what is ignored is skipped."""
    suites = ET.Element("testsuites", name="plugin_lint")
    for plugin in document["plugins"]:
        _junit_suite(suites, plugin, document)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def summary(counts: Mapping[str, int]) -> str:
    """``1 error, 2 warnings, 1 ignored``, or ``nothing found``."""
    parts = [f"{counts[key]} {one if counts[key] == 1 else many}" for key, one, many in _WORDS if counts[key]]
    parts += [f"{counts['ignored']} ignored"] if counts["ignored"] else []
    return ", ".join(parts) or "nothing found"


def place(one: Mapping[str, Any]) -> str:
    """``file:line:column``, as far as known."""
    position = f":{one['line']}:{one['column']}" if one["line"] else ""
    return f"{_clean(one['file'])}{position}"


def _clean(value: Any) -> str:
    """One line of visible characters that every encoding and XML takes; file names may hold bytes that are no UTF-8."""
    return plain(value).encode("utf-8", "replace").decode()


def _finding_lines(one: Mapping[str, Any]) -> Iterable[str]:
    yield from wrapped(f"{place(one)}: {one['severity']} {one['rule']} {one['name']}: {one['message']}", "", "    ")
    if one["excerpt"]:
        yield f"    | {one['excerpt']}"
        yield f"    | {' ' * one['caret']}^"
    yield from wrapped(f"why: {one['why']}", "    ", "         ")
    yield from wrapped(f"fix: {one['fix']}", "    ", "         ")


def _sarif_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": rule["id"],
        "name": "".join(part.capitalize() for part in rule["name"].split("-")),
        "shortDescription": {"text": rule["what"]},
        "fullDescription": {"text": rule["why"]},
        "help": {"text": rule["fix"]},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule["severity"]]},
    }


def _sarif_result(one: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    path = quote(_clean(one["file"]))
    location: dict[str, Any] = {"artifactLocation": {"uri": f"file://{path}" if path.startswith("/") else path}}
    if one["line"]:
        location["region"] = {"startLine": one["line"], "startColumn": one["column"]}
    return {
        "ruleId": one["rule"],
        "ruleIndex": numbers[one["rule"]],
        "level": _SARIF_LEVELS[one["severity"]],
        "message": {"text": _clean(one["message"])},
        "locations": [{"physicalLocation": location}],
    }


def _junit_suite(suites: ET.Element, plugin: Mapping[str, Any], document: Document) -> None:
    found = [one for one in document["findings"] if one["directory"] == plugin["directory"]]
    ignored = [one for one in document["ignored"] if one["directory"] == plugin["directory"]]
    failing = [one for one in found if one["severity"] != "info"]
    suite = ET.SubElement(
        suites,
        "testsuite",
        name=_clean(plugin["name"]),
        tests=str(len(found) + len(ignored) or 1),
        failures=str(len(failing)),
        skipped=str(len(ignored)),
    )
    for one in found:
        case = _junit_case(suite, one)
        if one["severity"] == "info":
            ET.SubElement(case, "system-out").text = _clean(one["message"])
            continue
        failure = ET.SubElement(case, "failure", type=one["severity"], message=_clean(one["message"]))
        failure.text = "\n".join(_finding_lines(one))
    for one in ignored:
        ET.SubElement(_junit_case(suite, one), "skipped", message=_clean(one["reason"]))
    if not found and not ignored:
        ET.SubElement(suite, "testcase", classname=_clean(plugin["name"]), name="nothing found")


def _junit_case(suite: ET.Element, one: Mapping[str, Any]) -> ET.Element:
    name = f"{one['rule']} {one['name']} at {place(one)}"
    return ET.SubElement(suite, "testcase", classname=_clean(one["plugin"]), name=name, file=_clean(one["file"]))
