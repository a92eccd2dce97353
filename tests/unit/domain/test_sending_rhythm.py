"""By when a tenant usually has sent something, and whether a day is silent against that."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.conditions import GRACE, nothing_sent
from recado.domain.sending_rhythm import SendingRhythm
from recado.domain.wall_clock import at_wall_clock

MONDAY = date(2026, 3, 2)
NINE = time(9)


def rhythm(times: dict[int, time], day: date = MONDAY) -> SendingRhythm:
    """A rhythm with the first message of the same weekday so many weeks before."""
    first_sent = {day - timedelta(weeks=weeks): at for weeks, at in times.items()}
    return SendingRhythm(tenant_id="andinos", first_sent=first_sent)


def stands(known: SendingRhythm, now: datetime, zone: ZoneInfo) -> bool:
    found = nothing_sent(known, now, zone, has_sent=False)
    return found is not None and found.stands


def test_three_of_the_last_four_weekdays_make_a_habit() -> None:
    times = {1: time(8), 2: time(11), 3: time(9)}

    assert rhythm(times).usual_by(MONDAY) == time(11)
    assert rhythm({**times, 4: time(10)}).usual_by(MONDAY) == time(10)
    assert rhythm({1: NINE, 2: NINE}).usual_by(MONDAY) is None
    assert rhythm({1: NINE, 2: NINE, 5: NINE}).usual_by(MONDAY) is None


def test_a_day_on_which_nothing_is_ever_sent_is_not_expected_to_have_messages() -> None:
    every_day_but_sunday = SendingRhythm(tenant_id="andinos")
    for days in range(28, 0, -1):
        day = MONDAY - timedelta(days=days)
        if day.weekday() != 6:
            every_day_but_sunday = every_day_but_sunday.noted(day, NINE)

    usual = [every_day_but_sunday.usual_by(MONDAY + timedelta(days=n)) for n in range(7)]

    assert usual == [NINE] * 6 + [None]


def test_what_nobody_asks_for_any_more_is_forgotten() -> None:
    known = rhythm({4: NINE, 5: NINE}).noted(MONDAY, time(8, 30))

    assert known.first_sent == {MONDAY - timedelta(weeks=4): NINE, MONDAY: time(8, 30)}


ZONES = ("America/Bogota", "America/Guayaquil", "America/Santiago", "America/Mexico_City")
CHANGES = [
    # Santiago puts its clocks forward at midnight, and back at midnight.
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 5)),
    ("Europe/Madrid", date(2026, 3, 29)),
    ("Europe/Madrid", date(2026, 10, 25)),
    *((zone, date(2026, 4, 5)) for zone in ZONES[:2] + ZONES[3:]),
]


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@pytest.mark.parametrize("usual", [time(0, 15), time(2, 30), time(8)])
def test_on_days_that_change_the_clock_the_hour_of_the_wall_counts(
    zone: str, day: date, usual: time
) -> None:
    place = ZoneInfo(zone)
    known = rhythm(dict.fromkeys(range(1, 5), usual), day)
    expected = at_wall_clock(day, usual, place) + GRACE

    silent_from = [
        now
        for minutes in range(0, 25 * 60, 15)
        if (now := at_wall_clock(day, time(0), place) + timedelta(minutes=minutes))
        .astimezone(place)
        .date()
        == day
        and stands(known, now, place)
    ]

    assert timedelta() <= silent_from[0] - expected < timedelta(minutes=15)
    assert silent_from[-1].astimezone(place).date() == day


def test_something_sent_ends_it_at_once() -> None:
    known = rhythm(dict.fromkeys(range(1, 5), NINE))
    zone = ZoneInfo("America/Guayaquil")
    noon = datetime(2026, 3, 2, 17, tzinfo=UTC)

    assert stands(known, noon, zone)
    assert nothing_sent(known, noon, zone, has_sent=True) is None


def test_before_its_hour_and_on_unusual_days_nothing_begins_or_ends() -> None:
    zone = ZoneInfo("America/Guayaquil")
    for known, now in (
        (rhythm(dict.fromkeys(range(1, 5), NINE)), datetime(2026, 3, 2, 14, 59, tzinfo=UTC)),
        (rhythm({1: NINE}), datetime(2026, 3, 2, 23, tzinfo=UTC)),
    ):
        found = nothing_sent(known, now, zone, has_sent=False)
        assert found is not None
        assert not found.stands


@given(st.dictionaries(st.integers(1, 8), st.times(), max_size=8))
def test_usual_is_a_time_by_which_three_of_four_had_sent(times: dict[int, time]) -> None:
    usual = rhythm(times).usual_by(MONDAY)

    lately = [at for weeks, at in times.items() if weeks <= 4]
    if usual is None:
        assert len(lately) < 3
    else:
        assert sum(at <= usual for at in lately) >= 3
        assert usual in lately
