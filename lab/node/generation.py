# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one pass of init_by_lua makes: the plugins loaded from disk, and all that the workers forked from it share."""

from __future__ import annotations

import socket
import uuid
from dataclasses import dataclass

from lab.kong import KongVM, PluginInfo
from lab.node.behaviour import Settings, read_settings
from lab.node.board import Board
from lab.node.config import KONG_VERSION, KongConf
from lab.node.error_log import ErrorLog
from lab.node.store import Stored, read_store

ID_FILE = "kong.id"


@dataclass(frozen=True)
class Generation:
    """Workers of one generation live and die with what is in here; the board and the listener outlive it."""

    conf: KongConf
    settings: Settings
    log: ErrorLog
    board: Board
    listener: socket.socket | None
    lifeline: int  # a pipe that ends when the master is gone
    vm: KongVM
    plugins: tuple[PluginInfo, ...]
    stored: Stored
    announcement: int  # the board's, when ``stored`` was read
    after_reload: bool


def initialise(
    conf: KongConf,
    log: ErrorLog,
    board: Board,
    listener: socket.socket | None,
    lifeline: int,
    *,
    after_reload: bool = False,
) -> Generation:
    """Load every enabled plugin and read the stored configuration, which is not validated again.

    Raises PluginLoadError, with what follows ``init_by_lua error: `` in the log.
    """
    vm = KongVM("data_plane", KONG_VERSION, conf.package_path)
    plugins = tuple(vm.load_plugin(name) for name in conf.plugins)
    stored = read_store(conf.prefix)
    with board.change() as state:
        state.stored_hash = stored.config_hash
    return Generation(
        conf=conf,
        settings=read_settings(conf.prefix),
        log=log,
        board=board,
        listener=listener,
        lifeline=lifeline,
        vm=vm,
        plugins=plugins,
        stored=stored,
        announcement=board.read().announcement,
        after_reload=after_reload,
    )


def node_id(conf: KongConf) -> str:
    """The identity of the node, made at its first start and kept in the prefix."""
    file = conf.prefix / ID_FILE
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        identity = str(uuid.uuid4())
        file.write_text(identity, encoding="utf-8")
        return identity
