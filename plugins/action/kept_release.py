# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies the files of plugins from a node to the controller; see the module of the same name."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import shlex
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._module.kept import (
    folder_of,
    keep_files,
    keepers,
    kept_files,
)
from ansible_collections.kongops.konnect.plugins.module_utils._module.node_options import KEPT_RELEASE
from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import shown
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import NodeError, ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import MAX_BYTES, Release, read_release
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_paths import from_here
from ansible_collections.kongops.konnect.plugins.plugin_utils.node_action import NodeAction

# An archive goes over the wire as text, since a connection may change line ends, and in a frame, since a shell may
# print a banner. At the end of the frame stands the status of tar, which a pipe would lose.
_PACK = (
    "cd {path} && exec 3>&1 && echo {nonce} begin && "
    "status=$({{ {{ tar -chf - .; echo $? >&4; }} | gzip -c | base64 >&3; }} 4>&1) && echo {nonce} end $status"
)


class ActionModule(NodeAction):
    """The files are checked against the digest of the plan before anything relies on them."""

    ARGUMENTS = KEPT_RELEASE

    def work(self, args: dict[str, Any], host: str) -> dict[str, Any]:
        kept = {}
        for keeper in keepers(args["plan"]):
            for plugin in args["plan"]["plugins"]:
                folder = folder_of(from_here(args["journal_dir"]), keeper, plugin["name"])
                for copy in plugin["copies"]:
                    if copy["host"] == host:
                        kept[copy["digest"]] = str(self._keep(folder, plugin["name"], copy))
        return {"changed": False, "kept": kept}

    def _keep(self, folder: Path, name: str, copy: dict[str, Any]) -> Path:
        there = kept_files(folder, name, copy["digest"])
        if there or self._task.check_mode:
            return there or folder
        release = self._fetch(name, copy["path"], copy["digest"])
        try:
            return keep_files(folder, release)
        except OSError as error:
            raise NodeError(f"the files of {name} cannot be kept in {folder}: {error.strerror}") from None

    def _fetch(self, name: str, path: str, digest: str) -> Release:
        """The files in a directory of the node, which are those with this digest."""
        nonce = f"kongops-{secrets.token_hex(8)}"
        ran = self._low_level_execute_command(_PACK.format(path=shlex.quote(path), nonce=nonce))
        framed = re.search(rf"{nonce} begin\r?\n([A-Za-z0-9+/=\s]*){nonce} end ([0-9]+)", ran["stdout"])
        told = shown(ran["stderr"] or ran["stdout"], 200)
        if framed is None or len(framed[1]) > 2 * MAX_BYTES:
            raise NodeError(f"the files in {path} cannot be copied: {told}")
        with tempfile.NamedTemporaryFile(suffix=".tar.gz") as archive:
            try:
                archive.write(base64.b64decode(framed[1]))
                archive.flush()
                release = read_release(archive.name, name)
            except (binascii.Error, ReleaseError) as error:
                hint = f" [tar: status {framed[2]}; {told}]" if framed[2] != "0" else ""
                raise NodeError(f"the files in {path} cannot be kept: {error}{hint}") from None
        if release.digest == digest:
            return release
        if framed[2] != "0":
            raise NodeError(f"the files in {path} cannot be copied: {told}")
        raise NodeError(f"{path} holds other files by now than when it was looked at; run again")
