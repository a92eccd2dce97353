"""Quiet hours are kept by the clock on the wall, also on the days on which it is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recado.domain.quiet_hours import QuietHours
from recado.domain.wall_clock import at_wall_clock

ZONES = [
    "America/Bogota",
    "America/Guayaquil",
    "America/Santiago",
    "America/Mexico_City",
    "Europe/Madrid",
]
NIGHT = QuietHours(begin=time(21), end=time(8))

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None))
nights = (
    st.tuples(times, times)
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: QuietHours(begin=pair[0], end=pair[1]))
)


@given(night=nights, zone=zones, now=moments)
def test_quiet_hours_end_when_the_wall_shows_their_end_and_within_a_day(
    night: QuietHours, zone: ZoneInfo, now: datetime
) -> None:
    until = night.until(now, zone)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=25)
    day = until.astimezone(zone).date()
    assert until in {at_wall_clock(each, night.end, zone) for each in (day, day - timedelta(1))}


@given(night=nights, zone=zones, now=moments)
def test_nobody_is_kept_waiting_twice_for_one_night(
    night: QuietHours, zone: ZoneInfo, now: datetime
) -> None:
    until = night.until(now, zone)
    if until is not None:
        again = night.until(until, zone)
        # Only where the change of the clock leaves less than nothing between two nights.
        assert again is None or again - until > timedelta(hours=20)


@pytest.mark.parametrize(
    ("zone", "evening", "morning"),
    [
        # The clock is put forward in the night of 29 March 2026 and back in that of 25 October.
        ("Europe/Madrid", "2026-03-28T22:00:00+00:00", "2026-03-29T06:00:00+00:00"),
        ("Europe/Madrid", "2026-10-24T21:00:00+00:00", "2026-10-25T07:00:00+00:00"),
        # Chile: back at the end of 4 April 2026, forward at the end of 5 September.
        ("America/Santiago", "2026-04-05T01:00:00+00:00", "2026-04-05T12:00:00+00:00"),
        ("America/Santiago", "2026-09-06T02:00:00+00:00", "2026-09-06T11:00:00+00:00"),
        ("America/Bogota", "2026-03-29T03:00:00+00:00", "2026-03-29T13:00:00+00:00"),
        ("America/Guayaquil", "2026-03-29T03:00:00+00:00", "2026-03-29T13:00:00+00:00"),
        # Mexico has not put its clocks forward since 2022.
        ("America/Mexico_City", "2026-04-05T04:00:00+00:00", "2026-04-05T14:00:00+00:00"),
    ],
)
def test_a_night_ends_at_eight_by_the_wall_also_when_the_clock_is_changed(
    zone: str, evening: str, morning: str
) -> None:
    until = NIGHT.until(datetime.fromisoformat(evening), ZoneInfo(zone))
    assert until == datetime.fromisoformat(morning)


def test_an_hour_that_is_left_out_is_the_one_after_it() -> None:
    moment = at_wall_clock(date(2026, 3, 29), time(2, 30), ZoneInfo("Europe/Madrid"))
    assert moment == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_its_first_coming() -> None:
    moment = at_wall_clock(date(2026, 10, 25), time(2, 30), ZoneInfo("Europe/Madrid"))
    assert moment == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_by_day_nothing_is_quiet() -> None:
    assert NIGHT.until(datetime(2026, 3, 2, 15, tzinfo=UTC), ZoneInfo("America/Bogota")) is None


def test_quiet_hours_that_never_end_are_none() -> None:
    with pytest.raises(ValidationError):
        QuietHours(begin=time(8), end=time(8))
