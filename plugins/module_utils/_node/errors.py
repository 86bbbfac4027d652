# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong on the way to a node and back, in words for the operator."""

from __future__ import annotations


class NodeError(Exception):
    """One clear message: what, where, why, what to do. Safe to show."""


class ReleaseError(NodeError):
    """The files on the controller do not make a release."""


class AnswerError(NodeError):
    """The node's answer is missing, cut, or not one of ours."""
