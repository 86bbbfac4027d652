# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane that answers as Konnect does, on loopback: its REST API, and the side that nodes connect to.

Start it with ``python -m lab.control_plane --state DIR``; once it serves, ``DIR/control-plane.json`` says where.
``/v2/...`` is Konnect's API, ``/lab/...`` lets a test watch it and make it misbehave.
"""

from __future__ import annotations
