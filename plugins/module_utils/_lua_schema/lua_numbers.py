# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as LuaJIT reads and writes them: doubles, shown as ``%.14g``."""

from __future__ import annotations

import math
import re

_DECIMAL = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEXADECIMAL = re.compile(r"0[xX](?=[0-9A-Fa-f.])([0-9A-Fa-f]*)(?:\.([0-9A-Fa-f]*))?(?:[pP]([+-]?[0-9]+))?")
_BINARY = re.compile(r"0[bB]([01]+)")
_BOXED = re.compile(r"(?:0[xX][0-9A-Fa-f]+|[0-9]+)(?:[uU]?[lL][lL])|.*[iI]")
_SPECIAL = re.compile(r"(?i:inf|infinity|nan)")
_BLANKS = " \t\n\v\f\r"


class BoxedNumber:
    """A 64-bit or imaginary literal (``1LL``), a LuaJIT extension that no schema attribute can hold."""


def literal_number(text: str) -> int | float | BoxedNumber | None:
    """The value of a number in Lua source; None when it is malformed."""
    value = _unsigned(text)
    if value is None and _BOXED.fullmatch(text):
        return BoxedNumber()
    return value


def to_number(text: str) -> int | float | None:
    """What ``tonumber`` makes of a string: blanks and a sign are allowed around what a literal may be."""
    bare = text.strip(_BLANKS)
    negative = bare.startswith("-")
    body = bare[1:] if bare[:1] in ("-", "+") else bare
    value = _unsigned(body)
    if value is None and _SPECIAL.fullmatch(body):
        value = float(body)
    if value is None:
        return None
    return normal(-float(value)) if negative else value


def normal(value: float) -> int | float:
    """An integral double as ``int``, any other as it is; negative zero stays a float, since it shows as ``-0``."""
    if (
        value == math.floor(value) and not (value == 0 and math.copysign(1, value) < 0)
        if math.isfinite(value)
        else False
    ):
        return int(value)
    return value


def show_number(value: int | float) -> str:
    """As ``tostring`` does."""
    if isinstance(value, float) or abs(value) >= 10**14:
        number = float(value)
        if math.isnan(number):
            return "nan" if math.copysign(1, number) > 0 else "-nan"
        if math.isinf(number):
            return "inf" if number > 0 else "-inf"
        return f"{number:.14g}"
    return str(value)


def _unsigned(text: str) -> int | float | None:
    if text.isdigit() and text.isascii() and len(text) < 16:
        return int(text)
    if _DECIMAL.fullmatch(text):
        return normal(float(text)) if len(text) < 4096 else None
    found = _HEXADECIMAL.fullmatch(text)
    if found and len(text) < 256:
        whole, fraction, exponent = found.group(1), found.group(2) or "", int(found.group(3) or 0)
        if not whole + fraction or abs(exponent) > 4096:
            return None
        try:
            return normal(math.ldexp(float(int(whole + fraction, 16)), exponent - 4 * len(fraction)))
        except OverflowError:
            return math.inf
    found = _BINARY.fullmatch(text)
    return normal(float(int(found.group(1), 2))) if found and len(text) < 256 else None
