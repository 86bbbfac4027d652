# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a plugin: which of them make a release, their sums, and the one digest that names it.

The rule: regular files below the plugin's directory, except hidden ones, test directories, test files and what editors
leave behind (``SKIPPED_DIRECTORIES``, ``SKIPPED_FILES``). A link to a file inside the directory counts as that file.
Links out of it, links to directories, devices, and names outside ``[A-Za-z0-9._/-]`` are refused. The digest depends
on paths and contents alone: not on order, time, mode or owner.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import stat
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError

SKIPPED_DIRECTORIES = ("spec", "specs", "test", "tests", "__pycache__", "node_modules")
SKIPPED_FILES = ("*_spec.lua", "*_test.lua", "*~", "*.bak", "*.orig", "*.rej", "*.swp", "*.tmp", "#*#")

MAX_FILES = 1000
MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_BYTES = 16 * 1024 * 1024
MAX_RATIO = 200
"""How many times larger than the archive its content may be, at the most."""

REQUIRED = ("handler.lua", "schema.lua")
FORBIDDEN = {
    "api.lua": "an Admin API of the plugin's own",
    "dao.lua": "database entities of the plugin's own",
    "daos.lua": "database entities of the plugin's own",
    "migrations.lua": "database migrations",
    "migrations": "database migrations",
}
"""What Konnect does not accept in a custom plugin: file or directory at the top, and what it would be."""

_SKIPPED = re.compile("|".join(map(translate, SKIPPED_FILES)))
_SAFE_PATH = re.compile(r"[A-Za-z0-9._/-]+\Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")


@dataclass(frozen=True)
class Release:
    """The files of one plugin, ready to be shipped. ``files`` maps relative paths to contents."""

    name: str
    files: Mapping[str, bytes]

    @property
    def manifest(self) -> str:
        """Sorted ``<sha256>  <path>`` lines, each with a newline: what ``sha256sum`` prints on the node."""
        return "".join(sorted(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in self.files.items()))

    @property
    def digest(self) -> str:
        """``sha256:<64 hex>`` of the manifest."""
        return digest_of(self.manifest)

    @property
    def size(self) -> int:
        """Bytes in all files."""
        return sum(len(data) for data in self.files.values())

    def text(self, path: str) -> str | None:
        """A file as text, or None where the release has no such file."""
        data = self.files.get(path)
        return None if data is None else data.decode("utf-8", errors="replace")


def digest_of(manifest: str) -> str:
    """The digest of a manifest's text."""
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


def belongs(path: str) -> bool:
    """Whether a file with this relative path is part of a release."""
    *folders, name = path.split("/")
    if any(part.startswith(".") for part in (*folders, name)) or any(part in SKIPPED_DIRECTORIES for part in folders):
        return False
    return not _SKIPPED.match(name)


def release_faults(paths: Iterable[str]) -> list[str]:
    """Why these relative paths cannot be a custom plugin on Konnect; empty when they can."""
    present = set(paths)
    faults = [f"{name} is missing" for name in REQUIRED if name not in present]
    tops = {path.split("/", 1)[0] for path in present}
    return faults + [
        f"{name} is not allowed: Konnect accepts no {FORBIDDEN[name]} in a custom plugin"
        for name in sorted(tops & set(FORBIDDEN))
    ]


def read_release(path: str | os.PathLike[str], name: str | None = None) -> Release:
    """The release in a directory or a ``.tar.gz``; ``name`` defaults to the name of the directory.

    Raises ReleaseError with all faults of the file list, or the first fault of a file.
    """
    source = Path(path)
    if source.is_dir():
        source = source.resolve()
        files = _walk(source)
        name = name or source.name
    elif source.is_file():
        files = _unpack(source)
        name = name or source.name.removesuffix(".gz").removesuffix(".tgz").removesuffix(".tar")
    else:
        raise ReleaseError(f"{source}: no such plugin directory or archive on the controller")
    check_name(name, str(source))
    faults = release_faults(files)
    if faults:
        raise ReleaseError(f"{source}: {'; '.join(faults)}")
    return Release(name, files)


def check_name(name: str, where: str) -> None:
    """Raises ReleaseError unless ``name`` can be a plugin's directory name."""
    if not _SAFE_NAME.match(name):
        raise ReleaseError(f"{where}: the plugin name {_shown(name)} may hold only letters, digits, '.', '_' and '-'")


def check_digest(digest: str | None) -> None:
    """Raises ReleaseError unless ``digest`` is None or of the form ``sha256:<64 hex>``."""
    if digest is not None and not _DIGEST.match(digest):
        raise ReleaseError(f"{_shown(digest)} is not a digest of the form sha256:<64 hex digits>")


