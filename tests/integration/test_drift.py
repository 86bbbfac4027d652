# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not as in the repository is found, wherever it is; nothing is changed."""

from __future__ import annotations

from pathlib import Path

from lab.site import release
from tests.support.site import Site


def test_drift_is_shown_place_by_place_and_fails_a_nightly_job(fresh_site: Site) -> None:
    plugin = str(release("1.0.0"))
    alike = fresh_site.playbook("drift", plugin_path=plugin, fail_on_drift=True)
    assert (alike.status, alike.changed) == (0, 0), alike.output
    assert "edge-hints: the same everywhere" in alike.output

    live = fresh_site.world.nodes[1].plugin_root / "kong/plugins/edge-hints/handler.lua"
    Path(live).write_text(live.read_text() + "-- patched by hand\n")
    shown = fresh_site.playbook("drift", plugin_path=plugin)
    assert (shown.status, shown.changed) == (0, 0), shown.output
    assert "edge-hints: DRIFTS" in shown.output
    table = {line.split()[0]: line for line in shown.output.splitlines() if line.startswith(("  node", "  control"))}
    assert table["node1"].endswith("same")
    assert "other" in table["node2"]
    assert table["node3"].endswith("same")
    assert table["control"].endswith("same")

    nightly = fresh_site.playbook("drift", plugin_path=plugin, fail_on_drift=True)
    assert nightly.status != 0
    assert "edge-hints: node2 has something else" in nightly.unwrapped


def test_another_version_in_the_repository_is_drift_on_the_control_plane_too(untouched_site: Site) -> None:
    run = untouched_site.playbook("drift", plugin_path=str(release("1.1.0")), fail_on_drift=True)
    assert run.status != 0
    assert "control plane has something else" in run.unwrapped, run.output
