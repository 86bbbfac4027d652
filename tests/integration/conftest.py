# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks against the lab: real HTTP, real files, real Lua, real processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "plugins" / "edge-hints"
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook."""

    code: int
    output: str

    @property
    def changed(self) -> int:
        """How many tasks changed something, all hosts together."""
        return sum(int(row[2]) for row in RECAP.findall(self.output))


Playbook = Callable[..., Run]


@pytest.fixture
def playbook(tmp_path: Path) -> Iterator[Playbook]:
    """Runs a playbook of the collection: ``playbook("update", world, plugin_path=..., check=False, args=[...])``."""

    def run(name: str, inventory: Path, env: dict[str, str], *, args: tuple[str, ...] = (), **variables: Any) -> Run:
        variables.setdefault("journal_dir", str(tmp_path / "journal"))
        variables.setdefault("report_dir", str(tmp_path / "report"))
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                f"kongops.konnect.{name}",
                "--inventory",
                str(inventory),
                "--extra-vars",
                json.dumps(variables),
                *args,
            ],
            env={
                **{key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "KONNECT_"))},
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
                "ANSIBLE_HOME": str(tmp_path / "ansible"),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_DEPRECATION_WARNINGS": "1",
                "ANSIBLE_LOCALHOST_WARNING": "0",
                "LC_ALL": "C.UTF-8",
                **env,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    yield run
