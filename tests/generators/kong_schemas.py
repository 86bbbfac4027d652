# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random plugin schemas, configurations that nearly fit them, and edits from one schema to the next.

Everything is drawn from a ``random.Random``, so a seed names a case; the strategies at the end draw the seed. Values
are biased to what schemas care about: borders, empty texts, nulls, integers written as floats, vault references.

Generated schemas stay within what Kong judges the same way every time: a table used twice is used in like places
(Kong marks what a list holds as required in place), and a map holds at most one bad value (Kong names one of them).
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

Field = dict[str, Any]


class Lua(str):
    """Source text that stands for itself in a schema: a typedef, a function, a name."""


@dataclass(frozen=True)
class PluginSchema:
    """What ``schema.lua`` declares: ``fields`` and ``checks`` of ``config``, and other fields of the plugin."""

    fields: list[tuple[str, Field]]
    checks: list[Field] = field(default_factory=list)
    scope: list[tuple[str, Lua]] = field(default_factory=list)
    shorthands: list[tuple[str, Field]] = field(default_factory=list)
    name: str = "probe"

    def config_field(self) -> Field:
        config: Field = {"type": "record", "fields": self.fields}
        if self.checks:
            config["entity_checks"] = self.checks
        if self.shorthands:
            config["shorthand_fields"] = self.shorthands
        return config


UUID = "123e4567-e89b-12d3-a456-426614174000"
REFERENCE = "{vault://env/k}"
TEXTS = ["a", "b", "abc", "x-1", "bad", "zz", "toolongvalue", "X-A", "GET", UUID, REFERENCE, "", "(", "1.2.3", "ünï"]
INTEGERS = [0, 1, 2, 3, 5, 7, 10, 11, -1, 80, 65535, 65536, 60000, 2.0]
NUMBERS = [*INTEGERS, 1.5, 11.25, 0.001]
WRONG = ["x", 1, 1.5, True, [], {}, ["x"], {"q": 1}]

# A typedef with values it takes and values it refuses.
TYPEDEFS: dict[str, tuple[list[Any], list[Any]]] = {
    "port": ([0, 80, 65535], [-1, 65536, 1.5]),
    "timeout": ([0, 60000], [-1, 2147483647]),
    "ttl": ([0, 1.5], [-1, 100000001]),
    "host": (["example.com", "1.2.3.4"], ["exa mple.com", "h:80", "1.2.3.400"]),
    "host_with_optional_port": (["example.com:80", "::1"], ["example.com:99999", "a b"]),
    "wildcard_host": (["*.example.com"], ["1.2.3.4", "a*b c"]),
    "sni": (["example.com"], ["1.2.3.4", "*.example.com"]),
    "path": (["/", "/a"], ["a", "/a//b", "/a b"]),
    "router_path": (["/a", "~/re$"], ["a", "/a//b"]),
    "url": (["http://h/p"], ["h", "://"]),
    "header_name": (["X-A", "x_b"], ["a b", "x.y"]),
    "http_method": (["GET"], ["get", "GeT"]),
    "semantic_version": (["1.2.3"], ["v1", "1..2"]),
    "uuid": ([UUID], ["x", ""]),
    "tag": (["a b"], ["a/b", "a,b"]),
    "name": (["a.b-c"], ["a b"]),
    "protocol": (["http"], ["ftp"]),
    "protocols": ([["http"], ["grpc", "tcp"]], [["ftp"]]),
    "methods": ([["GET"], []], [["get"]]),
    "hosts": ([["*.example.com"]], [["a*b"], ["*.*"]]),
    "headers": ([{"X-A": ["1"]}], [{"x y": ["1"]}, {"X-A": "1"}]),
    "queue": ([{}, {"max_batch_size": 2}], [{"max_batch_size": 0}, {"zz": 1}]),
    "sources": ([[{"port": 80}]], [[{}], [{"port": -1}]]),
}
HELD_BY_TYPEDEFS = {"http_method", "protocol", "tag"}
ENTITY_CHECKS = ["at_least_one_of", "only_one_of", "distinct", "mutually_required", "mutually_exclusive"]
SCOPES = [("consumer", Lua("typedefs.no_consumer")), ("protocols", Lua("typedefs.protocols_http"))]
CHOOSY = Lua('function(value) if value == "bad" then return nil, "not this one" end return true end')
CURT = Lua('function(value) return value ~= "zz" end')


