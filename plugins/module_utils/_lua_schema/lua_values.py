# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON values as Lua sees them: what is equal, how long, empty or a number, and how it prints.

Lua has one kind of number (a double), no boolean that equals a number, strings of bytes, and one kind of table for
lists and objects; an empty JSON list and an empty JSON object are the same to it.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

# Beyond this an integer has no exact double, so Lua holds another number than Python does.
_EXACT = 2**53


def is_number(value: Any) -> bool:
    """Whether Lua's ``type`` says ``number``; Python counts booleans in, Lua does not."""
    kind = type(value)
    return kind is int or kind is float


def as_double(value: float) -> float:
    """The number that Lua holds after decoding the JSON number ``value``."""
    if isinstance(value, int) and not -_EXACT <= value <= _EXACT:
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    return value


def is_integral(value: float) -> bool:
    """Whether a number is one that Kong takes for an integer: integral and finite, ``5.0`` among them."""
    return isinstance(value, int) or value.is_integer()


def same(one: Any, other: Any) -> bool:
    """Lua's ``==``: a table equals only itself (so none here), ``true`` is not ``1``, and ``1`` is ``1.0``."""
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return False
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def table_key(value: Any) -> Hashable:
    """A stand-in for ``value`` as a key of a Lua table: two are equal where Lua would find the same slot.

    Every table is a key of its own, also where Python holds one object twice: decoded JSON does not.
    """
    if isinstance(value, (dict, list)):
        return object()
    return (isinstance(value, bool), value)


def to_bytes(text: str) -> bytes:
    """The bytes of a Lua string; a lone surrogate, which JSON can spell, is no reason to fail."""
    return text.encode("utf-8", "surrogatepass")


def length(value: str | list[Any] | dict[Any, Any]) -> int:
    """The length that ``len_min`` and its like see: bytes of a string, items of a list, entries of a map."""
    if isinstance(value, str) and not value.isascii():
        return len(to_bytes(value))
    return len(value)


def is_sequence(value: Any) -> bool:
    """Whether a table is a list; an empty object is one."""
    return isinstance(value, list) or (isinstance(value, dict) and not value)


def is_nonempty(value: Any) -> bool:
    """Whether entity checks count a field as set: neither null nor absent, nor an empty string or table."""
    return value is not None and value != "" and not (isinstance(value, (dict, list)) and not value)


def is_reference(value: Any) -> bool:
    """Whether ``value`` is a vault reference, such as ``{vault://env/key}``."""
    return isinstance(value, str) and value.startswith("{vault://") and value.endswith("}")


def tostring(value: Any) -> str:
    """What Lua's ``tostring`` prints; a table has no address to show here."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return f"{as_double(value):.14g}" if isinstance(value, float) or abs(value) >= 10**14 else str(value)
    return value if isinstance(value, str) else "table"


def to_int(value: Any) -> str:
    """What ``%d`` prints: the number without its fraction, and beyond 64 bits what the processor makes of it."""
    try:
        whole = int(value)
    except OverflowError:
        whole = 2**63
    except (ValueError, TypeError):
        return tostring(value)
    return str(whole if -(2**63) <= whole < 2**63 else -(2**63))


def format_once(template: str, argument: str) -> str:
    """``template:format(argument)`` for the texts that schemas bring: the first ``%s`` is filled."""
    head, mark, tail = template.replace("%%", "\0").partition("%s")
    return (head + (argument if mark else "") + tail).replace("\0", "%")


def quoted(names: list[Any]) -> str:
    """``'a', 'b'``, and ``('a', 'b'), ('c')`` for lists of lists, as Kong writes field names."""
    return ", ".join(f"({quoted(name)})" if isinstance(name, list) else f"'{tostring(name)}'" for name in names)
