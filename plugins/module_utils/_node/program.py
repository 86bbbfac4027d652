# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that one visit sends to a node: the parts in ``sh/``, the visit's arguments, the files to ship."""

from __future__ import annotations

import base64
import pkgutil
import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import (
    SKIPPED_DIRECTORIES,
    SKIPPED_FILES,
    Release,
)

PARTS = ("common", "kong", "look", "release", "enable", "environment", "disable", "preflight", "reload", "turn")
PROTOCOL = 1
SCHEMA_CAP = 131_072
"""Bytes of a schema.lua that a node returns at most."""

INLINE_LIMIT = 64 * 1024
"""Bytes of releases up to which the files go along unasked. Asking first costs a whole execution (about 0.1 s of ssh
and fork), 64 KiB of base64 cost milliseconds; beyond it, a fleet that has the release should not be sent it again."""

_END = "KONGOPS_END"  # cannot occur in base64
_COMMENT = re.compile(r"^[ \t]*#.*\n", re.MULTILINE)
_PLAIN = re.compile(rb"[\t\n -~]*")


def _part(name: str) -> str:
    data = pkgutil.get_data(__package__, f"sh/{name}.sh")
    if data is None:
        raise FileNotFoundError(f"sh/{name}.sh is missing from the collection")
    return _COMMENT.sub("", data.decode("utf-8"))


# Read where this is imported, which is before Ansible forks a process for each node.
_PARTS = tuple(map(_part, PARTS))


@dataclass(frozen=True)
class Visit:
    """What one execution on one node is to do. Times in seconds; empty text means "find it out on the node"."""

    state: str  # look | present | staged | absent | rolled_back | disabled | reloaded | observed
    names: Sequence[str] = ()
    root: str = "/opt/kong-plugins"
    wanted: Mapping[str, str] = field(default_factory=dict)  # plugin name -> digest; absent: the previous release
    keep: int = 3
    enable: bool = False
    reload: bool = False
    check: bool = False  # only say what enabling or disabling would set
    on_failure: str = "undo"  # undo | keep
    kind: str = "package"  # package | systemd | container | command
    kong: str = "kong"
    conf: str = ""
    environment_file: str = ""
    prefix: str = ""
    unit: str = ""
    engine: str = ""
    container: str = ""
    command: str = ""
    status_api: str = ""
    log_path: str = ""
    timeout: int = 60
    settle: int = 2
    expected_hash: str = ""
    baseline_hash: str = ""
    since: str = ""
    look: str = "full"  # full | brief (no version, no schema, no handler) | no
    log: bool = False
    planned: str = field(default="", repr=False)  # the planned instances as Kong's declarative JSON; they hold secrets

    def variables(self) -> dict[str, str]:
        """The program's arguments by their shell names."""
        status = self.status_api
        if status and status != "off" and "://" not in status:
            status = f"http://{status}"
        return {
            "STATE": self.state,
            "NAMES": " ".join(self.names),
            "ROOT": self.root.rstrip("/") or "/",
            "KEEP": str(self.keep),
            "ENABLE": "yes" if self.enable else "no",
            "ENABLED": "",
            "RELOAD": "yes" if self.reload else "no",
            "ON_FAILURE": self.on_failure,
            "KIND": self.kind,
            "KONG": self.kong,
            "CHECK": "yes" if self.check else "no",
            "CONF": self.conf,
            "ENVIRONMENT_FILE": self.environment_file,
            "PREFIX": self.prefix.rstrip("/"),
            "PREFIX_GIVEN": "yes" if self.prefix else "no",
            "UNIT": self.unit,
            "ENGINE": self.engine,
            "CONTAINER": self.container,
            "COMMAND": self.command,
            "STATUS": status,
            "LOG_PATH": self.log_path,
            "TIMEOUT": str(self.timeout),
            "SETTLE": str(self.settle),
            "EXPECTED": self.expected_hash,
            "BASELINE": self.baseline_hash,
            "SINCE": self.since,
            "LOOK": self.look,
            "READ_LOG": "yes" if self.log else "no",
            "PREFLIGHT": "yes" if self.planned else "no",
            "PLANNED": "",
            "SCHEMA_CAP": str(SCHEMA_CAP),
            "SKIP_DIRS": " ".join(SKIPPED_DIRECTORIES),
            "SKIP_FILES": " ".join(SKIPPED_FILES),
            "PROTOCOL": str(PROTOCOL),
            "NEEDED": "",
            "UNABLE": "",
        }


@dataclass(frozen=True)
class Program:
    """The text to run, and the nonce that its answer's lines begin with."""

    text: str
    nonce: str

    def encode(self) -> bytes:
        """As it goes over standard input."""
        return self.text.encode("utf-8")


def build_program(visit: Visit, releases: Sequence[Release] = (), *, inline: bool = True) -> Program:
    """The program of a visit. Without ``inline`` the files stay here and the node only says which it lacks."""
    nonce = f"kongops-{secrets.token_hex(12)}"
    variables = {**visit.variables(), "NONCE": nonce, "RUN": nonce[-8:], "INLINE": "yes" if inline else "no"}
    arguments = "\n".join(f"    KO_{key}={shlex.quote(value)}" for key, value in variables.items())
    parts = [
        *_PARTS,
        f"kongops_arguments() {{\n{arguments}\n}}\n",
        _wanted(visit),
        _manifests(releases),
        _files(releases if inline else ()),
        _planned(visit),
        "kongops_arguments\nkongops_main\n",
    ]
    return Program("\n".join(parts), nonce)


def _case(function: str, branches: Mapping[str, str], otherwise: str) -> str:
    body = "".join(f"        {shlex.quote(key)})\n{branch}\n            ;;\n" for key, branch in branches.items())
    return f"{function}() {{\n    case $1 in\n{body}        *) {otherwise} ;;\n    esac\n}}\n"


def _wanted(visit: Visit) -> str:
    wanted = {name: f"            KO_WANTED={hex_of(digest)}" for name, digest in visit.wanted.items()}
    return _case("kongops_plugin", wanted, "KO_WANTED=''")


def _manifests(releases: Sequence[Release]) -> str:
    return _case(
        "kongops_manifest",
        {release.name: f"            KO_MANIFEST={shlex.quote(release.manifest)}" for release in releases},
        "return 1",
    )


def _files(releases: Sequence[Release]) -> str:
    branches = {}
    for release in releases:
        branches[release.name] = "\n".join(f"            {_put(path, data)}" for path, data in release.files.items())
    return _case("kongops_files", branches, "return 1")


def _put(path: str, data: bytes) -> str:
    """A text is written by the shell itself, which costs no process; what a shell could misread goes in base64."""
    if _PLAIN.fullmatch(data):
        return f"ko_put_text {shlex.quote(path)} {shlex.quote(data.decode('ascii'))}"
    return f"ko_put {shlex.quote(path)} <<'{_END}'\n{base64.encodebytes(data).decode('ascii')}{_END}"


def _planned(visit: Visit) -> str:
    packed = base64.encodebytes(visit.planned.encode("utf-8")).decode("ascii")
    return f"kongops_planned() {{\n    cat <<'{_END}'\n{packed}{_END}\n}}\n"


def hex_of(digest: str) -> str:
    """The 64 hex digits of ``sha256:<hex>``, as directories on the node are named."""
    return digest.removeprefix("sha256:")
