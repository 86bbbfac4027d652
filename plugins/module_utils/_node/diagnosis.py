# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a node, in words: from a look at it, the records of its log, and the control plane's record of it.

What the log tells counts only while it can still hold: a failed load until the workers changed, a refused payload until
the node has what the control plane expects. A node may have that without taking another payload, when the configuration
went back to what it had (an equal hash is not parsed, kong-data-plane.md 1.3); who asks for ``doubts`` is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._node.advice import MISSING
from ansible_collections.kongops.konnect.plugins.module_utils._node.kong_log import LOAD, PAYLOAD, WORKER

Json = Mapping[str, Any]

_REFUSED = "The node refuses its configuration"
_REFUSED_ONCE = (
    "The node is in sync, but its present workers refused a payload; it took a later one, or the configuration went "
    "back to what it was, which the playbook verify shows with nudge=true"
)
_RELOAD = "Run the update again, or node_reload: either reloads the node and proves it."
_MAX_CAUSES = 5


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: ``what``, and ``advice``, what to do about it."""

    what: str
    advice: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def diagnose(
    look: Json,
    log: Json | None = None,
    record: Json | None = None,
    *,
    doubts: bool = False,
    accepted: bool = False,
) -> list[Finding]:
    """Everything that is wrong with a node, the gravest first.

    ``look`` is a look answer; ``log`` what plugin_release_info read of the log (``records``, ``workers_since``), None
    where it was not asked for; ``record`` the control plane's record of the node (``verdict``, ``reason``);
    ``doubts`` whether to tell what may be over, too; ``accepted`` whether it took a payload just now, which the control
    plane need not know yet.
    """
    if not look["reachable"]:
        return [Finding(f"The node cannot be reached: {look['error']}", "Let Ansible connect to it, and look again.")]
    found = [*_of_process(look), *_of_plugins(look), *_of_record(look, record, accepted=accepted)]
    in_sync = record is not None and record.get("verdict") == "in_sync"
    return [*_of_log(log or {}, in_sync=in_sync, doubts=doubts), *found, *_of_sight(look)]


def _of_log(log: Json, *, in_sync: bool, doubts: bool) -> Iterator[Finding]:
    since = log.get("workers_since") or ""
    what = {
        LOAD: "Kong could not load its plugins, and the workers from before go on",
        WORKER: "The workers could not start as they should",
        PAYLOAD: _REFUSED_ONCE if in_sync else _REFUSED,
    }
    for record in log.get("records") or ():
        kind = record["kind"]
        over = record["at"] < since
        if (over or not doubts) if kind == PAYLOAD and in_sync else (over and kind != PAYLOAD):
            continue
        for cause in record["causes"][:_MAX_CAUSES]:
            where = [f"{cause['entity']}[{cause['entry']}]"] if cause["entity"] and cause["entry"] else []
            place = ", ".join([*where, *([cause["field"]] if cause["field"] else [])])
            at = f" ({record['at']})" if record["at"] else ""
            yield Finding(f"{what[kind]}{at}: {f'{place}: ' if place else ''}{cause['message']}", cause["advice"])


def _of_process(look: Json) -> Iterator[Finding]:
    if not look["running"]:
        yield Finding("Kong does not run.", MISSING["a running Kong"])
    elif look["ready"] is False:
        yield Finding(f"The node is not ready: {look['ready_message'] or 'no reason given'}", MISSING["readiness"])
    if look["running"] and look["empty_prefix"]:
        yield Finding(
            "The node has no configuration to fall back on, so a refused payload leaves it with nothing to serve.",
            "Update such a node after another one has taken the payload.",
        )


def _of_plugins(look: Json) -> Iterator[Finding]:
    for name, plugin in look["plugins"].items():
        if plugin["loads"] is None:
            if name in look["enabled"]:
                yield Finding(
                    f"{name} is enabled and not installed; the next reload or start fails.",
                    "Ship its release, or take it out of the setting plugins.",
                )
            continue
        if plugin["live"] and not plugin["managed"]:
            yield Finding(
                f"{name} loads from {plugin['loads']}, which comes before the release.",
                f"Remove that copy, or put {look['plugin_root']}/?.lua first on lua_package_path.",
            )
        if plugin["loaded"] is False:
            yield Finding(f"{name} was switched to another release, and the workers do not run it yet.", _RELOAD)
        if plugin["drift"]:
            yield Finding(
                f"{name} is not as its release was shipped: {'; '.join(plugin['drift'][:_MAX_CAUSES])}",
                "Ship the release again, which repairs it, and find out who changes files on this node.",
            )


def _of_record(look: Json, record: Json | None, *, accepted: bool) -> Iterator[Finding]:
    if record is None or (accepted and record.get("verdict") == "stale"):
        return
    if not record:
        yield Finding(
            f"The control plane has no record of this node (id {look['node_id'] or 'unknown'}).",
            "See in its error log whether it connects, and to which control plane (cluster_control_plane).",
        )
    elif record["verdict"] != "in_sync":
        yield Finding(
            f"The control plane calls it {record['verdict']}: {record['reason']}",
            "If the log names no refused payload, see whether the node is connected.",
        )


def _of_sight(look: Json) -> Iterator[Finding]:
    """What keeps a diagnosis from being sure."""
    if look["running"] and look["ready"] is None:
        yield Finding("The Status API gives no answer, so nobody knows whether it serves.", MISSING["the Status API"])
    if look["running"] and look["log"]["kind"] in ("none", "stderr"):
        yield Finding(
            "Its error log cannot be read from here, so refused payloads and failed reloads are not seen.",
            "Let proxy_error_log be a file, or name it with log_path.",
        )


def record_of(look: Json, records: Sequence[Json]) -> Json:
    """The control plane's record of a node by its id, else by its host name; empty where there is none."""
    for key, value in (("id", look.get("node_id")), ("hostname", look.get("hostname"))):
        for one in records:
            if value and one.get(key) == value:
                return one
    return {}
