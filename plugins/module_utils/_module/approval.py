# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was approved: a plan is carried out only where it is that one, or what that one's own steps left of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule, UsageError
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_files import (
    PlanShelf,
    approved_plan,
    keep_plan,
)
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import differences

MOST_DIFFERENCES = 5


def hold_to_approved(params: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """UsageError unless this plan is the approved one, or what is left of it."""
    if params["approved_plan"]:
        _hold_to(approved_plan(params["approved_plan"]), document)
    digest = params["approved_digest"]
    if digest and digest != document["digest"]:
        kept = PlanShelf(params["journal_dir"]).get(digest)
        if kept is None:
            raise UsageError(
                f"The plan's digest is {document['digest']}, not the approved one, and the approved plan is not kept "
                f"in {params['journal_dir']}: an input has changed since it was approved. Look at the plan, and "
                "approve it again."
            )
        _hold_to(kept, document)


def put_away(konnect: KonnectModule, document: Mapping[str, Any]) -> str | None:
    """Writes the plan where it is wanted later; the file that it lies in."""
    params = konnect.params
    if params["plan_file"]:
        keep_plan(params["plan_file"], document)
    approved = params["approved_digest"] == document["digest"]
    file = None
    if (params["keep"] or approved) and not konnect.check_mode:
        file = str(PlanShelf(params["journal_dir"]).put(document))
    return params["plan_file"] or file


def _hold_to(approved: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    found = differences(approved, document)
    if found:
        told = " ".join(str(one) for one in found[:MOST_DIFFERENCES])
        more = f" And {len(found) - MOST_DIFFERENCES} more." if len(found) > MOST_DIFFERENCES else ""
        raise UsageError(f"The world is not that of the approved plan. {told}{more} Plan again.")
