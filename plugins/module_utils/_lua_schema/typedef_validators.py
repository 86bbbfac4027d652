# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions that Kong's typedefs carry: hosts, addresses, paths, names, tags, keys.

Each takes a string and answers None, Kong's message, or `Unchecked` (typedefs.json, ``probes``).  What needs OpenSSL or
a Lua compiler is checked only as far as its outside goes.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.regex import fault_in
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.violations import Unchecked

_BAD_PORT = "invalid port number"
_HEADER_NAME = re.compile(r"[A-Za-z0-9_-]+")
_COOKIE_NAME = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z|~]+")
_NAME = re.compile(r"[A-Za-z0-9.\-_~]+")
_UTF8_NAME = re.compile(r"[A-Za-z0-9.\-_~\u0080-\U0010ffff]+")
_TAG = re.compile(r"[ !-+\-.0-~\u0080-\U0010ffff]+")
_PATH = re.compile(r"/[A-Za-z0-9.\-_~/%:@!$&'()*+,;=]*")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_HOSTNAME = re.compile(r"[A-Za-z0-9\-._]+")
_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::(\d+))?", re.ASCII)
_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::(\d*))?")
_HEXTETS = re.compile(r"[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){7}")
_SCHEME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+\-.]*:")


class _Refused(Exception):
    """Kong's reason to refuse an address."""


def _address(text: str) -> tuple[str, int | None]:
    """The kind (``ipv4``, ``ipv6``, ``name``) and the port of an address; raises `_Refused`."""
    if text.count(":") > 1:
        return "ipv6", _ipv6(text)
    if re.fullmatch(r"[0-9.]+", text.replace(":", "")):
        return "ipv4", _ipv4(text)
    return "name", _hostname(text)


def _ipv4(text: str) -> int | None:
    found = _IPV4.fullmatch(text)
    if found is None or any(int(part) > 255 for part in found.groups()[:4]):
        raise _Refused(f"invalid ipv4 address: {text}")
    return _port(found[5])


def _ipv6(text: str) -> int | None:
    inside, port = text, None
    if text.startswith("["):
        found = _BRACKETED.fullmatch(text)
        if found is None:
            raise _Refused("invalid ipv6 address")
        inside, port = found[1], _port(found[2])
    inside = f"0{inside}" if inside.startswith(":") else inside
    inside = f"{inside}0" if inside.endswith(":") else inside
    inside = inside.replace("::", ":" + "0:" * (8 - inside.count(":")), 1)
    if not _HEXTETS.fullmatch(inside):
        raise _Refused(f"invalid ipv6 address: {text}")
    return port


def _hostname(text: str) -> int | None:
    name, colon, digits = text.rpartition(":")
    port = None
    if colon and re.fullmatch(r"[0-9]+", digits):
        port = _port(digits)
    else:
        name = text
    labels = name.split(".")
    if not _HOSTNAME.fullmatch(name) or any(label.endswith("-") for label in labels) or "" in labels[:-1]:
        raise _Refused(f"invalid hostname: {text}")
    return port


def _port(digits: str | None) -> int | None:
    if not digits:
        return None
    if len(digits.lstrip("0")) > 5 or int(digits) > 65535:
        raise _Refused(_BAD_PORT)
    return int(digits)


def _host(text: str, names_only: bool = False) -> str | None:
    try:
        kind, port = _address(text)
    except _Refused as refused:
        return "must not have a port" if str(refused) == _BAD_PORT else f"invalid value: {text}"
    if names_only and kind != "name":
        return "must not be an IP"
    return None if port is None else "must not have a port"


def _sni(text: str) -> str | None:
    return _host(text, names_only=True)


def _wildcard_host(text: str) -> str | None:
    at = text.find("*")
    if at < 0:
        return _host(text, names_only=True)
    if at not in (0, len(text) - 1):
        return "wildcard must be leftmost or rightmost character"
    if text.count("*") > 1:
        return "only one wildcard must be specified"
    return _host(text.replace("*", "wildcard"), names_only=True)


def _host_with_optional_port(text: str) -> str | None:
    try:
        _address(text)
    except _Refused as refused:
        return str(refused)
    return None


def _route_host(text: str) -> str | None:
    return _host_with_optional_port(text.replace("*", "abc"))


def _is_ip(text: str, versions: tuple[int, ...] = (4, 6)) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version in versions and "%" not in text


def _is_cidr(text: str, versions: tuple[int, ...] = (4, 6)) -> bool:
    head, slash, bits = text.partition("/")
    if not slash or not _is_ip(head, versions) or not re.fullmatch(r"0|[1-9][0-9]{0,2}", bits):
        return False
    return int(bits) <= (128 if ":" in head else 32)


