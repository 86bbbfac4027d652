# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A visit to a node whose connection takes nothing on standard input: what is sent as files is gone at its end."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import INLINE_LIMIT, Visit
from ansible_collections.kongops.konnect.plugins.plugin_utils.node_action import NodeAction


class BySu(NodeAction):
    """Makes directories as ansible-core does, which removes the last that it made; the node lacks every release."""

    def __init__(self) -> None:
        shell = SimpleNamespace(tmpdir=None, join_path=lambda *parts: "/".join(parts))
        become = SimpleNamespace(name="su", pipelining=False)
        self._connection = SimpleNamespace(has_pipelining=True, become=become, _shell=shell)
        self.made: list[str] = []
        self.sent: dict[str, str] = {}

    def _make_tmp_path(self, remote_user: str | None = None) -> str:
        self.made.append(f"/root/.ansible/tmp/{len(self.made)}")
        self._connection._shell.tmpdir = self.made[-1]
        return self.made[-1]

    def _transfer_data(self, remote_path: str, data: Any) -> str:
        self.sent[remote_path] = data.decode()
        return remote_path

    def _fixup_perms2(self, *_arguments: Any, **_options: Any) -> None:
        """Nothing to do here."""

    def _compute_environment_string(self, raw_environment_out: Any = None) -> str:
        return ""

    def _low_level_execute_command(self, cmd: str, *_arguments: Any, **_options: Any) -> dict[str, Any]:
        found = re.search(r"KO_NONCE=(\S+)", self.sent[cmd.split()[-1]])
        assert found is not None
        lines = ["begin - 1", *(["need big 0"] if len(self.sent) == 1 else []), "end - x"]
        return {"rc": 0, "stderr": "", "stdout": "".join(f"{found.group(1)} {line}\n" for line in lines)}


def test_every_program_of_a_visit_lies_in_the_directory_that_is_removed_at_its_end() -> None:
    action = BySu()
    release = Release("big", {"schema.lua": b"return {}\n", "handler.lua": b"x" * (INLINE_LIMIT + 1)})
    action.visit(Visit(state="present", names=["big"], wanted={"big": release.digest}, planned="{}"), [release])
    assert len(action.sent) == 2
    assert {path.rpartition("/")[0] for path in action.sent} == {action._connection._shell.tmpdir}
