"""Customers as a file of comma-separated values: read what offices write, write what is safe.

A cell that a spreadsheet would take for a formula is written with an apostrophe before it, phones
too: so a spreadsheet keeps them as texts, plus sign and all. Reading takes that apostrophe away.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any

from recado.domain.contact import email_of, phone_of
from recado.domain.directory import Recipient
from recado.domain.errors import UnprocessableError
from recado.domain.model import Model
from recado.domain.tasks import MOST_RECORDS


class Column(StrEnum):
    """What a file can say of a customer."""

    CUSTOMER_ID = "customer_id"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    LOCALE = "locale"
    DIVISION = "division"
    TIME_ZONE = "time_zone"


_HEADERS: dict[Column, frozenset[str]] = {
    Column.CUSTOMER_ID: frozenset(
        {"customer id", "id", "codigo", "codigo cliente", "id cliente", "cliente id"}
    ),
    Column.NAME: frozenset(
        {"name", "nombre", "nombres", "nombre completo", "full name", "cliente", "customer"}
    ),
    Column.EMAIL: frozenset(
        {"email", "e mail", "mail", "correo", "correo electronico", "email address"}
    ),
    Column.PHONE: frozenset(
        {"phone", "phone number", "telefono", "numero de telefono", "celular", "movil", "mobile"}
        | {"whatsapp", "numero"}
    ),
    Column.LOCALE: frozenset({"locale", "language", "idioma"}),
    Column.DIVISION: frozenset({"division", "sucursal", "branch", "sede"}),
    Column.TIME_ZONE: frozenset({"time zone", "timezone", "zona horaria", "huso horario"}),
}
"""Headers that need no mapping, in plain form."""

MOST_FAULTS = 100
"""Wrong lines that one answer tells of."""

_DELIMITERS = ",;\t"
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


class CsvRow(Model):
    """A line of a file: its number, from 1, and the cells that are not empty."""

    line: int
    cells: Mapping[Column, str]


class CsvFile(Model):
    """A file as it was understood.

    Parameters
    ----------
    columns
        Which header each column was found under.
    ignored
        Headers that stand for nothing of ours.
    """

    columns: Mapping[Column, str]
    ignored: tuple[str, ...]
    rows: tuple[CsvRow, ...]


class FaultyLinesError(UnprocessableError):
    """Lines of a file are wrong; `faults` tell of each as pydantic does, by line and column."""

    code = "invalid"

    def __init__(self, faults: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("{count} cells of the file are wrong", field="csv", count=len(faults))
        self.faults = faults


def read_csv(text: str, named: Mapping[Column, str]) -> CsvFile:
    """Read a file of up to 1,000 customers; `named` are headers that the client names itself.

    Commas, semicolons or tabs separate its cells, whichever finds more headers of ours.

    Raises
    ------
    UnprocessableError
        It is no such file, a header that was named is missing, or two stand for the same.
    """
    text = text.removeprefix("\ufeff")
    if "\ufffd" in text:
        # What takes a request's text may put that sign where it could not read one.
        raise UnprocessableError("the file is not in UTF-8", field="csv")
    headers, delimiter = max(
        ((_headers(text, delimiter), delimiter) for delimiter in _DELIMITERS),
        key=lambda found: len(_recognised(found[0], named)),
    )
    columns = _columns(headers, named)
    rows = _rows(text, delimiter, columns)
    found = {column: headers[place] for place, column in columns.items()}
    ignored = tuple(header for place, header in enumerate(headers) if place not in columns)
    return CsvFile(columns=found, ignored=ignored, rows=rows)


def write_csv(people: Iterable[Recipient]) -> str:
    """People as a file, one line for each, under a line of headers."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(Column)
    for person in people:
        cells = {
            Column.CUSTOMER_ID: person.recipient_id,
            Column.NAME: person.name,
            Column.EMAIL: email_of(person),
            Column.PHONE: phone_of(person),
            Column.LOCALE: person.locale,
            Column.DIVISION: person.division,
            Column.TIME_ZONE: person.time_zone,
        }
        writer.writerow([_guarded(cells[column] or "") for column in Column])
    return file.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a file with the number of each; a cell may go over several."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise UnprocessableError(
            "line {line} is no CSV", field=f"lines.{line}", line=line
        ) from None


def _headers(text: str, delimiter: str) -> list[str]:
    """The headers, if this separates them; read leniently, since with another one quotes
    stand where none may be."""
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        cells = []
    return [header.strip() for header in cells]


def _plain(header: str) -> str:
    """A header without case, accents and punctuation."""
    decomposed = unicodedata.normalize("NFKD", header.casefold())
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", letters.replace("_", " ")))


def _recognised(headers: list[str], named: Mapping[Column, str]) -> dict[int, Column]:
    """Which column each header stands for, by its place; what the client names comes first."""
    by_name = {_plain(header): column for column, header in named.items()}
    by_default = {
        header: column
        for column, known in _HEADERS.items()
        if column not in named
        for header in known
    }
    meanings = {**by_default, **by_name}
    return {
        place: meanings[_plain(header)]
        for place, header in enumerate(headers)
        if _plain(header) in meanings
    }


def _columns(headers: list[str], named: Mapping[Column, str]) -> dict[int, Column]:
    columns = _recognised(headers, named)
    for column, header in named.items():
        if column not in columns.values():
            raise UnprocessableError(
                "the file has no header '{header}'", field=f"columns.{column}", header=header
            )
    for column in columns.values():
        if list(columns.values()).count(column) > 1:
            raise UnprocessableError(
                "two headers stand for '{column}': name one of them", field="columns", column=column
            )
    if Column.NAME not in columns.values():
        raise UnprocessableError(
            "no header stands for the name: name one", field=f"columns.{Column.NAME}"
        )
    return columns


def _rows(text: str, delimiter: str, columns: Mapping[int, Column]) -> tuple[CsvRow, ...]:
    rows: list[CsvRow] = []
    for line, cells in islice(_lines(text, delimiter), 1, None):
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) == MOST_RECORDS:
            raise UnprocessableError(
                "a file may have at most {most} customers", field="csv", most=MOST_RECORDS
            )
        found = {
            column: _unguarded(cells[place].strip(" "))
            for place, column in columns.items()
            if place < len(cells)
        }
        rows.append(CsvRow(line=line, cells={c: v for c, v in found.items() if v.strip()}))
    return tuple(rows)