def _ip(text: str) -> str | None:
    return None if _is_ip(text) else f"not an ip address: {text}"


def _ip_or_cidr(text: str) -> str | None:
    return None if _is_ip(text) or _is_cidr(text) else f"invalid ip or cidr range: '{text}'"


def _cidr_v4(text: str) -> str | None:
    return None if _is_ip(text, (4,)) or _is_cidr(text, (4,)) else f"invalid ipv4 cidr range: '{text}'"


def _path(text: str) -> str | None:
    if not _PATH.fullmatch(text):
        return f"invalid path: '{text}' (characters outside of the reserved list of RFC 3986 found)"
    return _percent(text)


def _percent(text: str) -> str | None:
    broken = _PERCENT.search(text)
    return f"invalid url-encoded value: '{broken[0]}'" if broken else None


def _router_path(text: str) -> str | Unchecked | None:
    if _PATH.fullmatch(text) and (broken := _percent(text)):
        return broken
    if text.startswith("~"):
        pattern = text[1:]
        fault = fault_in(pattern)
        return fault and f"invalid regex: '{pattern}' (PCRE returned: pcre_compile() failed: {fault})"
    if any(part in (".", "..") for part in text.split("/")) or "%" in text:
        return Unchecked("not checked: whether Kong calls this path normalized")
    return None


def _header_name(text: str) -> str | None:
    if not text:
        return "no header name provided"
    if _HEADER_NAME.fullmatch(text):
        return None
    return f"bad header name '{text}', allowed characters are A-Z, a-z, 0-9, '_', and '-'"


def _cookie_name(text: str) -> str | None:
    if not text:
        return "no cookie name provided"
    if _COOKIE_NAME.fullmatch(text):
        return None
    return (
        "contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the "
        'characters ()<>@,;:\\"/?={}[] are not allowed.'
    )


def _name(text: str) -> str | None:
    if _NAME.fullmatch(text):
        return None
    return f"invalid value '{text}': it must only contain alphanumeric and '., -, _, ~' characters"


def _utf8_name(text: str) -> str | None:
    if _UTF8_NAME.fullmatch(text):
        return None
    return f"invalid value '{text}': the only accepted ascii characters are alphanumerics or ., -, _, and ~"


def _tag(text: str) -> str | None:
    if _TAG.fullmatch(text):
        return None
    return f"invalid tag '{text}': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"


def _url(text: str) -> str | None:
    """Kong parses with LuaSocket, which takes whatever stands between ``//`` and ``/``, ``?`` or ``#`` for the host."""
    rest = text.split("#", 1)[0]
    scheme = _SCHEME.match(rest)
    rest = rest[scheme.end() :] if scheme else rest
    if not rest.startswith("//"):
        return "missing host in url"
    authority = re.split(r"[/?]", rest[2:], maxsplit=1)[0]
    user, at, after = authority.partition("@")
    host = re.sub(r":[^:\]]*$", "", after if at else user)
    if not host:
        return "missing host in url"
    return None if scheme else "missing scheme in url"


def _pem(label: str, name: str) -> Callable[[str], str | Unchecked | None]:
    armour = re.compile(rf"-----BEGIN [A-Z0-9 ]*{label}-----.+-----END [A-Z0-9 ]*{label}-----", re.DOTALL)

    def judge(text: str) -> str | Unchecked | None:
        if armour.search(text):
            return Unchecked(f"not checked: whether OpenSSL can read this {name}")
        return f"invalid {name}: not PEM"

    return judge


def _string_only(judge: Callable[[str], Any]) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        return judge(value) if isinstance(value, str) else Unchecked("not checked: the typedef's validator takes text")

    return checked


TYPEDEF_VALIDATORS: dict[str, Callable[[Any], Any]] = {
    name: _string_only(judge)
    for name, judge in {
        "host": _host,
        "redis_host": _host,
        "host_with_optional_port": _host_with_optional_port,
        "hosts": _route_host,
        "wildcard_host": _wildcard_host,
        "sni": _sni,
        "redis_server_name": _sni,
        "ip": _ip,
        "ip_or_cidr": _ip_or_cidr,
        "cidr": _cidr_v4,
        "cidr_v4": _cidr_v4,
        "path": _path,
        "router_path": _router_path,
        "header_name": _header_name,
        "cookie_name": _cookie_name,
        "name": _name,
        "utf8_name": _utf8_name,
        "tag": _tag,
        "url": _url,
        "certificate": _pem("CERTIFICATE", "certificate"),
        "key": _pem("KEY", "key"),
    }.items()
}
"""By the name of the typedef.  ``jwk``, ``pem``, ``lua_code`` and ``propagation`` are Kong's alone."""
