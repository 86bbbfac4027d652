# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented table of update paths (update-paths.md section 1), as data and nothing else."""

from __future__ import annotations

COLUMNS = ("required-default", "required", "optional-default", "optional")

DOCUMENTED: dict[str, dict[str, str]] = {
    "added": {"required-default": "short", "required": "long", "optional-default": "short", "optional": "short"},
    "removed": {"required-default": "long", "required": "sync", "optional-default": "long", "optional": "long"},
    "retyped": {"required-default": "sync", "required": "sync", "optional-default": "sync", "optional": "sync"},
}
