# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places inside an instance: reading, setting and removing values, and the paths that operators write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.model import Json, Place

if TYPE_CHECKING:
    from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import Field, Schema

Parts = tuple["str | int | None", ...]
_PART = re.compile(r"([^.\[\]{}]+)|\[(\d*)\]|\{\}")


def parse_path(path: str) -> Parts:
    """``config.list[].h``, ``config.map{}.h``: names, positions (1 in the text is 0 here), None for every element or
    value; or ValueError."""
    parts: list[str | int | None] = []
    at = 0
    while at < len(path):
        if path[at] == "." and parts:
            at += 1
        found = _PART.match(path, at)
        if found is None:
            raise ValueError(f"not a field path: {path}")
        name, position = found.groups()
        if position and int(position) == 0:
            raise ValueError(f"not a field path: {path} (positions count from 1)")
        parts.append(name if name is not None else int(position) - 1 if position else None)
        at = found.end()
    if not parts or parts[0] != "config" or len(parts) < 2:
        raise ValueError(f"not a field path: {path} (paths start with config.)")
    return tuple(parts)


def declared(schema: Schema, parts: Parts) -> Field | None:
    """The field that the schema declares there; None where it declares none."""
    *_holders, field = lineage(schema, parts)
    return field


def lineage(schema: Schema, parts: Parts) -> Iterator[Field | None]:
    """The fields on the way to a place and the one there; ends with None where the schema declares none."""
    field = schema.child(str(parts[0]))
    yield field
    for part in parts[1:]:
        if field is None:
            return
        if isinstance(part, str):
            field = field.values if field.type == "map" else field.child(part)
        else:
            field = field.elements or field.values
        yield field


def places(root: Json, parts: Parts, at: Place = ()) -> Iterator[Place]:
    """Every place that the path means in this instance.  The last part need not exist yet; what leads to it must,
    except that absent records on the way are taken as empty."""
    if not parts:
        yield at
        return
    here = get(root, at)
    first, rest = parts[0], parts[1:]
    if isinstance(first, str):
        if here is None or isinstance(here, dict):
            yield from places(root, rest, (*at, first))
    elif isinstance(here, list):
        for position in range(len(here)) if first is None else (first,):
            if position < len(here):
                yield from places(root, rest, (*at, position))
    elif isinstance(here, dict) and first is None:
        for key in here:
            yield from places(root, rest, (*at, key))


def get(root: Any, at: Place) -> Any:
    """The value at a place; None where there is none."""
    for part in at:
        if isinstance(root, dict):
            root = root.get(part)
        elif isinstance(root, list) and isinstance(part, int) and part < len(root):
            root = root[part]
        else:
            return None
    return root


def put(root: Json, at: Place, value: Any) -> None:
    """Sets a value, making the records on the way to it."""
    here: Any = root
    for part in at[:-1]:
        if isinstance(here, dict) and here.get(part) is None:
            here[part] = {}
        here = here[part]
    here[at[-1]] = value


def drop(root: Json, at: Place) -> Any:
    """Takes a key away and returns its value; None where there was none."""
    holder = get(root, at[:-1])
    return holder.pop(at[-1], None) if isinstance(holder, dict) else None


def without_nulls(value: Any) -> Any:
    """The same without null keys: in a request they would mean "use the default" (konnect-api.md e)."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    return value
