# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Konnect is and who asks: checked before the first request, so that a token never goes to the wrong place."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

REGIONS = ("us", "eu", "au", "me", "in", "sg")
_REGION = re.compile(r"[a-z]{2,8}")


class ConnectionSettingsError(ValueError):
    """The settings do not lead to a Konnect API; the message says which option to change."""


@dataclass(frozen=True)
class Connection:
    """Settings of one client. ``timeout`` is seconds for one request; ``retries`` how often it may be sent again."""

    base_url: str
    token: str = field(repr=False)
    ca_path: str | None = None
    proxy: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    retries: int = 4
    concurrency: int = 5

    @property
    def loopback(self) -> bool:
        """Whether the API is on this machine, as a lab or a test server is."""
        return is_loopback(urlsplit(self.base_url).hostname or "")


def is_loopback(host: str) -> bool:
    """``localhost`` and loopback addresses."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def base_url(url: str | None, region: str | None) -> str:
    """The URL up to and including ``/v2``, from a URL (which wins) or a region; https except on loopback."""
    if not url:
        if not region:
            raise ConnectionSettingsError(
                "Neither url nor region is set. Set region (one of " + ", ".join(REGIONS) + ") or KONNECT_REGION."
            )
        if not _REGION.fullmatch(region):
            raise ConnectionSettingsError(f"region is not one of {', '.join(REGIONS)}: {region[:40]!r}.")
        return f"https://{region}.api.konghq.com/v2"
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ConnectionSettingsError("url is not a URL such as https://eu.api.konghq.com.") from None
    if parts.username is not None or parts.password is not None:
        raise ConnectionSettingsError("url must not carry credentials; use token, KONNECT_TOKEN or token_file.")
    if parts.scheme not in {"https", "http"} or not host or parts.query or parts.fragment:
        raise ConnectionSettingsError("url is not a URL such as https://eu.api.konghq.com.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConnectionSettingsError(
            f"url uses http, which would send the token in the clear to {host}. Use https; http is for loopback only."
        )
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path if path.endswith('/v2') else path + '/v2'}"


def checked_token(token: str | None) -> str:
    """The token without surrounding white space; it is never part of the message when it cannot be one."""
    stripped = (token or "").strip()
    if not stripped:
        raise ConnectionSettingsError(
            "There is no token. Set token, the environment variable KONNECT_TOKEN, or token_file to a file that "
            "holds it; personal (kpat_) and system account (spat_) tokens work."
        )
    if not all("!" <= character <= "~" for character in stripped):
        raise ConnectionSettingsError(
            "The token holds white space or other characters that no Konnect token has: was it copied whole?"
        )
    return stripped


def read_token_file(path: str) -> str:
    """The token in the first line of a file."""
    try:
        with open(path, encoding="utf-8") as file:
            return checked_token(file.readline(4096))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not a text file"
        raise ConnectionSettingsError(f"token_file {path} cannot be read: {reason}.") from None
