# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what: bearer tokens, and the answers to requests without the right one (konnect-api.md a, g)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from lab.control_plane.errors import ApiError, edge, legacy, permission_denied, problem

READING = ("GET", "HEAD")
CONTROL_PLANE = re.compile(r"^/v2/control-planes/([^/]+)")

# Which shape a refusal has depends on who answers for the path. The first pattern that matches decides.
PLATFORM, LEGACY, ENTITY = "platform", "legacy", "entity"
FAMILIES: Sequence[tuple[str, re.Pattern[str], str]] = (
    ("*", re.compile(r"^/v2/control-planes(/[^/]+(/group-[^/]+(/[^/]+)?)?)?$"), PLATFORM),
    ("GET", re.compile(r"/core-entities/plugin-schemas$"), PLATFORM),
    ("*", re.compile(r"/core-entities/plugin-schemas"), LEGACY),
    ("*", re.compile(r"/dp-client-certificates"), LEGACY),
    ("*", re.compile(""), ENTITY),
)


@dataclass(frozen=True)
class Grant:
    """What a token allows; ``control_planes`` None means all of them."""

    write: bool = True
    control_planes: frozenset[str] | None = None
    expired: bool = False

    def covers(self, control_plane_id: str) -> bool:
        """Whether this control plane is among the permitted ones."""
        return self.control_planes is None or control_plane_id in self.control_planes


class Tokens:
    """The tokens that are valid here."""

    def __init__(self, token: str | None = None) -> None:
        self.main = token or f"kpat_{secrets.token_urlsafe(24)}"
        self._grants = {self.main: Grant()}

    def issue(self, grant: Grant) -> str:
        """A new token with that grant."""
        token = f"spat_{secrets.token_urlsafe(24)}"
        self._grants[token] = grant
        return token

    def grant_of(self, authorization: str | None, method: str, path: str) -> Grant:
        """The grant of a request; raises ApiError 401 or 403."""
        family = family_of(method, path)
        scheme, _, token = (authorization or "").partition(" ")
        grant = self._grants.get(token.strip()) if scheme.lower() == "bearer" else None
        if grant is None or grant.expired:
            raise unauthenticated(family, missing=not authorization)
        named = CONTROL_PLANE.match(path)
        if (named and not grant.covers(named[1])) or (method not in READING and not grant.write):
            raise _forbidden(family)
        if method == "POST" and not named and grant.control_planes is not None:
            raise _forbidden(family)
        return grant


def family_of(method: str, path: str) -> str:
    """Which part of Konnect answers for a path."""
    return next(family for verb, pattern, family in FAMILIES if verb in ("*", method) and pattern.search(path))


def unauthenticated(family: str, *, missing: bool = False) -> ApiError:
    """401: shape C where the document declares a problem, D from the gateway in front of the rest."""
    if family == PLATFORM:
        return problem(401, "Unauthenticated", "A valid token is required")
    return edge(401, "No API key found in request" if missing else "Unauthorized")


def _forbidden(family: str) -> ApiError:
    if family == PLATFORM:
        return problem(403, "Forbidden", "You do not have permission to perform this action")
    if family == LEGACY:
        return legacy(403, "Permission denied")
    return permission_denied()
