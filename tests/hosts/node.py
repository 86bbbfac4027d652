# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run on a host, by the lab's interpreter: makes a lab node in the host's own file system and starts it.

node.py NAME STATUS-API OUTLET PLUGIN-DIRECTORY...
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lab.node.behaviour import Settings  # noqa: E402
from lab.node.handle import LabNode  # noqa: E402

DIRECTORY = Path("/srv/kong-node")


def main(name: str, status_api: str, outlet: str, *plugins: str) -> None:
    node = LabNode(name, DIRECTORY, status_api)
    node.create({"cluster_control_plane": outlet}, Settings(), [Path(plugin) for plugin in plugins])
    node.kong("start")


if __name__ == "__main__":
    main(*sys.argv[1:])
