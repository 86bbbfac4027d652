# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout can be undone with: saved when its window opens, before anything is written.

Kept apart from the journal, which holds no configuration. ``instances`` may hold secret values, so they are either
masked or encrypted by whoever writes them down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.journal import FAILED, INCONCLUSIVE
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.record import target_of
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.result import SUCCEEDED, Result
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import text_digest

Json = dict[str, Any]

FORMAT = 1


class UndoError(ValueError):
    """There is nothing to go back to, or what there is cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class SavedPlugin:
    """One plugin as it was: the control plane's schema, the digest that was live on each host (None: there was none),
    and the whole instances.

    ``digest`` is the release that the rollout brings. ``known`` maps the id of an instance to its keyed digests before
    and after the rollout, which tell whether somebody wrote it since.
    """

    name: str
    digest: str
    schema: str
    hosts: dict[str, str | None]
    instances: list[Json]
    known: dict[str, list[str]]

    @property
    def release(self) -> str | None:
        """The digest that most hosts had; a fleet that was not all alike is remembered host by host."""
        told = [one for one in self.hosts.values() if one]
        return max(sorted(set(told)), key=told.count) if told else None


@dataclass(frozen=True)
class Saved:
    """The undo data of one target (see `target_of`) on a control plane (its id); ``saved_at`` in epoch seconds.

    ``masked`` says that secret values are not in it, because the rollout does not touch them.
    """

    target: str
    control_plane: str
    control_plane_name: str
    saved_at: float
    masked: bool
    plugins: tuple[SavedPlugin, ...]

    def to_dict(self) -> Json:
        """Plain JSON."""
        return {"format": FORMAT, **asdict(self), "plugins": [asdict(one) for one in self.plugins]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Saved:
        """What :meth:`to_dict` gave.

        :raises UndoError: it did not give this.
        """
        try:
            if data["format"] != FORMAT:
                raise ValueError(f"format {data['format']!r}")
            return cls(
                target=str(data["target"]),
                control_plane=str(data["control_plane"]),
                control_plane_name=str(data["control_plane_name"]),
                saved_at=float(data["saved_at"]),
                masked=bool(data["masked"]),
                plugins=tuple(SavedPlugin(**one) for one in data["plugins"]),
            )
        except (KeyError, TypeError, ValueError) as exc:
            raise UndoError(f"this is no undo data of format {FORMAT} ({str(exc)[:80]})") from None


def collect(
    plan: Mapping[str, Any],
    schemas: Mapping[str, str],
    instances: Mapping[str, Sequence[Json]],
    now: float,
    *,
    masked: bool,
) -> Saved:
    """The undo data for a plan (``Plan.to_dict()``) from the control plane's schemas and instances by plugin name.

    :raises UndoError: the schemas are not those that the plan was made on, so this is not what was there before.
    """
    for one in plan["plugins"]:
        if text_digest(schemas[one["name"]]) != one["inputs"]["schema"]["before"]:
            raise UndoError(
                f"The schema of {one['name']} was written by somebody else since the plan was made. Nothing was "
                "changed: run the same command again."
            )
    return Saved(
        target=target_of(plan),
        control_plane=str(plan["control_plane"]["id"]),
        control_plane_name=str(plan["control_plane"]["name"]),
        saved_at=now,
        masked=masked,
        plugins=tuple(
            SavedPlugin(
                name=one["name"],
                digest=one["digest"],
                schema=schemas[one["name"]],
                hosts={host["host"]: host["before"] or None for host in one["inputs"]["hosts"]},
                instances=list(instances[one["name"]]),
                known={item["id"]: [item["before"], item["after"]] for item in one["inputs"]["instances"]},
            )
            for one in plan["plugins"]
        ),
    )


def can_be_undone(plan: Mapping[str, Any]) -> bool:
    """Whether this plan replaces something that there is already. An operation (it has a ``kind``) is no such thing: an
    installation has nothing to go back to, and a removal keeps what it takes away on its own."""
    return "kind" not in plan and all("hosts" in one.get("inputs", {}) for one in plan["plugins"])


def begins_anew(plan: Mapping[str, Any]) -> bool:
    """Whether nothing of what the plan wants is in place, so that the world as it is now is what to go back to.

    Otherwise an earlier attempt has begun the work, and what that one saved stays.
    """
    for one in plan["plugins"]:
        schema, hosts = one["inputs"]["schema"], one["inputs"]["hosts"]
        in_place = [host["before"] == host["after"] for host in hosts]
        has_schema = schema["before"] == schema["after"]
        if has_schema and all(in_place):
            continue
        if any(in_place) or (has_schema and one["schemas"]):
            return False
    return True


def keeps(
    saved: Saved | None, plan: Mapping[str, Any], others: Iterable[Saved] = (), finished_at: float | None = None
) -> bool:
    """Whether what an earlier attempt saved has to stay, instead of the world as it is now.

    ``others`` are what other rollouts saved: where this one was finished (at ``finished_at``) and one of its plugins
    went somewhere else since, the way back leads there. Of one that was never finished the values that it took from
    instances are in its undo data and nowhere else, so that stays.
    """
    if saved is None:
        return False
    if is_before(saved.saved_at, finished_at) and any(_comes_after(one, saved) for one in others):
        return False
    return not begins_anew(plan) or is_half_undone(saved, plan)


def is_before(saved_at: float, finished_at: float | None) -> bool:
    """Whether undo data is of before its rollout was finished."""
    return finished_at is not None and saved_at <= finished_at


def _comes_after(other: Saved, saved: Saved) -> bool:
    shared = {one.name for one in other.plugins} & {one.name for one in saved.plugins}
    return other.control_plane == saved.control_plane and other.saved_at > saved.saved_at and bool(shared)


def is_half_undone(saved: Saved, plan: Mapping[str, Any]) -> bool:
    """Whether the way back to this was cut: its schema is back, and instances are still as the rollout left them.

    The values that the rollout took from them are in this undo data and nowhere else.
    """
    planned = {one["name"]: one["inputs"] for one in plan["plugins"]}
    for one in saved.plugins:
        now = planned.get(one.name)
        if now is None or now["schema"]["before"] != text_digest(one.schema):
            continue
        for item in now["instances"]:
            before, after = one.known.get(item["id"], ("", ""))
            if item["before"] == after != before:
                return True
    return False


def choose(found: Iterable[Saved], control_plane: str, names: Sequence[str], digest: str | None = None) -> Saved:
    """The undo data to go back with: the newest of these plugins, or the newest that leads to the release ``digest``.

    ``control_plane`` is a name or an id. ``names`` may be empty: the newest rollout of the control plane.

    :raises UndoError: there is none.
    """
    candidates = [
        one
        for one in found
        if control_plane in (one.control_plane, one.control_plane_name)
        and (not names or sorted(names) == sorted(plugin.name for plugin in one.plugins))
        and (digest is None or any(_is(digest, had) for plugin in one.plugins for had in plugin.hosts.values()))
    ]
    if not candidates:
        what = f" that replaced the release {digest[:80]}" if digest else ""
        whose = f" of {', '.join(names)}" if names else ""
        raise UndoError(
            f"No rollout{whose} on this control plane{what} has left undo data in journal_dir. Run an update with the "
            "directory of the release that you want instead."
        )
    return max(candidates, key=lambda one: one.saved_at)


def _is(given: str, digest: str | None) -> bool:
    """Whether a digest is meant by its whole or its short form."""
    plain = given.removeprefix("sha256:")
    return digest is not None and len(plain) >= 12 and digest.removeprefix("sha256:").startswith(plain)


@dataclass(frozen=True)
class Need:
    """Whether a rollout has to be undone now, and why, or why not."""

    needed: bool
    reason: str | None = None


def need_of(
    result: Result, on_failure: str, *, saved_at: float | None = None, finished_at: float | None = None
) -> Need:
    """What a rollout's result asks for. Doubt is no failure: an inconclusive proof pauses, and a person decides.

    ``saved_at`` is when the undo data was saved (None: there is none), ``finished_at`` when the same rollout was last
    finished, both in epoch seconds. What is older than that leads back from a rollout that was accepted, on all nodes:
    no answer to the failure of a node that came later.
    """
    if result.outcome == SUCCEEDED:
        return Need(False)
    if result.outcome != FAILED:
        word = "is inconclusive, which is no failure" if result.outcome == INCONCLUSIVE else "did not fail"
        return Need(False, f"the rollout {word}, so it pauses as it is")
    if on_failure == "keep":
        return Need(False, "on_failure is keep")
    if saved_at is None:
        return Need(False, "this rollout replaced nothing that could be put back")
    if is_before(saved_at, finished_at):
        return Need(False, "it was finished once, and what was saved leads back to before that, on every node")
    return Need(True, "the rollout failed")


def undo_told(need: Need, undone: Result | None, failure: str | None, left_out: Sequence[str]) -> Json | None:
    """What the report says about the undoing: ``outcome`` (kept, undone, incomplete or refused) and one ``text``.

    ``undone`` is the result of the rollback, ``failure`` what kept it from beginning, ``left_out`` the hosts that could
    not be reached. None where there is nothing to say.
    """
    again = "Run the same command again to finish it, or the playbook kongops.konnect.rollback to go back."
    if not need.needed:
        return {"outcome": "kept", "text": f"Nothing was undone: {need.reason}. {again}"} if need.reason else None
    if failure or undone is None:
        return {"outcome": "refused", "text": f"Nothing was undone: {failure or 'no reason was noted'}. {again}"}
    if undone.outcome != SUCCEEDED:
        why = "; ".join(f"{one.get('host') or one['step']}: {one['reason']}" for one in undone.failures[:3])
        where = f"not reached: {', '.join(undone.untouched[:5])}" if undone.untouched else ""
        told = "; ".join(one for one in (why, where) if one)
        return {"outcome": "incomplete", "text": f"Undoing it ended as {undone.outcome}: {told}. {again}"}
    if left_out:
        whom = ", ".join(left_out[:5])
        return {
            "outcome": "incomplete",
            "text": f"All that could be reached is as it was before. {whom} could not be reached, so it may have "
            "either release; run the playbook kongops.konnect.rollback when it is back.",
        }
    return {"outcome": "undone", "text": "The control plane, its instances and every node are as they were before."}