#  Schemas -----------------------------------------------------------------------------------------------------------


def _text_rules(rng: random.Random) -> Field:
    return rng.choice(
        [
            {},
            {"len_min": rng.choice([0, 1, 3])},
            {"len_max": rng.choice([2, 5])},
            {"len_eq": 3},
            {"match": "^%a+$"},
            {"not_match": "%d"},
            {"match_none": [{"pattern": "bad", "err": "must not be bad"}]},
            {"match_all": [{"pattern": "^%l"}, {"pattern": "%l$", "err": "must end in a small letter"}]},
            {"match_any": {"patterns": ["^a", "b$"], "err": "neither a nor b"}},
            {"starts_with": "x-"},
            {"one_of": ["a", "b", "abc"]},
            {"not_one_of": ["bad", "zz"]},
            {"uuid": True},
            {"is_regex": True},
            {"eq": "abc"},
            {"ne": "zz"},
            {"referenceable": True, "len_max": 5},
            {"encrypted": True},
            {"custom_validator": CHOOSY},
            {"custom_validator": CURT},
            {"err": "choose better", "one_of": ["a", "b"]},
        ]
    )


def _number_rules(rng: random.Random) -> Field:
    return rng.choice(
        [
            {},
            {"between": [1, 10]},
            {"gt": 0},
            {"eq": 5},
            {"ne": 7},
            {"one_of": [1, 2, 3]},
            {"not_one_of": [7]},
            {"timestamp": True},
        ]
    )


def _scalar(rng: random.Random) -> Field:
    kind = rng.choice(["string", "string", "integer", "number", "boolean"])
    rules = _text_rules(rng) if kind == "string" else _number_rules(rng) if kind != "boolean" else {}
    return {"type": kind, **rules}


def _length_rules(rng: random.Random) -> Field:
    return rng.choice([{}, {}, {"len_min": 1}, {"len_max": 2}, {"len_eq": 2}])


def random_field(rng: random.Random, depth: int = 2, *, held: bool = False) -> Field:
    """A field of any type; ``held`` by a list or map it has no ``required`` or ``default`` of its own."""
    draw = rng.random()
    if draw < 0.2:
        made: Field = {"typedef": rng.choice(sorted(TYPEDEFS))}
        if held or made["typedef"] in HELD_BY_TYPEDEFS:
            made["called"] = True  # A call makes a table of its own.
    elif draw < 0.65 or depth == 0:
        made = _scalar(rng)
    elif draw < 0.75:
        made = {"type": "record", "fields": random_fields(rng, depth - 1), **_description(rng)}
        made.update(_checks_between(rng, made["fields"]))
    elif draw < 0.9:
        kind = rng.choice(["array", "set"])
        made = {"type": kind, "elements": random_field(rng, depth - 1, held=True), **_length_rules(rng)}
    else:
        values = random_field(rng, depth - 1, held=True)
        made = {"type": "map", "keys": {"type": "string"}, "values": values, **_length_rules(rng)}
    if not held:
        made = {**made, **_presence(rng, made)}
    return made


def _description(rng: random.Random) -> Field:
    return {"description": "said at enough length to be taken"} if rng.random() < 0.1 else {}


def _holds(made: Field, kinds: tuple[str, ...]) -> bool:
    inner = made.get("elements") or made.get("values") or {}
    return _is_compound(inner) or inner.get("type") in kinds or (bool(inner) and _holds(inner, kinds))


def _is_compound(made: Field) -> bool:
    """Whether it is a typedef of a list, a map or a record."""
    return "typedef" in made and isinstance(TYPEDEFS[made["typedef"]][0][0], list | dict)


def _presence(rng: random.Random, made: Field) -> Field:
    presence: Field = rng.choice([{}, {}, {"required": True}, {"required": False}])
    # Defaults of lists of lists or of records are taken as they stand, unfilled: nothing that a schema should do.
    is_plain = (
        made.get("type") != "record" and not _is_compound(made) and not _holds(made, ("record", "array", "set", "map"))
    )
    if rng.random() < 0.3 and is_plain:
        value = good_value(rng, made)
        if value is not None:
            presence = {**presence, "default": value}
    return presence


