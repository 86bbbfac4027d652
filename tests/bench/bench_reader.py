# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long reading a schema takes, as a ratio to luaparser's bare parse of the same text in the same run.

``python tests/bench/bench_reader.py`` prints it; issue 3 aims at less than 1.5, and at linear growth.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".build"))

from luaparser import ast  # noqa: E402

from ansible_collections.kongops.konnect.plugins.module_utils._lua_schema import read_schema  # noqa: E402

FIELD = '  {{ field_{0} = {{ type = "string", required = {1}, default = "value {0}", len_min = 3 }} }},'
ROUNDS = 3


def schema_of(fields: int) -> str:
    """A schema with that many fields in its configuration."""
    lines = "\n".join(FIELD.format(number, "true" if number % 2 else "false") for number in range(fields))
    return (
        f'return {{ name = "bench", fields = {{ {{ config = {{ type = "record", fields = {{\n{lines}\n}} }} }} }} }}\n'
    )


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest round."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    start = time.perf_counter()
    read_schema(schema_of(1))
    print(f"first schema, with the start of the parser's process: {(time.perf_counter() - start) * 1000:.0f} ms")
    per_field = {}
    for fields in (100, 1000):
        text = schema_of(fields)
        bare = best(lambda text=text: ast.parse(text))  # type: ignore[misc]
        counter = iter(range(1_000_000))
        # A comment that differs keeps the cache out of the measurement.
        whole = best(lambda text=text, counter=counter: read_schema(f"{text}-- {next(counter)}"))  # type: ignore[misc]
        per_field[fields] = whole / fields
        print(
            f"{fields:5} fields: luaparser alone {bare * 1000:7.1f} ms, read_schema {whole * 1000:7.1f} ms, "
            f"ratio {whole / bare:.2f} (aim < 1.50)"
        )
    print(f"growth from 100 to 1000 fields, by field: {per_field[1000] / per_field[100]:.2f} (linear is 1)")


if __name__ == "__main__":
    main()
