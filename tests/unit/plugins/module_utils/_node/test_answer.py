# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers among banners, noise and lies."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import (
    MAX_MESSAGE,
    MAX_OUTPUT,
    Answer,
    number,
    read_answer,
    said,
)
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import AnswerError, NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look
from ansible_collections.kongops.konnect.plugins.module_utils._node.observation import read_observations
from ansible_collections.kongops.konnect.plugins.module_utils._node.outcome import proof, releases_done
from ansible_collections.kongops.konnect.plugins.module_utils._node.preflight import read_preflight
from ansible_collections.kongops.konnect.plugins.module_utils._node.settings import read_settings

NONCE = "kongops-0123456789abcdef01234567"
# What a node says about what it saw, and what a broken or hostile one may put there.
KEYS = (
    *("free -", "workers -", "version -", "enabled -", "hash -", "ready 200", "ready 503", "log file", "recreate X"),
    *("plugin.live p", "plugin.priority p", "plugin.found p", "plugin.manifest p", "plugin.odd p", "switched p"),
    *("pruned p", "refused parse", "refused compile", "preflight not-parsed", "set_in plugins", "set_to plugins"),
    *("seen.role 1", "seen.rc 1", "seen.took 1", "seen.old 1", "seen.workers 1", "seen.lingering 1", "seen.ready 1"),
    *("seen.log 1", "seen.output 1", "seen.mark 1", "seen.hash_before 1", "seen.hash_after 1", "earlier -", "error x"),
)
LOG = "2026/01/01 00:00:00 [error] unable to update running config: bad config received from control plane in 'p':\n"
HOSTILE = (
    *("", "x", "-1", "1.5", "²", "٣", "9" * 5000, "1 ² 9" + "9" * 5000, "[" * 4000, '{"message":' * 4000, "\udcff"),
    *("9" * 5000 + "." + "9" * 5000, '200 {"message": "\\u001b[31m\\ud800"}', "200 " + "[" * 4000, "yes", "A" * 9000),
    base64.b64encode(f"{LOG}  - in entry {'9' * 5000} of 'p': x\n".encode()).decode(),
    base64.b64encode(f"{LOG}  - in entry ² of 'p': x\n".encode()).decode(),
)


def framed(*lines: str) -> str:
    return "".join(f"{NONCE} {line}\n" for line in ("begin - 1", *lines, "end - look"))


def test_banners_and_forged_frames_around_the_answer_are_ignored() -> None:
    noise = "WELCOME\nkongops-ffff error x forged\nlast login: today"
    answer = read_answer(noise + "\n" + framed("hostname - n1") + "bye\nkongops-ffff hostname - other\n", NONCE)
    assert answer.get("hostname") == "n1"


def test_a_terminal_between_us_does_not_matter() -> None:
    assert read_answer(framed("hostname - n1").replace("\n", "\r\n"), NONCE).get("hostname") == "n1"


def test_an_answer_without_its_end_is_not_an_answer() -> None:
    with pytest.raises(AnswerError, match="cut off"):
        read_answer(framed("hostname - n1").rsplit(NONCE, 1)[0], NONCE)


def test_no_answer_shows_what_came_instead_without_control_characters() -> None:
    with pytest.raises(AnswerError) as raised:
        read_answer("sh: \x1b[31mnot found\x07\n" * 1000, NONCE)
    assert "not found" in str(raised.value)
    assert len(str(raised.value)) < 600
    assert not any(ord(character) < 32 for character in str(raised.value))


def test_the_node_s_own_failure_is_its_message() -> None:
    with pytest.raises(NodeError, match=r"cannot write handler\.lua: No space left"):
        read_answer(framed("error ship cannot write handler.lua: No space left"), NONCE)


def test_too_much_is_refused() -> None:
    with pytest.raises(AnswerError, match="refused"):
        read_answer("x" * (MAX_OUTPUT + 1), NONCE)


