# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan that the documentation shows, made now: ``python -m tests.support.example_plan [version]``."""

from __future__ import annotations

import sys
from typing import Any

import tests.conftest  # noqa: F401  makes the collection importable
from ansible_collections.kongops.konnect.plugins.module_utils._module.plan_inputs import wanted_plugin
from ansible_collections.kongops.konnect.plugins.module_utils._report import plan_text
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan import Plan, make_plan
from lab.site import release
from lab.world import ROOT
from tests.support.small_world import NOW, identifier, instance, look, stored

NODES = ("node1", "node2", "node3")
SCOPES: dict[str, dict[str, int]] = {
    "everywhere": {},
    "shop": {"service": 81},
    "basket": {"route": 91},
    "partner-basket": {"route": 91, "consumer": 71},
}


def example_plan(version: str = "2.1.0", **options: Any) -> Plan:
    """The update of the example plugin from its first version, on three nodes with four instances."""
    before, wanted = wanted_plugin(str(release("1.0.0"))), wanted_plugin(str(release(version)))
    name, schema = wanted["name"], before["schema"]
    instances = [
        {
            **instance(stored(schema, {"ttl": 60 * number, "purge_token": f"s3cret-{who}"}), number),
            **{kind: {"id": identifier(at)} for kind, at in scope.items()},
            "name": name,
            "instance_name": who,
        }
        for number, (who, scope) in enumerate(SCOPES.items(), 1)
    ]
    seen = {"schema": schema, "digest": before["digest"], "handler": before["handler"]}
    control_plane = {
        "id": identifier(1),
        "name": "production",
        "schemas": {name: schema},
        "nodes": [{"id": f"id-{host}", "hostname": host, "last_ping": NOW - 5} for host in NODES],
        "now": NOW,
    }
    return make_plan(
        [{**wanted, "directory": str(release(version).relative_to(ROOT))}],
        control_plane,
        [{**look(host, None, ""), "enabled": ["bundled", name], "plugins": {name: seen}} for host in NODES],
        {name: instances},
        {"binding_key": b"documentation", **options},
    )


if __name__ == "__main__":
    print(plan_text(example_plan(*sys.argv[1:]).to_dict()), end="")
