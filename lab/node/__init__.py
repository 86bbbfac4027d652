# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab node: processes that behave as one Kong Gateway data plane node in hybrid mode.

``launcher`` writes a node's ``kong`` command; ``cli`` is that command; it forks a master (``master``), which forks the
workers (``worker``, the Status API) and the agent (``agent``, the hybrid protocol). README.md says what can be set,
broken and counted.
"""
