# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node actions share: arguments checked like a module's, one visit in one remote execution, errors as results.

Private to this collection.
"""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer, read_answer, shown
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import AnswerError, NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import Release
from ansible_collections.kongops.konnect.plugins.module_utils._node.program import (
    INLINE_LIMIT,
    Program,
    Visit,
    build_program,
)

# Read whole before it runs: no shell reads the program byte by byte, and a stream that was cut is no program.
RUN_STDIN = "/bin/sh -c 'eval \"$(cat)\"'"

# What goes into lua_package_path, a unit or a compose file as it is.
_PLACE = re.compile(r"/[A-Za-z0-9._/@-]*\Z")


class NodeAction(ActionBase):
    """Base of the node actions. A subclass names its spec and does its work in ``work``."""

    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False

    ARGUMENTS: Mapping[str, Mapping[str, Any]] = {}
    RULES: Mapping[str, Any] = {}

    def work(self, args: dict[str, Any], host: str) -> dict[str, Any]:
        """The result of the task; may raise NodeError."""
        raise NotImplementedError

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _result, args = self.validate_argument_spec(dict(self.ARGUMENTS), **self.RULES)
        try:
            result.update(self.work(args, str((task_vars or {}).get("inventory_hostname", ""))))
        except NodeError as error:
            raise AnsibleActionFail(str(error)) from None
        return result

    def visit(self, visit: Visit, releases: Sequence[Release] = ()) -> Answer:
        """One visit in one remote execution; in two when the releases are large and the node lacks one."""
        inline = sum(release.size for release in releases) <= INLINE_LIMIT
        answer = self._execute(build_program(visit, releases, inline=inline))
        needed = answer.subjects("need")
        if needed:
            answer = self._execute(build_program(visit, releases, inline=True))
        return answer

    def _execute(self, program: Program) -> Answer:
        if not self._takes_stdin():
            return self._read(self._transfer_and_run(program), program)
        ran = self._low_level_execute_command(self._with_environment(RUN_STDIN), in_data=program.encode())
        if ran["rc"] != 0 and program.nonce not in ran["stdout"] and "tty" in ran["stderr"]:
            # sudo with requiretty: no terminal can be given to a command that reads standard input.
            ran = self._transfer_and_run(program)
        return self._read(ran, program)

    def _takes_stdin(self) -> bool:
        if not self._connection.has_pipelining:
            return False
        become = self._connection.become
        # Become plugins say so themselves since ansible-core 2.19; before, su was the one that could not.
        return become is None or bool(getattr(become, "pipelining", become.name != "su"))

    def _transfer_and_run(self, program: Program) -> dict[str, Any]:
        # Ansible removes one directory at the end of the task, the last: what is sent may hold secrets.
        if not self._connection._shell.tmpdir:
            self._make_tmp_path()
        remote = self._connection._shell.join_path(self._connection._shell.tmpdir, f"kongops-{secrets.token_hex(4)}.sh")
        self._transfer_data(remote, program.encode())
        self._fixup_perms2((self._connection._shell.tmpdir, remote))
        return self._low_level_execute_command(self._with_environment(f"/bin/sh {shlex.quote(remote)}"))

    def _with_environment(self, command: str) -> str:
        """With the task's ``environment``, which `kong reload` may take settings from."""
        return f"{self._compute_environment_string()} {command}".strip()

    @staticmethod
    def _read(ran: Mapping[str, Any], program: Program) -> Answer:
        try:
            return read_answer(ran["stdout"], program.nonce)
        except AnswerError as error:
            raise AnswerError(f"{error} [status {ran['rc']}; {shown(ran['stderr'], 300)}]") from None


def visit_options(args: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a Visit that every node action has from its options; raises NodeError for an unusable path."""
    for option in ("plugin_root", "kong_environment_file"):
        if args[option] is not None and not _PLACE.match(args[option]):
            raise NodeError(
                f"{option}: {shown(args[option])} must be an absolute path of letters, digits, '.', '_', '-', '@', '/'"
            )
    options = {
        "root": args["plugin_root"],
        "kind": args["kong_kind"],
        "kong": args["kong_command"],
        "conf": args["kong_conf"],
        "environment_file": args["kong_environment_file"],
        "prefix": args["kong_prefix"],
        "unit": args["kong_unit"],
        "engine": args["container_engine"],
        "container": args["kong_container"],
        "command": args["reload_command"],
        "status_api": args["status_api"],
        "log_path": args["log_path"],
        "timeout": args["timeout"],
        "settle": args.get("settle"),
        "expected_hash": args.get("expected_hash"),
    }
    return {key: value for key, value in options.items() if value is not None}
