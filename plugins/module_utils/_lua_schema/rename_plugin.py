# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin's files under a new name: what has to change is changed, what may have to is told.

Works on tokens, so comments and code are never mistaken for names.  What has to change is the name that ``schema.lua``
declares (the control plane goes by it) and the paths of the plugin's own modules (``kong.plugins.<name>.x``: left as
they are, the copy would run the old plugin's helpers).  Anything else that holds the old name is somebody's decision:
a cache key that two versions share can be a fault or the point.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lexer import Tokens, tokenize
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.read import read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import Schema, SchemaError

SCHEMA = "schema.lua"
MODULES = "kong.plugins."
_SHOWN = 60


class RenameError(Exception):
    """The plugin cannot be copied under that name; the text says what, where and what to do."""


@dataclass(frozen=True)
class Spot:
    """A place in a plugin's files, line and column counted from 1; ``text`` is the code there, ``why`` a few words."""

    file: str
    line: int
    column: int
    text: str
    why: str

    @property
    def place(self) -> str:
        """``handler.lua:12:7``, as `rename_plugin` takes it in ``also``."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Renamed:
    """``files`` are all of them, changed or not; ``changed`` and ``doubtful`` say where, in the order of the files."""

    files: Mapping[str, bytes]
    changed: tuple[Spot, ...]
    doubtful: tuple[Spot, ...]


@dataclass(frozen=True)
class _Text:
    """A Lua file as tokens, and what is needed to write it back byte for byte."""

    file: str
    tokens: Tokens
    head: bytes
    newline: str

    def strings(self) -> Iterator[tuple[int, str]]:
        """Index and value of every string literal."""
        for index, value in self.tokens.values.items():
            if isinstance(value, str):
                yield index, value

    def spot(self, index: int, why: str) -> Spot:
        return Spot(self.file, self.tokens.lines[index], self.tokens.columns[index], self._shown(index), why)

    def _shown(self, index: int) -> str:
        text = "".join(one if " " <= one < "\x7f" else "?" for one in self.tokens.texts[index])
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."

    def written(self, values: Mapping[int, str]) -> bytes:
        """The file with these string literals in place of those at the indexes."""
        source, at, parts = self.tokens.source, 0, []
        for index in sorted(values):
            start, old = self.tokens.starts[index], self.tokens.texts[index]
            parts += [source[at:start], _literal(old, values[index])]
            at = start + len(old)
        text = "".join([*parts, source[at:]])
        return self.head + text.replace("\n", self.newline).encode("latin-1")


def rename_plugin(files: Mapping[str, bytes], old: str, new: str, also: Sequence[str] = ()) -> Renamed:
    """The files of plugin ``old`` as those of plugin ``new``; ``also`` are doubtful places to change as well.

    :raises RenameError: ``schema.lua`` cannot be read or does not declare ``old``, its name is computed, or a place in
        ``also`` is not one that `Renamed.doubtful` tells.
    """
    texts = {name: _read(name, data) for name, data in sorted(files.items()) if name.endswith(".lua")}
    if SCHEMA not in texts:
        raise RenameError(f"{SCHEMA} is missing: this is not the directory of a plugin.")
    modules = {_module(old, name) for name in texts}
    wanted = set(also)
    result: dict[str, bytes] = dict(files)
    changed: list[Spot] = []
    doubtful: list[Spot] = []
    for name, text in texts.items():
        edits, told = _judge(text, old, new, modules)
        for index, spot in told:
            if spot.place in wanted:
                wanted.discard(spot.place)
                edits[index] = (_replaced(_value(text, index), old, new), "asked for")
            else:
                doubtful.append(spot)
        changed += [text.spot(index, why) for index, (_new, why) in sorted(edits.items())]
        if edits:
            result[name] = text.written({index: value for index, (value, _why) in edits.items()})
    if wanted:
        raise RenameError(
            f"{sorted(wanted)[0][:200]}: no doubtful place is there. They are written FILE:LINE:COLUMN, as the copy "
            "tells them."
        )
    doubtful += _beside(files, old)
    return Renamed(result, tuple(changed), tuple(doubtful))


def _read(name: str, data: bytes) -> _Text:
    raw = data.decode("latin-1")
    try:
        tokens = tokenize(data.decode("utf-8", "surrogateescape"))
    except SchemaError as error:
        raise RenameError(f"{name}:{error.line}:{error.column}: {error.message}.") from None
    newline = "\r\n" if "\r\n" in raw and "\n" not in raw.replace("\r\n", "") else "\n"
    plain = raw.replace("\r\n", "\n") if newline == "\r\n" else raw
    head = plain[: len(plain) - len(tokens.source)] if plain.endswith(tokens.source) else ""
    return _Text(name, tokens, head.replace("\n", newline).encode("latin-1"), newline)


def _judge(
    text: _Text, old: str, new: str, modules: set[str]
) -> tuple[dict[int, tuple[str, str]], list[tuple[int, Spot]]]:
    """What changes for sure, as index to (new value, why), and what is told with its index."""
    edits: dict[int, tuple[str, str]] = {}
    told: list[tuple[int, Spot]] = []
    if text.file == SCHEMA:
        index = _name_literal(text, old, new)
        edits[index] = (new, "the name in the schema")
    computed = set(_computed(text))
    for index, value in text.strings():
        if index in edits:
            continue
        if _is_path(value, old):
            own = value in modules
            edits[index] = (_replaced(value, old, new), "a module of the plugin" if own else "a module path")
            if not own:
                told.append((index, text.spot(index, f"changed, but the plugin has no file for {value[:_SHOWN]}")))
        elif index in computed:
            told.append((index, text.spot(index, "a module path is computed from this")))
        elif value == old:
            told.append((index, text.spot(index, "the plugin's name, used for something of its own")))
        elif _holds(value, old):
            told.append((index, text.spot(index, "holds the plugin's name")))
        elif "kong%.plugins" in value:
            told.append((index, text.spot(index, "a pattern on module paths")))
    return edits, told


def _name_literal(text: _Text, old: str, new: str) -> int:
    """The one string literal that makes the schema's name: the one that, changed alone, changes the name alone."""
    source = text.tokens.source.encode("latin-1").decode("utf-8", "surrogateescape")
    before = _schema(source)
    if before.name != old:
        raise RenameError(
            f"{SCHEMA}: the schema's name is {str(before.name)[:_SHOWN]!r}, not {old!r}. Give the plugin's own "
            "directory, or its name."
        )
    for index, value in text.strings():
        if value == old:
            changed = text.written({index: new})[len(text.head) :].decode("utf-8", "surrogateescape")
            after = _schema(changed)
            if after.name == new:
                _ensure_same_fields(text, index, before, after)
                return index
    raise RenameError(f"{SCHEMA}: the name is put together at run time. Write it as one text, and copy again.")


