# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a rollout: what every later step needs to know of the plan, and where the journal lies."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.gate import Wanted, budget_of

# What opens and closes the window brackets the steps and is not gated by them.
BRACKETS = ("window", "close")
# Plays for these are in every playbook, whether or not the plan has them.
STEPS_ON_NODES = ("stage", "nodes")
# To Ansible an empty list of hosts means all of them, so a play for nobody needs a pattern that says so.
NOBODY = ("!all",)
CANARY_THEN_ALL = (1, "100%")
CANARY_QUARTER_ALL = (1, "25%", "100%")


@dataclass(frozen=True)
class Record:
    """``steps`` are those of the plan in its order; ``hosts`` names the hosts that a step on nodes is for.

    In its plain form ``targets`` has these as values for a play's ``hosts``, and ``batches`` is one for its ``serial``.
    ``budget`` is the number of nodes that may fail in the whole fleet. ``nudge`` says whether the proof may push a
    neutral payload. ``plugins`` are those of the plan, each with name, path and digest. ``soak`` is how many seconds
    a batch is left alone before the next. ``lock`` is where the lock lies
    and ``owner`` the name that it is held by. ``journal_host`` and ``journal_host_dir`` name a host of the inventory,
    and a folder there, that keep the journal too.
    """

    id: str
    attempt: int
    journal: str
    plan: str
    control_plane: str
    steps: tuple[str, ...] = ()
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    batches: tuple[int | str, ...] = CANARY_QUARTER_ALL
    budget: int = 0
    nudge: bool = False
    plugins: tuple[dict[str, str], ...] = ()
    soak: int = 0
    lock: str = "none"
    owner: str = ""
    journal_host: str = ""
    journal_host_dir: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, as it travels through a playbook."""
        members = asdict(self)
        return {
            **members,
            "steps": list(self.steps),
            "batches": list(self.batches),
            "plugins": list(self.plugins),
            "hosts": {step: list(hosts) for step, hosts in self.hosts.items()},
            "targets": {step: list(self.hosts.get(step) or NOBODY) for step in (*self.hosts, *STEPS_ON_NODES)},
        }

    @classmethod
    def from_dict(cls, members: Mapping[str, Any]) -> Record:
        """The record from what a playbook carried.

        :raises ValueError: it is not what :meth:`to_dict` gave.
        """
        try:
            return cls(
                id=str(members["id"]),
                attempt=int(members["attempt"]),
                journal=str(members["journal"]),
                plan=str(members["plan"]),
                control_plane=str(members["control_plane"]),
                steps=tuple(str(step) for step in members["steps"]),
                hosts={str(step): tuple(str(host) for host in hosts) for step, hosts in members["hosts"].items()},
                batches=tuple(members["batches"]),
                budget=int(members["budget"]),
                nudge=bool(members["nudge"]),
                plugins=tuple(dict(plugin) for plugin in members["plugins"]),
                soak=int(members["soak"]),
                lock=str(members["lock"]),
                owner=str(members["owner"]),
                journal_host=str(members["journal_host"]),
                journal_host_dir=str(members["journal_host_dir"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise ValueError(
                f"'rollout' is not a record of a maintenance window ({exc!s}); give the 'rollout' that the "
                "maintenance_window module returned"
            ) from None

    @property
    def wanted(self) -> Wanted:
        """What the gate asks for."""
        hosts = {step: frozenset(hosts) for step, hosts in self.hosts.items()}
        return Wanted(self.steps, hosts, self.budget, self.attempt)


def target_of(plan: Mapping[str, Any]) -> str:
    """A name for what a plan wants: which releases on which control plane, whatever of it is there already.

    Twelve hexadecimal digits. Two attempts at the same thing share it, so that the second finds the first's journal.
    A rollback is another thing than an update to the same releases.
    """
    wanted = sorted(f"{plugin['name']}={plugin['digest']}" for plugin in plan["plugins"])
    wanted += [f"undoes={plan['undoes']}"] if "undoes" in plan else []
    return hashlib.sha256("\n".join([str(plan["control_plane"]["id"]), *wanted]).encode()).hexdigest()[:12]


def _check(plan: Mapping[str, Any]) -> None:
    lacking = [name for name in ("control_plane", "plugins", "steps", "path", "digest", "nudge") if name not in plan]
    if lacking:
        raise ValueError(
            f"'plan' is not a plan, it has no {', '.join(lacking)}; give the 'plan' that the planning module returned, "
            'such as "{{ decided.plan }}" for what was registered as decided'
        )


def _batch(size: int | str) -> int | str:
    """One of the batches, as ``serial`` reads it: a bad one would end the play in the middle of the window."""
    if re.fullmatch(r"0*[1-9][0-9]{0,8}%?", str(size).strip()) is None:
        raise ValueError(f"batches: {str(size)[:40]!r} is neither a number of nodes nor a whole percentage such as 25%")
    return size


def record_of(
    plan: Mapping[str, Any],
    *,
    journal_dir: str,
    attempt: int,
    batches: list[int | str] | None = None,
    max_failures: int | str = 0,
    lock: str = "none",
    soak: int = 0,
) -> Record:
    """The record for one attempt at a plan (``Plan.to_dict()``).

    :raises ValueError: the plan is none, or the batches or the budget are not.

    Default batches: one canary, a quarter, the rest; on CP/DP sync one canary and the rest, since every node that waits
    is out of sync (architecture.md, `_rollout`).
    """
    _check(plan)
    name = target_of(plan)
    steps = {str(step["name"]): step for step in plan["steps"]}
    hosts = {name: tuple(step["hosts"]) for name, step in steps.items() if step.get("hosts") is not None}
    fallback = CANARY_THEN_ALL if plan["path"]["effective"] == "sync" else CANARY_QUARTER_ALL
    return Record(
        id=f"{name}-{attempt}",
        attempt=attempt,
        journal=f"{journal_dir.rstrip('/')}/{name}.jsonl",
        plan=str(plan["digest"]),
        control_plane=str(plan["control_plane"]["id"]),
        steps=tuple(step for step in steps if step not in BRACKETS),
        hosts=hosts,
        batches=tuple(map(_batch, batches or fallback)),
        budget=budget_of(max_failures, len(hosts.get("nodes", ()))),
        nudge=bool(plan["nudge"]),
        # Every node that waits on CP/DP sync is out of sync.
        soak=0 if plan["path"]["effective"] == "sync" else soak,
        lock=lock,
        # Two runs of one command may number their attempts alike at the same moment.
        owner=f"{name}-{attempt}-{secrets.token_hex(2)}",
        plugins=tuple(
            {"name": plugin["name"], "path": plugin["directory"], "digest": plugin["digest"]}
            for plugin in plan["plugins"]
        ),
    )
