# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's print of a schema's violations."""

from __future__ import annotations

import re
from typing import Any

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset(
    ("and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
     "not", "or", "repeat", "return", "then", "true", "until", "while")
)  # fmt: skip


def message_of(found: dict[Any, Any]) -> str:
    """``2 schema violations (f1: text; fields.1: {...})``: one part for each key, in order, a tree two levels below."""
    parts: list[str] = []
    for key in sorted(found, key=str):
        value = found[key]
        if isinstance(value, dict):
            parts.extend(f"{key}.{below}: {_shown(value[below])}" for below in sorted(value, key=_order))
        else:
            parts.append(f"{key}: {value}")
    count = f"{len(parts)} schema violations" if len(parts) > 1 else "schema violation"
    return f"{count} ({'; '.join(parts)})"


def _shown(value: Any) -> str:
    return _tree(value, "") if isinstance(value, dict) else str(value)


def _order(key: Any) -> tuple[int, Any]:
    return (0, key) if isinstance(key, int) else (1, str(key))


def _tree(value: dict[Any, Any], indent: str) -> str:
    deeper = indent + "  "
    lines = []
    running = 1
    for key in sorted(value, key=_order):
        one = value[key]
        shown = _tree(one, deeper) if isinstance(one, dict) else '"' + str(one).replace('"', '\\"') + '"'
        if key == running:
            running += 1
            lines.append(f"{deeper}{shown}")
        else:
            lines.append(f"{deeper}{_label(key)} = {shown}")
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _label(key: Any) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return key if _WORD.fullmatch(key) and key not in _RESERVED else f'["{key}"]'
