# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan and result of a rollout as text, Markdown and JSON.  Pure: plain data in, text out."""

from __future__ import annotations

from ansible_collections.kongops.konnect.plugins.module_utils._report.as_json import as_json
from ansible_collections.kongops.konnect.plugins.module_utils._report.plan_markdown import plan_markdown
from ansible_collections.kongops.konnect.plugins.module_utils._report.plan_text import plan_text
from ansible_collections.kongops.konnect.plugins.module_utils._report.rehearsal import rehearsal_text
from ansible_collections.kongops.konnect.plugins.module_utils._report.rollout import rollout_markdown, rollout_text

__all__ = ["as_json", "plan_markdown", "plan_text", "rehearsal_text", "rollout_markdown", "rollout_text"]
