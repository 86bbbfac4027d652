# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong says when it refuses something: the exceptions, and the two ways its error trees are written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

Tree = Mapping[Any, Any]


class PluginLoadError(Exception):
    """A node cannot load an enabled plugin. The text is what follows ``init_by_lua error: `` in Kong's log."""


class SchemaRefused(Exception):
    """A control plane refuses an uploaded schema. The text is Lua's or the metaschema's."""


class SchemaRunError(Exception):
    """Code of the plugin's schema failed while an instance was looked at; the text is Lua's."""


def tree_of(pairs: Sequence[tuple[Sequence[Any], str]]) -> dict[Any, Any]:
    """A tree of errors from its leaves; what stands under ``@entity`` is a list."""
    tree: dict[Any, Any] = {}
    for path, message in sorted(pairs, key=lambda pair: [str(part) for part in pair[0]]):
        at = tree
        for part in path[:-1]:
            if part == "@entity":
                at.setdefault(part, []).append(message)
                break
            at = at.setdefault(part, {})
        else:
            at[path[-1]] = message
    return tree


def errors_as_log_text(entries: Mapping[int, Tree], *, entity: str = "plugins") -> str:
    """Kong's text for a refused payload: error trees by position (from 1) in the payload's list.

    The result begins ``in 'plugins':``, is indented by two spaces a level and has no newline at its end
    (kong-data-plane.md 1.5).
    """
    return "\n".join(_log_lines({entity: entries}, 0))


def _log_lines(tree: Tree, depth: int, parent: str = "") -> Iterator[str]:
    pad = "  " * depth
    for key, value in _ordered(tree):
        head = f"{pad}- in entry {key} of '{parent}':" if isinstance(key, int) else f"{pad}in '{key}':"
        if isinstance(value, str):
            yield f"{head} {value}"
        else:
            yield head
            yield from _log_lines(value if isinstance(value, Mapping) else _numbered(value), depth + 1, str(key))


def _numbered(values: Sequence[Any]) -> dict[int, Any]:
    return dict(enumerate(values, start=1))


def _ordered(tree: Tree) -> list[tuple[Any, Any]]:
    return sorted(tree.items(), key=lambda item: (isinstance(item[0], str), item[0]))


def flatten_errors(tree: Tree | None, *, positions: Literal["index", "none"] = "index") -> list[list[str]]:
    """An error tree as a list of ``[path, message]``.

    ``positions="index"`` writes ``config.list[0]``, counted from 0 as Konnect's API does;
    ``"none"`` writes ``config.list[]``. Entity checks stand under ``@entity`` of their record.
    """
    return [] if tree is None else [list(pair) for pair in _flat(tree, "", positions)]


def _flat(tree: Tree, path: str, positions: str) -> Iterator[tuple[str, str]]:
    for key, value in _ordered(tree):
        if isinstance(key, int):
            here = f"{path}[{key - 1}]" if positions == "index" else f"{path}[]"
        else:
            here = f"{path}.{key}" if path else str(key)
        if isinstance(value, str):
            yield here, value
        elif isinstance(value, Mapping):
            yield from _flat(value, here, positions)
        else:
            yield from ((here, message) for message in value)
