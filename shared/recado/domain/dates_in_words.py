"""Days and times as messages write them, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime

_SPANISH_MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
_ENGLISH_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_in_words(day: date, locale: str) -> str:
    """A day: `20 de enero de 2026`, or `20 January 2026` where the locale is English.

    Other languages get digits in the order of ISO 8601, which nobody misreads.
    """
    month = day.month - 1
    match locale[:2].lower():
        case "es":
            return f"{day.day} de {_SPANISH_MONTHS[month]} de {day.year}"
        case "en":
            return f"{day.day} {_ENGLISH_MONTHS[month]} {day.year}"
    return day.isoformat()


def time_in_words(local: datetime) -> str:
    """The time that a clock on the wall shows, by 24 hours: `14:30`."""
    return f"{local:%H:%M}"
