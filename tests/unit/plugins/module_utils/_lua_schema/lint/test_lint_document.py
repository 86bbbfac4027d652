# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/lint-rules.md: it says what the table says, and its examples break the rules they stand under and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint import RULES
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_lint import lint_document

DOCUMENT = Path(__file__).resolve().parents[6] / "docs" / "lint-rules.md"
CLEAN = {
    "schema.lua": 'return { name = "edge-hints", fields = { { config = { type = "record", fields = {} } } } }\n',
    "handler.lua": 'return { PRIORITY = 790, VERSION = "1.0.0" }\n',
}
WITHOUT_EXAMPLE = {"KPL207"}


@dataclass
class Section:
    """One rule in the document; fences before and after *Instead*."""

    id: str
    name: str
    severity: str
    text: str
    refused: list[tuple[str, str]] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)


def sections() -> Iterator[Section]:
    for part in DOCUMENT.read_text(encoding="utf-8").split("\n### ")[1:]:
        part = part.split("\n## ")[0]
        head = re.match(r"(KPL\d+) ([a-z-]+) \(([a-z]+)\)\n\n", part)
        assert head is not None, part[:60]
        first, _instead, second = part.partition("*Instead:*")
        text = first[head.end() :].partition("```")[0].strip()
        yield Section(*head.groups(), text, fences(first), fences(second))  # type: ignore[arg-type]


def fences(text: str) -> list[tuple[str, str]]:
    return re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)


SECTIONS = {one.id: one for one in sections()}


def make(folder: Path, blocks: list[tuple[str, str]]) -> dict[str, Any]:
    """The options for a plugin directory that is made as the fences say."""
    options: dict[str, Any] = {}
    listing = ["edge-hints/handler.lua", "edge-hints/schema.lua"]
    files = dict(CLEAN)
    for kind, text in blocks:
        first, _newline, _rest = text.partition("\n")
        if kind == "text":
            listing = text.split("\n")[:-1]
        elif first.startswith(("-- ", "# ")):
            files[first.split()[1]] = text
        else:
            options.update(yaml.safe_load(text))
    directory = folder / listing[0].split("/")[0]
    directory.mkdir()
    for line in [*listing, *(f"{directory.name}/{name}" for name in files if name == ".konnect-lint.yml")]:
        path, _arrow, target = line.partition(" -> ")
        if target:
            (folder / path).symlink_to(target)
        else:
            (folder / path).write_text(files.get(path.split("/", 1)[1], "return {}\n"))
    return {"plugin_paths": [str(directory)], **options}


def found(options: dict[str, Any]) -> set[str]:
    given = {"kong_version": None, "forbid_typedefs": False, "streaming_names": [], **options}
    return {one["rule"] for one in lint_document(given)["findings"]}


def test_the_document_has_every_rule_of_the_table_in_its_order() -> None:
    assert list(SECTIONS) == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_the_document_says_what_the_table_says(rule: str) -> None:
    said, table = SECTIONS[rule], RULES[rule]
    assert (said.name, said.severity) == (table.name, table.severity)
    assert said.text == f"{table.what}\n\n**Why:** {table.why}\n\n**Fix:** {table.fix}"


@pytest.mark.parametrize("rule", sorted(set(RULES) - WITHOUT_EXAMPLE))
def test_an_example_breaks_its_rule_and_no_other(rule: str, tmp_path: Path) -> None:
    assert found(make(tmp_path, SECTIONS[rule].refused)) == {rule}


@pytest.mark.parametrize("rule", [one.id for one in SECTIONS.values() if one.taken])
def test_what_stands_under_instead_breaks_no_rule(rule: str, tmp_path: Path) -> None:
    assert found(make(tmp_path, SECTIONS[rule].taken)) == set()


def test_a_plugin_without_fault_has_no_finding(tmp_path: Path) -> None:
    assert found(make(tmp_path, [])) == set()


def test_identifiers_stay_as_they_are() -> None:
    """Entries of .konnect-lint.yml and dashboards name them; add rules, never rename one."""
    assert {rule.id: rule.name for rule in RULES.values()} == {
        "KPL101": "forbidden-file",
        "KPL102": "missing-file",
        "KPL103": "foreign-language-without-schema",
        "KPL104": "link",
        "KPL105": "not-shippable",
        "KPL106": "syntax-error",
        "KPL201": "schema-requires-typedefs",
        "KPL202": "schema-requires-kong",
        "KPL203": "schema-requires-other",
        "KPL204": "schema-needs-gateway",
        "KPL205": "validator-needs-gateway",
        "KPL206": "validator-not-self-contained",
        "KPL207": "schema-too-long",
        "KPL208": "schema-refused",
        "KPL209": "schema-too-new",
        "KPL210": "schema-not-read",
        "KPL211": "schema-reads-machine",
        "KPL301": "name-not-literal",
        "KPL302": "name-characters",
        "KPL303": "name-underscore",
        "KPL304": "name-length",
        "KPL305": "name-differs-from-directory",
        "KPL306": "name-bundled",
        "KPL307": "name-streaming",
        "KPL401": "handler-priority",
        "KPL402": "handler-version",
        "KPL403": "handler-response",
        "KPL404": "handler-not-read",
        "KPL405": "third-party-require",
        "KPL406": "require-in-function",
        "KPL407": "own-module-missing",
        "KPL408": "own-module-under-another-name",
        "KPL901": "ignore-malformed",
        "KPL902": "ignore-without-reason",
        "KPL903": "ignore-expired",
        "KPL904": "ignore-unmatched",
    }
