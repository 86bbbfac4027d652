# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which room of the house may know which: imports go one way, and the lab is a stranger to the plugins."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

COLLECTION = "ansible_collections.kongops.konnect"
UTILS = f"{COLLECTION}.plugins.module_utils"

# A room may import itself and the rooms listed here, nothing else of ours.
MAY_KNOW = {
    "_lua_schema": set(),
    "_konnect": set(),
    "_node": set(),
    "_report": set(),
    "_update_plan": {"_lua_schema"},
    "_rollout": {"_update_plan"},
    "_module": {"_lua_schema", "_konnect", "_node", "_report", "_update_plan", "_rollout"},
}
ONLY_MODULE_KNOWS_ANSIBLE = {"ansible"}


def _imports(file: Path, package: str) -> Iterator[str]:
    """Every dotted name that a file imports, relative imports resolved against its package."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _allowed(room: str, name: str) -> bool:
    if name.startswith(f"{UTILS}._"):
        other = name[len(UTILS) + 1 :].split(".")[0]
        return other == room or other in MAY_KNOW[room]
    if name.split(".")[0] in ONLY_MODULE_KNOWS_ANSIBLE:
        return room == "_module"
    return not name.startswith(COLLECTION) or name.startswith(UTILS)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


@pytest.mark.parametrize("room", sorted(MAY_KNOW))
def test_a_room_knows_only_the_rooms_below_it(root: Path, room: str) -> None:
    folder = root / "plugins" / "module_utils" / room
    offenders = [
        f"{file.relative_to(root)} imports {name}"
        for file in _files(folder)
        for name in _imports(file, ".".join([UTILS, *file.relative_to(folder.parent).parent.parts]))
        if not _allowed(room, name)
    ]
    assert not offenders


def test_every_room_has_a_rule(root: Path) -> None:
    rooms = {path.name for path in (root / "plugins" / "module_utils").iterdir() if path.is_dir()} - {"__pycache__"}
    assert rooms <= set(MAY_KNOW)


def test_the_lab_shares_no_code_with_the_plugins(root: Path) -> None:
    offenders = [
        f"{file.relative_to(root)} imports {name}"
        for file in _files(root / "lab")
        for name in _imports(file, "lab")
        if name.startswith(("ansible_collections", "plugins"))
    ]
    assert not offenders


def test_nothing_that_ships_knows_the_lab(root: Path) -> None:
    offenders = [
        f"{file.relative_to(root)} imports {name}"
        for file in _files(root / "plugins")
        for name in _imports(file, "plugins")
        if name.split(".")[0] in {"lab", "lupa"}
    ]
    for folder in ("roles", "playbooks"):
        offenders += [
            str(file.relative_to(root))
            for file in (root / folder).rglob("*")
            if file.is_file() and "lab/" in file.read_text(encoding="utf-8")
        ]
    assert not offenders
