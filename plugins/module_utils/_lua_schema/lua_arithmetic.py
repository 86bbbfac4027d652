# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic and comparison of Lua's numbers, which are doubles."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_numbers import normal


def calculate(operator: str, left: int | float, right: int | float) -> int | float:
    """Arithmetic on doubles; an integral result is an ``int``."""
    if operator in "+-*" and isinstance(left, int) and isinstance(right, int):
        result = left + right if operator == "+" else left - right if operator == "-" else left * right
        if -(2**53) <= result <= 2**53 and (result or operator != "*"):
            return result
    return normal(_on_doubles(operator, float(left), float(right)))


def _on_doubles(operator: str, left: float, right: float) -> float:
    try:
        if operator == "+":
            return left + right
        if operator == "-":
            return left - right
        if operator == "*":
            return left * right
        if operator == "/":
            if right == 0:
                return (
                    math.nan
                    if left == 0 or math.isnan(left)
                    else math.copysign(math.inf, left) * math.copysign(1, right)
                )
            return left / right
        if operator == "%":
            return left - math.floor(left / right) * right if right and math.isfinite(left / right) else math.nan
        result = left**right
        return result if isinstance(result, float) else math.nan
    except OverflowError:
        return math.inf
    except ZeroDivisionError:
        return math.inf


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
EVENTS = {"+": "__add", "-": "__sub", "*": "__mul", "/": "__div", "%": "__mod", "^": "__pow"}
