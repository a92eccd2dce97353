"""docs/failure-modes.md: every test that it names exists, and only what is open has none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "failure-modes.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| [^|]+ \| [^|]+ \| ([^|]*)\|$", PAGE, re.MULTILINE)
OPEN = {"20"}


def named(cell: str) -> list[tuple[str, str]]:
    """The tests of a cell, each by its file and its name."""
    found = []
    for path, names in re.findall(r"`(tests/[^`]+\.py)`: ([^;]+)", cell):
        found += [(path, name) for name in re.findall(r"`(\w+)`", names)]
    return found


@pytest.mark.parametrize(
    ("path", "name"), sorted({test for _, cell in ROWS for test in named(cell)})
)
def test_a_test_that_the_page_names_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_all_twenty_stand_on_the_page_and_only_what_is_open_has_no_test() -> None:
    assert [number for number, _ in ROWS] == [str(number) for number in range(1, 21)]
    assert {number for number, cell in ROWS if not named(cell)} == OPEN
    assert len(re.findall(r"`test_\w+`", PAGE)) == sum(len(named(cell)) for _, cell in ROWS)