def random_fields(rng: random.Random, depth: int) -> list[tuple[str, Field]]:
    level = "fgh"[2 - depth] if depth <= 2 else "e"
    return [(f"{level}{number}", random_field(rng, depth)) for number in range(rng.randint(1, 4))]


def _checks_between(rng: random.Random, fields: list[tuple[str, Field]]) -> Field:
    if len(fields) < 2 or rng.random() < 0.7:
        return {}
    one, two = rng.sample([name for name, _ in fields], 2)
    if rng.random() < 0.2:
        rule: Field = {"if_field": one, "if_match": {"ne": "a"}, "then_field": two, "then_match": {"required": True}}
        return {"entity_checks": [{"conditional": rule}]}
    return {"entity_checks": [{rng.choice(ENTITY_CHECKS): [one, two]}]}


def random_schema(rng: random.Random, *, depth: int = 2, with_shorthands: bool = True) -> PluginSchema:
    """A schema that Kong takes, reaching every type, validator, many typedefs, entity checks and shorthands.

    Functions in it are custom validators, and those of shorthands unless they are left out.
    """
    fields = random_fields(rng, depth)
    shorthands: list[tuple[str, Field]] = []
    if with_shorthands and rng.random() < 0.15:
        func = Lua(f'function(value) return {{ ["{fields[0][0]}"] = value }} end')
        shorthands = [("short", {"type": "string", "func": func})]
    return PluginSchema(
        fields,
        _checks_between(rng, fields).get("entity_checks", []),
        [scope for scope in SCOPES if rng.random() < 0.15],
        shorthands,
    )


#  Text --------------------------------------------------------------------------------------------------------------

_PAIRS = ("fields", "shorthand_fields")


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def lua(value: Any) -> str:
    """A Python value, or a field, as Lua source."""
    if isinstance(value, Lua):
        return str(value)
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "ngx.null"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return "{ " + ", ".join(lua(item) for item in value) + " }" if value else "{}"
    if "typedef" in value:
        overrides = {key: inner for key, inner in value.items() if key not in ("typedef", "called")}
        return f"typedefs.{value['typedef']}" + (f" {_table(overrides)}" if overrides or "called" in value else "")
    return _table(value)


def _table(value: Field) -> str:
    def entry(key: str, inner: Any) -> str:
        if key in _PAIRS and isinstance(inner, list):
            inner = [Lua(f"{{ {name} = {lua(below)} }}") for name, below in inner]
        return f"{key} = {lua(inner)}" if key.isidentifier() else f"[{_quote(key)}] = {lua(inner)}"

    return "{ " + ", ".join(entry(key, inner) for key, inner in value.items()) + " }" if value else "{}"


def schema_text(schema: PluginSchema, rng: random.Random | None = None) -> str:
    """``schema.lua``; with ``rng`` written in one of several styles: locals, a named table, parentheses."""
    rng = rng or random.Random(0)
    lines = [
        rng.choice(
            [
                'local typedefs = require "kong.db.schema.typedefs"',
                "local typedefs = require('kong.db.schema.typedefs')",
            ]
        )
    ]
    shown = copy.deepcopy(schema.config_field())
    for number, (name, inner) in enumerate(list(shown["fields"])):
        if rng.random() < 0.2:
            lines.append(f"local shared_{number} = {lua(inner)}")
            shown["fields"][number] = (name, Lua(f"shared_{number}"))
    named: Any = schema.name
    if rng.random() < 0.3:
        lines.append(f"local PLUGIN_NAME = {lua(schema.name)}")
        named = Lua("PLUGIN_NAME")
    table = _table({"name": named, "fields": [*schema.scope, ("config", shown)]})
    lines.extend([f"return {table}"] if rng.random() < 0.6 else [f"local schema = {table}", "return schema"])
    return "\n".join(lines) + "\n"


_SLIPS = [
    ("type = ", "tpye = "),
    ('type = "string"', 'type = "str"'),
    ("required = true", 'required = "yes"'),
    ("elements = ", "element = "),
    ("keys = ", "key = "),
    ("fields = ", "field = "),
    ("name = ", "nome = "),
    ("return ", "retrun "),
    ("one_of = {", "one_off = {"),
    ("len_min = ", 'len_min = "1" .. '),
    ("default = ", "default = nil_thing.x or "),
    ("typedefs.", "typedefs.no_such_"),
    ("local ", "locl "),
    ("between = { 1, 10 }", "between = { 1 }"),
    (" }", ""),
]


