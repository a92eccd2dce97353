"""Results as tables: plain text for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Cell = str | float


@dataclass(frozen=True)
class Table:
    """Rows under named columns, with notes on how to read them."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Columns of one width each, numbers to the right."""
        shown = [self.columns, *(tuple(_shown(cell) for cell in row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        numeric = [not isinstance(cell, str) for cell in self.rows[0]]
        lines = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(row, widths, numeric, strict=True)
            ).rstrip()
            for row in shown
        ]
        rule = "  ".join("-" * width for width in widths)
        notes = [f"* {note}" for note in self.notes]
        return "\n".join([self.title, "", lines[0], rule, *lines[1:], *notes])

    def json(self) -> dict[str, object]:
        """Each row as an object, numbers unrounded."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, "notes": list(self.notes)}


def _shown(cell: Cell) -> str:
    """A text as it is, a number with about three significant digits."""
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= 100 or cell == int(cell) else f"{cell:.3g}"
