"""Compares an adapter's whole error table with what a test expects of it."""

from __future__ import annotations

from collections.abc import Mapping

from recado.adapters.channels.verdicts import ErrorTable
from recado.domain.errors import DeliveryError, PermanentRecipientError, RetryableError

Expected = Mapping[type[DeliveryError], str]
"""Codes separated by spaces, by the class that they must have."""


def cases(expected: Expected) -> list[tuple[str, type[DeliveryError]]]:
    """One case for each code."""
    return [(code, kind) for kind, codes in expected.items() for code in codes.split()]


def assert_complete(table: ErrorTable, expected: Expected) -> None:
    """Every code of the table has an expectation, and the other way round."""
    assert sorted(table) == sorted(code for code, _ in cases(expected))


def suppressing(table: ErrorTable) -> set[str]:
    """The codes after which an address is never written to again."""
    return {
        code
        for code, verdict in table.items()
        if issubclass(verdict.error, PermanentRecipientError) and verdict.suppression
    }


def not_counted(table: ErrorTable) -> set[str]:
    """The passing codes that say nothing against the account as a whole."""
    return {
        code
        for code, verdict in table.items()
        if issubclass(verdict.error, RetryableError) and not verdict.account_fault
    }
