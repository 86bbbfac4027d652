# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing many instances, all or nothing: one that fails takes back those that were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.client import Client
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.concurrency import Outcome, attempt_each
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.fields import Field
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import (
    Instance,
    home_of,
    same_instance,
    scope_text,
    writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import (
    find_instance,
    put_instance,
    refusal,
)


@dataclass(frozen=True)
class Rewrite:
    """One instance as `Stored.instances` gave it, and the whole object to write in its place. about: the fields of its
    ``config``."""

    before: Instance
    after: Instance
    changed: bool
    about: Field | None = None

    @property
    def home(self) -> str:
        """The id of the control plane that stores it."""
        return home_of(self.before)


class ForeignWriteError(KonnectError):
    """Somebody else wrote an instance between the moment it was read (or planned) and now."""


def refusals(client: Client, control_plane_id: str, bodies: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(id, complaint) of every object that the control plane would not take; nothing is written."""

    def one(body: Mapping[str, Any]) -> tuple[str, str] | None:
        complaint = refusal(client, control_plane_id, body)
        if complaint is None:
            return None
        return str(body.get("id") or ""), "; ".join(map(str, complaint.details)) or complaint.message

    return [found for found in client.map(one, bodies) if found]


def ensure_unchanged(
    current: Mapping[str, Any] | None, expected: Mapping[str, Any], config: Field | None = None
) -> None:
    """Raises ForeignWriteError unless an instance is still the one that was read: ``updated_at`` and content."""
    label = f"Instance {expected.get('id')} of {expected.get('name')} ({scope_text(expected)})"
    if current is None:
        raise ForeignWriteError(
            f"{label} was deleted by somebody else meanwhile", hint="Read and plan again before anything is written."
        )
    if current.get("updated_at") != expected.get("updated_at") or not same_instance(expected, current, config):
        raise ForeignWriteError(
            f"{label} was written by somebody else meanwhile", hint="Read and plan again before anything is written."
        )


def rewrite_all(client: Client, rewrites: Sequence[Rewrite]) -> list[Instance]:
    """Writes every instance and returns what is stored now, in the order given.

    Each is read again just before its PUT. After a failure those that were written are put back, and the KonnectError
    says which could not be: Konnect has no transaction, so a second failure or a foreign write can prevent it.
    """

    def write(rewrite: Rewrite) -> Instance:
        current = find_instance(client, rewrite.home, str(rewrite.before["id"]))
        ensure_unchanged(current, rewrite.before, rewrite.about)
        return put_instance(client, rewrite.home, rewrite.after)

    outcomes = attempt_each(write, rewrites, client.connection.concurrency)
    failed = next((outcome.error for outcome in outcomes if outcome.error is not None), None)
    if failed is None:
        return [outcome.value for outcome in outcomes if outcome.value is not None]
    raise _with_restore(failed, _put_back(client, outcomes)) from None


@dataclass(frozen=True)
class _PutBack:
    instance_id: str
    problem: str = ""


def _put_back(client: Client, outcomes: Sequence[Outcome[Rewrite, Instance]]) -> list[_PutBack]:
    def restore(outcome: Outcome[Rewrite, Instance]) -> _PutBack | None:
        before = outcome.item.before
        identity = str(before["id"])
        try:
            current = find_instance(client, outcome.item.home, identity)
            if outcome.error is not None and current is not None and same_instance(before, current, None):
                return None
            ours = outcome.value or outcome.item.after
            if current is None or not same_instance(ours, current, outcome.item.about):
                return _PutBack(identity, "somebody else wrote it meanwhile")
            put_instance(client, outcome.item.home, writable(before))
        except KonnectError as error:
            return _PutBack(identity, str(error))
        return _PutBack(identity)

    touched = [outcome for outcome in outcomes if outcome.done or (outcome.error and outcome.error.may_have_landed)]
    attempts = attempt_each(restore, touched, client.connection.concurrency, stop=False)
    return [attempt.value for attempt in attempts if attempt.value is not None]


def _with_restore(failed: KonnectError, put_back: Sequence[_PutBack]) -> KonnectError:
    problems = [item for item in put_back if item.problem]
    restored = len(put_back) - len(problems)
    if problems:
        listed = "; ".join(f"{item.instance_id}: {item.problem}" for item in problems[:5])
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        state = f"{restored} of {len(put_back)} written instances were put back; these could not be: {listed}{more}."
    elif put_back:
        state = f"The {restored} instance(s) written before were put back as they were."
    else:
        state = "No instance was changed."
    return type(failed)(
        failed.message,
        request=failed.request,
        status=failed.status,
        code=failed.code,
        details=failed.details,
        correlation_id=failed.correlation_id,
        hint=" ".join(filter(None, [state, failed.hint])),
        reached=failed.reached,
    )
