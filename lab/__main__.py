# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m lab``: start, look at and stop a lab."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lab.world import World, WorldError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the result is the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except WorldError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


def up(options: argparse.Namespace) -> None:
    """Start a lab and leave it running."""
    world = World(options.state, options.nodes, plugins=options.plugin, tls=options.tls)
    world.up()
    print(f"export KONNECT_URL={world.url} KONNECT_TOKEN={world.token}")
    print(f"control plane: {world.control_plane['control_plane']['name']} ({world.control_plane_id})")
    print(f"inventory: {world.inventory}")


def down(options: argparse.Namespace) -> None:
    """Stop a lab."""
    World.resume(options.state).down()


def status(options: argparse.Namespace) -> None:
    """One line a node."""
    for node in World.resume(options.state).nodes:
        if node.master is None:
            print(f"{node.name}: not running")
            continue
        state = "ready" if node.ready else "not ready"
        print(f"{node.name}: {state}, hash {node.config_hash}, {node.rejections()} payloads rejected")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for run in (up, down, status):
        command = commands.add_parser(run.__name__, help=run.__doc__)
        command.add_argument("--state", type=Path, required=True, help="directory of the lab")
        command.set_defaults(run=run)
    starting = commands.choices["up"]
    starting.add_argument("--nodes", type=int, default=3)
    starting.add_argument("--plugin", type=Path, action="append", default=[], help="a plugin directory for every node")
    starting.add_argument("--tls", action="store_true", help="https and mutual TLS")
    return parser


if __name__ == "__main__":
    sys.exit(main())
