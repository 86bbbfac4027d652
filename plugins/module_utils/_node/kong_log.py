# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's error log read: the records that tell about a load or a payload, and their causes (kong-data-plane.md 1.5).

A rejected payload is one record of many lines; only its first line has a prefix, and indentation carries the path::

    ... [clustering] unable to update running config: bad config received from control plane in 'plugins':
      - in entry 1 of 'plugins':
        in 'config':
          in 'ttl': required field missing, context: ngx.timer
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._node.advice import advice_for

LOAD = "load"
WORKER = "worker"
PAYLOAD = "payload"

_MARKERS = (
    (LOAD, re.compile(r"init_by_lua error:?\s*(.*)", re.IGNORECASE)),
    (WORKER, re.compile(r"worker initialization error:?\s*(.*)", re.IGNORECASE)),
    (PAYLOAD, re.compile(r"unable to update running config:?\s*(.*)", re.IGNORECASE)),
)
_NEW_RECORD = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[")
_CONTEXT = re.compile(r", context: [\w.*]+(?:,.*)?$")
_OPENING = re.compile(r"^bad config received from control plane\s*", re.IGNORECASE)
_IN_FIELD = re.compile(r"^in '([^']*)':\s*(.*)$")
_IN_ENTRY = re.compile(r"^- in entry ([0-9]{1,9}) of '([^']*)':\s*(.*)$")
_PLUGIN = (
    re.compile(r"on plugin '([^']+)'"),
    re.compile(r'[Pp]lugin ["\']([^"\']+)["\']'),
    re.compile(r"kong\.plugins\.([A-Za-z0-9_-]+)\."),
    re.compile(r"\b([A-Za-z0-9_-]+) plugin is (?:enabled but not installed|in use but not enabled)"),
)
_MAX_TEXT = 2000
_MAX_CAUSES = 100


@dataclass(frozen=True)
class Cause:
    """One leaf of an error: ``entity`` and ``entry`` (1-based) say which object, ``field`` is its dotted path."""

    message: str
    entity: str | None = None
    entry: int | None = None
    field: str | None = None
    plugin: str | None = None
    advice: str | None = None


@dataclass(frozen=True)
class Record:
    """One record of the log. ``kind``: load (init_by_lua), worker (initialization) or payload (rejected); ``at`` is the
    last time it was logged, as the log writes it."""

    kind: str
    text: str
    causes: tuple[Cause, ...]
    at: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def read_log(text: str) -> list[Record]:
    """The telling records of a log, each once: Kong logs a rejection again at every resend."""
    records: dict[tuple[str, str], Record] = {}
    for kind, at, lines in _telling(text):
        record = Record(kind, "\n".join(lines)[:_MAX_TEXT], tuple(_causes(kind, lines))[:_MAX_CAUSES], at)
        records[(kind, record.text)] = record
    return list(records.values())


def compile_causes(text: str) -> tuple[Cause, ...]:
    """Why the node's Lua refused a file."""
    return tuple(_load_causes(text.splitlines()))


def parse_causes(text: str) -> tuple[Cause, ...]:
    """Why `kong config parse` refused a file: the tree of a refused payload, or the message of a broken schema."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if _IN_FIELD.match(line.strip())]
    if starts:
        return tuple(_payload_causes([lines[starts[0]].strip(), *lines[starts[0] + 1 :]]))[:_MAX_CAUSES]
    return tuple(_load_causes(lines))


def _telling(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Kind, time and lines of each record, without the prefix of the first and the context of the last."""
    kind = at = ""
    lines: list[str] = []
    for line in [*text.splitlines(), "0000/00/00 00:00:00 [end]"]:
        if not (_NEW_RECORD.match(line) or (not lines and kind == "")):
            if lines:
                lines.append(line.rstrip())
            continue
        if lines:
            lines[-1] = _CONTEXT.sub("", lines[-1])
            yield kind, at, lines
        kind, lines = _opening(line)
        at = line[:19] if _NEW_RECORD.match(line) else ""


def _opening(line: str) -> tuple[str, list[str]]:
    for kind, marker in _MARKERS:
        match = marker.search(line)
        if match:
            return kind, [match.group(1).strip()]
    return "", []


def _causes(kind: str, lines: list[str]) -> Iterator[Cause]:
    return _payload_causes(lines) if kind == PAYLOAD else _load_causes(lines)


def _load_causes(lines: list[str]) -> Iterator[Cause]:
    """A failed load has one cause; the search paths and the traceback below it do not help."""
    kept = []
    for line in lines:
        if line.strip().startswith(("stack traceback", "no field package.preload", "no file '")):
            break
        kept.append(line.strip())
    message = " ".join(part for part in kept if part)[:_MAX_TEXT]
    yield Cause(message, plugin=_plugin_in(message), advice=advice_for(message))


def _plugin_in(message: str) -> str | None:
    for pattern in _PLUGIN:
        match = pattern.search(message)
        if match:
            return match.group(1)
    return None


def _payload_causes(lines: list[str]) -> Iterator[Cause]:
    opening = _OPENING.sub("", lines[0])
    stack: list[tuple[int, str, int | None]] = []  # indentation, name, entry
    found = False
    for number, line in enumerate([opening, *lines[1:]]):
        indent = -1 if number == 0 else len(line) - len(line.lstrip(" "))
        while stack and stack[-1][0] >= indent:
            stack.pop()
        entry, name, message = _branch(line.strip())
        if name is None:
            continue
        stack.append((indent, name, entry))
        if message:
            found = True
            yield _leaf(stack, message)
    if not found:
        message = " ".join(line.strip() for line in lines)[:_MAX_TEXT]
        yield Cause(message, plugin=_plugin_in(message), advice=advice_for(message))


def _branch(line: str) -> tuple[int | None, str | None, str]:
    match = _IN_ENTRY.match(line)
    if match:
        return int(match.group(1)), match.group(2), match.group(3)
    match = _IN_FIELD.match(line)
    return (None, match.group(1), match.group(2)) if match else (None, None, "")


def _leaf(stack: list[tuple[int, str, int | None]], message: str) -> Cause:
    """The path: ``in 'x':`` opens a list that ``- in entry N of 'x':`` then points into, so the two are one step."""
    steps: list[tuple[str, int | None]] = []
    for _depth, name, entry in stack:
        if entry is not None and steps and steps[-1] == (name, None):
            steps[-1] = (name, entry)
        else:
            steps.append((name, entry))
    entity, entry = steps[0] if len(steps) > 1 else (None, None)
    path = steps[1:] if entity else steps
    field = ".".join(name if index is None else f"{name}[{index}]" for name, index in path)
    message = message[:_MAX_TEXT]
    return Cause(message, entity, entry, field or None, _plugin_in(message), advice_for(message))
