# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``kong`` command of a lab node."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.node.behaviour import read_faults
from lab.node.config import KONG_VERSION, ConfigError, KongConf, load, parse

DEFAULT_FILE_VARIABLE = "LAB_KONG_CONF"  # set by a node's launcher
_DEFAULT_FILES = ("/etc/kong/kong.conf", "/etc/kong.conf")
_STOP_SECONDS = 10.0


class CommandError(Exception):
    """Said on standard error after ``Error: ``; the command returns 1."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except (CommandError, ConfigError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1


def start(options: argparse.Namespace) -> None:
    """``kong start``: status 1 and Kong's text when a plugin cannot be loaded."""
    from lab.kong import PluginLoadError
    from lab.node.master import Master, detach

    conf = _load(options)
    if _pid(conf) is not None:
        raise CommandError(f"Kong is already running in {conf.prefix}")
    _prepare(conf)
    try:
        master = Master(conf)
    except PluginLoadError as error:
        raise CommandError(f"init_by_lua error: {error}") from error
    except OSError as error:
        raise CommandError(f"bind() to {conf.values['status_listen']} failed ({error.strerror})") from error
    if not conf.on("nginx_daemon"):
        master.serve(lambda: None)
        return
    detach(master)
    print("Kong started")


def stop(options: argparse.Namespace) -> None:
    """``kong stop``: at once."""
    _end(_running(options), signal.SIGTERM)
    print("Kong stopped")


def leave(options: argparse.Namespace) -> None:
    """``kong quit``: when the requests under way are done."""
    _end(_running(options), signal.SIGQUIT)
    print("Kong stopped (gracefully)")


def restart(options: argparse.Namespace) -> None:
    """``kong restart``: from the present file and environment."""
    conf = _load(options)
    if _pid(conf) is not None:
        _end(conf, signal.SIGTERM)
    start(options)


def reload(options: argparse.Namespace) -> None:
    """``kong reload``: rewrites ``.kong_env`` and sends SIGHUP; what comes of it only the log tells."""
    conf = _running(options)
    time.sleep(read_faults(conf.prefix).reload_command_hangs)
    if options.conf is not None:
        # Only keys of the file change; the others keep what they had.
        with conf.kong_env.open("a", encoding="utf-8") as file:
            file.writelines(f"{key} = {value}\n" for key, value in parse(_text(options.conf)).items())
    load(conf.kong_env, os.environ, prefix=str(conf.prefix)).write()
    pid = _pid(conf)
    if pid is not None:
        os.kill(pid, signal.SIGHUP)
    print("Kong reloaded")


def prepare(options: argparse.Namespace) -> None:
    """``kong prepare``: makes the prefix and its ``.kong_env`` anew."""
    _prepare(_load(options))


def health(options: argparse.Namespace) -> None:
    """``kong health``: whether the master lives, and nothing else."""
    conf = _load(options)
    if _pid(conf) is None:
        raise CommandError(f"Kong is not running at {conf.prefix}")
    print(f"nginx.......running\n\nKong is healthy at {conf.prefix}")


def check(options: argparse.Namespace) -> None:
    """``kong check FILE``: the values of a kong.conf, no plugin."""
    load(options.file, os.environ)
    print(f"configuration at {options.file} is valid")


def version(options: argparse.Namespace) -> None:
    """``kong version``."""
    print(KONG_VERSION)


def config(options: argparse.Namespace) -> None:
    """``kong config parse FILE``: instances against the schemas that would load; handlers are not read (5 G)."""
    from lab.node.dry_run import DryRunError, dry_run

    try:
        dry_run(options.file, _load(options))
    except DryRunError as error:
        raise CommandError(str(error)) from error
    print("parse successful")


# -- shared ------------------------------------------------------------------------------------------------------------


def _load(options: argparse.Namespace) -> KongConf:
    return load(options.conf or _default_file(os.environ), os.environ, prefix=options.prefix)


def _default_file(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(DEFAULT_FILE_VARIABLE)
    candidates = [Path(path) for path in ((named,) if named else _DEFAULT_FILES)]
    return next((path for path in candidates if path.is_file()), None)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _prepare(conf: KongConf) -> None:
    for folder in (conf.prefix, conf.prefix / "logs", conf.pid_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    conf.write()


def _pid(conf: KongConf) -> int | None:
    from lab.node.processes import running_pid

    return running_pid(conf.pid_file)


def _running(options: argparse.Namespace) -> KongConf:
    """The configuration of a node that runs; raises CommandError for one that does not."""
    conf = _load(options)
    if not conf.prefix.is_dir():
        raise CommandError(f"no such prefix: {conf.prefix}")
    if _pid(conf) is None:
        raise CommandError(f"nginx not running in prefix: {conf.prefix}")
    return conf


def _end(conf: KongConf, how: signal.Signals) -> None:
    pid = _pid(conf)
    deadline = time.monotonic() + _STOP_SECONDS
    if pid is not None:
        os.kill(pid, how)
    while _pid(conf) is not None:
        if time.monotonic() > deadline:
            raise CommandError(f"Kong is still running at {conf.prefix}")
        time.sleep(0.01)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-c", "--conf", type=Path)
    common.add_argument("-p", "--prefix")
    common.add_argument("-v", "--v", action="store_true", help="accepted and ignored")
    common.add_argument("-vv", "--vv", action="store_true", help="accepted and ignored")
    common.add_argument("--nginx-conf", help="accepted and ignored")
    parser = argparse.ArgumentParser(prog="kong")
    commands = parser.add_subparsers(dest="command", required=True)
    table: dict[str, Callable[[argparse.Namespace], None]] = {
        "start": start,
        "stop": stop,
        "quit": leave,
        "restart": restart,
        "reload": reload,
        "prepare": prepare,
        "health": health,
        "version": version,
    }
    for name, run in table.items():
        commands.add_parser(name, parents=[common]).set_defaults(run=run)
    checking = commands.add_parser("check", parents=[common])
    checking.add_argument("file", type=Path)
    checking.set_defaults(run=check)
    configuring = commands.add_parser("config", parents=[common])
    configuring.add_argument("action", choices=["parse"])
    configuring.add_argument("file", type=Path)
    configuring.set_defaults(run=config)
    return parser
