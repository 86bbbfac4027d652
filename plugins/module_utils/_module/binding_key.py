# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key that a plan's digests of instances are made with."""

from __future__ import annotations

import hashlib
import hmac

_PURPOSE = b"kongops plan: digests of instances"


def binding_key(token: str) -> bytes:
    """The key of the digests of instances: who can read the control plane can check a plan, nobody else learns
    anything from it."""
    return hmac.new(token.encode(), _PURPOSE, hashlib.sha256).digest()
