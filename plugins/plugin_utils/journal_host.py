# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Journals and undo data on a host of the inventory that outlasts the controller, and what lies beside them: approved
plans, and what removals keep.

The files in ``journal_dir`` stay what a run works with. They are fetched from the host before a run begins, and what
the run adds is on the host's disk before anything relies on it. The host needs a POSIX shell and ``base64``.

Private to this collection.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.kongops.konnect.plugins.module_utils._module.journal_file import JournalFile

FOLDER = "/var/lib/kongops/journal"
_PROGRAM = Path(__file__).with_suffix(".sh")
_RUN_STDIN = "/bin/sh -c 'eval \"$(cat)\"'"
_FILE = re.compile(
    r"[0-9a-f]{12}\.(jsonl|undo\.json)|plans/[0-9a-f]{64}\.json"
    r"|removed/[0-9A-Fa-f-]{36}/[A-Za-z0-9_-][A-Za-z0-9._-]*/(plugin\.json|[0-9a-f]{64}(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+)"
)
_MOST_AT_ONCE = 1024 * 1024
"""How many bytes go in one execution, unless one file is larger."""
_LOCAL = ("localhost", "127.0.0.1", "::1")


class JournalHostError(ValueError):
    """The host could not be asked; the message names it and says what to do."""


class JournalHost:
    """``host`` is a name in the inventory, ``folder`` a directory there; ``task_vars`` are those of the task."""

    def __init__(self, action: ActionBase, host: str, folder: str, task_vars: Mapping[str, Any]) -> None:
        self._host, self._folder = host, folder
        self._connection = _connection_to(action, host, task_vars)

    @classmethod
    def named(cls, action: ActionBase, given: Mapping[str, Any], task_vars: Mapping[str, Any]) -> JournalHost | None:
        """The one that arguments or a record name; None where they name none."""
        host = str(given.get("journal_host") or "")
        return cls(action, host, str(given.get("journal_host_dir") or FOLDER), task_vars) if host else None

    def fetch(self, folder: Path, wanted: str = "") -> None:
        """Brings journals and undo data from the host to a folder of the controller, or the file or folder ``wanted``.

        A journal of ours that goes on where that of the host ends is kept, and the host is told the rest.

        :raises JournalHostError: the host cannot be reached, or something that is no journal came.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for line in self._run("fetch", name=wanted):
            name, _blank, text = line.partition(" ")
            if not _FILE.fullmatch(name):
                raise JournalHostError(
                    f"{self._host}: {self._folder} holds something that is no journal: {name[:80]!r}"
                )
            content = base64.b64decode(text)
            file = folder / name
            ours = file.read_bytes() if file.exists() else b""
            if file.suffix == ".jsonl":
                # The host drops a line that was cut before it appends, so the rest of ours has to begin with that line.
                content = content[: content.rfind(b"\n") + 1]
            if file.suffix == ".jsonl" and ours.startswith(content) and ours.endswith(b"\n"):
                self.append(name, ours[len(content) :])
                continue
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = file.with_name(f".{file.name}.{os.getpid()}")
            new.touch(mode=0o600)
            new.write_bytes(content)
            new.replace(file)

    def put(self, folder: Path, *names: str) -> None:
        """Has these files of a folder of the controller whole on the host's disk when it returns; each is there whole
        or as it was before. A name that is a folder stands for all files in it."""
        found = [folder / name for name in names]
        files = sorted(file for one in found for file in (one.rglob("*") if one.is_dir() else [one]) if file.is_file())
        pending: list[str] = []
        for file in files:
            pending.append(f"{file.relative_to(folder)} {base64.b64encode(file.read_bytes()).decode()}\n")
            if sum(map(len, pending)) > _MOST_AT_ONCE:
                self._run("put", files="".join(pending))
                pending = []
        if pending:
            self._run("put", files="".join(pending))

    def append(self, name: str, lines: bytes) -> None:
        """Has further lines of a journal on the host's disk when it returns."""
        if lines:
            self._run("append", name=name, text=base64.b64encode(lines).decode())

    def _run(self, verb: str, name: str = "", text: str = "", files: str = "") -> list[str]:
        """The lines of the answer."""
        nonce = secrets.token_hex(8)
        settings = {"folder": self._folder, "name": name, "nonce": nonce, "text": text, "files": files}
        assignments = "".join(f"{key}={shlex.quote(value)}\n" for key, value in settings.items())
        program = f"{assignments}{_PROGRAM.read_text(encoding='utf-8')}\njournal {verb} </dev/null\n"
        try:
            status, output, errors = self._connection.exec_command(_RUN_STDIN, in_data=program.encode(), sudoable=False)
        except AnsibleError as error:
            raise JournalHostError(f"{self._host}, which keeps the journal, cannot be reached: {error}") from None
        lines = [
            line.removeprefix(f"{nonce} ")
            for line in output.decode("utf-8", "replace").splitlines()
            if line.startswith(f"{nonce} ")
        ]
        if not lines or lines.pop() != "end":
            told = re.sub(r"[\x00-\x1f\x7f]+", " ", errors.decode("utf-8", "replace")).strip()[-300:]
            raise JournalHostError(
                f"{self._host} could not keep the journal in {self._folder} (status {status}; {told}). Make the folder "
                "writable for the user of the connection, or name another in journal_host_dir."
            )
        return lines


class KeptJournal(JournalFile):
    """A journal that a host is told every line of; without a host it is like any other."""

    def __init__(self, path: str | Path, host: JournalHost | None) -> None:
        super().__init__(path)
        self._host = host
        self._untold: list[bytes] = []

    def append(self, **event: Any) -> bytes:
        """As of a JournalFile; the host hears of it by :meth:`tell`."""
        line = super().append(**event)
        self._untold.append(line)
        return line

    def tell(self) -> None:
        """Bring what was appended to the host, all in one execution.

        :raises JournalHostError: the host did not take it.
        """
        lines, self._untold = self._untold, []
        if self._host is not None:
            self._host.append(self.path.name, b"".join(lines))


def _connection_to(action: ActionBase, host: str, task_vars: Mapping[str, Any]) -> Any:
    """A connection of our own to another host than that of the task, with the variables of that host."""
    hostvars = task_vars["hostvars"]
    if host not in hostvars and host not in _LOCAL:
        raise JournalHostError(f"journal_host {host!r} is not in the inventory")
    variables = hostvars.get(host) or {}
    kind = str(variables.get("ansible_connection") or ("local" if host in _LOCAL else "ssh"))
    context = action._play_context.copy()
    context.remote_addr = str(variables.get("ansible_host") or host)
    connection = action._shared_loader_obj.connection_loader.get(kind, context, "/dev/null")
    if connection is None:
        raise JournalHostError(f"journal_host {host}: there is no connection plugin {kind!r}")
    names = C.config.get_plugin_vars("connection", connection._load_name)
    connection.set_options(
        var_options={"inventory_hostname": host, **{name: variables[name] for name in names if name in variables}}
    )
    return connection
