# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What observations prove (architecture.md, Proof; kong-data-plane.md section 5).

========== =========================================================================================
accepted   the node took a payload: its hash moved to the expected one and nothing was rejected
loaded     new workers run what is on disk and the node is ready; no payload was parsed since
rejected   the node refused a payload; causes name field, entry and advice
failed     what is on disk did not load; the old workers go on
stale      a payload came across the last reload and may not be in effect
silent     the expected payload did not come in time
inconclusive  something that the proof needs could not be seen; ``missing`` names it. Never a success
========== =========================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._node.advice import (
    SILENT_ADVICE,
    STALE_ADVICE,
    advice_for_missing,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.kong_log import (
    LOAD,
    PAYLOAD,
    WORKER,
    Cause,
    Record,
    read_log,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import TIMED_OUT, Observation

ACCEPTED, LOADED, REJECTED, FAILED = "accepted", "loaded", "rejected", "failed"
STALE, SILENT, INCONCLUSIVE = "stale", "silent", "inconclusive"
GOOD = (ACCEPTED, LOADED)


@dataclass(frozen=True)
class Verdict:
    """``kind`` as in the table above; ``message`` is one sentence for the operator."""

    kind: str
    message: str
    causes: tuple[Cause, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether a rollout may go on."""
        return self.kind in GOOD

    @property
    def advice(self) -> str | None:
        """What to do about it; None for a good verdict and for a cause that the catalogue does not know."""
        if self.kind == STALE:
            return STALE_ADVICE
        if self.kind == SILENT:
            return SILENT_ADVICE
        told = next((cause.advice for cause in self.causes if cause.advice), None)
        return told or advice_for_missing(self.missing)

    @property
    def told(self) -> str:
        """Message and advice as one text."""
        return f"{self.message}. {self.advice}" if self.advice else self.message

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "advice": self.advice}


def judge(observations: Sequence[Observation], *, expected_hash: str | None = None) -> Verdict:
    """The verdict over one visit. A release that was undone has failed, however well the undo went."""
    if not observations:
        return Verdict(
            INCONCLUSIVE, "Kong is not running on this node, so nothing can be proven", missing=("a running Kong",)
        )
    first, last = observations[0], observations[-1]
    if last.role == "undo":
        failed = _loading(first) or Verdict(FAILED, "the release did not load")
        back = _loading(last)
        tail = "the release before it was put back and loads" if back is None else f"putting back: {back.message}"
        return Verdict(FAILED, f"{failed.message}; {tail}", failed.causes, failed.missing)
    return _loading(last) or _payload(observations, expected_hash)


def _loading(seen: Observation) -> Verdict | None:
    """Why the workers cannot be said to run what is on disk, or None when they do."""
    records = read_log(seen.log)
    for kind, what in ((LOAD, "Kong could not load its plugins"), (WORKER, "Kong's workers could not start")):
        causes = _causes(records, kind)
        if causes:
            return Verdict(FAILED, f"{what}: {said_of(causes)}", causes)
    if seen.rc not in (0, TIMED_OUT):
        return Verdict(FAILED, f"the reload command ended with status {seen.rc}: {seen.output[:400] or 'no output'}")
    if not seen.running:
        return Verdict(INCONCLUSIVE, "Kong is not running on this node", missing=("a running Kong",))
    if seen.role != "observe" and not seen.new_workers:
        return _no_new_workers(seen)
    if seen.ready is None:
        why = seen.unable or (
            f"the Status API at {seen.status_api} gave no answer"
            if seen.status_api
            else "this node has no Status API (status_listen is off)"
        )
        return Verdict(INCONCLUSIVE, f"whether the node serves cannot be seen: {why}", missing=("the Status API",))
    if not seen.ready:
        why = seen.ready_message or "no reason given"
        return Verdict(INCONCLUSIVE, f"the node is not ready: {why}", missing=("readiness",))
    return None


def _no_new_workers(seen: Observation) -> Verdict:
    missing = ["new workers"] + ([] if seen.log_readable else [f"the error log ({seen.log_kind})"])
    if seen.rc == TIMED_OUT:
        return Verdict(
            INCONCLUSIVE, "the reload command did not return in time and no new workers came", missing=tuple(missing)
        )
    return Verdict(
        INCONCLUSIVE,
        f"no new workers came within {seen.seconds:.0f} s of the reload, and the log does not say why",
        missing=tuple(missing),
    )


def _payload(observations: Sequence[Observation], expected: str | None) -> Verdict:
    last = observations[-1]
    moved = last.hash_after is not None and any(
        seen.hash_before is not None and seen.hash_before != last.hash_after for seen in observations
    )
    arrived = moved and (expected is None or last.hash_after == expected)
    causes = _causes([record for seen in observations for record in read_log(seen.log)], PAYLOAD)
    # A payload that was refused before the node took the expected one is history.
    if causes and not arrived and not (expected and last.hash_after == expected):
        return Verdict(REJECTED, f"the node rejected its configuration: {said_of(causes)}", causes)
    if last.role != "observe" and last.hash_before and last.hash_after and last.hash_before != last.hash_after:
        return Verdict(
            STALE,
            "a payload came across the reload, and the workers may still use the one before it; reload once more",
        )
    if arrived:
        return Verdict(ACCEPTED, "the node took the payload and is ready")
    if last.role == "observe" and expected and last.hash_after != expected:
        if last.hash_after is None:
            return Verdict(
                INCONCLUSIVE, "the node's configuration hash cannot be seen", missing=("the configuration hash",)
            )
        return Verdict(
            SILENT, f"the expected payload {expected[:12]} did not come; the node has {last.hash_after[:12]}"
        )
    return Verdict(LOADED, "the workers run what is on disk and the node is ready; no payload was parsed since")


def _causes(records: Sequence[Record], kind: str) -> tuple[Cause, ...]:
    return tuple(cause for record in records if record.kind == kind for cause in record.causes)


def said_of(causes: Sequence[Cause]) -> str:
    """The first cause in words, and how many more there are."""
    first = causes[0]
    where = f"{first.entity}[{first.entry}] {first.field}: " if first.entity and first.field else ""
    more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
    return f"{where}{first.message[:800]}{more}"
