# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong versions, compared by their numbers."""

from __future__ import annotations

import re


def version_key(version: str) -> tuple[int, ...]:
    """``"3.9.1"`` as ``(3, 9, 1)``; what follows the numbers is left out, and no numbers compare lowest."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()
