# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What observations prove, and above all what they do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import Observation
from ansible_collections.kongops.konnect.plugins.module_utils._node.verdict import judge

GOOD = Observation(
    role="reload",
    old_workers=(10, 11),
    workers=(20, 21),
    new_workers=True,
    ready=True,
    hash_before="a" * 32,
    hash_after="a" * 32,
    status_api="http://127.0.0.1:8007",
    log_kind="file",
    log_from="1:0",
    log_to="1:9",
)
WATCH = replace(GOOD, role="observe", new_workers=False)
HEAD = "2026/11/22 01:02:03 [error] 1#0: "
INIT = f"{HEAD}init_by_lua error: handler.lua:1: unexpected symbol near '='\n"
REJECTION = (
    f"{HEAD}*5 [clustering] unable to update running config: bad config received from control plane in 'plugins':\n"
    "  - in entry 1 of 'plugins':\n    in 'config':\n      in 'ttl': required field missing, context: ngx.timer\n"
)


def test_new_workers_that_are_ready_with_an_unchanged_hash_are_loaded_not_accepted() -> None:
    assert judge([GOOD]).kind == "loaded"
    assert judge([GOOD], expected_hash="a" * 32).kind == "loaded"


@pytest.mark.parametrize(
    ("seen", "kind", "missing"),
    [
        (replace(GOOD, new_workers=False, ready=False, log=INIT), "failed", ()),
        (replace(GOOD, ready=False, log=INIT.replace("init_by_lua", "worker initialization")), "failed", ()),
        (replace(GOOD, rc=1, output="Error: Kong is not running"), "failed", ()),
        (replace(GOOD, new_workers=False), "inconclusive", ("new workers",)),
        (replace(GOOD, new_workers=False, log_from=None), "inconclusive", ("new workers", "the error log (file)")),
        (replace(GOOD, new_workers=False, rc=124), "inconclusive", ("new workers",)),
        (replace(GOOD, ready=None, status_api=None), "inconclusive", ("the Status API",)),
        (replace(GOOD, ready=False, ready_message="draining"), "inconclusive", ("readiness",)),
        (replace(GOOD, running=False), "inconclusive", ("a running Kong",)),
        (replace(GOOD, log=REJECTION), "rejected", ()),
        (replace(GOOD, hash_after="b" * 32), "stale", ()),
    ],
)
def test_a_reload_that_does_not_prove_a_load(seen: Observation, kind: str, missing: tuple[str, ...]) -> None:
    verdict = judge([seen])
    assert (verdict.kind, verdict.missing, verdict.good) == (kind, missing, False)


def test_a_payload_across_the_reload_is_accepted_only_after_a_second_one() -> None:
    first = replace(GOOD, hash_after="b" * 32)
    again = replace(GOOD, role="again", hash_before="b" * 32, hash_after="b" * 32)
    assert judge([first], expected_hash="b" * 32).kind == "stale"
    assert judge([first, again], expected_hash="b" * 32).kind == "accepted"


def test_an_undone_release_has_failed_however_well_the_undo_went() -> None:
    failed = replace(GOOD, new_workers=False, ready=False, log=INIT)
    verdict = judge([failed, replace(GOOD, role="undo")])
    assert verdict.kind == "failed"
    assert "was put back and loads" in verdict.message
    assert verdict.causes[0].advice


def test_waiting_for_a_payload_ends_accepted_silent_rejected_or_inconclusive() -> None:
    expected = "b" * 32
    assert judge([replace(WATCH, hash_after=expected)], expected_hash=expected).kind == "accepted"
    assert judge([WATCH], expected_hash=expected).kind == "silent"
    assert judge([replace(WATCH, log=REJECTION)], expected_hash=expected).kind == "rejected"
    assert judge([replace(WATCH, hash_after=None)], expected_hash=expected).kind == "inconclusive"


def test_an_equal_hash_is_never_called_accepted() -> None:
    assert judge([WATCH], expected_hash="a" * 32).kind == "loaded"
    assert judge([replace(WATCH, hash_before=None)], expected_hash="a" * 32).kind == "loaded"


def test_kong_that_does_not_run_proves_nothing() -> None:
    assert judge([]).kind == "inconclusive"


def test_what_was_refused_before_the_node_took_the_expected_payload_is_history() -> None:
    expected = "b" * 32
    in_sync = replace(WATCH, hash_before=expected, hash_after=expected, log=REJECTION)
    assert judge([in_sync], expected_hash=expected).kind == "loaded"
    assert judge([replace(WATCH, log=REJECTION)], expected_hash=expected).kind == "rejected"


@pytest.mark.parametrize(
    "seen",
    [
        replace(GOOD, log=REJECTION),
        replace(GOOD, new_workers=False, log=INIT),
        replace(GOOD, new_workers=False),
        replace(GOOD, ready=False),
        replace(GOOD, ready=None),
        replace(GOOD, running=False),
        replace(GOOD, hash_after="b" * 32),
    ],
)
def test_a_verdict_that_stops_a_rollout_says_what_to_do(seen: Observation) -> None:
    verdict = judge([seen])
    assert verdict.advice
    assert verdict.advice in verdict.told
