# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that fits: cleaned, wrapped, set in columns, and coloured where asked for.

Strings in a plan come from schemas, nodes and the API: control characters could rewrite a terminal.
"""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

WIDTH = 100
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
_LONGEST = 500
_COLORS = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}
_PATH_COLORS = {"none": "green", "short": "green", "long": "yellow", "sync": "red"}


def plain(value: Any) -> str:
    """One line of visible characters."""
    text = _UNSAFE.sub(" ", str(value)).strip()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def markdown(value: Any) -> str:
    """The same with Markdown's own characters escaped."""
    return _MARKDOWN.sub(r"\\\1", plain(value))


def paint(text: str, color: str, *, on: bool) -> str:
    """The text in a colour of the terminal, or as it is."""
    return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if on else text


def path_color(path: str) -> str:
    """Green for what disturbs nobody, red for a gap."""
    return _PATH_COLORS.get(path, "bold")


def wrapped(text: Any, indent: str = "", hanging: str | None = None) -> list[str]:
    """The text in lines of at most `WIDTH` characters; ``hanging`` is the indent of the second and further lines."""
    later = indent if hanging is None else hanging
    found = textwrap.wrap(plain(text), WIDTH, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False)
    return found or [indent.rstrip()]


def notice(one: Mapping[str, Any], indent: str = "  - ", hanging: str = "    ") -> list[str]:
    """A notice of a plan, and below it the variables to paste, unbroken."""
    example = one.get("example")
    lines = wrapped(one["prose"] if example else one["text"], indent, hanging)
    return lines + [f"{hanging}{line}" for line in pasted(example, WIDTH - len(hanging))] if example else lines


def pasted(variables: Mapping[str, Any], width: int = WIDTH) -> list[str]:
    """``-e '{"a": 1}'``, good for a shell: in one line where it fits, else a line for each key."""
    short = f"-e {shlex.quote(json.dumps(variables))}"
    return [short] if len(short) <= width else f"-e {shlex.quote(json.dumps(variables, indent=2))}".splitlines()


def columns(rows: Iterable[Sequence[Any]], heads: Sequence[str], indent: str = "  ") -> list[str]:
    """A table no wider than `WIDTH`: the widest column gives way and wraps inside its cell."""
    cells = [list(heads), *([plain(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(heads))]
    room = WIDTH - len(indent) - 2 * (len(heads) - 1)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda at: widths[at])
        widths[widest] -= min(sum(widths) - room, max(1, widths[widest] // 4))
    lines = []
    for row in cells:
        wrapped_cells = [
            textwrap.wrap(cell, width, break_on_hyphens=False) or [""] for cell, width in zip(row, widths, strict=True)
        ]
        for at in range(max(len(one) for one in wrapped_cells)):
            parts = [
                (one[at] if at < len(one) else "").ljust(width)
                for one, width in zip(wrapped_cells, widths, strict=True)
            ]
            lines.append((indent + "  ".join(parts)).rstrip())
    return lines


def markdown_table(rows: Iterable[Sequence[Any]], heads: Sequence[str]) -> list[str]:
    """The same table in Markdown."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return lines + [f"| {' | '.join(markdown(cell) for cell in row)} |" for row in rows]


def short_digest(digest: Any) -> str:
    """The first twelve digits, which is how people compare digests."""
    return plain(digest).rsplit(":", 1)[-1][:12]


def some(values: Iterable[Any], limit: int = 5) -> str:
    """``a, b and 3 more``."""
    shown = [plain(one) for one in values]
    if len(shown) <= limit:
        return ", ".join(shown)
    return f"{', '.join(shown[:limit])} and {len(shown) - limit} more"
