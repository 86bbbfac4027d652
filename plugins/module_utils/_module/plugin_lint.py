# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module plugin_lint does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import ParserUnavailable
from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema.lint import RULES, SEVERITIES, Options, lint
from ansible_collections.kongops.konnect.plugins.module_utils._module.plugin_source import HAS_YAML, read_plugin
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import ReleaseError
from ansible_collections.kongops.konnect.plugins.module_utils._node.manifest import FORBIDDEN
from ansible_collections.kongops.konnect.plugins.module_utils._report.findings import (
    findings_json,
    findings_junit,
    findings_sarif,
    findings_text,
    place,
    summary,
)

ARGUMENTS: dict[str, Any] = {
    "plugin_paths": {"type": "list", "elements": "path", "required": True},
    "kong_version": {"type": "str"},
    "forbid_typedefs": {"type": "bool", "default": False},
    "streaming_names": {"type": "list", "elements": "str", "default": []},
    "fail_on": {"type": "str", "choices": ["error", "warning", "never"], "default": "error"},
    "format": {"type": "str", "choices": ["text", "json", "sarif", "junit"], "default": "text"},
    "output_file": {"type": "path"},
    "show": {"type": "bool", "default": True},
}
_RENDER = {"text": findings_text, "json": findings_json, "sarif": findings_sarif, "junit": findings_junit}
_FAILING = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
_VERSION = re.compile(r"[0-9]+\.[0-9]+(\.[0-9A-Za-z.-]+)?\Z")


class LintArgumentError(ValueError):
    """Arguments that cannot be served; the message says what to change."""


def run_plugin_lint() -> None:
    """Makes the module and ends the process with its result or with one message."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if not HAS_YAML:
        module.fail_json(msg=missing_required_lib("PyYAML"))
    try:
        document = lint_document(module.params)
        report = _RENDER[module.params["format"]](document)
        if module.params["output_file"] and not module.check_mode:
            _write(module.params["output_file"], report)
    except (ReleaseError, ParserUnavailable, LintArgumentError) as error:
        module.fail_json(msg=str(error))
        return
    result = {key: document[key] for key in ("findings", "ignored", "counts")}
    result.update(changed=False, text=findings_text(document))
    if module.params["format"] != "text" and not module.params["output_file"]:
        result["report"] = report
    failing = [one for one in document["findings"] if one["severity"] in _FAILING[module.params["fail_on"]]]
    if failing:
        first = failing[0]
        told = f"{place(first)}: {first['message']} ({first['rule']})"
        module.fail_json(msg=f"{summary(document['counts'])}. The first: {told}", **result)
    module.exit_json(**result)


def lint_document(params: Mapping[str, Any]) -> dict[str, Any]:
    """The findings of all plugins, as `_report.findings` takes them.

    Raises ReleaseError, ParserUnavailable and LintArgumentError with messages for people.
    """
    options = _options(params)
    document: dict[str, Any] = {
        "plugins": [],
        "findings": [],
        "ignored": [],
        "rules": list(map(asdict, RULES.values())),
    }
    for path in params["plugin_paths"]:
        directory = path.rstrip("/") or path
        plugin = read_plugin(directory)
        report = lint(plugin, options)
        document["plugins"].append({"name": plugin.name, "directory": directory})
        for key, found in (("findings", report.findings), ("ignored", report.ignored)):
            document[key] += [_placed(one.to_dict(), plugin.name, directory) for one in found]
    document["rules"] = [asdict(rule) for rule in RULES.values()]
    counts = Counter(one["severity"] for one in document["findings"])
    document["counts"] = {**{key: counts[key] for key in SEVERITIES}, "ignored": len(document["ignored"])}
    return document


def _options(params: Mapping[str, Any]) -> Options:
    version = params["kong_version"]
    if version is not None and not _VERSION.match(version):
        raise LintArgumentError(f"kong_version {version!r} is not a version such as 3.9 or 3.9.1.")
    if not params["plugin_paths"]:
        raise LintArgumentError("plugin_paths names no directory.")
    return Options(
        kong_version=version,
        forbid_typedefs=params["forbid_typedefs"],
        streaming_names=frozenset(params["streaming_names"]),
        forbidden=FORBIDDEN,
        today=date.today().isoformat(),
    )


def _placed(one: dict[str, Any], plugin: str, directory: str) -> dict[str, Any]:
    file = f"{directory}/{one['path']}" if one["path"] else directory
    return {"plugin": plugin, "directory": directory, "file": file, **one}


def _write(path: str, report: str) -> None:
    try:
        Path(path).write_text(report, encoding="utf-8", errors="replace")
    except OSError as error:
        raise LintArgumentError(f"output_file {path} cannot be written: {error.strerror}.") from None
