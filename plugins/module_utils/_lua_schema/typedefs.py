# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's typedefs with their attributes, and what ``kong.db.schema.typedefs`` is inside the interpreter.

From typedefs.json (3.4 to 3.10).  ``NULL`` is ``ngx.null``; a validator function is a `NamedValidator`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lua_table import NULL, LuaError, LuaTable
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.schema import NamedValidator, Unknown
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.versions import version_key

Attributes = dict[str, Any]

ENTERPRISE = frozenset({"no_consumer_group", "no_workspace", "no_ws_id"})


def _string(**attributes: Any) -> Attributes:
    return {"type": "string", **attributes}


def _checked(validator: str, **attributes: Any) -> Attributes:
    return _string(custom_validator=NamedValidator(validator), **attributes)


def _array(elements: Attributes, **attributes: Any) -> Attributes:
    return {"type": "array", "elements": elements, **attributes}


def _set(elements: Attributes, **attributes: Any) -> Attributes:
    return {"type": "set", "elements": elements, **attributes}


def _record(*fields: tuple[str, Attributes], **attributes: Any) -> Attributes:
    return {"type": "record", "fields": [{name: one} for name, one in fields], **attributes}


def _none_of(base: Attributes) -> Attributes:
    return {**base, "eq": NULL}


def _no_entity(reference: str) -> Attributes:
    return {"type": "foreign", "reference": reference, "eq": NULL}


_HTTP_FAMILY = ["grpc", "grpcs", "http", "https"]
_PROTOCOLS = [*_HTTP_FAMILY, "tcp", "tls", "tls_passthrough", "udp"]
_PORT: Attributes = {"type": "integer", "between": [0, 65535]}
_HTTP_METHOD = _string(match="^%u+$")
_NO_EMPTY_SEGMENTS = [{"pattern": "//", "err": "must not have empty segments"}]
_ROUTER_PATH = _checked(
    "router_path",
    match_none=_NO_EMPTY_SEGMENTS,
    match_any={"patterns": ["^/", "^~/"], "err": "should start with: / (fixed path) or ~/ (regex path)"},
)
_HOST_PATTERN = _checked(
    "wildcard_host",
    match_all=[{"pattern": "^[^*]*%*?[^*]*$", "err": "invalid wildcard: must have at most one wildcard"}],
    match_any={
        "patterns": ["^%*%.", "%.%*$", "^[^*]*$"],
        "err": "invalid wildcard: must be placed at leftmost or rightmost label",
    },
)
_HOSTS = _array(_HOST_PATTERN)
_METHODS = _set(_HTTP_METHOD)
_ADDRESSES = _set(
    _record(("ip", _checked("ip_or_cidr")), ("port", _PORT), entity_checks=[{"at_least_one_of": ["ip", "port"]}])
)
_HEADERS: Attributes = {"type": "map", "keys": _checked("header_name"), "values": _array(_string())}
_TAG = _checked("tag", required=True)

_OPTIONAL = _string(required=False)
_OPTIONAL_LIST = _array(_OPTIONAL, required=False)
_JWK_LISTS = {"key_ops", "x5c"}
_JWK_NAMES = (  # RFC 7517, 7518
    "issuer", "kty", "use", "key_ops", "alg", "kid", "x5u", "x5c", "x5t", "x5t#S256", "k", "x", "y", "crv", "n", "e",
    "d", "p", "q", "dp", "dq", "qi", "oth", "r", "t",
)  # fmt: skip


def _jwk_field(name: str) -> Attributes:
    if name == "kid":
        return _string(required=True)
    return _OPTIONAL_LIST if name in _JWK_LISTS else _OPTIONAL


