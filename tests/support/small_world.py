# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small worlds to plan in: schema texts, instances as a control plane stores them, nodes on one schema or another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import fill_defaults, read_schema
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Plan, make_plan

NAME = "probe"
NOW = 1_700_000_000
OLD_RELEASE = "sha256:" + "a" * 64
NEW_RELEASE = "sha256:" + "b" * 64


def schema_text(fields: str, *, checks: str = "", top: str = "", shorthands: str = "", name: str = NAME) -> str:
    """A schema.lua; ``fields`` are those of config, ``{ ttl = { type = "integer" } }``, comma separated."""
    inside = f"fields = {{ {fields} }}"
    if checks:
        inside += f", entity_checks = {{ {checks} }}"
    if shorthands:
        inside += f", shorthand_fields = {{ {shorthands} }}"
    head = f"{top}, " if top else ""
    return (
        'local typedefs = require "kong.db.schema.typedefs"\n'
        f'return {{ name = "{name}", fields = {{ {head}{{ config = {{ type = "record", {inside} }} }} }} }}\n'
    )


def identifier(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def instance(config: dict[str, Any], number: int = 1, **more: Any) -> dict[str, Any]:
    """An instance with exactly this stored configuration."""
    return {
        "id": identifier(number),
        "name": NAME,
        "instance_name": f"one-{number}",
        "enabled": True,
        "protocols": ["http", "https"],
        "config": config,
        "created_at": 1,
        "updated_at": 1,
        **more,
    }


def stored(schema: str, config: dict[str, Any]) -> dict[str, Any]:
    """What the control plane stores under ``schema`` when ``config`` is sent."""
    filled: dict[str, Any] = fill_defaults(read_schema(schema), config)
    return filled


@dataclass(frozen=True)
class Small:
    """One plugin, one control plane, some nodes.  ``nodes`` are the schemas that they hold, by host; a node has the new
    release when it holds the new schema and ``code_differs`` is not set.  ``looks`` replaces their look answers."""

    new: str
    control_plane: str
    nodes: dict[str, str]
    instances: tuple[dict[str, Any], ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    code_differs: bool = False
    looks: list[dict[str, Any]] | None = None
    handler: dict[str, Any] = field(default_factory=dict)

    def plan(self, **options: Any) -> Plan:
        wanted = {"name": NAME, "directory": f"plugins/{NAME}", "schema": self.new, "digest": NEW_RELEASE}
        return make_plan(
            [{**wanted, "handler": self.handler}],
            {
                "id": identifier(99),
                "name": "demo",
                "cluster_type": "CLUSTER_TYPE_CONTROL_PLANE",
                "schemas": {NAME: self.control_plane},
                "nodes": self.records(),
                "now": NOW,
            },
            self.fleet() if self.looks is None else self.looks,
            {NAME: self.instances},
            {"binding_key": b"test", **self.options, **options},
        )

    def records(self) -> list[dict[str, Any]]:
        return [{"id": f"id-{host}", "hostname": host, "last_ping": NOW - 5} for host in self.nodes]

    def fleet(self) -> list[dict[str, Any]]:
        return [look(host, text, self._release(text)) for host, text in self.nodes.items()]

    def _release(self, text: str) -> str:
        return NEW_RELEASE if text == self.new and not self.code_differs else OLD_RELEASE

    def but(self, **changes: Any) -> Small:
        return replace(self, **changes)


def look(host: str, schema: str | None, digest: str, **more: Any) -> dict[str, Any]:
    """The look answer of one node."""
    return {
        "host": host,
        "reachable": True,
        "error": None,
        "node_id": f"id-{host}",
        "hostname": host,
        "kong_version": "3.9.1",
        "enabled": ["bundled", NAME],
        "plugins": {NAME: {"loads": f"/opt/{NAME}", "digest": digest, "schema": schema}},
        **more,
    }


def small(old: str, new: str, configs: list[dict[str, Any]] | None = None, *, nodes: int = 2, **options: Any) -> Small:
    """Everything on ``old``, ``configs`` sent to the control plane while it was, and ``new`` wanted."""
    kept = tuple(instance(stored(old, config), at) for at, config in enumerate(configs or [{}], 1))
    return Small(new, old, {f"dp{at}": old for at in range(1, nodes + 1)}, kept, options)


def paths(plan: Plan) -> tuple[str, str, str]:
    """Documented, evidence and effective path."""
    told = plan.to_dict()["path"]
    return told["documented"], told["evidence"], told["effective"]


def rules(plan: Plan) -> set[tuple[str, str]]:
    """(rule, path) of every change."""
    return {(one["rule"], one["path"]) for one in plan.to_dict()["plugins"][0]["changes"]}