def _ensure_same_fields(text: _Text, index: int, before: Schema, after: Schema) -> None:
    if _fields(before) != _fields(after):
        raise RenameError(
            f"{text.spot(index, '').place}: the schema uses its name in a field too, so that changing it would change "
            "the configuration. Write the two as two texts, and copy again."
        )


def _fields(schema: Schema) -> list[tuple[str, dict[str, Any]]]:
    """Every field without its description, which may well speak of the plugin."""
    return [
        (one.path, {key: value for key, value in one.declared.attributes.items() if key != "description"})
        for one in schema.flatten()
    ]


def _schema(source: str) -> Schema:
    try:
        return read_schema(source)
    except SchemaError as error:
        raise RenameError(f"{SCHEMA}:{error.line}:{error.column}: {error.message}.") from None


def _computed(text: _Text) -> Iterator[int]:
    """String literals that take part in ``"kong.plugins." .. x``, and constants that stand for such an ``x``."""
    kinds, texts, values = text.tokens.kinds, text.tokens.texts, text.tokens.values
    names = set()
    for index, value in list(text.strings()):
        if value.endswith(MODULES) and kinds[index + 1] == "DD":
            yield index
            if kinds[index + 2] == "NAME":
                names.add(texts[index + 2])
    for index in range(len(kinds) - 2):
        if kinds[index] == "NAME" and texts[index] in names and kinds[index + 1] == "EQ" and index + 2 in values:
            yield index + 2


def _beside(files: Mapping[str, bytes], old: str) -> Iterator[Spot]:
    """Files whose own name, or whose content where they are no Lua, holds the old name."""
    for name, data in sorted(files.items()):
        if _holds(name, old):
            yield Spot(name, 1, 1, name[:_SHOWN], "the file's name holds the plugin's name")
        if not name.endswith(".lua") and old.encode() in data:
            yield Spot(name, 1, 1, name[:_SHOWN], "not Lua, and holds the plugin's name")


def _module(plugin: str, file: str) -> str:
    stem = file[: -len(".lua")]
    stem = stem[: -len("/init")] if stem.endswith("/init") else stem
    return f"{MODULES}{plugin}.{stem.replace('/', '.')}"


def _is_path(value: str, plugin: str) -> bool:
    return re.fullmatch(re.escape(MODULES + plugin) + r"(\.[A-Za-z0-9_-]+)+", value) is not None


def _holds(value: str, plugin: str) -> bool:
    """Whether the name is in a text as a word: ``delay`` is in ``x-delay: 1``, and not in ``delayed``."""
    return re.search(rf"(?<![A-Za-z0-9_]){re.escape(plugin)}(?![A-Za-z0-9_])", value) is not None


def _replaced(value: str, old: str, new: str) -> str:
    return re.sub(rf"(?<![A-Za-z0-9_]){re.escape(old)}(?![A-Za-z0-9_])", lambda _found: new, value)


def _value(text: _Text, index: int) -> str:
    return str(text.tokens.values[index])


def _literal(piece: str, value: str) -> str:
    """``value`` as a literal in the manner of ``piece``."""
    if piece[0] == "[":
        level = piece[: piece.index("[", 1) + 1]
        return f"{level}{value}{level.replace('[', ']')}"
    escaped = "".join(_ESCAPES.get(one, one) for one in value.replace("\\", "\\\\").replace(piece[0], f"\\{piece[0]}"))
    return f"{piece[0]}{escaped}{piece[0]}"


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\0": "\\0"}