_PEM_FIELDS = (
    ("private_key", _string(required=False, referenceable=True, encrypted=True)),
    ("public_key", _string(required=False, referenceable=True)),
)
_PEM_ATTRIBUTES = {"required": False, "custom_validator": NamedValidator("pem")}
_QUEUE_FIELDS: tuple[tuple[str, Attributes], ...] = (
    ("max_batch_size", {"type": "integer", "default": 1, "between": [1, 1000000]}),
    ("max_coalescing_delay", {"type": "number", "default": 1, "between": [0, 3600]}),
    ("max_entries", {"type": "integer", "default": 10000, "between": [1, 1000000]}),
    ("max_bytes", {"type": "integer"}),
    ("max_retry_time", {"type": "number", "default": 60}),
    ("initial_retry_delay", {"type": "number", "default": 0.01, "between": [0.001, 1000000]}),
    ("max_retry_delay", {"type": "number", "default": 60, "between": [0.001, 1000000]}),
)
_CONCURRENCY: tuple[str, Attributes] = ("concurrency_limit", {"type": "integer", "default": 1, "one_of": [-1, 1]})


def _propagation(*formats: str) -> Attributes:
    extracted = [one for one in formats if one != "b3-single"]
    return _record(
        ("extract", _array(_string(one_of=extracted))),
        ("clear", _array(_checked("header_name"))),
        ("inject", _array(_string(one_of=["preserve", *formats]))),
        ("default_format", _string(required=True, one_of=list(formats))),
    )


_FORMATS = ("b3-single", "ot", "gcp", "datadog", "w3c", "aws", "b3", "jaeger")

_TYPEDEFS: Mapping[str, Attributes] = {
    **{
        name: _checked(name)
        for name in (
            "certificate", "cidr", "cidr_v4", "cookie_name", "header_name", "host", "host_with_optional_port", "ip",
            "ip_or_cidr", "key", "redis_host", "redis_server_name", "sni", "url", "wildcard_host",
        )
    },
    "auto_timestamp_ms": {"type": "number", "timestamp": True, "auto": True},
    "auto_timestamp_s": {"type": "integer", "timestamp": True, "auto": True},
    "capability": _string(),
    "destinations": _ADDRESSES,
    "headers": _HEADERS,
    "hosts": _HOSTS,
    "http_method": _HTTP_METHOD,
    "jwk": _record(
        *((name, _jwk_field(name)) for name in _JWK_NAMES), required=False, custom_validator=NamedValidator("jwk")
    ),
    "lua_code": {"type": "map", "keys": _string(len_min=1), "values": _checked("lua_code", len_min=1)},
    "methods": _METHODS,
    "name": _checked("name", unique=True),
    "no_consumer": _no_entity("consumers"),
    "no_destinations": _none_of(_ADDRESSES),
    "no_headers": _none_of(_HEADERS),
    "no_hosts": _none_of(_HOSTS),
    "no_methods": _none_of(_METHODS),
    "no_paths": _none_of(_array(_ROUTER_PATH)),
    "no_route": _no_entity("routes"),
    "no_service": _no_entity("services"),
    "no_sources": _none_of(_ADDRESSES),
    "path": _checked("path", starts_with="/", match_none=_NO_EMPTY_SEGMENTS),
    "pem": _record(*_PEM_FIELDS, entity_checks=[{"at_least_one_of": ["private_key", "public_key"]}], **_PEM_ATTRIBUTES),
    "port": _PORT,
    "propagation": _propagation(*_FORMATS),
    "protocol": _string(one_of=_PROTOCOLS),
    "protocols": _set(_string(one_of=_PROTOCOLS), required=True, default=_HTTP_FAMILY),
    "protocols_http": _set(_string(one_of=_HTTP_FAMILY), required=True, default=_HTTP_FAMILY),
    "queue": _record(*_QUEUE_FIELDS, _CONCURRENCY),
    "router_path": _ROUTER_PATH,
    "router_paths": _array(_ROUTER_PATH),
    "semantic_version": _string(
        match_any={
            "patterns": ["^%d+[%.%d]*$", "^%d+[%.%d]*%-?.*$"],
            "err": "invalid version number: must be in format of X.Y.Z",
        },
        match_none=[{"pattern": "%.%.", "err": "must not have empty version segments"}],
    ),
    "sources": _ADDRESSES,
    "tag": _TAG,
    "tags": _set(_TAG),
    "timeout": {"type": "integer", "between": [0, 2147483646]},
    "ttl": {"type": "number", "between": [0, 100000000]},
    "utf8_name": _checked("utf8_name", unique=True),
    "uuid": _string(uuid=True, auto=True),
}  # fmt: skip

