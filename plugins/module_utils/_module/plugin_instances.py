# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.plugin_instances) does: many instances, rewritten all or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError, clean
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.fields import Field
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import (
    WRITABLE,
    Instance,
    home_of,
    same_instance,
    scope_text,
    writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.masking import unmasked
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rewrite import (
    ForeignWriteError,
    Rewrite,
    refusals,
    rewrite_all,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rules import RuleError, Rules
from ansible_collections.kongops.konnect.plugins.module_utils._module.binding_key import binding_key
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Edit, apply_edits
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import instance_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.own_answers import answers_for
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.places import get, parse_path, places

Decide: TypeAlias = Callable[[Sequence[Instance], Field | None], list[Rewrite]]

_LISTED = 5


def rewrite_instances(konnect: KonnectModule) -> Result:
    """Reads every instance of the plugins, plans, tries, writes, and says of each what changed."""
    params, decisions = konnect.params, _decisions(konnect)
    konnect.stored.ensure_writable(Purpose.INSTANCE)
    rewrites: list[Rewrite] = []
    bodies: dict[str, list[Instance]] = {place.id: [] for place in konnect.stored.places}
    for plugin, decide in decisions.items():
        stored = konnect.stored.instances(plugin)
        konnect.learn_secrets(plugin, stored)
        about = konnect.config_fields(plugin)
        decided = decide(stored, about)
        konnect.learn_secrets(plugin, [rewrite.after for rewrite in decided])
        planned = {str(rewrite.after["id"]): rewrite.after for rewrite in decided if rewrite.changed}
        for one in stored:
            bodies[home_of(one)].append(planned.get(str(one["id"])) or writable(one, about, nulls_only=True))
        rewrites += decided
    if params["validate"]:
        _refuse_refused(konnect, bodies)
    changing = [rewrite for rewrite in rewrites if rewrite.changed]
    written: list[Instance] = [rewrite.after for rewrite in changing]
    if changing and not konnect.check_mode:
        if params["backup"]:
            write_backup(params["backup"], [writable(rewrite.before) for rewrite in changing])
        written = rewrite_all(konnect.client, changing)
    return _result(konnect, rewrites, written)


def write_backup(path: str, instances: Sequence[Mapping[str, Any]]) -> None:
    """The instances as they were, in a file that only its owner reads; UsageError when it cannot be written.

    Without times, so that they can be written back over what this run makes of them.
    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".backup-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(list(instances), file, indent=2, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise UsageError(f"backup {path} cannot be written: {error.strerror}. No instance was changed.") from None


def _decisions(konnect: KonnectModule) -> dict[str, Decide]:
    """For each plugin, what turns its stored instances into rewrites."""
    params = konnect.params
    if params["plan"] is not None:
        plugins = params["plan"].get("plugins") or []
        return {str(one["name"]): partial(by_plan, konnect, one) for one in plugins}
    if params["instances"] is not None:
        return {params["plugin"]: partial(_as_given, params["plugin"], params["instances"])}
    rules = Rules(
        rename=params["rename"] or {},
        convert=params["convert"] or {},
        default=params["default"] or {},
        set=params["set"] or {},
        remove=params["remove"] or [],
    )
    try:
        rules.check()
    except RuleError as error:
        raise UsageError(str(error)) from None
    return {params["plugin"]: partial(_by_rules, rules)}


def _by_rules(rules: Rules, stored: Sequence[Instance], about: Field | None) -> list[Rewrite]:
    return [_by_rule(rules, instance, about) for instance in stored]


def _by_rule(rules: Rules, instance: Instance, about: Field | None) -> Rewrite:
    try:
        config = rules.apply(instance.get("config") or {})
    except RuleError as error:
        raise UsageError(
            f"Instance {instance['id']} ({scope_text(instance)}): {error} No instance was changed."
        ) from None
    return _rewrite(instance, {**instance, "config": config}, about)


def _as_given(
    plugin: str, given: Sequence[Mapping[str, Any]], stored: Sequence[Instance], about: Field | None
) -> list[Rewrite]:
    """Each given instance laid over the stored one. One that is already as given needs no ``updated_at``."""
    by_id = {str(instance["id"]): instance for instance in stored}
    rewrites = []
    for wanted in given:
        before = by_id.get(str(wanted["id"]))
        if before is None:
            raise _foreign(f"Instance {clean(wanted['id'], 100)} of {plugin!r} is not on the control plane")
        overlay = {key: wanted[key] for key in WRITABLE if key != "name" and wanted.get(key) is not None}
        if "config" in overlay:
            overlay["config"] = unmasked(overlay["config"], before.get("config") or {})
        rewrite = _rewrite(before, {**before, **overlay}, about)
        expected = wanted.get("updated_at")
        if rewrite.changed and expected is not None and expected != before.get("updated_at"):
            raise _foreign(f"Instance {before['id']} ({scope_text(before)}) was written by somebody else meanwhile")
        rewrites.append(rewrite)
    return rewrites


def by_plan(
    konnect: KonnectModule, plan: Mapping[str, Any], stored: Sequence[Instance], about: Field | None
) -> list[Rewrite]:
    """The plan's edits on the instances it was made for: each as it was then, or as this plan leaves it.

    What the plan has stored otherwise than it is is written, also where that looks the same from here: a null that the
    save turns into a default is as good as absent in a comparison, but not to a node.
    """
    key, made_up = binding_key(konnect.client.connection.token), plan["inputs"].get("made_up", ())
    planned = {str(one["id"]): one for one in plan["inputs"]["instances"]}
    edits = {str(one["id"]): tuple(map(Edit.from_dict, one["edits"])) for one in plan["instances"]}
    saved = {str(one["id"]) for one in plan["instances"] if one["action"] == "rewrite"}
    answers = (konnect.params["instance_values"] or {}).get(plan["name"]) or {}
    rewrites = []
    for instance in stored:
        identity = str(instance["id"])
        label = f"Instance {identity} of {plan['name']} ({scope_text(instance)})"
        then, now = planned.pop(identity, None), instance_digest(instance, key, made_up)
        if then is None:
            raise _foreign(f"{label} was made after the plan")
        if now not in (then["before"], then["after"]):
            raise _foreign(f"{label} is neither as planned nor as the plan leaves it")
        todo = edits.get(identity, ()) if now == then["before"] else ()
        rewrite = _rewrite(instance, _edited(instance, todo, answers), about)
        waits = identity in saved and now == then["before"]
        waits = waits and (now != then["after"] or _is_to_be_made_up(instance, made_up))
        rewrites.append(replace(rewrite, changed=rewrite.changed or waits))
    if planned:
        raise _foreign(f"Instance {clean(next(iter(planned)), 100)} of {plan['name']} was deleted after the plan")
    return rewrites


def _is_to_be_made_up(instance: Instance, made_up: Sequence[str]) -> bool:
    """Whether saving an instance gives it a value that no digest covers, since the control plane makes it up."""
    found = (at for path in made_up for at in places(instance, parse_path(path)))
    return any(get(instance, at) is None and isinstance(get(instance, at[:-1]), dict) for at in found)


def _edited(instance: Instance, edits: tuple[Edit, ...], answers: Mapping[str, Any]) -> Instance:
    if not edits:
        return instance
    try:
        config = apply_edits(instance, edits, *answers_for(instance, answers))
    except (ValueError, LookupError, TypeError) as error:
        raise UsageError(
            f"Instance {instance['id']} ({scope_text(instance)}) cannot be edited as planned: {clean(error)}. "
            "No instance was changed."
        ) from None
    return {**instance, "config": config}


def _foreign(what: str) -> ForeignWriteError:
    return ForeignWriteError(what, hint="Read and plan again. No instance was changed.")


def _rewrite(before: Instance, after: Instance, about: Field | None) -> Rewrite:
    return Rewrite(before, writable(after, about), not same_instance(after, before, about), about)


def _refuse_refused(konnect: KonnectModule, bodies: Mapping[str, Sequence[Instance]]) -> None:
    """Asks each control plane about every instance of it as it will be, changed or not; writes nothing."""
    found = [one for home, there in bodies.items() for one in refusals(konnect.client, home, there)]
    if found:
        listed = "; ".join(f"{identity}: {complaint}" for identity, complaint in found[:_LISTED])
        more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        total = sum(map(len, bodies.values()))
        raise KonnectError(
            f"The control plane would refuse {len(found)} of {total} instances: {listed}{more}",
            hint="No instance was changed.",
        )


def _result(konnect: KonnectModule, rewrites: Sequence[Rewrite], written: Sequence[Instance]) -> Result:
    now = {str(instance["id"]): instance for instance in written}
    entries = []
    for rewrite in rewrites:
        before = rewrite.before
        after = {**before, **now.get(str(before["id"]), {})}
        konnect.learn_secrets(str(before["name"]), [after])
        entries.append(
            {
                "id": str(before["id"]),
                "plugin": str(before["name"]),
                "scope": scope_text(before),
                "changed": rewrite.changed,
                "updated_at": after.get("updated_at"),
                "before": konnect.shown(before)["config"],
                "after": konnect.shown(after)["config"],
            }
        )
    changed = [entry for entry in entries if entry["changed"]]
    return {
        "changed": bool(changed),
        "instances": entries,
        "rewritten": len(changed),
        **konnect.diff(
            {entry["id"]: entry["before"] for entry in changed},
            {entry["id"]: entry["after"] for entry in changed},
            "instances",
        ),
    }
