"""Results as people and programs read them."""

from __future__ import annotations

import pytest

from bench.tables import Cell, Table


def test_texts_stand_left_and_numbers_right() -> None:
    table = Table("Sizes", ("name", "MB"), [("core", 15.123), ("a", 1234)], ("a note",))
    assert table.text().splitlines() == [
        "Sizes",
        "",
        "name     MB",
        "----  -----",
        "core   15.1",
        "a     1,234",
        "* a note",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.00012345, "0.000123"), (1.256, "1.26"), (99.96, "100"), (12345.6, "12,346")],
)
def test_numbers_have_three_significant_digits(value: Cell, shown: str) -> None:
    assert Table("t", ("n",), [(value,)]).text().splitlines()[-1] == shown.rjust(len("n"))


def test_json_keeps_numbers_as_they_were() -> None:
    table = Table("Sizes", ("name", "MB"), [("core", 15.123)], ("a note",))
    assert table.json() == {
        "title": "Sizes",
        "rows": [{"name": "core", "MB": 15.123}],
        "notes": ["a note"],
    }
