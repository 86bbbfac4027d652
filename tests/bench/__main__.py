# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.bench [NAME...]``: every bench_*.py here, each as a program of its own, and a table at the end.

A bench prints what it measured and ends with 0 when its aims are met, 1 when one is missed. One that a machine cannot
run says so and ends with 0. All together get LIMIT seconds.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT = 30 * 60
VERDICTS = {0: "aims met", 1: "AIM MISSED"}


def run(name: str, seconds: float) -> str:
    """Run one bench, its output on the screen; the verdict in words."""
    process = subprocess.Popen([sys.executable, "-m", f"tests.bench.bench_{name}"], cwd=HERE.parent.parent)
    try:
        return VERDICTS.get(process.wait(max(seconds, 1)), f"failed with status {process.returncode}")
    except subprocess.TimeoutExpired:
        # As Ctrl-C does: it takes away what it started.
        process.send_signal(signal.SIGINT)
        process.wait()
        return "out of time"


def main(names: Sequence[str]) -> int:
    known = sorted(file.stem.removeprefix("bench_") for file in HERE.glob("bench_*.py"))
    unknown = set(names) - set(known)
    if unknown:
        print(f"no bench is called {', '.join(sorted(unknown))}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    deadline = time.monotonic() + LIMIT
    rows = []
    for name in names or known:
        print(f"\n== {name}", flush=True)
        begun = time.monotonic()
        verdict = run(name, deadline - begun)
        rows.append((name, time.monotonic() - begun, verdict))
    print(f"\n{'bench':<12}{'seconds':>8}   verdict")
    for name, seconds, verdict in rows:
        print(f"{name:<12}{seconds:>8.0f}   {verdict}")
    return 0 if all(verdict == VERDICTS[0] for _, _, verdict in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
