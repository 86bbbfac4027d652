# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a visit changed, or would change, in the settings of a node, and what remains to be done by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import Answer


@dataclass(frozen=True)
class Change:
    """One setting of Kong in one file; ``before`` is None where the file did not have it."""

    key: str
    file: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Settings:
    """``recreate``: the environment that the container of this Kong lacks. ``unit_file``: what systemd was to take."""

    changes: tuple[Change, ...]
    recreate: Mapping[str, str]
    unit_file: str | None

    @property
    def files(self) -> str | None:
        """The files that were changed, as one text."""
        return ", ".join(dict.fromkeys(change.file for change in self.changes)) or None

    @property
    def diff(self) -> list[dict[str, str]]:
        """Ansible's diff entries: one setting each."""
        return [
            {
                "before_header": change.file,
                "after_header": change.file,
                "before": "" if change.before is None else f"{change.key} = {change.before}\n",
                "after": f"{change.key} = {change.after}\n",
            }
            for change in self.changes
        ]

    def to_recreate(self, container: str | None, environment_file: str | None) -> str | None:
        """What to do with the container, or None when there is nothing to do."""
        if not self.recreate:
            return None
        values = " and ".join(f"{name}='{value}'" for name, value in self.recreate.items())
        where = (
            f"{environment_file} on the node has them"
            if environment_file
            else "set them where it is defined, or name its env file or compose file with kong_environment_file"
        )
        return f"the container {container} has to be re-created with {values}; {where}. Then run again"

    def to_restart(self, unit: str) -> str | None:
        """What to do when a reload did not bring the unit's new environment into effect."""
        return (
            f"{self.unit_file} has it, but the reload did not take it: systemctl restart {unit}"
            if self.unit_file
            else None
        )


def read_settings(answer: Answer) -> Settings:
    """The settings in the answer of a visit that enabled or disabled."""
    changes = tuple(
        Change(key, answer.get("set_in", key) or "", answer.get("set_from", key), answer.get("set_to", key) or "")
        for key in answer.subjects("set_in")
    )
    recreate = {name: answer.get("recreate", name) or "" for name in answer.subjects("recreate")}
    return Settings(changes, recreate, answer.get("unit_written"))
