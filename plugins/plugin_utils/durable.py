# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a run leaves on its controller is still there for the next run.

Private to this collection.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import UndoError
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_paths import from_here

# Where journals lie unless the operator names another folder.
JOURNAL_DIR = "~/.local/state/kongops/journal"

# What AWX and its descendants set for a job, as variables of the play and as environment.
JOB_VARIABLES = ("awx_job_id", "tower_job_id")
JOB_ENVIRONMENT = ("AWX_HOST", "TOWER_HOST")
PRIVATE = "AWX_PRIVATE_DATA_DIR"
_PASSING = ("/tmp", "/var/tmp", "/runner", "/dev/shm")


def refuse_lost_journal(journal_dir: str | None, variables: Mapping[str, Any]) -> None:
    """Stops a rollout under AWX whose journal would vanish with the container that the job runs in.

    :raises UndoError: that is so.
    """
    under_awx = any(variables.get(name) for name in JOB_VARIABLES)
    under_awx = under_awx or ("JOB_ID" in os.environ and any(os.environ.get(name) for name in JOB_ENVIRONMENT))
    if under_awx and (not journal_dir or _passes(Path(from_here(journal_dir)))):
        raise UndoError(
            "This runs under AWX, where a job leaves nothing behind: the next run could not finish or undo what this "
            "one began. Name a host of the inventory in journal_host, or mount a folder that lasts into the container "
            "group's pod or the execution environment, and name it in journal_dir. Nothing was changed."
        )


def _passes(folder: Path) -> bool:
    """Whether a folder goes with the job's container: one that was mounted there does not."""
    private = os.environ.get(PRIVATE)
    places = [Path(one) for one in (*_PASSING, *([private] if private else []))]
    if any(folder.is_relative_to(one) and not os.path.ismount(folder) for one in places):
        return True
    home = Path(from_here("~"))
    # A user without a home has the root for one, which tells nothing about a folder.
    if home == Path("/") or not folder.is_relative_to(home):
        return False
    return not any(
        os.path.ismount(one) for one in (folder, *folder.parents) if one != home and one.is_relative_to(home)
    )
