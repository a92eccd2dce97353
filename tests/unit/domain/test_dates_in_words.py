"""Days and times in messages."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from recado.domain.dates_in_words import day_in_words, time_in_words


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("es", "20 de enero de 2026"),
        ("es-EC", "20 de enero de 2026"),
        ("en", "20 January 2026"),
        ("en-US", "20 January 2026"),
        ("pt-BR", "2026-01-20"),
    ],
)
def test_a_day_is_written_in_the_readers_language(locale: str, words: str) -> None:
    assert day_in_words(date(2026, 1, 20), locale) == words


def test_every_month_has_its_name() -> None:
    days = [date(2026, month, 1) for month in range(1, 13)]

    assert len({day_in_words(day, "es") for day in days}) == 12
    assert day_in_words(date(2026, 12, 1), "es") == "1 de diciembre de 2026"
    assert day_in_words(date(2026, 12, 1), "en") == "1 December 2026"


def test_a_time_is_what_the_clock_on_the_wall_shows() -> None:
    moment = datetime(2026, 1, 20, 9, 5, tzinfo=ZoneInfo("America/Guayaquil"))

    assert time_in_words(moment) == "09:05"
