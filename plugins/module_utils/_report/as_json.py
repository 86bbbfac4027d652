# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan or a result as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def as_json(document: Mapping[str, Any]) -> str:
    """The document, indented, ASCII only, so that nothing in it can act on a terminal."""
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"
