# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a node's ``kong``: a few lines of sh that run the lab's own interpreter, whatever the PATH of the host is."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from lab.node.cli import DEFAULT_FILE_VARIABLE

_CODE = "import sys; sys.path.insert(0, {root!r}); from lab.node.cli import main; sys.exit(main())"


def write_launcher(file: Path, kong_conf: Path | None = None, *, interpreter: str = sys.executable) -> None:
    """Make ``file`` an executable ``kong``; ``kong_conf`` is its default file where it differs from Kong's own."""
    root = str(Path(__file__).resolve().parents[2])
    default = (
        f"{DEFAULT_FILE_VARIABLE}={shlex.quote(str(kong_conf))}\nexport {DEFAULT_FILE_VARIABLE}\n" if kong_conf else ""
    )
    command = f"exec {shlex.quote(interpreter)} -I -c {shlex.quote(_CODE.format(root=root))}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'#!/bin/sh\n# kong of a lab node\n{default}{command} "$@"\n', encoding="utf-8")
    file.chmod(0o755)
