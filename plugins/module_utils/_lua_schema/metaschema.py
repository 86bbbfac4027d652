# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong's MetaSubSchema refuses."""

from __future__ import annotations

from typing import Any


def check(value: Any, schema: Any, tree: Any) -> None:
    """Raises `SchemaError`."""
