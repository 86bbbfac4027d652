# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node answered: framed lines ``<nonce> <key> <subject> <value>`` among whatever else the shell printed."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.kongops.konnect.plugins.module_utils._node.errors import AnswerError, NodeError

MAX_OUTPUT = 16 * 1024 * 1024
MAX_LINES = 20_000
MAX_MESSAGE = 4096

# Ansible hands bytes that are no UTF-8 on as surrogates, which nobody can write out again.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Answer:
    """Values by (key, subject), in the order in which they came."""

    values: Mapping[tuple[str, str], tuple[str, ...]]

    def get(self, key: str, subject: str = "-") -> str | None:
        """The last value under a key, or None where there is none or it is empty."""
        return (self.values.get((key, subject)) or ("",))[-1] or None

    def all(self, key: str, subject: str = "-") -> list[str]:
        """Every value under a key."""
        return list(self.values.get((key, subject), ()))

    def words(self, key: str, subject: str = "-") -> list[str]:
        """The last value under a key, split at blanks."""
        return (self.get(key, subject) or "").split()

    def text(self, key: str, subject: str = "-") -> str | None:
        """The last value under a key, out of base64; control characters other than line breaks are gone."""
        packed = self.get(key, subject)
        if packed is None:
            return None
        try:
            raw = base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            raise AnswerError(f"the node's answer is damaged: {key} is not base64") from None
        return _CONTROL_BUT_LINES.sub("?", raw.decode("utf-8", errors="replace").replace("\r\n", "\n"))

    def number(self, key: str, subject: str = "-") -> int:
        """The last value under a key as a number; 0 where there is none."""
        value = self.get(key, subject)
        found = 0 if value is None else number(value)
        if found is None:
            raise AnswerError(f"the node's answer is damaged: {key} is not a number")
        return found

    def subjects(self, key: str) -> list[str]:
        """What a key was said about."""
        return [subject for name, subject in self.values if name == key]


def read_answer(output: str, nonce: str) -> Answer:
    """The framed lines of an output.

    Raises NodeError with the node's own message when the visit failed, AnswerError when there is no whole answer.
    """
    if len(output) > MAX_OUTPUT:
        raise AnswerError(f"the node answered with more than {MAX_OUTPUT} characters; refused")
    values: dict[tuple[str, str], list[str]] = {}
    for number, (key, subject, value) in enumerate(_frames(output, nonce)):
        if number > MAX_LINES:
            raise AnswerError(f"the node answered with more than {MAX_LINES} lines; refused")
        values.setdefault((key, subject), []).append(value)
    answer = Answer({key: tuple(found) for key, found in values.items()})
    if not answer.subjects("begin"):
        raise AnswerError("the node did not run the program: " + shown(output, 400))
    for code in answer.subjects("error"):
        raise NodeError(f"{shown(answer.get('error', code) or '', MAX_MESSAGE)} ({shown(code, 60)})")
    if not answer.subjects("end"):
        raise AnswerError("the node's answer was cut off before its end; run again, which finishes what was begun")
    return answer


def _frames(output: str, nonce: str) -> Iterator[tuple[str, str, str]]:
    for line in output.split("\n"):
        if line.startswith(f"{nonce} "):
            fields = line.rstrip("\r").split(" ", 3)
            if len(fields) == 4:
                yield fields[1], fields[2], _CONTROL.sub("?", fields[3])


def number(text: str | None) -> int | None:
    """What a node wrote as a number of ASCII digits; None for anything else, and for more digits than a size has."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def numbers(words: Iterable[str]) -> tuple[int, ...]:
    """The numbers among some words."""
    return tuple(found for found in map(number, words) if found is not None)


def said(body: str | None) -> str:
    """The message in a reply of the Status API, or the reply itself where it is not one of Kong's."""
    try:
        return _CONTROL.sub("?", str(json.loads(body or "")["message"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return body or ""


def shown(text: str, limit: int = 200) -> str:
    """Foreign text fit for a message: one line, no control characters, not long."""
    flat = _CONTROL.sub(" ", text).strip()
    return (flat[:limit] + "...") if len(flat) > limit else flat or "(no output)"
