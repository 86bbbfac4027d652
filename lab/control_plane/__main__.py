# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m lab.control_plane``: run a lab control plane until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from pathlib import Path

from lab.control_plane.server import STATE_FILE, Options, serve


def parse(arguments: list[str] | None = None) -> Options:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m lab.control_plane", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help=f"directory for {STATE_FILE} and certificates")
    parser.add_argument("--port", type=int, default=0, help="of the API; 0 takes a free one")
    parser.add_argument("--tls", action="store_true", help="https with a CA of its own, mutual TLS for nodes")
    parser.add_argument("--name", default=Options.name, help="of the control plane that exists from the start")
    parser.add_argument("--token", help="the token to accept; without it one is made up")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="added to every request")
    parser.add_argument("--coalesce-seconds", type=float, default=1.0, help="from a change to the payload with it")
    return Options(**vars(parser.parse_args(arguments)))


async def main(options: Options) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(options, stop)


if __name__ == "__main__":
    # A node that leaves without a close frame is daily business, not news.
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    asyncio.run(main(parse()))
