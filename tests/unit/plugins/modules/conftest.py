# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the modules that talk to Konnect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.konnect_lab import Lab, Server
from tests.support.openapi import Document


@pytest.fixture(scope="session")
def konnect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("konnect"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def openapi(root: Path) -> Document | None:
    """Konnect's document, where it is on this machine."""
    file = root.parent / "shared" / "reference" / "konnect-openapi.yaml"
    return Document(file) if file.exists() else None


@pytest.fixture
def lab(konnect_server: Server, openapi: Document | None) -> Iterator[Lab]:
    """A fresh control plane."""
    lab = Lab(konnect_server, openapi)
    yield lab
    lab.close()
