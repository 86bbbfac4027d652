# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances that an installation replaces, in a form that may be in a result and can still be put back.

Secret values are not in it: at their place is the mask, which means the value that is stored.  So an instance is only
replaced where all its secret values stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.common.parameters import remove_values

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.concurrency import attempt_each
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.errors import KonnectError, clean
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.instances import (
    Instance,
    same_instance,
    writable,
)
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.masking import unmasked
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugins import find_instance, put_instance
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.rewrite import ForeignWriteError
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, Result, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.installation import Given
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import label_of

_LISTED = 3


def refuse_lost_secrets(konnect: KonnectModule, given: Sequence[Given]) -> None:
    """UsageError where saving an instance would replace a secret value, which nothing could put back then."""
    changed = [(one, one.before) for one in given if one.before is not None]
    for one, before in changed:
        konnect.learn_secrets(one.plugin, [before, one.instance])
    for one, before in changed:
        # What leaves a module has lost every known secret wherever it occurred, not at its own place alone.
        shown = remove_values(_shown(konnect, before), konnect.module.no_log_values)
        if not _leads_back(shown, one.instance, before):
            raise UsageError(
                f"instances: {label_of(before)} of {clean(one.plugin)} is there already with another secret value, "
                "which could not be put back if a node did not take the new one. Change that instance with the module "
                "kongops.konnect.plugin_instance, or leave the secret out here to keep the stored one."
            )


def replaced_by(konnect: KonnectModule, written: Sequence[tuple[Instance, Instance]]) -> list[Result]:
    """For a result: each instance as it was, and when it was written over, from pairs of before and after."""
    return [{"before": _shown(konnect, before), "updated_at": after.get("updated_at")} for before, after in written]


def put_back(
    konnect: KonnectModule, control_plane_id: str, replaced: Sequence[Mapping[str, Any]]
) -> list[KonnectError]:
    """Puts back what `replaced_by` told, each on its own; why some could not be."""

    def restore(one: Mapping[str, Any]) -> None:
        before = one["before"]
        current = find_instance(konnect.client, control_plane_id, str(before["id"]))
        label = f"Instance {label_of(before)} of {clean(before['name'])}"
        if current is None:
            raise ForeignWriteError(f"{label} was deleted by somebody else meanwhile")
        konnect.learn_secrets(str(before["name"]), [current])
        whole = unmasked(before, writable(current), "instance")
        if same_instance(whole, current, konnect.config_fields(str(before["name"]))):
            return
        if current.get("updated_at") != one["updated_at"]:
            raise ForeignWriteError(f"{label} was written by somebody else meanwhile, and stays as it is")
        put_instance(konnect.client, control_plane_id, whole)

    outcomes = attempt_each(restore, replaced, konnect.client.connection.concurrency, stop=False)
    return [one.error for one in outcomes if one.error is not None]


def _shown(konnect: KonnectModule, before: Instance) -> Instance:
    return konnect.shown(writable(before))


def _leads_back(shown: Mapping[str, Any], after: Instance, before: Instance) -> bool:
    try:
        return bool(unmasked(shown, after, "instance") == writable(before))
    except KonnectError:
        return False
