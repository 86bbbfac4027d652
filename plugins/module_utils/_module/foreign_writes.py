# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether somebody else wrote what a plan stands on, since it was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.kongops.konnect.plugins.module_utils._konnect.nodes import fetch_fleet
from ansible_collections.kongops.konnect.plugins.module_utils._konnect.streaming import find_streaming
from ansible_collections.kongops.konnect.plugins.module_utils._module.binding_key import binding_key
from ansible_collections.kongops.konnect.plugins.module_utils._module.konnect import KonnectModule
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.binding import differences
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.coverage import DEAD_AFTER_SECONDS
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.digests import instance_digest, text_digest
from ansible_collections.kongops.konnect.plugins.module_utils._update_plan.text import clean, label_of

Json = dict[str, Any]


def foreign_writes(konnect: KonnectModule, plan: Mapping[str, Any]) -> list[str]:
    """One sentence for each schema or instance that is neither as planned nor as the plan's own steps leave it."""
    planned = {**plan, "plugins": [one for one in plan["plugins"] if "inputs" in one]}
    now = {**plan, "plugins": [_as_now(konnect, one) for one in planned["plugins"]]}
    return [str(notice) for notice in differences(planned, now)]


def new_nodes(konnect: KonnectModule, plan: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each live node that the plan did not know of."""
    coverage = plan["coverage"]
    known = {one["node_id"] for one in coverage["matched"]} | {one["id"] for one in coverage["missing"]}
    # Nodes that were left out by name, and those whose host could not be reached.
    left_out = {*coverage["allowed"], *coverage["unreachable"]}
    fleet = fetch_fleet(konnect.client, konnect.node_owner.id)
    for node in fleet.nodes:
        if node.id in known or left_out & {node.id, node.hostname}:
            continue
        if fleet.now - node.last_ping <= DEAD_AFTER_SECONDS:
            yield (
                f"The node {clean(node.hostname or node.id)} connected since the plan was made, so nothing is known of "
                "the plugins on it. Add it to the inventory and run the same command again."
            )


def _as_now(konnect: KonnectModule, planned: Mapping[str, Any]) -> Json:
    """A plugin's inputs as the control plane has them; what lies on hosts is looked at by the visits themselves."""
    name, key = planned["name"], binding_key(konnect.client.connection.token)
    schema = _schema_now(konnect, name, str(planned["inputs"]["schema"].get("after")))
    made_up = planned["inputs"].get("made_up", ())
    return {
        "name": name,
        "inputs": {
            "release": planned["inputs"]["release"],
            "schema": {"before": text_digest(schema) if schema is not None else ""},
            "instances": [
                {"id": str(one["id"]), "label": label_of(one), "before": instance_digest(one, key, made_up)}
                for one in konnect.stored.instances(name)
            ],
            "hosts": planned["inputs"]["hosts"],
        },
    }


def _schema_now(konnect: KonnectModule, name: str, planned: str) -> str | None:
    """The schema of a plugin, be its files on nodes or streamed; ``planned`` is the digest that the plan leads to."""
    found = konnect.stored.schema(name, lambda text: text_digest(text) == planned)
    if found is not None:
        return found
    streamed = (find_streaming(konnect.client, place.id, name) for place in konnect.stored.places)
    return next((one.schema for one in streamed if one is not None), None)
