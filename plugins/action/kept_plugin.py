# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps schema and instances of plugins before they are deleted; see the module of the same name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._module.kept import (
    RECORD,
    folder_of,
    keepers,
    merged,
    read_record,
    record_of,
    write_private,
)
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_paths import from_here
from ansible_collections.kongops.konnect.plugins.plugin_utils.journal_host import FOLDER, JournalHost
from ansible_collections.kongops.konnect.plugins.plugin_utils.konnect_action import KonnectAction
from ansible_collections.kongops.konnect.plugins.plugin_utils.undo_vault import Cipher, ciphers


class ActionModule(KonnectAction):
    """Works on the controller, where Vault is; modules read the control plane, and their results stay here."""

    ARGUMENTS = {
        "plan": {"type": "dict", "required": True},
        "journal_dir": {"type": "path", "required": True},
        "undo_vault_password_file": {"type": "path"},
        "journal_host": {"type": "str", "default": ""},
        "journal_host_dir": {"type": "str", "default": FOLDER},
    }

    def work(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        plan = arguments["plan"]
        given = arguments["undo_vault_password_file"]
        keys = ciphers(from_here(given) if given else None, self._loader)
        place = Path(from_here(arguments["journal_dir"]))
        host = JournalHost.named(self, arguments, task_vars)
        files = []
        for keeper in keepers(plan):
            for plugin in plan["plugins"]:
                there = {"name": plugin["name"], "control_plane": keeper}
                schemas = self.ask("plugin_schema_info", there, task_vars)["schemas"]
                if not schemas:
                    continue
                instances = self.ask("plugin_instance_info", {**there, "show_secrets": True}, task_vars)["instances"]
                digest = plugin["copies"][0]["digest"] if plugin["copies"] else None
                folder = folder_of(place, keeper, plugin["name"])
                if host is not None:
                    host.fetch(place, str((folder / RECORD).relative_to(place)))
                file = folder / RECORD
                record = merged(self._before(file, keys), record_of(plugin["name"], schemas[0], instances, digest))
                if not self._task.check_mode:
                    text = json.dumps(record, sort_keys=True)
                    write_private(file, (keys[0](text) if keys else text).encode())
                    if host is not None:
                        host.put(place, str(folder.relative_to(place)))
                files.append(str(file))
        return {"changed": False, "files": files}

    @staticmethod
    def _before(file: Path, keys: tuple[Cipher, Cipher] | None) -> dict[str, Any] | None:
        return read_record(file, keys[1] if keys else None) if file.is_file() else None
