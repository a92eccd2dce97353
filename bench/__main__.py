"""`make bench`: measures what Recado costs and prints tables, or JSON with `--json`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from bench import artifact_size, delivery, fairness, import_time, stack
from bench.load import comparison
from bench.tables import Table
from bench.whole_way import comparison as whole_way
from local.problems import Problem


def _imports() -> list[Table]:
    return import_time.tables(import_time.measure(stack.functions()))


def _sizes() -> list[Table]:
    return artifact_size.tables(*artifact_size.measure(stack.functions(), stack.layers()))


MEASUREMENTS = {
    "imports": _imports,
    "sizes": _sizes,
    "delivery": delivery.tables,
    "load": comparison.tables,
    "whole-way": whole_way.tables,
    "fairness": fairness.tables,
}


def _machine() -> str:
    now = datetime.now(UTC)
    return (
        f"{now:%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )


def _measure(names: Iterable[str]) -> list[Table]:
    _tell("Building the functions and layers, unless they are built …")
    stack.ensure_built()
    tables: list[Table] = []
    for name in names:
        _tell(f"Measuring: {name} …")
        tables += MEASUREMENTS[name]()
    return tables


def _tell(text: str) -> None:
    """What happens, beside the results."""
    print(text, file=sys.stderr, flush=True)


def _print(machine: str, tables: list[Table], *, as_json: bool) -> None:
    if as_json:
        result = {"machine": machine, "tables": [table.json() for table in tables]}
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        print("\n\n".join([machine, *(table.text() for table in tables)]))


def main() -> int:
    """Measure what was asked for; the exit code is 1 when something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument(
        "--only",
        action="append",
        choices=MEASUREMENTS,
        help="one of the measurements; may be repeated (default: all)",
    )
    given = parser.parse_args()
    try:
        tables = _measure(given.only or MEASUREMENTS)
    except Problem as problem:
        _tell(f"Cannot measure: {problem}")
        return 1
    _print(_machine(), tables, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
