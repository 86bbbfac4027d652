# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What M(kongops.konnect.plugin_instances) does: many instances of one plugin, rewritten all or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.control_planes import Purpose
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError, clean
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.fields import Field
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import (
    WRITABLE,
    Instance,
    same_instance,
    scope_text,
    writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.masking import unmasked
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import list_instances
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rewrite import (
    ForeignWriteError,
    Rewrite,
    refusals,
    rewrite_all,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rules import RuleError, Rules
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError

_LISTED = 5


def rewrite_instances(konnect: KonnectModule) -> Result:
    """Reads every instance of the plugin, plans, tries, writes, and says of each what changed."""
    plugin = konnect.params["plugin"]
    rules = _rules(konnect.params)
    control_plane = konnect.writable_control_plane(Purpose.INSTANCE)
    stored = list_instances(konnect.client, control_plane.id, plugin)
    about = konnect.config_fields(plugin)
    konnect.learn_secrets(plugin, stored)
    if konnect.params["instances"] is None:
        rewrites = [_by_rules(instance, rules, about) for instance in stored]
    else:
        rewrites = _as_planned(konnect, stored, about)
    konnect.learn_secrets(plugin, [rewrite.after for rewrite in rewrites])
    changing = [rewrite for rewrite in rewrites if rewrite.changed]
    if konnect.params["validate"]:
        _refuse_refused(konnect, stored, changing)
    written: list[Instance] = [rewrite.after for rewrite in changing]
    if changing and not konnect.check_mode:
        if konnect.params["backup"]:
            write_backup(konnect.params["backup"], [rewrite.before for rewrite in changing])
        written = rewrite_all(konnect.client, control_plane.id, changing, about)
    return _result(konnect, rewrites, written)


def write_backup(path: str, instances: Sequence[Mapping[str, Any]]) -> None:
    """The instances as they were, whole, in a file that only its owner reads; UsageError when it cannot be written."""
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


def _rules(params: Mapping[str, Any]) -> Rules:
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
    return rules


def _by_rules(instance: Instance, rules: Rules, about: Field | None) -> Rewrite:
    try:
        config = rules.apply(instance.get("config") or {})
    except RuleError as error:
        raise UsageError(
            f"Instance {instance['id']} ({scope_text(instance)}): {error} No instance was changed."
        ) from None
    return _rewrite(instance, {**instance, "config": config}, about)


def _as_planned(konnect: KonnectModule, stored: Sequence[Instance], about: Field | None) -> list[Rewrite]:
    """Each planned instance laid over the stored one. One that is already as planned needs no ``updated_at``."""
    by_id = {str(instance["id"]): instance for instance in stored}
    rewrites = []
    for planned in konnect.params["instances"]:
        before = by_id.get(str(planned["id"]))
        if before is None:
            raise ForeignWriteError(
                f"Instance {clean(planned['id'], 100)} of {konnect.params['plugin']!r} is in the plan and not on the "
                "control plane",
                hint="Read and plan again. No instance was changed.",
            )
        given = {key: planned[key] for key in WRITABLE if planned.get(key) is not None}
        if "config" in given:
            given["config"] = unmasked(given["config"], before.get("config") or {})
        rewrite = _rewrite(before, {**before, **given}, about)
        expected = planned.get("updated_at")
        if rewrite.changed and expected is not None and expected != before.get("updated_at"):
            raise ForeignWriteError(
                f"Instance {before['id']} ({scope_text(before)}) was written by somebody else since the plan was made",
                hint="Read and plan again. No instance was changed.",
            )
        rewrites.append(rewrite)
    return rewrites


def _rewrite(before: Instance, after: Instance, about: Field | None) -> Rewrite:
    return Rewrite(before, writable(after, about), not same_instance(after, before, about))


def _refuse_refused(konnect: KonnectModule, stored: Sequence[Instance], changing: Sequence[Rewrite]) -> None:
    """Asks the control plane about every instance of the plugin as it will be, changed or not; writes nothing."""
    planned = {str(rewrite.after["id"]): rewrite.after for rewrite in changing}
    bodies = [planned.get(str(instance["id"]), writable(instance)) for instance in stored]
    found = refusals(konnect.client, konnect.control_plane.id, bodies)
    if found:
        listed = "; ".join(f"{identity}: {complaint}" for identity, complaint in found[:_LISTED])
        more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise KonnectError(
            f"The control plane would refuse {len(found)} of {len(bodies)} instances of {konnect.params['plugin']!r}: "
            f"{listed}{more}",
            hint="No instance was changed.",
        )


def _result(konnect: KonnectModule, rewrites: Sequence[Rewrite], written: Sequence[Instance]) -> Result:
    now = {str(instance["id"]): instance for instance in written}
    konnect.learn_secrets(konnect.params["plugin"], written)
    entries = []
    for rewrite in rewrites:
        identity = str(rewrite.before["id"])
        after = now.get(identity, rewrite.before)
        entries.append(
            {
                "id": identity,
                "scope": scope_text(rewrite.before),
                "changed": rewrite.changed,
                "updated_at": after.get("updated_at", rewrite.before.get("updated_at")),
                "before": konnect.shown(rewrite.before)["config"],
                "after": konnect.shown({**rewrite.before, **after})["config"],
            }
        )
    changed = [entry for entry in entries if entry["changed"]]
    before = {entry["id"]: entry["before"] for entry in changed}
    after_all = {entry["id"]: entry["after"] for entry in changed}
    return {
        "changed": bool(changed),
        "instances": entries,
        "rewritten": len(changed),
        **konnect.diff(before, after_all, f"instances of {konnect.params['plugin']}"),
    }
