# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that are ignored one by one, each with a reason and perhaps until a date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.model import Finding, Plugin, finding
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint.rules import RULES

IGNORE_FILE = ".konnect-lint.yml"
_KEYS = frozenset(("rule", "path", "line", "reason", "expires"))
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True)
class Ignored:
    """A finding, and why it may stay."""

    finding: Finding
    reason: str
    expires: str | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**self.finding.to_dict(), "reason": self.reason, "expires": self.expires}


@dataclass
class Sorted:
    """``kept`` holds the findings that count, those about the entries themselves included."""

    kept: list[Finding]
    ignored: list[Ignored]


def sort_out(findings: Sequence[Finding], plugin: Plugin, today: str) -> Sorted:
    """Takes out what the plugin's entries ignore, and adds KPL901 to KPL904 for the entries."""
    sorted_out = Sorted(list(findings), [])
    if plugin.ignore_fault is not None:
        sorted_out.kept.append(finding("KPL901", IGNORE_FILE, plugin.ignore_fault))
    for at, entry in enumerate(plugin.ignores):
        line = plugin.ignore_lines[at] if at < len(plugin.ignore_lines) else 0
        verdict = _fault(entry, today)
        if verdict is None and not _take(sorted_out, entry):
            verdict = "KPL904", f"no finding is {_described(entry)}"
        if verdict is not None:
            sorted_out.kept.append(finding(verdict[0], IGNORE_FILE, verdict[1], line))
    return sorted_out


def _take(sorted_out: Sorted, entry: dict[str, Any]) -> bool:
    taken = [one for one in sorted_out.kept if _matches(entry, one)]
    sorted_out.kept = [one for one in sorted_out.kept if one not in taken]
    sorted_out.ignored += [Ignored(one, entry["reason"].strip(), entry.get("expires")) for one in taken]
    return bool(taken)


def _matches(entry: dict[str, Any], one: Finding) -> bool:
    return all(entry.get(key) in (None, getattr(one, key)) for key in ("rule", "path", "line"))


def _described(entry: dict[str, Any]) -> str:
    parts = [entry["rule"], *(f"{key} {entry[key]}" for key in ("path", "line") if entry.get(key) is not None)]
    return ", ".join(parts)


def _fault(entry: Any, today: str) -> tuple[str, str] | None:
    """Why an entry ignores nothing."""
    malformed = next(_malformed(entry), None)
    if malformed is not None:
        return "KPL901", malformed
    if not (entry.get("reason") or "").strip():
        return "KPL902", f"the entry for {entry['rule']} gives no reason"
    if entry.get("expires") is not None and entry["expires"] < today:
        return "KPL903", f"the entry for {entry['rule']} expired on {entry['expires']}"
    return None


def _malformed(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "an entry is not a mapping with rule and reason"
        return
    unknown = sorted(str(key) for key in entry if key not in _KEYS)
    if unknown:
        yield f"an entry has no key '{unknown[0]}'"
    rule = entry.get("rule")
    if not isinstance(rule, str) or rule not in RULES:
        yield f"there is no rule '{rule}'"
    elif rule.startswith("KPL9"):
        yield f"{rule} is about the entries and cannot be ignored"
    for key, kind, said in (("path", str, "a string"), ("line", int, "a number"), ("reason", str, "a string")):
        value = entry.get(key)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            yield f"{key} is not {said}"
    if entry.get("expires") is not None and not _is_date(entry["expires"]):
        yield "expires is not a date such as 2027-01-31"


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not _DATE.match(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
