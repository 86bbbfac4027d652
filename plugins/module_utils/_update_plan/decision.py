# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was studied to the path taken: the documented floor, the evidence, the operator's word, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.inputs import Options
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import (
    Judgement,
    Notice,
    Rejection,
    UpdatePath,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.study import Study
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, listing


@dataclass(frozen=True)
class Decision:
    """The path of one plugin; ``by`` is what led there: ``documented``, ``evidence``, ``both`` or ``operator``."""

    plugin: str
    path: UpdatePath
    by: str
    reason: str
    evidence_reason: str


def decide(study: Study, options: Options) -> Decision:
    """The heavier of the documented path and the evidence; the evidence alone where the operator asks for it."""
    documented, evidence = study.documented, study.evidence
    told = evidence_reason(study)
    if options.update_path is not None:
        why = f"The operator said so; the documents say {documented.word}, the evidence {evidence.word}."
        return Decision(study.name, options.update_path, "operator", why, told)
    if documented == evidence:
        return Decision(study.name, evidence, "both", f"The documents and the evidence agree. {told}", told)
    if evidence > documented:
        return Decision(study.name, evidence, "evidence", f"Documented {documented.word}, but: {told}", told)
    if options.path_policy == "evidence":
        why = f"Documented {documented.word}; lightened by path_policy evidence: {told}"
        return Decision(study.name, evidence, "evidence", why, told)
    rules = [one.change for one in study.changes if one.change.rule.documented == documented]
    cells = listing((f"{one.path} ({one.rule.name})" for one in rules), 3)
    why = f"The documented table says so for {cells}. By the evidence {evidence.word} would do: {told}"
    return Decision(study.name, documented, "documented", why, told)


def evidence_reason(study: Study) -> str:
    """One sentence about the evidence, with the instances that decide it."""
    deciding = study.decided_by()
    if not deciding:
        if study.floor == UpdatePath.NONE:
            return "The schema is the same everywhere."
        if not study.judgements:
            return "There is no instance that could be rejected."
        return f"All {len(study.judgements)} stored instances fit the new schema and every schema still in use."
    many = _how_many(deciding, study.judgements)
    first = deciding[0]
    if study.evidence == UpdatePath.LONG:
        return f"The new schema rejects {many}: {_say(first.new_b0)}; saved again, every node accepts them."
    return f"No order of steps suits every node for {many}: {_why_sync(first)}."


def _how_many(deciding: Sequence[Judgement], judgements: Sequence[Judgement]) -> str:
    if len(deciding) == len(judgements) > 1:
        return f"all {len(judgements)} instances"
    return f"{len(deciding)} of {len(judgements)} instances ({listing((one.label for one in deciding), 3)})"


def _why_sync(one: Judgement) -> str:
    if one.new_b0:
        old = next((refused for refused in one.fleet_b1.values() if refused), ())
        as_stored = f"as stored, the new schema says {_say(one.new_b0)}"
        return f"{as_stored}; saved again, the old one says {_say(old)}"
    old = next((refused for refused in one.fleet_b0.values() if refused), ())
    return f"they fit the new schema already, and a schema still in use says {_say(old)}"


def _say(reasons: Sequence[Rejection]) -> str:
    return f"`{reasons[0]}`" if reasons else "that a reference is no longer looked up"


def objections(studies: Sequence[Study], options: Options) -> list[Notice]:
    """An operator's path lighter than the plan's is refused without accept_risk."""
    if options.update_path is None or options.accept_risk:
        return []
    plain = Options(path_policy=options.path_policy)
    found = []
    for study in studies:
        own = decide(study, plain)
        if options.update_path < own.path:
            found.append(
                Notice(
                    f"update_path {options.update_path.word} is lighter than the plan's {own.path.word}",
                    where=clean(study.name),
                    why=own.reason,
                    todo="Leave update_path out, or add accept_risk: true.",
                )
            )
    return found


def risks(studies: Sequence[Study], options: Options) -> list[Notice]:
    """What an accepted lighter path will do, said loudly."""
    if options.update_path is None or not options.accept_risk:
        return []
    word = options.update_path.word
    return [
        Notice(
            f"RISK ACCEPTED: update_path {word} although the evidence is {study.evidence.word}",
            where=clean(study.name),
            why=evidence_reason(study),
            todo="Nodes will reject payloads until the instances are saved again.",
        )
        for study in studies
        if options.update_path < study.evidence
    ]
