# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers among banners, noise and lies."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kongops.konnect.plugins.module_utils._node.answer import MAX_OUTPUT, read_answer
from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import AnswerError, NodeError
from ansible_collections.kongops.konnect.plugins.module_utils._node.look import read_look

NONCE = "kongops-0123456789abcdef01234567"


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
