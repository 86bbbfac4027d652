# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error catalogue: each entry is found by the message it is for, and the documentation has them all."""

from __future__ import annotations

import pytest

from ansible_collections.kongops.konnect.plugins.module_utils._node.advice import CATALOGUE, Entry, advice_for
from tests.support.error_catalogue import PAGE, page


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.example)
def test_an_entry_is_the_first_that_its_own_message_finds(entry: Entry) -> None:
    assert advice_for(entry.example) == entry.advice


def test_what_nobody_knows_gets_no_advice() -> None:
    assert advice_for("the moon is full") is None


def test_the_catalogue_begins_with_the_most_common_error() -> None:
    assert CATALOGUE[0].example == "required field missing"


def test_the_page_of_the_documentation_is_made_from_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.support.error_catalogue"