def broken_schema_text(rng: random.Random, schema: PluginSchema) -> str:
    """The text with one slip of the pen; Kong refuses most of them, by syntax, at run time, or as a violation."""
    text = schema_text(schema, rng)
    old, new = rng.choice([slip for slip in _SLIPS if slip[0] in text])
    pieces = text.split(old)
    at = rng.randrange(1, len(pieces))
    return old.join(pieces[:at]) + new + old.join(pieces[at:])


#  Configurations ----------------------------------------------------------------------------------------------------


def _fits(value: Any, made: Field) -> bool:
    """Whether a scalar keeps the simpler rules; the others are left to chance."""
    between, options = made.get("between"), made.get("one_of")
    return not (
        (between and not between[0] <= value <= between[1])
        or ("gt" in made and value <= made["gt"])
        or ("eq" in made and value != made["eq"])
        or ("ne" in made and value == made["ne"])
        or (options and value not in options)
        or value in made.get("not_one_of", [])
        or (made.get("timestamp") and value <= 0)
        or (made.get("uuid") and value != UUID)
        or (isinstance(value, str) and not _fits_text(value, made))
    )


def _fits_text(value: str, made: Field) -> bool:
    size = len(value.encode())
    rules = {"match", "not_match", "match_all", "match_any", "is_regex"} & made.keys()
    return (
        made.get("len_min", 1) <= size <= made.get("len_max", 99)
        and size == made.get("len_eq", size)
        and value.startswith(made.get("starts_with", ""))
        and (not rules or value in ("abc", "a"))
        and (value not in ("bad", "zz") or not {"custom_validator", "match_none"} & made.keys())
    )


def good_value(rng: random.Random, made: Field) -> Any:
    """A value that probably fits; None when none was found."""
    if "typedef" in made:
        return copy.deepcopy(rng.choice(TYPEDEFS[made["typedef"]][0]))
    kind = made["type"]
    if kind == "record":
        return {name: value for name, inner in made["fields"] if (value := good_value(rng, inner)) is not None}
    if kind in ("array", "set"):
        count = made.get("len_eq", rng.randint(made.get("len_min", 0), made.get("len_max", 3)))
        values = [good_value(rng, made["elements"]) for _ in range(count)]
        repeated = kind == "set" and any(value in values[:at] for at, value in enumerate(values))
        return None if repeated or None in values else values
    if kind == "map":
        count = made.get("len_eq", rng.randint(made.get("len_min", 0), 2))
        values = [good_value(rng, made["values"]) for _ in range(count)]
        return dict(zip("klm", values, strict=False)) if None not in values else None
    if kind == "boolean":
        return rng.random() < 0.5
    pools: dict[str, list[Any]] = {"string": TEXTS, "integer": INTEGERS, "number": NUMBERS}
    fitting = [value for value in pools[kind] if _fits(value, made)]
    return rng.choice(fitting) if fitting else None


def near_value(rng: random.Random, made: Field, mistakes: float) -> Any:
    """A value for a field: one in ``1/mistakes`` is null, of another type, or just outside the rules."""
    if rng.random() < mistakes:
        return rng.choice([None, copy.deepcopy(rng.choice(WRONG))])
    if "typedef" in made:
        good, bad = TYPEDEFS[made["typedef"]]
        return copy.deepcopy(rng.choice(bad if rng.random() < mistakes else good))
    kind = made["type"]
    if kind == "record":
        return random_record(rng, made["fields"], mistakes)
    if kind in ("array", "set"):
        return [near_value(rng, made["elements"], mistakes / 2) for _ in range(rng.randint(0, 3))]
    if kind == "map":
        held = [near_value(rng, made["values"], mistakes), *(good_value(rng, made["values"]) for _ in range(2))]
        most = 1 if _holds(made, ("record",)) else 3
        return {
            key: value for key, value in zip("klm", held[: rng.randint(0, most)], strict=False) if value is not None
        }
    if kind != "boolean" and rng.random() < 2 * mistakes:
        return rng.choice(TEXTS if kind == "string" else NUMBERS)
    return good_value(rng, made)


