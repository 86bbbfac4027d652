# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a removal kept of a plugin; see the module of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.plugin_schemas import same_text
from ansible_collections.kongops.konnect.plugins.module_utils._module.kept import (
    RECORD,
    folder_of,
    given_again,
    kept_files,
    read_record,
)
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_paths import from_here
from ansible_collections.kongops.konnect.plugins.plugin_utils.journal_host import FOLDER, JournalHost
from ansible_collections.kongops.konnect.plugins.plugin_utils.konnect_action import KonnectAction
from ansible_collections.kongops.konnect.plugins.plugin_utils.undo_vault import ciphers


class ActionModule(KonnectAction):
    """Works on the controller, where Vault is."""

    ARGUMENTS = {
        "name": {"type": "str", "required": True},
        "journal_dir": {"type": "path", "required": True},
        "undo_vault_password_file": {"type": "path"},
        "journal_host": {"type": "str", "default": ""},
        "journal_host_dir": {"type": "str", "default": FOLDER},
    }

    def work(self, arguments: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        name = arguments["name"]
        asked = {"control_plane": arguments["control_plane"]}
        control_plane = self.ask("control_plane_info", asked, task_vars)["control_planes"][0]
        place = Path(from_here(arguments["journal_dir"]))
        folder = folder_of(place, control_plane["id"], name)
        host = JournalHost.named(self, arguments, task_vars)
        if host is not None:
            host.fetch(place, str(folder.relative_to(place)))
        file = folder / RECORD
        if not file.is_file():
            raise ValueError(f"Nothing was kept of {name} on {control_plane['name']!r}: there is no {file}.")
        given = arguments["undo_vault_password_file"]
        keys = ciphers(from_here(given) if given else None, self._loader)
        record = read_record(file, keys[1] if keys else None)
        directory = kept_files(folder, name, record["digest"]) if record["digest"] else None
        if directory is None:
            raise ValueError(
                f"No files of {name} were kept with {file}, since no node had any. Install it from its directory "
                "instead, with the playbook kongops.konnect.install."
            )
        if not same_text((directory / "schema.lua").read_text(encoding="utf-8"), record["schema"]["text"]):
            raise ValueError(
                f"The schema that was on the control plane is not that of the files in {directory}: an update was "
                "under way when it was removed. Put schema.lua right there, then install from that directory."
            )
        return {"changed": False, "path": str(directory), "instances": given_again(record)}
