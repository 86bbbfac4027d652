# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's log, as observed on a real node (../shared/reference/kong-data-plane.md 1.5 and 5)."""

from __future__ import annotations

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.advice import CATALOGUE, advice_for
from ansible_collections.kongops.konnect.plugins.module_utils._node.kong_log import read_log

HEAD = "2026/11/22 01:02:03 [error] 77#0: *5 [lua] data_plane.lua:261: [clustering] unable to update running config: "
REJECTED = f"""{HEAD}bad config received from control plane in 'plugins':
  - in entry 1 of 'plugins':
    in 'config':
      in 'ttl': required field missing
  - in entry 3 of 'plugins':
    in 'config':
      in 'nest':
        in 'arr':
          - in entry 2 of 'arr': expected a string, context: ngx.timer
2026/11/22 01:02:04 [notice] 77#0: something else
"""


def test_a_rejected_payload_is_read_to_entries_fields_and_advice() -> None:
    (record,) = read_log(REJECTED)
    first, second = record.causes
    assert record.kind == "payload"
    assert (first.entity, first.entry, first.field) == ("plugins", 1, "config.ttl")
    assert first.message == "required field missing"
    assert first.advice
    assert "release" in first.advice
    assert (second.entry, second.field, second.message) == (3, "config.nest.arr[2]", "expected a string")


def test_a_rejection_logged_again_at_each_resend_counts_once() -> None:
    assert len(read_log(REJECTED * 3)) == 1


def test_the_name_and_the_way_to_an_entity_check_are_kept() -> None:
    log = f"""{HEAD}bad config received from Control Plane in 'plugins':
  - in entry 1 of 'plugins':
    in 'name': plugin 'x' not enabled; add it to the 'plugins' configuration property
  - in entry 2 of 'plugins':
    in '@entity':
      - in entry 1 of '@entity': only one or none of these fields must be set: 'a', 'b', context: ngx.timer
"""
    (record,) = read_log(log)
    assert [(cause.entry, cause.field) for cause in record.causes] == [(1, "name"), (2, "@entity[1]")]
    assert record.causes[0].plugin == "x"
    assert record.causes[1].message == "only one or none of these fields must be set: 'a', 'b'"


@pytest.mark.parametrize("entry", ["9" * 5000, "²"])
def test_an_entry_without_a_number_does_not_keep_the_rest_from_being_read(entry: str) -> None:
    log = f"{HEAD}bad config received from control plane in 'plugins':\n  - in entry {entry} of 'plugins': no\n"
    (record,) = read_log(f"{log}  - in entry 2 of 'plugins': expected a string\n")
    assert [(cause.field, cause.message) for cause in record.causes] == [("plugins[2]", "expected a string")]


def test_a_failed_load_names_the_plugin_without_the_traceback() -> None:
    log = (
        "2026/11/22 01:02:03 [error] 1#0: init_by_lua error: /usr/local/share/lua/5.1/kong/init.lua:708: "
        "error loading plugin schemas: on plugin 'ttl-cache': ttl-cache plugin is enabled but not installed;\n"
        "no plugin found\nstack traceback:\n\t[C]: in function 'assert'\n"
    )
    (record,) = read_log(log)
    (cause,) = record.causes
    assert (record.kind, cause.plugin) == ("load", "ttl-cache")
    assert "traceback" not in cause.message
    assert cause.advice


def test_a_healthy_reload_has_nothing_to_tell() -> None:
    log = (
        "2026/11/22 01:02:03 [error] 9#0: *3 [lua] worker.lua:325: communicate(): event worker failed to communicate "
        "with broker (failed to receive the first 2 bytes: closed)\n2026/11/22 01:02:03 [notice] 1#0: signal process\n"
    )
    assert read_log(log) == []


def test_a_rejection_of_another_shape_keeps_its_words() -> None:
    (record,) = read_log(f"{HEAD}bad config received from control plane {{}}, context: ngx.timer\n")
    assert record.causes[0].message.endswith("control plane {}")


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.pattern[:20])
def test_every_entry_of_the_catalogue_is_found_by_its_example(entry: object) -> None:
    assert advice_for(entry.example) == entry.advice  # type: ignore[attr-defined]
