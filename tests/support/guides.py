# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides, done as they are written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from lab.world import ROOT, World
from tests.support.site import clean_environment

BLOCK = re.compile(r"^```(sh|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def follow(guide: str, folder: Path, environment: dict[str, str]) -> str:
    """Do what the blocks of a guide say, in a folder; what the commands printed."""
    output = ""
    for language, text in BLOCK.findall((ROOT / "docs" / "guides" / guide).read_text(encoding="utf-8")):
        if language == "yaml":
            (folder / text.splitlines()[0].removeprefix("# ")).write_text(text)
            continue
        done = subprocess.run(
            ["sh", "-ec", text],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        output += done.stdout
    return output


def as_the_reader(world: World, folder: Path, plugin: Path) -> dict[str, str]:
    """Put into a folder what the guides take for granted; the environment that their commands run in."""
    world.client.patch(f"/v2/control-planes/{world.control_plane_id}", json={"name": "production"}).raise_for_status()
    shutil.copytree(plugin, folder / "plugins" / plugin.name)
    shutil.copy(world.inventory, folder / "inventory.yml")
    return {
        **clean_environment(folder),
        **world.environment,
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
