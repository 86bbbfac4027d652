# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Status API and the lab's own questions, as plain functions from facts to answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.kong import KongVM
from lab.node.board import EMPTY_HASH, State
from lab.node.store import Stored

_PHASES = ("rewrite", "access", "header_filter", "body_filter", "log")

Answer = tuple[int, dict[str, Any]]


@dataclass
class Serving:
    """What one worker serves."""

    number: int
    stored: Stored
    versions: dict[str, str] = field(default_factory=dict)  # of the loaded handlers, by plugin
    broken: str | None = None  # why the worker answers no request (5 C)


def status(state: State) -> Answer:
    """``GET /status``: the stored hash, whether or not the workers serve it."""
    return 200, {
        "configuration_hash": state.stored_hash,
        "database": {"reachable": True},
        "memory": {"workers_lua_vms": [{"pid": pid, "http_allocated_gc": "0.02 MiB"} for pid in state.workers]},
        "server": {"connections_active": 1, "total_requests": 1},
    }


def ready(state: State, workers: int) -> Answer:
    """``GET /status/ready``: 200, or 503 and the reason."""
    if len(state.ready) < workers:
        return 503, _message("router", len(state.ready), workers)
    if state.broken:
        return 503, _message("plugins iterator", workers - len(state.broken), workers)
    if state.stored_hash == EMPTY_HASH:
        return 503, {"message": "no configuration available (empty configuration present)"}
    return 200, {"message": "ready"}


def served(serving: Serving) -> Answer | None:
    """``GET /lab/plugins``: what requests through this worker would meet; None closes the connection."""
    if serving.broken is not None:
        return None
    if serving.stored.config_hash == EMPTY_HASH:
        return 404, {"message": "no Route matched with those values"}
    return 200, {
        "worker": serving.number,
        "pid": os.getpid(),
        "config_hash": serving.stored.config_hash,
        "plugins": serving.versions,
        "instances": serving.stored.plugins,
    }


def request(serving: Serving, vm: KongVM) -> Answer | None:
    """``GET /lab/request``: what every enabled instance does to a request, whatever its scope.

    A handler that fails shows as ``error``, as it would in Kong's log; the others go on.
    """
    answer = served(serving)
    if answer is None or answer[0] != 200:
        return answer
    instances = [instance for instance in serving.stored.plugins if instance.get("enabled", True)]
    return 200, {"config_hash": serving.stored.config_hash, "effects": [_effects(one, vm) for one in instances]}


def _effects(instance: Mapping[str, Any], vm: KongVM) -> dict[str, Any]:
    headers: dict[str, str] = {}
    shown = {"plugin": instance["name"], "instance": instance.get("id"), "headers": headers, "exited": None}
    for phase in _PHASES:
        done = vm.run_handler(instance["name"], phase, instance.get("config") or {})
        if done is None:
            continue
        headers.update(done.headers)
        if done.error is not None or done.exited is not None:
            return {**shown, "exited": done.exited, "error": done.error}
    return {**shown, "error": None}


def _message(what: str, built: int, workers: int) -> dict[str, Any]:
    return {"message": f"{what} builds not yet complete, {what} ready in {built} of {workers} workers"}
