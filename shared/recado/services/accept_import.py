"""Accept a file of customers: all of it is right, or nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from recado.domain.customer_csv import (
    MOST_FAULTS,
    Column,
    CsvFile,
    CsvRow,
    FaultyLinesError,
    read_csv,
)
from recado.domain.errors import InvalidValueError
from recado.domain.model import Model
from recado.domain.sorting import sort_form
from recado.domain.sync import ImportedCustomer
from recado.domain.tasks import NumberedRecord, Task, TaskKind
from recado.services.accept_task import AcceptTask

_Known = dict[tuple[Column, str], tuple[int, str | None]]
"""By what a customer is found again: the first line that has it, and that line's id."""


class AcceptedImport(Model):
    """A file as it was understood, and the task that imports it; None when it was only checked."""

    file: CsvFile
    task: Task | None


class AcceptImport:
    """Accepts files of customers."""

    def __init__(self, *, accept: AcceptTask) -> None:
        self._accept = accept

    def __call__(
        self,
        tenant_id: str,
        text: str,
        named: Mapping[Column, str],
        *,
        division: str | None,
        only_check: bool,
    ) -> AcceptedImport:
        """Check a file, and have it imported unless it is only to be checked.

        Those whom a division imports belong to it.

        Raises
        ------
        UnprocessableError
            It is no file of customers.
        FaultyLinesError
            Some lines are wrong; nothing of the file is stored.
        UnavailableError
            Nothing was kept: send it again.
        """
        file = read_csv(text, named)
        faults: list[dict[str, Any]] = []
        records: list[NumberedRecord] = []
        known: _Known = {}
        for row in file.rows:
            try:
                customer = ImportedCustomer.model_validate(row.cells)
            except ValidationError as error:
                faults += _told(row, error)
                continue
            wrong = _same_as_before(customer, row, known) or _of_another(customer, division)
            if wrong is not None:
                faults.append(_fault(row, *wrong))
                continue
            document = customer.model_dump(mode="json", exclude_unset=True)
            if division is not None:
                document[Column.DIVISION] = division
            records.append(NumberedRecord(index=row.line, record=document))
        if faults:
            raise FaultyLinesError(faults[:MOST_FAULTS])
        if only_check:
            return AcceptedImport(file=file, task=None)
        kind = TaskKind.CUSTOMERS_IMPORT
        task = self._accept(tenant_id, kind, records, division=division)
        return AcceptedImport(file=file, task=task)


def _told(row: CsvRow, error: ValidationError) -> list[dict[str, Any]]:
    return [
        {**found, "loc": ("lines", row.line, *found["loc"])}
        for found in error.errors(include_url=False, include_input=False)
    ]


def _fault(row: CsvRow, column: Column, error: InvalidValueError) -> dict[str, Any]:
    """A fault of our own finding, as pydantic would tell it."""
    return {
        "loc": ("lines", row.line, column),
        "type": "value_error",
        "msg": str(error),
        "ctx": {"error": error},
    }


def _same_as_before(
    customer: ImportedCustomer, row: CsvRow, known: _Known
) -> tuple[Column, InvalidValueError] | None:
    """Whether an earlier line is about the same customer; two with different ids never are."""
    its_id, folded = customer.customer_id, sort_form(customer.name)
    told = ((Column.PHONE, customer.phone), (Column.EMAIL, customer.email))
    names = [(column, f"{value}\n{folded}") for column, value in told if value is not None]
    if its_id is not None:
        names.insert(0, (Column.CUSTOMER_ID, its_id))
    for column, name in names:
        line, other_id = known.setdefault((column, name), (row.line, its_id))
        if line != row.line and (its_id == other_id or None in (its_id, other_id)):
            return column, InvalidValueError("line {line} is about the same customer", line=line)
    return None


def _of_another(
    customer: ImportedCustomer, division: str | None
) -> tuple[Column, InvalidValueError] | None:
    """Whether somebody else's customer is meant: a division has none but its own."""
    if division is None or customer.division in (None, division):
        return None
    return Column.DIVISION, InvalidValueError("a division imports its own customers only")
