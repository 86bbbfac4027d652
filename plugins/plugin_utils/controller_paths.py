# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of the controller as the operator means them: a module runs where the playbook lies, which may be inside this
collection, and an action where the command was given.

Private to this collection.
"""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.common.validation import check_type_list


def from_here(path: str) -> str:
    """A path from the directory in which the playbook was started, as Ansible expands one."""
    return os.path.abspath(os.path.expanduser(os.path.expandvars(path)))


def all_from_here(given: Any) -> Any:
    """Paths as Ansible reads a list, which may be one text; what is no list is for the module to refuse."""
    try:
        paths = check_type_list(given)
    except TypeError:
        return given
    return [from_here(str(path)) if path else path for path in paths]
