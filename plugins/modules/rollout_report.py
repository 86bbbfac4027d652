#!/usr/bin/python
# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name; it runs on the controller and this file is never executed."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rollout_report
short_description: Tell how a rollout ended, keep the report, and fail if the rollout did
version_added: 0.1.0
description:
  - The last task of a rollout. Reads its journal, shows every step and node, and fails only now, so that everything
    before it could be undone, unlocked and closed.
  - Works on the controller only.
author:
  - The kongops founders (@kongops)
extends_documentation_fragment:
  - kongops.konnect.attributes
attributes:
  check_mode:
    support: full
    details:
      - No file is written in check mode.
  diff_mode:
    support: none
options:
  rollout:
    description:
      - The record that M(kongops.konnect.maintenance_window) returned.
    type: dict
    required: true
  plan:
    description:
      - The plan that was carried out.
    type: dict
    required: true
  report_dir:
    description:
      - A folder on the controller to keep the report in, as JSON and as text.
    type: path
  failure:
    description:
      - The result of a task outside of the steps, such as the clean-up, that a C(rescue) section caught.
    type: dict
  undo:
    description:
      - What was gathered about undoing the rollout, as C(need), C(rollout), C(failure) and C(left_out).
    type: dict
"""

EXAMPLES = r"""
- name: Report, and fail if the rollout did
  kongops.konnect.rollout_report:
    rollout: "{{ rollout }}"
    plan: "{{ plan }}"
    report_dir: reports
"""

RETURN = r"""
outcome:
  description: How the rollout ended, one of V(succeeded), V(failed), V(inconclusive) and V(incomplete).
  returned: always
  type: str
  sample: succeeded
result:
  description: What became of every step and of every host.
  returned: always
  type: dict
  contains:
    outcome:
      description: As RV(outcome).
      type: str
    failures:
      description: What failed or stayed open, each with the step, the host if there is one, and the reason.
      type: list
      elements: dict
    steps:
      description: How each step ended.
      type: dict
    hosts:
      description: For each host the verdict of each step.
      type: dict
    untouched:
      description: Hosts that the rollout did not reach.
      type: list
      elements: str
    observed:
      description: How many payloads each host rejected meanwhile.
      type: dict
undo:
  description:
    - What became of undoing a rollout that failed, as C(outcome) (V(kept), V(undone), V(incomplete) or V(refused)),
      C(text) and C(result), or null where there was nothing to undo.
  returned: always
  type: dict
files:
  description: The files that were written.
  returned: always
  type: list
  elements: str
"""
