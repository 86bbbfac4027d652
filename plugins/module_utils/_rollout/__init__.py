# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout: one execution of a plan, window to window.

Pure: what was noted so far goes in, what may happen next comes out. Files, clocks and locks are held by others.
"""
