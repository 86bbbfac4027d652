# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small site to work on: services, a route, a consumer, and six instances of the example plugin on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.world import ROOT, World

EDGE_HINTS = ROOT / "examples" / "plugins" / "edge-hints"


def release(version: str) -> Path:
    """The directory of a version of the example plugin."""
    return EDGE_HINTS / version / "edge-hints"


def furnish(world: World, plugin: Path) -> list[dict[str, Any]]:
    """Upload the plugin's schema and make one instance for each kind of scope, the third one disabled."""
    world.upload_schema(plugin)
    shop = world.create("services", {"name": "shop", "host": "shop.example.com"})["id"]
    stock = world.create("services", {"name": "stock", "host": "stock.example.com"})["id"]
    basket = world.create("routes", {"name": "basket", "paths": ["/basket"], "service": {"id": shop}})["id"]
    partner = world.create("consumers", {"username": "partner"})["id"]
    scopes: list[tuple[str, dict[str, str]]] = [
        ("everywhere", {}),
        ("shop", {"service": shop}),
        ("stock", {"service": stock}),
        ("basket", {"route": basket}),
        ("partner", {"consumer": partner}),
        ("partner-basket", {"route": basket, "consumer": partner}),
    ]
    made = [
        world.create(
            "plugins",
            {
                "name": plugin.name,
                "instance_name": name,
                "enabled": name != "stock",
                "config": {"ttl": 60 * number, "purge_token": f"s3cret-purge-{name}"},
                **{kind: {"id": identity} for kind, identity in scope.items()},
            },
        )
        for number, (name, scope) in enumerate(scopes, start=1)
    ]
    world.wait_until_pushed("plugins", len(made))
    world.wait_in_sync()
    return made
