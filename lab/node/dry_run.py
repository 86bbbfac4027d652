# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``kong config parse``: a declarative file against the schemas on the search path, without touching the node (5 G)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from lab.kong import KongVM, PluginLoadError, SchemaRunError
from lab.node.config import KONG_VERSION, KongConf
from lab.node.payload import Rejected, accept

_EMPTY_HANDLER = 'return { PRIORITY = 1, VERSION = "1.0.0" }\n'


class DryRunError(Exception):
    """The file or a schema is bad; Kong's text."""


def dry_run(file: Path, conf: KongConf) -> None:
    """Raises DryRunError unless every instance in ``file`` (YAML or JSON) is good under the enabled schemas."""
    table = _read(file)
    try:
        accept(table, _schemas(conf), conf.plugins)
    except PluginLoadError as error:
        raise DryRunError(str(error)) from error
    except (Rejected, SchemaRunError) as error:
        raise DryRunError(f"Failed parsing:\n{error}") from error


def _schemas(conf: KongConf) -> KongVM:
    """A VM that knows the enabled schemas: every handler it finds is an empty one."""
    with TemporaryDirectory() as folder:
        vm = KongVM("data_plane", KONG_VERSION, f"{folder}/?.lua;{conf.package_path}")
        for name in conf.plugins:
            handler = Path(folder, "kong", "plugins", name, "handler.lua")
            handler.parent.mkdir(parents=True)
            handler.write_text(_EMPTY_HANDLER, encoding="utf-8")
            vm.load_plugin(name)
    return vm


def _read(file: Path) -> dict[str, Any]:
    try:
        table = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DryRunError(f"Failed parsing:\n{file}: {error}") from error
    except yaml.YAMLError as error:
        raise DryRunError(f"Failed parsing:\nfailed parsing declarative configuration file {file}: {error}") from error
    if not isinstance(table, dict):
        raise DryRunError("Failed parsing:\nexpected an object")
    return table
