# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo data as files on the controller, beside the journals: ``<journal_dir>/<target>.undo.json``, mode 0600."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._rollout.undo import Saved, UndoError

SUFFIX = ".undo.json"
# The member that stands for the instances of all plugins where they are encrypted.
SEALED = "sealed"

Cipher = Callable[[str], str]


def undo_path(journal: str | Path) -> Path:
    """The file that belongs to a journal."""
    path = Path(journal)
    return path.with_name(path.name.removesuffix(".jsonl") + SUFFIX)


def write_undo(path: Path, saved: Mapping[str, Any], encrypt: Cipher | None) -> None:
    """Puts undo data (``Saved.to_dict()``) on disk, whole or not at all, for its owner only.

    ``encrypt`` turns text into text; without it the data is written as it is.

    :raises OSError: the file cannot be written.
    """
    content = dict(saved)
    if encrypt is not None:
        instances = [one["instances"] for one in saved["plugins"]]
        content["plugins"] = [{**one, "instances": []} for one in saved["plugins"]]
        content[SEALED] = encrypt(json.dumps(instances))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def read_undo(path: Path, decrypt: Cipher | None) -> Saved:
    """The undo data of one file, with its instances where they are not encrypted or ``decrypt`` is given.

    :raises UndoError: the file is not there or is no undo data; the message names it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if SEALED in content and decrypt is not None:
            opened = json.loads(decrypt(content[SEALED]))
            content["plugins"] = [
                {**one, "instances": instances} for one, instances in zip(content["plugins"], opened, strict=True)
            ]
        content.pop(SEALED, None)
        return Saved.from_dict(content)
    except FileNotFoundError:
        raise UndoError(f"{path}: there is no undo data of this rollout.") from None
    except (ValueError, KeyError, TypeError) as exc:
        raise UndoError(f"{path}: {exc}.") from None


def is_sealed(path: Path) -> bool:
    """Whether the instances in a file are encrypted."""
    try:
        return SEALED in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def all_undo(folder: str | Path) -> Iterator[tuple[Path, Saved]]:
    """Every undo data in a folder, encrypted instances left out; what cannot be read is passed over."""
    for path in sorted(Path(folder).expanduser().glob(f"*{SUFFIX}")):
        with suppress(UndoError):
            yield path, read_undo(path, None)
