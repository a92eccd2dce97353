"""Appointments and the reminders that go before them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recado.domain.appointment_requests import AppointmentInput
from recado.domain.appointments import AppointmentStatus, still_stands
from recado.domain.directory import Recipient
from recado.domain.errors import (
    ChangedMeanwhileError,
    NotFoundError,
    PreconditionFailedError,
    UnprocessableError,
)
from recado.domain.notification import AppointmentMark, Mode, State
from recado.services.read_appointments import AppointmentQuery
from tests.fakes.people import FakePeople
from tests.unit.services.appointments import Agenda, caller
from tests.unit.services.conftest import House
from tests.workshop import CUSTOMER

STARTS_AT = datetime(2026, 3, 5, 14, tzinfo=UTC)
"""Nine o'clock in Guayaquil."""

MOVED = {"starts_at": "2026-03-06T15:30:00-05:00"}


def unchecked(version: int) -> None:
    """No `If-Match`."""


@pytest.fixture
def house() -> House:
    return House(directory=FakePeople())


@pytest.fixture
def agenda(house: House) -> Agenda:
    return Agenda(house)


def test_an_appointment_is_reminded_of_a_day_and_two_hours_before(agenda: Agenda) -> None:
    appointment = agenda.made()

    day_before, soon = agenda.reminders(appointment)
    assert [day_before.event_type, soon.event_type] == [
        "APPOINTMENT_REMINDER_24H",
        "APPOINTMENT_REMINDER_2H",
    ]
    assert [day_before.send_at, soon.send_at] == [
        STARTS_AT - timedelta(hours=24),
        STARTS_AT - timedelta(hours=2),
    ]
    assert {day_before.deadline, soon.deadline} == {STARTS_AT}
    assert soon.appointment == AppointmentMark(appointment_id="a-1", starts_at=STARTS_AT)
    assert (soon.state, soon.phase) == (State.PENDING, "appointment-reminder")
    assert (soon.context["Fecha"], soon.context["Hora"]) == ("5 de marzo de 2026", "09:00")


def test_its_reminders_are_known_by_the_name_of_the_request_that_planned_them(
    house: House, agenda: Agenda
) -> None:
    wanted = AppointmentInput.model_validate(
        {
            "customer_id": "customer-001",
            "service_type_id": "mantenimiento",
            "starts_at": STARTS_AT.isoformat(),
        }
    )

    made = agenda.edit.put(caller(), "a-1", wanted, check=unchecked, correlation_id="order-7")

    known = {each.correlation_id for each in agenda.reminders(made.appointment)}
    assert known == {"order-7"}


def test_an_interview_has_reminders_of_its_own(agenda: Agenda) -> None:
    [first, _] = agenda.reminders(agenda.made(kind="interview"))

    assert (first.phase, first.event_type) == ("interview-reminder", "INTERVIEW_REMINDER_24H")


def test_day_and_hour_are_those_of_the_customer_unless_the_client_says_them(
    house: House, agenda: Agenda
) -> None:
    house.directory.put_recipient(
        CUSTOMER.model_copy(update={"locale": "en", "time_zone": "Europe/Madrid"})
    )

    agenda.put_templates("en")

    [first, _] = agenda.reminders(agenda.made(context={"HORA": "a las tres"}))

    assert (first.context["Fecha"], first.context["HORA"]) == ("5 March 2026", "a las tres")
    assert "Hora" not in first.context


def test_the_day_is_said_in_the_language_of_the_template_where_there_is_none_of_the_customers(
    house: House, agenda: Agenda
) -> None:
    house.directory.put_recipient(CUSTOMER.model_copy(update={"locale": "en"}))

    [first, _] = agenda.reminders(agenda.made())

    assert first.context["Fecha"] == "5 de marzo de 2026"


def test_new_words_in_the_last_minute_do_not_cost_a_reminder(house: House, agenda: Agenda) -> None:
    agenda.made()
    house.clock.advance(
        seconds=(STARTS_AT - timedelta(hours=2, seconds=30) - house.clock.now()).total_seconds()
    )

    [*_, soon] = agenda.reminders(agenda.made(context={"Placa": "XYZ-1"}))

    assert (soon.event_type, soon.state) == ("APPOINTMENT_REMINDER_2H", State.PENDING)


