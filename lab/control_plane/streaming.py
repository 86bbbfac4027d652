# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``core-entities/custom-plugins``: streaming plugins, schema and handler in one object (konnect-api.md e)."""

from __future__ import annotations

from lab.control_plane.context import Lab
from lab.control_plane.entities import Resource
from lab.control_plane.errors import constraint_failed, field_detail, invalid, reference_detail
from lab.control_plane.kinds import CUSTOM_PLUGINS
from lab.control_plane.plugin_schemas import declared_name
from lab.control_plane.store import ControlPlane, Entity


class StreamingPlugins(Resource):
    """Streaming plugins; their instances are checked against the schema they carry."""

    def __init__(self) -> None:
        super().__init__(CUSTOM_PLUGINS)

    def complete(self, here: Lab, plane: ControlPlane, entity: Entity) -> Entity:
        entity = super().complete(here, plane, entity)
        name = declared_name(here, entity["schema"], "schema")
        if name != entity["name"]:
            raise invalid(field_detail("name", [f"the schema declares the name '{name}'"]))
        return entity

    def store(self, here: Lab, plane: ControlPlane, entity: Entity) -> Entity:
        stored = super().store(here, plane, entity)
        plane.vm.load_schema_text(stored["schema"])
        return stored

    def remove(self, here: Lab, plane: ControlPlane, entity: Entity) -> None:
        name = entity["name"]
        if any(plugin["name"] == name for plugin in plane.entities["plugins"]):
            raise constraint_failed(reference_detail("name", f"a plugin (type: foreign) refers to '{name}'"))
        super().remove(here, plane, entity)
        if name not in plane.schemas:
            plane.vm.forget(name)
