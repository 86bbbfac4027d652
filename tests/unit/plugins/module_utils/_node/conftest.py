# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node program run for real, under each shell, against temporary directories."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer, read_answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import Program, Visit, build_program

SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"]}


@dataclass
class Node:
    """A plugin root and a prefix, and the shell that the program runs in."""

    folder: Path
    shell: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def live(self) -> Path:
        return self.root / "kong/plugins/ttl-cache"

    def visit(self, state: str, release: Release | None = None, **options: Any) -> Visit:
        options = {"status_api": "off", "prefix": str(self.folder / "prefix"), **options}
        wanted = {release.name: release.digest} if release else {}
        names = [release.name] if release else ["ttl-cache"]
        return Visit(**{"state": state, "names": names, "root": str(self.root), "wanted": wanted, **options})

    def execute(self, program: Program | str) -> subprocess.CompletedProcess[str]:
        text = program if isinstance(program, str) else program.text
        return subprocess.run(
            [*self.shell, "-c", 'eval "$(cat)"'],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=dict(self.environment),
            start_new_session=True,
        )

    def run(self, state: str, release: Release | None = None, **options: Any) -> Answer:
        program = build_program(self.visit(state, release, **options), [release] if release else [])
        ran = self.execute(program)
        assert ran.stderr == ""
        assert ran.returncode == 0
        return read_answer(ran.stdout, program.nonce)

    def look(self) -> dict[str, Any]:
        return read_look(self.run("look"), "node-1")

    def plugin(self) -> dict[str, Any]:
        found: dict[str, Any] = self.look()["plugins"]["ttl-cache"]
        return found


@pytest.fixture(params=SHELLS)
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Node:
    """A node; busybox runs with nothing but its own applets on PATH."""
    shell = SHELLS[request.param]
    program = shutil.which(shell[0])
    if program is None:
        pytest.skip(f"{shell[0]} is not installed")
    environment = dict(os.environ)
    if request.param == "busybox":
        applets = tmp_path / "bin"
        applets.mkdir()
        subprocess.run([program, "--install", "-s", str(applets)], check=True)
        environment["PATH"] = str(applets)
    return Node(tmp_path, [program, *shell[1:]], environment)


@pytest.fixture
def dash_node(tmp_path: Path) -> Node:
    """A node with the plainest shell."""
    return Node(tmp_path, ["sh"])


def make_release(handler: str = "return { PRIORITY = 10, VERSION = '1.0.0' }\n", **files: str) -> Release:
    """A release of the plugin ttl-cache."""
    texts = {"schema.lua": "return {}\n", "handler.lua": handler, **files}
    return Release("ttl-cache", {path: text.encode() for path, text in texts.items()})


@pytest.fixture
def old() -> Release:
    return make_release()


@pytest.fixture
def new() -> Release:
    return make_release("return { PRIORITY = 10, VERSION = '1.1.0' }\n", **{"lib/clock.lua": "return os.time\n"})


def content(folder: Path) -> dict[str, bytes]:
    """The files below a directory."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def read_content() -> Any:
    return content
