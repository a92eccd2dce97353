"""Days as clients write them, and days after others."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from recado.domain.errors import InvalidValueError, UnprocessableError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _no_number(value: object) -> object:
    """Pydantic would take a number for seconds since 1970, and a moment for its day."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise InvalidValueError("not a day (YYYY-MM-DD)")


Day = Annotated[date, BeforeValidator(_no_number), Field(examples=["2026-01-20"])]
"""A calendar day, `YYYY-MM-DD`."""


def refuse_after_tomorrow(day: date | None, *, field: str, today: date) -> None:
    """Refuse a day of something that is said to have happened, and cannot have.

    Tomorrow is let through: somewhere it has begun.

    Raises
    ------
    UnprocessableError
        It is later than tomorrow.
    """
    if day is not None and day > days_after(today, 1):
        raise UnprocessableError("it is said to have happened later than tomorrow", field=field)


def days_after(day: date, days: int) -> date:
    """A day so many days later; the last day of all where the calendar ends before."""
    return day + timedelta(days=days) if days <= (date.max - day).days else date.max
