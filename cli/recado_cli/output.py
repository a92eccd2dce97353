"""How commands print: tables for people, JSON for programs, times of here and of UTC."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH_OF_A_PIPE = 160

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
"""The option of every command that prints data."""


def console() -> Console:
    """Standard output; what it is given is never read as markup."""
    width = None if sys.stdout.isatty() else WIDTH_OF_A_PIPE
    return Console(width=width, highlight=False, markup=False, emoji=False)


def messages() -> Console:
    """Standard error, for what is not the command's result."""
    return Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


def print_json(document: object) -> None:
    """Print a document of JSON values."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table without lines, whose long cells are folded."""
    drawn = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    return drawn


def moment(at: datetime) -> str:
    """A moment in this machine's time zone, with the time of UTC beside it."""
    here = at.astimezone()
    if not here.utcoffset():
        return f"{here:%Y-%m-%d %H:%M:%S} UTC"
    return f"{here:%Y-%m-%d %H:%M:%S %Z} ({at.astimezone(UTC):%H:%M:%S} UTC)"
