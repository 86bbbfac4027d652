# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane that answers as Konnect does, on loopback: its REST API, and the side that nodes connect to.

Start it with ``python -m lab.control_plane --state DIR``; once it serves, ``DIR/control-plane.json`` says where.
``/v2/...`` is Konnect's API; ``/lab/...`` (no token) lets a test watch it and make it misbehave:

======  ===============================  ==========================================================================
GET     /lab/requests?since=NUMBER       what arrived under /v2, without tokens; DELETE forgets it
GET     /lab/payloads?control_plane=ID   what was pushed, when, and to which nodes
GET     /lab/control-planes/ID/payload   the present configuration in full
GET     /lab/nodes?control_plane=ID      node records with what the API hides: connections, pings, plugins, errors
POST    /lab/nodes                       forge or change a record: control_plane, and fields of ``store.Node``
PUT     /lab/settings                    fields of ``settings.Settings``; GET shows them
POST    /lab/faults                      a rule of ``faults.Fault``; GET shows all with their counts, DELETE clears
POST    /lab/foreign-write               method, path, body: someone else's request, past faults
POST    /lab/tokens                      write, control_planes, expired: a token with that grant
POST    /lab/outlets                     control_plane, accepting: false drops its nodes and refuses others
======  ===============================  ==========================================================================
"""

from __future__ import annotations
