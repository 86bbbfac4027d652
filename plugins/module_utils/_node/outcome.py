# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a visit did and proved, as the plain data of a task's result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.kong_log import PAYLOAD, read_log
from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import Observation
from ansible_collections.kongops.konnect.plugins.module_utils._node.verdict import judge

# What a look says of a plugin that is not there.
_NOTHING: Mapping[str, Any] = {"live": None, "live_kind": "none", "previous": None, "releases": []}


def proof(observations: Sequence[Observation], expected_hash: str | None, earlier: str | None = None) -> dict[str, Any]:
    """Verdict, observations, and where later reading of the log starts. A verdict that is not good fails the task.

    ``earlier`` is the log before the first observation: payloads refused there are counted and not judged.
    """
    verdict = judge(observations, expected_hash=expected_hash)
    last = observations[-1] if observations else None
    return {
        "verdict": verdict.to_dict(),
        "observations": [seen.to_dict() for seen in observations],
        "reloads": sum(seen.role != "observe" for seen in observations),
        "config_hash": last.hash_after if last else None,
        "log_position": last.log_to if last else None,
        "rejections": rejections(observations, earlier),
        "failed": not verdict.good,
        "msg": verdict.told,
    }


def rejections(observations: Sequence[Observation], earlier: str | None = None) -> int | None:
    """How many payloads the node is known to have rejected; None when its log could not be read."""
    if not any(seen.log_readable for seen in observations):
        return None
    return sum(
        record.kind == PAYLOAD
        for text in [earlier or "", *(seen.log for seen in observations)]
        for record in read_log(text)
    )


def not_in_effect(look: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Why plugins that were switched would still not run on this node: one sentence each."""
    reasons = []
    for name in names:
        here = look["plugins"].get(name)
        if here is None or not here["live"]:
            continue
        if here["loads"] is None:
            reasons.append(f"{name} is not found on lua_package_path; put {look['plugin_root']}/?.lua; in front of it")
        elif not here["managed"]:
            reasons.append(f"the node loads {name} from {here['loads']}, which comes before the release")
        elif name not in look["enabled"]:
            reasons.append(f"{name} is not in the setting plugins of this node, so it is not loaded")
    return reasons


def still_enabled(look: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Why plugins that were taken out of the settings would still be loaded: one sentence each."""
    return [
        f"{name} is still in the setting plugins that Kong runs with; was it reloaded with another file?"
        for name in names
        if name in look["enabled"]
    ]


def releases_done(answer: Answer, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By plugin: what the visit shipped, switched, adopted, undid, pruned."""
    return {name: _release_done(answer, name) for name in names}


def _release_done(answer: Answer, name: str) -> dict[str, Any]:
    before, _space, after = (answer.get("switched", name) or "").partition(" ")
    undone = answer.get("undone", name)
    return {
        "shipped": answer.get("shipped", name) is not None,
        "switched": bool(after),
        "before": _digest(before),
        "after": _digest(undone if undone is not None else after),
        "adopted": _digest(answer.get("adopted", name)),
        "undone": undone is not None,
        "removed": answer.get("removed", name) is not None,
        "recovered": answer.get("recovered", name),
        "pruned": [f"sha256:{hex_}" for hex_ in answer.all("pruned", name)],
    }


def _digest(text: str | None) -> str | None:
    return f"sha256:{text}" if text and text != "none" else None


def would_change(look: Mapping[str, Any], state: str, wanted: Mapping[str, str | None]) -> dict[str, tuple[Any, Any]]:
    """By plugin that a visit would change: the digest before and after (of what is live; of what is kept, if staged).

    ``wanted`` maps plugin names to digests; None means the previous release (``rolled_back``).
    Raises NodeError, as the visit would, where the release to go back to is not on the node.
    """
    changes: dict[str, tuple[Any, Any]] = {}
    for name, digest in wanted.items():
        here = look["plugins"].get(name) or _NOTHING
        if state == "absent":
            if here["live_kind"] != "none" or here["releases"]:
                changes[name] = (here["live"], None)
            continue
        if state == "disabled":
            continue
        target = digest or here["previous"]
        if state == "rolled_back":
            _refuse_lost(name, target, here["releases"])
        if state == "staged":
            if target not in here["releases"]:
                changes[name] = (None, target)
        elif target != here["live"] or here.get("drift"):
            changes[name] = (here["live"], target)
    return changes


def _refuse_lost(name: str, target: str | None, releases: Sequence[str]) -> None:
    """In the words of ``ko_ask``."""
    if target is None:
        raise NodeError(f"{name} has no previous release on this node (previous)")
    if target not in releases:
        release = target.removeprefix("sha256:")
        raise NodeError(f"release {release} of {name} is not on this node, or not whole (previous)")


def would_prune(look: Mapping[str, Any], wanted: Mapping[str, str | None], keep: int) -> bool:
    """Whether a visit that ships and switches nothing would still remove releases, as ``ko_prune`` chooses them."""
    for name, digest in wanted.items():
        here = look["plugins"].get(name) or _NOTHING
        staying = {here["live"], here["previous"], digest}
        if len(here["releases"]) > keep and not staying.issuperset(here["releases"]):
            return True
    return False


def diff_of(changes: Mapping[str, tuple[Any, Any]]) -> list[dict[str, str]]:
    """Ansible's diff entries: one plugin each, digests as lines."""
    return [
        {
            "before_header": name,
            "after_header": name,
            "before": f"{before or 'no release'}\n",
            "after": f"{after or 'no release'}\n",
        }
        for name, (before, after) in sorted(changes.items())
    ]
