# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks verify and diagnose: what they say of a fleet that is well, and of one that is not."""

from __future__ import annotations

import re

import pytest

from tests.support.lab import eventually
from tests.support.site import Site


def test_a_fleet_that_is_well_is_verified_without_touching_it(untouched_site: Site) -> None:
    before = [(node.workers, node.config_hash) for node in untouched_site.world.nodes]
    run = untouched_site.playbook("verify")
    assert (run.status, run.changed) == (0, 0), run.output
    assert "Nodes: 3, of which 0 need attention" in run.output
    assert [(node.workers, node.config_hash) for node in untouched_site.world.nodes] == before


@pytest.mark.slow
def test_trouble_is_found_and_told_in_words(fresh_site: Site) -> None:
    """One node looks well and would refuse any payload, one did not load what it has, one is well."""
    refusing, broken, well = fresh_site.world.nodes
    schema = refusing.plugin_root / "kong/plugins/edge-hints/schema.lua"
    schema.write_text(schema.read_text().replace("{ ttl =", '{ must = { type = "string", required = true } }, { ttl ='))
    before = refusing.workers
    refusing.kong("reload")
    eventually(lambda: refusing.ready and not set(before) & set(refusing.workers))
    (broken.plugin_root / "kong/plugins/edge-hints/handler.lua").write_text("not Lua at all\n")
    broken.kong("reload")
    eventually(lambda: "init_by_lua error" in broken.log)

    quiet = fresh_site.playbook("verify")
    assert "Nodes: 3, of which 1 need attention" in quiet.output, quiet.output
    run = fresh_site.playbook("verify", nudge=True, data_plane_proof_timeout=20)
    assert run.status != 0
    assert "Nodes: 3, of which 2 need attention" in run.output, run.output
    assert "config.must: required field missing" in run.unwrapped
    assert "Kong could not load its plugins" in run.unwrapped
    assert re.search(rf"{well.name} .* accepted", run.output)
    services = fresh_site.world.api("GET", "core-entities/services")["data"]
    assert "kongops-nudge" not in {service["name"] for service in services}

    told = fresh_site.playbook("diagnose", node=refusing.name)
    assert (told.status, told.changed) == (0, 0), told.output
    assert f"Diagnosis of {refusing.name}" in told.output
    assert "must" in told.unwrapped.partition("Diagnosis")[2]
    assert "=> Compare the node's release with the control plane's schema" in told.unwrapped
