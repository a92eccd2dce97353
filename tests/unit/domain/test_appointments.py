"""Appointments: when their reminders go, what stays when they change, what people say to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recado.domain.appointment_requests import (
    AppointmentInput,
    refuse_no_id,
    refuse_start_too_far_ahead,
)
from recado.domain.appointments import (
    CHANGE,
    CONFIRM,
    Appointment,
    AppointmentReminder,
    AppointmentStatus,
    still_stands,
)
from recado.domain.errors import UnprocessableError
from recado.domain.notification import Notification
from tests.fakes.clock import NOON
from tests.unit.domain.notifications import new_notification

WANTED = {
    "customer_id": "customer-001",
    "service_type_id": "mantenimiento",
    "starts_at": "2026-03-04T09:00:00-05:00",
}
DAY_BEFORE = AppointmentReminder(before_minutes=1440, event_type="DAY", notification_id="ntf_1")
SOON = AppointmentReminder(before_minutes=120, event_type="SOON", notification_id="ntf_2")


def an_appointment(**changes: object) -> Appointment:
    appointment = Appointment(
        tenant_id="andinos",
        appointment_id="a-1",
        customer_id="customer-001",
        service_type="mantenimiento",
        starts_at=NOON + timedelta(hours=12),
        reminders=(DAY_BEFORE, SOON),
        expires_at=NOON + timedelta(days=365),
    )
    return appointment.model_copy(update=changes)


def unplanned(appointment: Appointment) -> Appointment:
    """As a client writes it: without notifications."""
    reminders = tuple(
        each.model_copy(update={"notification_id": None}) for each in appointment.reminders
    )
    return appointment.model_copy(update={"reminders": reminders})


def a_reminder(of: Appointment, notification_id: str = "ntf_1") -> Notification:
    return new_notification().model_copy(
        update={"notification_id": notification_id, "appointment": of.mark}
    )


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        ("appointment", ["APPOINTMENT_REMINDER_24H", "APPOINTMENT_REMINDER_2H"]),
        ("interview", ["INTERVIEW_REMINDER_24H", "INTERVIEW_REMINDER_2H"]),
    ],
)
def test_a_day_and_two_hours_before_are_usual(kind: str, events: list[str]) -> None:
    wanted = AppointmentInput.model_validate({**WANTED, "kind": kind}).wanted_reminders()

    assert [(each.before_minutes, each.event_type) for each in wanted] == [
        (1440, events[0]),
        (120, events[1]),
    ]


def test_own_reminders_stand_the_earliest_first_and_there_may_be_none() -> None:
    own = [
        {"before_minutes": 30, "event_type": "SOON"},
        {"before_minutes": 4320, "event_type": "EARLY"},
    ]
    wanted = AppointmentInput.model_validate({**WANTED, "reminders": own})
    none = AppointmentInput.model_validate({**WANTED, "reminders": []})

    assert [each.event_type for each in wanted.wanted_reminders()] == ["EARLY", "SOON"]
    assert none.wanted_reminders() == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": "2026-03-04T09:00:00"}, "starts_at"),
        ({"starts_at": "0001-03-04T09:00:00Z"}, "starts_at"),
        ({"kind": "party"}, "kind"),
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"duration_minutes": 10**30}, "duration_minutes"),
        ({"context": {"Nota": "á" * 4000, **{f"n{i}": "á" * 4000 for i in range(20)}}}, "context"),
        ({"context": {f"n{i}": "" for i in range(51)}}, "context"),
        ({"reminders": [{"before_minutes": 5, "event_type": t} for t in "AB"]}, "reminders"),
        ({"reminders": [{"before_minutes": 90000, "event_type": "A"}]}, "reminders"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AppointmentInput.model_validate({**WANTED, **changes})

    assert refused.value.errors()[0]["loc"][0] == field


@pytest.mark.parametrize("appointment_id", ["", "a" * 129, "a b", "a/b", "-a", "ñ", "a\n"])
def test_an_id_has_signs_that_stand_in_a_path(appointment_id: str) -> None:
    with pytest.raises(UnprocessableError):
        refuse_no_id(appointment_id)


def test_nobody_makes_an_appointment_years_ahead() -> None:
    refuse_start_too_far_ahead(NOON + timedelta(days=400), now=NOON)
    refuse_start_too_far_ahead(NOON - timedelta(days=4000), now=NOON)
    with pytest.raises(UnprocessableError):
        refuse_start_too_far_ahead(datetime(9999, 12, 31, tzinfo=UTC), now=NOON)


@pytest.mark.parametrize(
    ("zone", "starts_at", "day_before"),
    [
        # The clock is put forward at night: 24 hours before nine it was eight.
        ("Europe/Madrid", datetime(2026, 3, 29, 9), datetime(2026, 3, 28, 8)),
        # It is put back: then it was ten.
        ("Europe/Madrid", datetime(2026, 10, 25, 9), datetime(2026, 10, 24, 10)),
        ("America/Santiago", datetime(2026, 9, 6, 9), datetime(2026, 9, 5, 8)),
        ("America/Guayaquil", datetime(2026, 3, 29, 9), datetime(2026, 3, 28, 9)),
    ],
)
def test_a_reminder_goes_real_hours_before_whatever_the_clock_does(
    zone: str, starts_at: datetime, day_before: datetime
) -> None:
    wanted = AppointmentInput.model_validate(
        {**WANTED, "starts_at": starts_at.replace(tzinfo=ZoneInfo(zone))}
    )
    appointment = an_appointment(starts_at=wanted.starts_at)

    goes_at = appointment.reminds_at(DAY_BEFORE)

    assert goes_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == day_before
    assert wanted.starts_at - goes_at == timedelta(hours=24)


def test_what_is_the_same_again_keeps_its_reminders() -> None:
    before = an_appointment(status=AppointmentStatus.CONFIRMED, answered_at=NOON)

    assert unplanned(an_appointment()).following(before, now=NOON, keeps_status=True) == before


def test_other_words_are_told_by_the_reminders_that_are_still_to_come() -> None:
    changed = unplanned(an_appointment(context={"Placa": "XYZ"}))

    following = changed.following(an_appointment(), now=NOON, keeps_status=True)

    assert following.reminders == (DAY_BEFORE, SOON.model_copy(update={"notification_id": None}))


def test_a_reminder_that_goes_within_the_minute_goes_with_the_words_that_it_has() -> None:
    changed = unplanned(an_appointment(context={"Placa": "XYZ"}))
    at_the_last_moment = changed.reminds_at(SOON) - timedelta(seconds=30)

    following = changed.following(an_appointment(), now=at_the_last_moment, keeps_status=True)

    assert following.reminders == (DAY_BEFORE, SOON)


@pytest.mark.parametrize(
    "changes", [{"starts_at": NOON + timedelta(hours=13)}, {"customer_id": "customer-002"}]
)
def test_what_is_moved_or_another_persons_begins_anew(changes: dict[str, object]) -> None:
    before = an_appointment(status=AppointmentStatus.CONFIRMED, answered_at=NOON)
    moved = unplanned(an_appointment(**changes))

    assert moved.following(before, now=NOON, keeps_status=True) == moved


def test_what_the_tenant_heard_itself_takes_the_place_of_what_the_person_pressed() -> None:
    before = an_appointment(status=AppointmentStatus.CHANGE_REQUESTED, answered_at=NOON)

    following = unplanned(an_appointment()).following(before, now=NOON, keeps_status=False)

    assert (following.status, following.answered_at) == (AppointmentStatus.SCHEDULED, None)


@given(presses=st.permutations([(CONFIRM, 1), (CHANGE, 2), (CONFIRM, 3), (CHANGE, 4)]))
def test_the_latest_press_counts_in_whatever_order_they_come(
    presses: list[tuple[str, int]],
) -> None:
    appointment = an_appointment()
    for button, minutes in presses:
        appointment = appointment.answered(button, NOON + timedelta(minutes=minutes))

    assert appointment.status is AppointmentStatus.CHANGE_REQUESTED


def test_another_button_or_a_press_that_comes_too_late_changes_nothing() -> None:
    confirmed = an_appointment().answered(CONFIRM, NOON)

    assert (confirmed.status, confirmed.answered_at) == (AppointmentStatus.CONFIRMED, NOON)
    assert confirmed.answered(CHANGE, NOON) == confirmed
    assert confirmed.answered("book_now", NOON + timedelta(minutes=1)) == confirmed
    assert confirmed.answered(CHANGE, confirmed.starts_at) == confirmed


def test_a_reminder_stands_while_its_appointment_holds_it() -> None:
    appointment = an_appointment()
    moved = an_appointment(starts_at=NOON, reminders=(SOON,))

    assert still_stands(a_reminder(appointment), appointment)
    assert not still_stands(a_reminder(appointment), moved)
    assert not still_stands(a_reminder(appointment, "ntf_lost"), appointment)
    assert not still_stands(a_reminder(appointment), None)
    assert still_stands(new_notification(), None)
