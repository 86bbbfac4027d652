# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where every rollout, the lock and every node stand, as text."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._report.layout import columns, plain, wrapped

Document = Mapping[str, Any]

_HEADS = ("node", "state", "plugin releases", "ready", "in sync")
_SHORT = 12
_MOST = 10


def status_text(found: Document) -> str:
    """A report for a terminal: ``{"rollouts", "lock", "expected_hash", "nodes"}``, the newest rollout first."""
    lines = [f"Lock: {_lock(found['lock'])}", ""]
    for one in found["rollouts"][:_MOST]:
        lines += _rollout(one)
    if not found["rollouts"]:
        lines.append("No rollout has been begun from this controller.")
    rows = [_node(one, found["expected_hash"]) for one in found["nodes"]]
    if rows:
        lines += ["", *columns(rows, _HEADS)]
    return "\n".join(lines) + "\n"


def _lock(value: str | None) -> str:
    if not value:
        return "free"
    owner, _dot, expiry = value.rpartition(".")
    return f"held by {plain(owner)} until {_time(expiry)}" if expiry.isdigit() else plain(value)


def _rollout(one: Document) -> Iterator[str]:
    undo = one["undo"]
    of = ", ".join(f"{plain(item['name'])} {_digest(item['digest'])}" for item in undo["plugins"]) if undo else ""
    head = f"Rollout {plain(one['target'])}" + (f" of {of}" if of else "")
    span = f"opened {_time(one['opened_at'])}" + ("" if one["open"] else f", closed {_time(one['closed_at'])}")
    yield f"{head}: attempt {one['attempt']}, {'OPEN' if one['open'] else 'closed'} ({span})"
    if one["steps"]:
        yield "  " + ", ".join(f"{plain(step)} {plain(event)}" for step, event in one["steps"].items())
    for host, steps in one["hosts"].items():
        yield f"  {plain(host)}: " + ", ".join(f"{plain(step)} {plain(word)}" for step, word in steps.items())
    for failure in one["failures"]:
        where = plain(failure.get("host") or failure["step"])
        yield from wrapped(f"{where}: {plain(failure['reason'])}", "  - ", "    ")
    if undo:
        back = ", ".join(f"{plain(item['name'])} {_digest(item['release_before'])}" for item in undo["plugins"])
        yield f"  can go back to: {back}"


def _node(one: Document, expected: str | None) -> tuple[Any, ...]:
    if not one.get("reachable", True):
        return plain(one["host"]), "unreachable", plain(one.get("error") or ""), "-", "-"
    releases = ", ".join(f"{plain(name)} {_digest(told.get('digest'))}" for name, told in one["plugins"].items())
    ready = "not known" if one.get("ready") is None else "yes" if one["ready"] else "no"
    sync = "not known" if not expected else "yes" if one.get("config_hash") == expected else "no"
    return plain(one["host"]), "running" if one.get("running") else "stopped", releases or "none", ready, sync


def _digest(digest: str | None) -> str:
    return plain(digest.removeprefix("sha256:")[:_SHORT]) if digest else "none"


def _time(seconds: float | str | None) -> str:
    if not seconds:
        return "never"
    moment = datetime.datetime.fromtimestamp(float(seconds), tz=datetime.timezone.utc)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