def _shown(text: str) -> str:
    return repr(text[:120])


class _Collector:
    """Takes files one by one and holds the limits."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.files: dict[str, bytes] = {}
        self.size = 0

    def check(self, path: str, size: int) -> None:
        """Before a file is read: its name, its size, and what it adds up to."""
        if not _SAFE_PATH.match(path) or path.startswith(("/", "-")) or ".." in path.split("/"):
            raise ReleaseError(
                f"{self.where}: the file name {_shown(path)} may hold only letters, digits, '.', '_', '-' and '/'"
            )
        if size > MAX_FILE_BYTES:
            raise ReleaseError(
                f"{self.where}: {path} has {size} bytes; a plugin's file may have {MAX_FILE_BYTES}. "
                "Keep data out of the plugin's directory"
            )
        if len(self.files) >= MAX_FILES:
            raise ReleaseError(f"{self.where}: more than {MAX_FILES} files. Is this the plugin's own directory?")
        if self.size + size > MAX_BYTES:
            raise ReleaseError(f"{self.where}: more than {MAX_BYTES} bytes in all. Is this the plugin's own directory?")

    def add(self, path: str, data: bytes) -> None:
        self.check(path, len(data))
        if path in self.files:
            raise ReleaseError(f"{self.where}: {path} is in it twice")
        self.files[path] = data
        self.size += len(data)


def _walk(top: Path) -> dict[str, bytes]:
    collector = _Collector(top)
    seen: dict[Path, tuple[int, int]] = {}
    try:
        for folder, folders, names in os.walk(top, onerror=_raise):
            here = Path(folder)
            relative = here.relative_to(top)
            folders[:] = sorted(f for f in folders if belongs((relative / f / "x").as_posix()))
            for name in folders:
                if (here / name).is_symlink():
                    raise ReleaseError(f"{here / name}: a link to a directory; put the files themselves there")
            for name in sorted(names):
                path = (relative / name).as_posix()
                if belongs(path):
                    seen[here / name] = _take(collector, here / name, path)
        changed = [file for file, mark in seen.items() if _mark(file.stat()) != mark]
    except OSError as error:
        raise ReleaseError(f"{error.filename or top}: cannot be read: {error.strerror}") from None
    if changed:
        raise ReleaseError(f"{changed[0]}: changed while the directory was being read; run again when it is at rest")
    return collector.files


def _raise(error: OSError) -> None:
    raise error


def _mark(status: os.stat_result) -> tuple[int, int]:
    return status.st_mtime_ns, status.st_size


def _take(collector: _Collector, file: Path, path: str) -> tuple[int, int]:
    if file.is_symlink() and not file.resolve().is_relative_to(collector.where):
        raise ReleaseError(f"{file}: a link that leads out of the plugin's directory")
    status = file.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ReleaseError(f"{file}: not a regular file")
    collector.check(path, status.st_size)
    with file.open("rb") as stream:
        collector.add(path, stream.read(MAX_FILE_BYTES + 1))
    return _mark(status)


def _unpack(archive: Path) -> dict[str, bytes]:
    """The files of a ``.tar.gz``; a single directory at its top is taken as the plugin's."""
    collector = _Collector(archive)
    limit = min(MAX_RATIO * max(archive.stat().st_size, 1), 2 * MAX_BYTES)
    try:
        with gzip.open(archive) as packed:
            data = packed.read(limit + 1)
        if len(data) > limit:
            raise ReleaseError(f"{archive}: unpacks to more than {limit} bytes; refused")
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            members = [member for member in tar.getmembers() if not member.isdir()]
            prefix = _common_top([member.name for member in members])
            for member in members:
                path = member.name.removeprefix("./").removeprefix(prefix)
                if member.name.startswith("/") or ".." in member.name.split("/"):
                    raise ReleaseError(f"{archive}: {_shown(member.name)} leads out of the plugin's directory")
                if not belongs(path):
                    continue
                stream = tar.extractfile(member) if member.isreg() else None
                if stream is None:
                    raise ReleaseError(f"{archive}: {_shown(member.name)} is not a regular file")
                collector.check(path, member.size)
                collector.add(path, stream.read())
    except (OSError, EOFError, tarfile.TarError) as error:
        raise ReleaseError(f"{archive}: cannot be unpacked as .tar.gz: {error}") from None
    return collector.files


def _common_top(names: list[str]) -> str:
    tops = {name.removeprefix("./").split("/", 1)[0] for name in names}
    plain = {name.removeprefix("./") for name in names}
    if len(tops) == 1 and not tops & plain:
        return f"{tops.pop()}/"
    return ""
