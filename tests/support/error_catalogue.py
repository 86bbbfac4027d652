# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation's page of Kong's errors, made from the catalogue: ``python -m tests.support.error_catalogue``."""

from __future__ import annotations

from pathlib import Path

import tests.conftest  # noqa: F401  makes the collection importable
from ansible_collections.kongops.konnect.plugins.module_utils._node.advice import (
    CATALOGUE,
    MISSING,
    SILENT_ADVICE,
    STALE_ADVICE,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "error-catalogue.md"

_HEAD = """# What Kong says, what it means, what to do

Kong writes these into a node's error log when it refuses a payload, or cannot load a plugin. The collection finds them
there, puts field and instance to them, and gives the same advice in its messages. The playbook `diagnose` reads them
for one node, `verify` for all.

A message may name no instance: `in entry 3 of 'plugins'` is the third plugin instance of the payload, counted from 1.
One refused instance holds up the whole payload, so every later change waits with it.
"""

_PROOF_HEAD = """
## When nothing was said, and nothing is proven

A verdict that is *inconclusive* names what it could not see.

| missing | what to do |
|---|---|
"""


def page() -> str:
    """The whole page."""
    entries = [
        f"\n## `{entry.example}`\n\n**Cause.** {entry.cause}\n\n**What to do.** {entry.advice}\n" for entry in CATALOGUE
    ]
    rows = [f"| {missing} | {advice} |\n" for missing, advice in MISSING.items()]
    rows += [
        f"| (*stale*) that the workers use the payload | {STALE_ADVICE} |\n",
        f"| (*silent*) the payload | {SILENT_ADVICE} |\n",
    ]
    return "".join([_HEAD, *entries, _PROOF_HEAD, *rows])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