def test_the_reminders_go_when_their_moments_come(house: House, agenda: Agenda) -> None:
    appointment = agenda.made()

    house.sweep(house.clock.advance(days=2, hours=2, minutes=1))
    house.work()
    states = [each.state for each in agenda.reminders(appointment)]

    assert states == [State.SENT, State.PENDING]


def test_the_same_again_plans_nothing_twice_however_much_later(
    house: House, agenda: Agenda
) -> None:
    first = agenda.put()
    house.clock.advance(days=2)

    again = agenda.put()

    assert (first.is_new, again.is_new) == (True, False)
    assert again.appointment == first.appointment
    assert len(house.notifications.latest_to("andinos", "customer-001", **ALL)) == 2


ALL = {"since": datetime(2026, 1, 1, tzinfo=UTC), "limit": 99}


def test_who_books_within_a_day_gets_only_what_is_still_to_come(agenda: Agenda) -> None:
    appointment = agenda.made(starts_at="2026-03-02T12:00:00-05:00")

    day_before, soon = appointment.reminders
    assert day_before.notification_id is None
    assert [each.event_type for each in agenda.reminders(appointment)] == [soon.event_type]


def test_an_appointment_of_the_past_has_no_reminders(agenda: Agenda) -> None:
    appointment = agenda.made(starts_at="2026-01-20T12:00:00-05:00")

    assert appointment.planned == frozenset()
    assert agenda.made(starts_at="2026-01-20T12:00:00-05:00") == appointment


def test_moving_it_cancels_the_reminders_of_the_old_time(house: House, agenda: Agenda) -> None:
    before = agenda.made()

    after = agenda.made(**MOVED)

    assert {each.state for each in agenda.reminders(before)} == {State.CANCELLED}
    assert {each.state for each in agenda.reminders(after)} == {State.PENDING}
    assert after.version == 2
    assert after.reminders[0].notification_id != before.reminders[0].notification_id


def test_moved_away_and_back_it_is_reminded_of(agenda: Agenda) -> None:
    agenda.made()
    agenda.made(**MOVED)

    back = agenda.made()

    assert {each.state for each in agenda.reminders(back)} == {State.PENDING}
    assert [each.send_at for each in agenda.reminders(back)] == [
        STARTS_AT - timedelta(hours=24),
        STARTS_AT - timedelta(hours=2),
    ]


def test_moved_after_its_first_reminder_went_it_is_reminded_of_anew(
    house: House, agenda: Agenda
) -> None:
    before = agenda.made()
    house.sweep(house.clock.advance(days=2, hours=2, minutes=1))
    house.work()

    after = agenda.made(starts_at="2026-03-09T09:00:00-05:00")

    assert [each.state for each in agenda.reminders(before)] == [State.SENT, State.CANCELLED]
    assert [each.state for each in agenda.reminders(after)] == [State.PENDING, State.PENDING]


def test_other_words_change_only_what_has_not_gone(house: House, agenda: Agenda) -> None:
    before = agenda.made()
    house.sweep(house.clock.advance(days=2, hours=2, minutes=1))
    house.work()

    after = agenda.made(context={"Placa": "XYZ"})

    went, waits = agenda.reminders(after)
    assert (went.state, waits.state) == (State.SENT, State.PENDING)
    assert waits.context["Placa"] == "XYZ"
    assert [each.state for each in agenda.reminders(before)] == [State.SENT, State.CANCELLED]


def test_a_longer_appointment_keeps_its_reminders(agenda: Agenda) -> None:
    before = agenda.made()

    after = agenda.made(duration_minutes=90)

    assert (after.duration_minutes, after.reminders) == (90, before.reminders)


def test_cancelling_it_cancels_its_reminders(house: House, agenda: Agenda) -> None:
    appointment = agenda.made()

    agenda.edit.delete(caller(), "a-1", check=unchecked)

    assert {each.state for each in agenda.reminders(appointment)} == {State.CANCELLED}
    with pytest.raises(NotFoundError):
        agenda.edit.delete(caller(), "a-1", check=unchecked)


def test_what_broke_off_before_it_was_stored_leaves_reminders_that_do_not_stand(
    house: House, agenda: Agenda, monkeypatch: pytest.MonkeyPatch
) -> None:
    agenda.made()

    def breaks_off(_: object) -> bool:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(house.appointments, "save_appointment", breaks_off)
        with pytest.raises(ConnectionError):
            agenda.made(**MOVED)
    stored = agenda.read.one(caller(), "a-1")
    all_of_them = house.notifications.latest_to("andinos", "customer-001", **ALL)
    assert len(all_of_them) == 4
    standing = {each.notification_id for each in all_of_them if still_stands(each, stored)}
    assert standing == stored.planned
    assert {each.state for each in agenda.reminders(stored)} == {State.PENDING}


