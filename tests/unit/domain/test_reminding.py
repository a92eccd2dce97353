"""On which days somebody is reminded: any number of runs, in any order, gives the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.odometer import read_on
from recado.domain.reminding import (
    look_at,
    planned,
    put_off,
    reminded,
    reminder_key,
    reminding_day,
)
from recado.domain.vehicles import Reminder, ReminderStatus, Vehicle

DUE = date(2026, 6, 1)
OIL = Reminder(
    tenant_id="andinos",
    reminder_id="oil",
    customer_id="customer-001",
    service_type="mantenimiento",
    due_on=DUE,
)
CAR = Vehicle(tenant_id="andinos", vehicle_id="v-1", customer_id="customer-001", plate="ABC123")
ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "America/Bogota",
        "America/Guayaquil",
        "America/Santiago",
        "America/Mexico_City",
        "Europe/Madrid",
    )
)


def days(*numbers: int) -> list[date]:
    """Days after the one on which it is due."""
    return [DUE + timedelta(days=number) for number in numbers]


def oil(**fields: object) -> Reminder:
    written = OIL.model_copy(update=fields)
    return planned(written, None, DUE - timedelta(days=365))


def run(
    reminder: Reminder, today: date, vehicle: Vehicle | None = None
) -> tuple[Reminder, date | None]:
    """A run of the clock on a day; gives the day on which it was due where it reminded."""
    look = look_at(reminder, vehicle, today=today, kilometres_a_day=40)
    if look.due_on is None:
        return look.reminder, None
    return reminded(look.reminder, today, "ntf"), look.due_on


def told(
    reminder: Reminder, on: Iterable[date], vehicle: Vehicle | None = None
) -> tuple[Reminder, list[date]]:
    """The days on which runs on some days reminded."""
    found = []
    for today in on:
        reminder, due_on = run(reminder, today, vehicle)
        found += [today] * (due_on is not None)
    return reminder, found


SOME_DAYS = st.lists(st.integers(-30, 200), max_size=40)


@given(runs=SOME_DAYS, repeat=st.integers(1, 60), give_up=st.integers(1, 120))
def test_no_day_is_told_twice_nor_too_early_too_soon_or_too_late(
    runs: list[int], repeat: int, give_up: int
) -> None:
    reminder = oil(repeat_every_days=repeat, give_up_after_days=give_up)
    after, found = told(reminder, days(*runs))

    assert all(DUE <= day <= DUE + timedelta(days=give_up) for day in found)
    assert all((later - day).days >= repeat for day, later in pairwise(found))
    assert after.times_reminded == len(found)


@given(
    data=st.data(),
    repeat=st.integers(1, 60),
    give_up=st.integers(1, 120),
    times=st.integers(1, 3),
)
def test_runs_on_every_day_remind_at_each_interval_however_many_there_are(
    data: st.DataObject, repeat: int, give_up: int, times: int
) -> None:
    runs = [day for day in days(*range(-3, give_up + 3)) for _ in range(times)]
    # A run that comes late, of a day that was, changes nothing.
    late = data.draw(st.lists(st.sampled_from(runs), max_size=5))
    reminder = oil(repeat_every_days=repeat, give_up_after_days=give_up)

    after, found = told(reminder, [*runs, *late])

    assert found == days(*range(0, give_up + 1, repeat))
    assert (after.status, after.look_on) == (ReminderStatus.EXPIRED, None)


@given(runs=SOME_DAYS)
def test_a_lost_day_is_made_up_for_by_the_next_run(runs: list[int]) -> None:
    _, found = told(oil(), days(*sorted(runs)))

    assert found[:1] == days(*[day for day in sorted(runs) if 0 <= day <= 90][:1])


@given(
    runs=SOME_DAYS,
    end=st.integers(-30, 200),
    status=st.sampled_from([ReminderStatus.COMPLETED, ReminderStatus.CANCELLED]),
)
def test_what_is_completed_or_cancelled_reminds_no_more(
    runs: list[int], end: int, status: ReminderStatus
) -> None:
    before, _ = told(oil(), days(*(day for day in runs if day < end)))
    over = before.model_copy(update={"status": status})

    assert told(over, days(*runs)) == (over, [])
    assert planned(over, before, DUE).look_on is None


def test_a_reminder_a_year_ahead_is_not_looked_at_before() -> None:
    reminder = oil(due_on=DUE + timedelta(days=365))

    assert reminder.look_on == DUE + timedelta(days=365)
    assert told(reminder, days(*range(365))) == (reminder, [])
    assert told(reminder, days(*range(360, 370)))[1] == days(365)


def test_after_the_last_time_it_expires_the_day_after_it_ends() -> None:
    after, _ = told(oil(repeat_every_days=30, give_up_after_days=10), days(0))

    assert after.look_on == DUE + timedelta(days=11)
    assert told(after, days(10, 11)) == (
        after.model_copy(update={"status": "expired", "look_on": None}),
        [],
    )


def test_what_was_due_too_long_ago_when_it_came_expires_at_once() -> None:
    after, found = told(oil(give_up_after_days=5), days(6))

    assert (after.status, found) == (ReminderStatus.EXPIRED, [])


# By mileage


def by_mileage(**fields: object) -> Reminder:
    return oil(due_on=None, due_mileage=20_000, vehicle_id="v-1", **fields)


def test_by_mileage_it_is_due_when_the_estimate_says_so() -> None:
    vehicle = read_on(CAR, 20_000 - 40 * 30, DUE - timedelta(days=30))

    assert run(by_mileage(), DUE - timedelta(days=1), vehicle)[1] is None
    assert run(by_mileage(), DUE, vehicle)[1] == DUE


def test_by_mileage_it_is_looked_at_in_a_week_or_when_it_may_be_due() -> None:
    far, near = read_on(CAR, 0, DUE), read_on(CAR, 20_000 - 80, DUE)

    assert run(by_mileage(), DUE, far)[0].look_on == DUE + timedelta(days=7)
    assert run(by_mileage(), DUE, near)[0].look_on == DUE + timedelta(days=2)
    assert run(by_mileage(), DUE, CAR)[0].look_on == DUE + timedelta(days=7)
    assert run(by_mileage(), DUE, None)[0].look_on == DUE + timedelta(days=7)


def test_of_a_day_and_a_mileage_the_first_counts() -> None:
    both = by_mileage().model_copy(update={"due_on": DUE + timedelta(days=20)})
    vehicle = read_on(CAR, 20_000 - 400, DUE)

    assert run(both, DUE + timedelta(days=10), vehicle)[1] == DUE + timedelta(days=10)
    assert run(both, DUE + timedelta(days=10), CAR)[0].look_on == DUE + timedelta(days=17)
    assert run(both, DUE + timedelta(days=20), CAR)[1] == DUE + timedelta(days=20)


def test_a_mileage_that_was_passed_long_ago_still_reminds_for_its_whole_time() -> None:
    vehicle = read_on(CAR, 40_000, DUE - timedelta(days=500))

    after, found = told(by_mileage(), days(*range(200)), vehicle)

    assert found == days(*range(0, 91, 7))
    assert after.status is ReminderStatus.EXPIRED


def test_a_new_reading_may_say_that_it_is_not_due_yet() -> None:
    reminder, found = told(by_mileage(), days(0), read_on(CAR, 20_000, DUE))
    less = read_on(CAR, 19_000, DUE + timedelta(days=5))

    after, more = told(reminder, days(*range(1, 31)), less)

    assert (found, more) == (days(0), days(30))
    assert after.due_since == DUE + timedelta(days=30)


@given(
    runs=SOME_DAYS,
    readings=st.lists(st.tuples(st.integers(0, 40_000), st.integers(-30, 200)), max_size=5),
    repeat=st.integers(1, 30),
    give_up=st.integers(1, 120),
    due_in=st.none() | st.integers(-30, 200),
)
def test_whatever_is_read_there_is_one_reminder_an_interval_and_always_a_next_look(
    runs: list[int],
    readings: list[tuple[int, int]],
    repeat: int,
    give_up: int,
    due_in: int | None,
) -> None:
    reminder = by_mileage(repeat_every_days=repeat, give_up_after_days=give_up)
    due_on = None if due_in is None else DUE + timedelta(days=due_in)
    reminder, vehicle, found = reminder.model_copy(update={"due_on": due_on}), CAR, []
    for today in days(*sorted(runs)):
        for mileage, day in readings:
            if DUE + timedelta(days=day) <= today:
                vehicle = read_on(vehicle, mileage, DUE + timedelta(days=day))
        reminder, due = run(reminder, today, vehicle)
        found += [today] * (due is not None)
        assert (reminder.look_on is None) is (reminder.status is ReminderStatus.EXPIRED)
        assert reminder.look_on is None or reminder.look_on > today

    assert all((later - day).days >= repeat for day, later in pairwise(found))


# Changes


def test_a_change_lets_nobody_be_reminded_twice_on_a_day() -> None:
    before, _ = told(oil(), days(0))
    changed = before.model_copy(update={"due_on": DUE - timedelta(days=1)})

    assert told(planned(changed, before, DUE), days(*range(8)))[1] == days(7)


def test_another_day_begins_its_time_anew() -> None:
    before, _ = told(oil(give_up_after_days=10), days(0, 7))
    moved = before.model_copy(update={"due_on": DUE + timedelta(days=100)})

    found = told(planned(moved, before, DUE), days(*range(8, 120)))[1]

    assert found == days(100, 107)


def test_another_text_leaves_the_time_that_runs() -> None:
    before, _ = told(by_mileage(give_up_after_days=10), days(0), read_on(CAR, 20_000, DUE))
    changed = before.model_copy(update={"description": "Aceite"})

    found = told(planned(changed, before, DUE), days(*range(1, 60)), read_on(CAR, 20_000, DUE))[1]

    assert found == days(7)


def test_what_expired_reminds_again_when_it_is_opened_with_another_day() -> None:
    before, _ = told(oil(give_up_after_days=1), days(0, 2))
    assert before.status is ReminderStatus.EXPIRED
    opened = before.model_copy(
        update={"status": ReminderStatus.PENDING, "due_on": DUE + timedelta(days=30)}
    )

    assert told(planned(opened, before, DUE), days(*range(2, 40)))[1] == days(30)


def test_what_expired_begins_its_time_anew_when_it_is_opened_as_it_was() -> None:
    before, _ = told(oil(give_up_after_days=10), days(*range(30)))
    assert before.status is ReminderStatus.EXPIRED
    opened = before.model_copy(update={"status": ReminderStatus.PENDING})

    after, found = told(planned(opened, before, days(40)[0]), days(*range(40, 70)))

    assert found == days(40, 47)
    assert after.status is ReminderStatus.EXPIRED


def test_what_is_opened_again_with_a_day_to_come_waits_for_it() -> None:
    before, _ = told(oil(give_up_after_days=1), days(0, 2))
    changes = {"status": ReminderStatus.PENDING, "due_on": DUE + timedelta(days=30)}
    opened = planned(before.model_copy(update=changes), before, days(10)[0])

    assert (opened.due_since, opened.look_on) == (None, DUE + timedelta(days=30))


def test_another_customer_was_not_reminded_yet() -> None:
    before, _ = told(oil(), days(0))
    changed = before.model_copy(update={"customer_id": "customer-002"})

    after = planned(changed, before, DUE)

    assert (after.last_reminded_on, after.times_reminded) == (None, 0)
    assert (after.last_notification_id, after.due_since) == (None, None)
    assert told(after, days(*range(8)))[1] == days(0, 7)


def test_what_cannot_be_told_is_tried_the_next_day_and_still_ends() -> None:
    reminder = oil(give_up_after_days=3)
    for number in range(4):
        look = look_at(reminder, None, today=days(number)[0], kilometres_a_day=40)
        assert look.due_on == DUE
        reminder = put_off(look.reminder, days(number)[0])

    after, _ = run(reminder, days(4)[0])
    assert (after.status, after.times_reminded) == (ReminderStatus.EXPIRED, 0)


@given(day=st.dates(), repeat=st.integers(1, 365), give_up=st.integers(1, 3650))
def test_the_calendars_ends_are_no_error(day: date, repeat: int, give_up: int) -> None:
    reminder = oil(due_on=day, repeat_every_days=repeat, give_up_after_days=give_up)
    after, _ = run(reminder, DUE)

    assert after.look_on is None or after.look_on > DUE


def test_a_key_has_the_reminders_name_and_fits() -> None:
    assert reminder_key("oil") == "reminder:oil"
    keys = {reminder_key("x" * 127 + end) for end in "ab"}
    assert len(keys) == 2
    assert max(map(len, keys)) <= 128


# The hour of the day


def changes_of(zone: ZoneInfo) -> list[date]:
    """The days of 2026 and 2027 on which the clock is put forward or back, or any two."""
    first = date(2026, 1, 1)
    noons = [datetime(2026, 1, 1, 12, tzinfo=zone) + timedelta(days=n) for n in range(730)]
    changed = [
        later.date() for day, later in pairwise(noons) if day.utcoffset() != later.utcoffset()
    ]
    return changed or [first + timedelta(days=80), first + timedelta(days=300)]


def ticks(around: date, minute: int = 0) -> Iterator[datetime]:
    """A run every 15 minutes of five days."""
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=2)
    for number in range(5 * 24 * 4):
        yield begin + timedelta(minutes=15 * number + minute)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(
    "at", [time(8), time(0), time(0, 30), time(2), time(2, 30), time(23, 30), time(23, 59)], ids=str
)
@pytest.mark.parametrize("minute", [0, 7])
def test_every_local_day_has_its_reminders_at_its_hour_whatever_the_clock_does(
    zone: ZoneInfo, at: time, minute: int
) -> None:
    for change in changes_of(zone):
        first: dict[date, datetime] = {}
        for now in ticks(change, minute):
            day = reminding_day(now, at, zone)
            if day is not None:
                first.setdefault(day, now)
                assert day == max(first), "a day that is over comes no more"
        for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
            # An hour that does not exist is as long after the change as it would have been.
            moment = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
            assert timedelta() <= first[day] - moment < timedelta(minutes=15)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_eight_is_eight_on_the_wall_and_nothing_goes_out_before(zone: ZoneInfo) -> None:
    for change in changes_of(zone):
        for now in ticks(change):
            local = now.astimezone(zone)
            expected = local.date() if local.time() >= time(8) else None
            assert reminding_day(now, time(8), zone) == expected


@pytest.mark.parametrize("zone", ZONES, ids=str)
@given(lost=st.sets(st.integers(0, 5 * 24 * 4)), again=st.integers(1, 2))
def test_lost_and_repeated_runs_around_a_change_remind_once(
    zone: ZoneInfo, lost: set[int], again: int
) -> None:
    change = changes_of(zone)[0]
    reminder = planned(OIL.model_copy(update={"due_on": change}), None, change)
    runs = [now for number, now in enumerate(ticks(change)) if number not in lost] * again
    found = []
    for now in runs:
        today = reminding_day(now, time(8), zone)
        if today is not None:
            reminder, due_on = run(reminder, today)
            found += [today] * (due_on is not None)

    possible = {day for now in runs if (day := reminding_day(now, time(8), zone)) and day >= change}
    assert found == sorted(possible)[:1]
