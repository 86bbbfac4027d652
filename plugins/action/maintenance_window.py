# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the module of the same name which process on the controller runs the rollout, and keeps what it has to undo.

The data goes from the module to a file of the controller here, because only the controller can encrypt for
Ansible Vault; no result ever carries it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.kongops.konnect.plugins.module_utils._module.controller_process import process_facts
from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_file import undo_path, write_undo
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_paths import from_here
from ansible_collections.kongops.konnect.plugins.plugin_utils.durable import JOURNAL_DIR, refuse_lost_journal
from ansible_collections.kongops.konnect.plugins.plugin_utils.journal_host import JournalHost
from ansible_collections.kongops.konnect.plugins.plugin_utils.undo_vault import OPTION, ciphers


class ActionModule(ActionBase):
    """A task runs in a fork of the process that runs the playbook."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Ansible calls."""
        super().run(tmp, task_vars)
        arguments = {**self._task.args, "controller": process_facts(os.getppid())}
        key_file = arguments.pop(OPTION, None)
        variables = task_vars or {}
        try:
            if arguments.get("state", "open") == "open":
                return self._open(arguments, key_file, variables)
            if arguments["state"] == "closed":
                record = arguments["rollout"]
                host = JournalHost.named(self, record, variables)
                return self._noted(Path(str(record["journal"])), host, arguments, variables)
            return self._module(arguments, variables)
        except (ValueError, OSError) as exc:
            raise AnsibleActionFail(str(exc)) from None

    def _open(self, arguments: dict[str, Any], key_file: str | None, variables: dict[str, Any]) -> dict[str, Any]:
        """What the run is to be undone with is kept before anybody may write."""
        host = JournalHost.named(self, arguments.get("within") or arguments, variables)
        if host is None:
            refuse_lost_journal(arguments.get("journal_dir"), variables)
        arguments["journal_dir"] = from_here(arguments.get("journal_dir") or JOURNAL_DIR)
        folder = Path(arguments["journal_dir"])
        if host is not None and not arguments.get("within"):
            host.fetch(folder)
        keys = ciphers(key_file, self._loader)
        result = self._noted(folder, host, {**arguments, "undo_key": keys is not None}, variables)
        undo = result.pop("undo", None)
        if undo is not None:
            path = undo_path(result["rollout"]["journal"])
            write_undo(path, undo, keys[0] if keys else None)
            if host is not None:
                host.put(path.parent, path.name)
        return result

    def _noted(
        self, place: Path, host: JournalHost | None, arguments: Mapping[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        """The module's result, and what it noted in a journal (one file, or any of a folder) told to the host."""
        # A line that a crash cut is dropped before the next is written.
        before = {file: file.read_bytes().rfind(b"\n") + 1 for file in _journals(place)} if host else {}
        result = self._module(arguments, variables)
        if host is not None and not result.get("failed"):
            for file in _journals(place):
                host.append(file.name, file.read_bytes()[before.get(file, 0) :])
        return result

    def _module(self, arguments: Mapping[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name="kongops.konnect.maintenance_window", module_args=dict(arguments), task_vars=task_vars
        )
        return result


def _journals(place: Path) -> list[Path]:
    return [place] if place.suffix == ".jsonl" else sorted(place.glob("*.jsonl"))