def random_record(rng: random.Random, fields: list[tuple[str, Field]], mistakes: float) -> dict[str, Any]:
    """Values for some of the fields; now and then one for a field that is not there."""
    record = {}
    for name, inner in fields:
        left_out = 0.5 if "default" in inner or not inner.get("required") else mistakes
        if rng.random() >= left_out:
            record[name] = near_value(rng, inner, mistakes)
    if rng.random() < mistakes / 2:
        record["zz"] = rng.choice([None, 1, {}])
    return record


def random_config(rng: random.Random, schema: PluginSchema, *, mistakes: float = 0.1) -> dict[str, Any]:
    """A ``config`` that fits, or nearly; ``mistakes`` is the chance of one at each place."""
    config = random_record(rng, schema.fields, mistakes)
    if schema.shorthands and rng.random() < 0.3:
        config["short"] = rng.choice(["abc", "a", 1])
    return config


#  Edits -------------------------------------------------------------------------------------------------------------


def _add(rng: random.Random, fields: list[tuple[str, Field]]) -> None:
    fields.insert(rng.randint(0, len(fields)), (f"n{rng.randint(0, 999)}", random_field(rng, 1)))


def _remove(rng: random.Random, fields: list[tuple[str, Field]]) -> None:
    if len(fields) > 1:
        fields.pop(rng.randrange(len(fields)))


def _rename(rng: random.Random, fields: list[tuple[str, Field]]) -> None:
    at = rng.randrange(len(fields))
    fields[at] = (f"r_{fields[at][0]}", fields[at][1])


def _retype(rng: random.Random, fields: list[tuple[str, Field]]) -> None:
    at = rng.randrange(len(fields))
    fields[at] = (fields[at][0], random_field(rng, 1))


def _change_presence(rng: random.Random, fields: list[tuple[str, Field]]) -> None:
    at = rng.randrange(len(fields))
    name, inner = fields[at]
    bare = {key: value for key, value in inner.items() if key not in ("required", "default")}
    fields[at] = (name, {**bare, **_presence(rng, bare)})


def _change_rules(rng: random.Random, fields: list[tuple[str, Field]]) -> None:
    at = rng.randrange(len(fields))
    name, inner = fields[at]
    if inner.get("type") not in ("string", "integer", "number"):
        return
    kept = {key: value for key, value in inner.items() if key in ("type", "required")}
    rules = _text_rules(rng) if inner["type"] == "string" else _number_rules(rng)
    fields[at] = (name, {**kept, **rules})


EDITS = {
    "add": _add,
    "remove": _remove,
    "rename": _rename,
    "retype": _retype,
    "presence": _change_presence,
    "rules": _change_rules,
}


def random_change(rng: random.Random, schema: PluginSchema) -> tuple[PluginSchema, list[str]]:
    """The schema after one to three edits, at the top or inside a record, and their kinds (keys of EDITS)."""
    fields, kinds = copy.deepcopy(schema.fields), []
    for _ in range(rng.randint(1, 3)):
        records = [inner["fields"] for _, inner in fields if inner.get("type") == "record"]
        kinds.append(rng.choice(sorted(EDITS)))
        EDITS[kinds[-1]](rng, rng.choice([fields, fields, *records]))
    return replace(schema, fields=fields, checks=[], shorthands=[]), kinds


def resaved_config(rng: random.Random, new: PluginSchema, stored: dict[str, Any]) -> dict[str, Any]:
    """What an operator would save under ``new``: keys it has no field for dropped, required ones given a value."""
    return _resaved(rng, new.fields, stored)


def _resaved(rng: random.Random, fields: list[tuple[str, Field]], stored: dict[str, Any]) -> dict[str, Any]:
    record = {}
    for name, inner in fields:
        value = stored.get(name)
        if inner.get("type") == "record" and isinstance(value, dict):
            record[name] = _resaved(rng, inner["fields"], value)
        elif value is not None and inner.get("type") != "record":
            record[name] = value
        elif inner.get("required") and "default" not in inner:
            record[name] = good_value(rng, inner)
    return record


#  Strategies --------------------------------------------------------------------------------------------------------


def seeds() -> st.SearchStrategy[random.Random]:
    """A ``random.Random`` for the functions above; hypothesis shows and replays the seed."""
    return st.integers(0, 2**32 - 1).map(random.Random)


def schemas() -> st.SearchStrategy[PluginSchema]:
    """Schemas that Kong takes."""
    return seeds().map(random_schema)