def test_damaged_base64_is_said() -> None:
    with pytest.raises(AnswerError, match="not base64"):
        read_answer(framed("plugin.schema p %%%"), NONCE).text("plugin.schema", "p")


@given(st.lists(st.text(max_size=60), max_size=8))
def test_whatever_a_node_says_becomes_a_look_or_one_message(lines: list[str]) -> None:
    output = framed(*(line.replace("\n", " ") for line in ["plugin.live p none", *lines]))
    try:
        look = read_look(read_answer(output, NONCE), "h")
    except NodeError:
        return
    assert look["host"] == "h"


def told(*lines: str) -> str:
    """All that the actions make of an answer with these lines, or its one message, as it is written out."""
    try:
        found: object = everything(read_answer(framed(*lines), NONCE))
    except NodeError as error:
        found = str(error)
    return json.dumps(found, ensure_ascii=False).encode().decode()


def everything(answer: Answer) -> dict[str, Any]:
    refused, untried = read_preflight(answer)
    return {
        "look": read_look(answer, "h"),
        "proof": proof(read_observations(answer), "0" * 32, answer.text("earlier")),
        "done": releases_done(answer, ["p"]),
        "settings": read_settings(answer).diff,
        "refused": refused and refused.to_dict(),
        "untried": untried,
    }


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(HOSTILE) | st.text(max_size=20)), max_size=8))
def test_whatever_a_node_saw_becomes_plain_data_or_one_message(lines: list[tuple[str, str]]) -> None:
    assert told("seen.role 1 reload", *(f"{key} {value}".replace("\n", " ") for key, value in lines))


@pytest.mark.parametrize("key", KEYS)
def test_each_hostile_value_under_each_key_is_plain_data_or_one_message(key: str) -> None:
    for value in HOSTILE:
        assert told("seen.role 1 reload", "plugin.live p none", f"{key} {value}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("4194304", 4194304),
        ("17179869184", 17179869184),
        ("²", None),
        ("٣", None),
        ("1.5", None),
        ("-1", None),
        ("9" * 5000, None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_is_of_ascii_digits_and_fits_a_disk(text: str | None, expected: int | None) -> None:
    assert number(text) == expected


def test_a_status_that_is_none_is_not_taken_for_success() -> None:
    with pytest.raises(AnswerError, match=r"seen\.rc is not a number"):
        read_observations(read_answer(framed("seen.role 1 reload", "seen.rc 1 x"), NONCE))


def test_a_failure_of_megabytes_is_cut() -> None:
    with pytest.raises(NodeError) as raised:
        read_answer(framed(f"error {'c' * 1_000_000} {'A' * 10_000_000}"), NONCE)
    assert len(str(raised.value)) < MAX_MESSAGE + 100


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"message": "start up"}', "start up"),
        ("not ready", "not ready"),
        (None, ""),
        ('{"message": "\\u001b[31mred\\ud800"}', "?[31mred?"),
        ("[" * 4000, "[" * 4000),
    ],
)
def test_what_the_status_api_said_is_fit_for_a_screen(body: str | None, message: str) -> None:
    assert said(body) == message


def test_control_characters_in_names_on_the_node_never_leave_it(dash_node: Any) -> None:
    prefix = dash_node.folder / "prefix"
    prefix.mkdir()
    (prefix / "kong.id").write_bytes(b"\x1b]0;owned\x07\xff\n")
    assert dash_node.look()["node_id"] == "?]0;owned??"


def test_the_program_s_parts_pass_shellcheck(root: Path) -> None:
    shellcheck = root / ".venv/bin/shellcheck"
    if not shellcheck.exists():
        pytest.skip("shellcheck is not in the virtual environment")
    parts = sorted((root / "plugins/module_utils/_node/sh").glob("*.sh"))
    ran = subprocess.run([shellcheck, *parts], capture_output=True, text=True, check=False)
    assert parts
    assert ran.stdout == ""