# (first version that has it, name); older versions do not.
_SINCE = {"cookie_name": "3.6", "propagation": "3.7", "capability": "3.8"}
# name -> (first version, typedef) of what differs, oldest last; the newest that is not too new counts.
_VARIANTS: Mapping[str, tuple[tuple[str, Attributes], ...]] = {
    "pem": (("3.6", _TYPEDEFS["pem"]), ("0", _record(*_PEM_FIELDS, **_PEM_ATTRIBUTES))),
    "queue": (("3.8", _TYPEDEFS["queue"]), ("0", _record(*_QUEUE_FIELDS))),
    "propagation": (("3.10", _propagation(*_FORMATS, "instana")), ("0", _TYPEDEFS["propagation"])),
}


class _Typedef(LuaTable):
    """The metatable of every typedef: it makes them callable."""


_CALLABLE = _Typedef()


def module(kong_version: str) -> LuaTable:
    """The typedefs of that version as one Lua table; made anew each time, since a schema may change them."""
    table = _Lazy(version_key(kong_version))
    table.metatable = _CALLABLE
    return table


def names(kong_version: str) -> list[str]:
    """The typedefs that version has."""
    key = version_key(kong_version)
    return sorted(name for name in _TYPEDEFS if _exists(name, key))


def _exists(name: str, key: tuple[int, ...]) -> bool:
    return name in _TYPEDEFS and (name not in _SINCE or key >= version_key(_SINCE[name]))


class _Lazy(LuaTable):
    """Builds each typedef when it is first asked for."""

    __slots__ = ("version",)

    def __init__(self, version: tuple[int, ...]) -> None:
        super().__init__()
        self.version = version

    def get(self, key: Any) -> Any:
        known = super().get(key)
        if known is not None or not isinstance(key, str) or not _exists(key, self.version):
            return known
        attributes = _TYPEDEFS[key]
        for since, variant in _VARIANTS.get(key, ()):
            if self.version >= version_key(since):
                attributes = variant
                break
        table = to_lua(attributes)
        table.metatable = _CALLABLE
        self.set(key, table)
        return table


def define(arguments: list[Any]) -> Any:
    """``Schema.define{...}``: the argument itself, which can be customised as a typedef can."""
    target = arguments[0] if arguments else None
    if isinstance(target, Unknown):
        return target
    if not isinstance(target, LuaTable):
        raise LuaError("define is called with a table")
    target.metatable = _CALLABLE
    return [target]


def is_typedef(value: Any) -> bool:
    """Whether calling the value adds to its argument."""
    return isinstance(value, LuaTable) and value.metatable is _CALLABLE


def customise(typedef: LuaTable, arguments: list[Any]) -> Any:
    """``typedefs.x{...}``: the argument itself, with every key added that it lacks."""
    target = arguments[0] if arguments else None
    if isinstance(target, Unknown):
        return target
    if not isinstance(target, LuaTable):
        raise LuaError("a typedef is called with a table")
    for key, value in typedef.items():
        if target.get(key) is None:
            target.set(key, value)
    return target


def to_lua(value: Any) -> Any:
    """Python data as Lua values; tables are made anew."""
    if isinstance(value, dict):
        table = LuaTable()
        for key, one in value.items():
            table.set(key, to_lua(one))
        return table
    if isinstance(value, list):
        table = LuaTable()
        table.array = [to_lua(one) for one in value]
        return table
    return value
