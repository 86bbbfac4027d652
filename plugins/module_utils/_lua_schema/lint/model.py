# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the linter is given, and what it finds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.rules import RULES
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.parse import Tree, parse
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import SchemaError

EXCERPT = 100  # characters of a source line that a finding shows
LONGEST_MESSAGE = 300
_NEWLINE = re.compile(r"\r\n|\n\r|\r|\n")


@dataclass(frozen=True)
class Plugin:
    """One plugin directory.

    ``files`` maps the relative paths of the .lua files that make a release to their text (UTF-8, other bytes as
    surrogate escapes); ``paths`` are all relative paths, a directory at the top with a final ``/``; ``links`` maps
    links that cannot be shipped to the reason; ``refusal`` is why the files make no release.  ``ignores`` are the
    entries of .konnect-lint.yml as read, ``ignore_lines`` their lines, ``ignore_fault`` why there are none.
    """

    name: str
    files: Mapping[str, str]
    paths: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    refusal: str | None = None
    ignores: tuple[Any, ...] = ()
    ignore_lines: tuple[int, ...] = ()
    ignore_fault: str | None = None


@dataclass(frozen=True)
class Options:
    """``kong_version`` is that of the oldest node, ``forbidden`` maps names at the top of the directory to what each
    would be, ``today`` is an ISO date."""

    kong_version: str | None = None
    forbid_typedefs: bool = False
    streaming_names: frozenset[str] = frozenset()
    forbidden: Mapping[str, str] = field(default_factory=dict)
    today: str = "1970-01-01"


@dataclass(frozen=True)
class Finding:
    """One finding.  ``path`` is relative to the plugin's directory; ``line`` and ``column`` count from 1 (in
    characters) and are 0 for a whole file; ``excerpt`` is the source line, and ``caret`` the column's place in it."""

    rule: str
    path: str
    line: int
    column: int
    message: str
    severity: str
    excerpt: str = ""
    caret: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain data, with what the table says of the rule."""
        rule = RULES[self.rule]
        return {
            "rule": self.rule,
            "name": rule.name,
            "severity": self.severity,
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "why": rule.why,
            "fix": rule.fix,
            "excerpt": self.excerpt,
            "caret": self.caret,
        }


def finding(rule: str, path: str, message: str, line: int = 0, *, severity: str | None = None) -> Finding:
    """A finding about a file, or about a line of a file that is not Lua."""
    return Finding(rule, shown(path), line, 1 if line else 0, shown(message), severity or RULES[rule].severity)


def shown(text: str) -> str:
    """One line of visible characters, capped: names and messages may come from the plugin."""
    clean = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return clean if len(clean) <= LONGEST_MESSAGE else f"{clean[: LONGEST_MESSAGE - 3]}..."


class Source:
    """One Lua file: its tree, and findings in it."""

    def __init__(self, path: str, text: str) -> None:
        self.path = shown(path)
        self.text = text

    @cached_property
    def fault(self) -> SchemaError | None:
        """Why it cannot be parsed."""
        return self._parsed if isinstance(self._parsed, SchemaError) else None

    @property
    def tree(self) -> Tree:
        """The syntax tree; raises the `fault` where there is one."""
        if isinstance(self._parsed, SchemaError):
            raise self._parsed
        return self._parsed

    def at(self, rule: str, line: int, column: int, message: str, *, severity: str | None = None) -> Finding:
        """A finding at a place as the reader gives it: columns in bytes, 0 where not known."""
        severity = severity or RULES[rule].severity
        if not 0 < line <= len(self._lines):
            return Finding(rule, self.path, 0, 0, shown(message), severity)
        text = self._lines[line - 1]
        before = text.encode("utf-8", "surrogateescape")[: max(column - 1, 0)].decode("utf-8", "surrogateescape")
        place = len(before)
        excerpt, caret = _excerpt(text, place)
        return Finding(rule, self.path, line, place + 1, shown(message), severity, excerpt, caret)

    def at_token(self, rule: str, token: int, message: str, *, severity: str | None = None) -> Finding:
        """A finding at a token of the tree."""
        tokens = self.tree.tokens
        return self.at(rule, tokens.lines[token], tokens.columns[token], message, severity=severity)

    @cached_property
    def _parsed(self) -> Tree | SchemaError:
        try:
            return parse(self.text)
        except SchemaError as error:
            return error

    @cached_property
    def _lines(self) -> list[str]:
        return _NEWLINE.split(self.text.removeprefix("\ufeff"))


def _excerpt(text: str, place: int) -> tuple[str, int]:
    """The line without its indent, or the part of a long line around ``place``; one character for each."""
    visible = "".join(one if one.isprintable() else " " for one in text)
    start = min(len(visible) - len(visible.lstrip()), place)
    if len(visible) - start > EXCERPT:
        start = max(start, place - EXCERPT // 2)
    return visible[start : start + EXCERPT].rstrip(), place - start