def test_what_broke_off_before_the_old_ones_were_cancelled_leaves_those_that_do_not_stand(
    house: House, agenda: Agenda, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = agenda.made()

    def breaks_off(*_: object) -> object:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(house.notifications, "save", breaks_off)
        with pytest.raises(ConnectionError):
            agenda.made(**MOVED)
    stored = agenda.read.one(caller(), "a-1")

    assert not any(still_stands(each, stored) for each in agenda.reminders(before))
    assert all(still_stands(each, stored) for each in agenda.reminders(stored))
    assert agenda.put(**MOVED).appointment == stored
    house.sweep(house.clock.advance(days=2, hours=2, minutes=1))
    house.work()
    assert [each.state for each in agenda.reminders(before)] == [State.CANCELLED, State.PENDING]
    assert house.senders.attempted == []


def test_who_loses_a_race_leaves_no_reminder_behind(house: House, agenda: Agenda) -> None:
    house.appointments.saves_to_lose = 1

    appointment = agenda.made()

    all_of_them = house.notifications.latest_to("andinos", "customer-001", **ALL)
    pending = {each.notification_id for each in all_of_them if each.state is State.PENDING}
    assert pending == appointment.planned
    assert len(all_of_them) == 4
    house.appointments.saves_to_lose = 99
    with pytest.raises(ChangedMeanwhileError):
        agenda.made(**MOVED)
    assert {each.state for each in agenda.reminders(appointment)} == {State.PENDING}


def test_only_the_version_that_was_read_is_changed(agenda: Agenda) -> None:
    versions = []

    def refuse(version: int) -> None:
        versions.append(version)
        raise PreconditionFailedError("it was changed since it was read", field="If-Match")

    appointment = agenda.made()
    with pytest.raises(PreconditionFailedError):
        agenda.edit.delete(caller(), "a-1", check=refuse)

    assert versions == [1]
    assert agenda.read.one(caller(), "a-1") == appointment


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer_id": "nobody"}, "customer_id"),
        ({"service_type_id": "nothing"}, "service_type_id"),
        ({"starts_at": "2028-01-01T00:00:00Z"}, "starts_at"),
    ],
)
def test_what_does_not_exist_is_named(
    agenda: Agenda, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(UnprocessableError) as refused:
        agenda.put(**changes)

    assert refused.value.field == field


def test_a_division_has_its_own_customers_appointments(house: House, agenda: Agenda) -> None:
    agenda.made()
    north = caller(division="norte")
    query = AppointmentQuery(limit=9)

    with pytest.raises(UnprocessableError):
        agenda.put(north)
    with pytest.raises(NotFoundError):
        agenda.edit.delete(north, "a-1", check=unchecked)
    assert agenda.read.page(north, query).appointments == ()
    house.directory.put_recipient(
        Recipient(tenant_id="andinos", recipient_id="ana", name="Ana", division="norte")
    )
    with pytest.raises(NotFoundError):
        agenda.put(north, customer_id="ana")
    house.directory.put_recipient(CUSTOMER.model_copy(update={"division": "norte"}))
    assert agenda.put(north, duration_minutes=5).appointment.duration_minutes == 5
    assert len(agenda.read.page(north, query).appointments) == 1


def test_test_and_live_keys_have_appointments_of_their_own(agenda: Agenda) -> None:
    tried = agenda.put(caller(Mode.TEST)).appointment

    assert {each.mode for each in agenda.reminders(tried)} == {Mode.TEST}
    with pytest.raises(NotFoundError):
        agenda.read.one(caller(), "a-1")
    assert agenda.put().is_new


def test_appointments_that_people_want_to_change_are_found(agenda: Agenda) -> None:
    agenda.made(status="change_requested")
    wanted = AppointmentStatus.CHANGE_REQUESTED

    def found(status: AppointmentStatus) -> int:
        page = agenda.read.page(caller(), AppointmentQuery(status=status, limit=9))
        return len(page.appointments)

    assert (found(wanted), found(AppointmentStatus.CONFIRMED)) == (1, 0)
