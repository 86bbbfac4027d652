# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key that undo data is encrypted with: a password file as `ansible-vault` takes it, script or text.

Private to this collection.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, get_file_vault_secret

from ansible_collections.kongops.konnect.plugins.module_utils._module.undo_file import is_sealed, read_undo
from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import Saved, UndoError
from ansible_collections.kongops.konnect.plugins.plugin_utils.controller_paths import from_here

OPTION = "undo_vault_password_file"
VARIABLE = "KONGOPS_UNDO_VAULT_PASSWORD_FILE"
_ID = "kongops-undo"

Cipher = Callable[[str], str]


def ciphers(given: str | None, loader: Any) -> tuple[Cipher, Cipher] | None:
    """What encrypts and what decrypts; None where the operator names no key.

    :raises UndoError: the key cannot be used; the message names the file.
    """
    path = given or os.environ.get(VARIABLE)
    if not path:
        return None
    try:
        secret = get_file_vault_secret(filename=from_here(path), loader=loader)
        secret.load()
    except (AnsibleError, OSError) as exc:
        raise UndoError(f"{OPTION} {path}: {exc}") from None
    vault = VaultLib([(_ID, secret)])

    def decrypt(text: str) -> str:
        try:
            return bytes(vault.decrypt(text)).decode()
        except AnsibleError:
            raise UndoError(f"what was saved cannot be decrypted with {OPTION} {path}") from None

    return (lambda text: bytes(vault.encrypt(text, secret)).decode()), decrypt


def open_undo(path: Path, given: str | None, loader: Any) -> Saved:
    """Undo data with its instances.

    :raises UndoError: it is encrypted and there is no key, or the key is another one, or the file is none.
    """
    keys = ciphers(given, loader) if is_sealed(path) else None
    if keys is None and is_sealed(path):
        raise UndoError(f"{path}: is encrypted. Name its password file in {OPTION}, or in {VARIABLE}.")
    return read_undo(path, keys[1] if keys else None)
