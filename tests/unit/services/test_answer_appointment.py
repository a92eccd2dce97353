"""What people say to their appointments by the buttons under reminders."""

from __future__ import annotations

import pytest

from recado.domain.appointments import Appointment, AppointmentStatus
from recado.domain.notification import Mode, Notification, State
from recado.domain.updates import InboundType
from tests.fakes.people import FakePeople
from tests.unit.services.appointments import Agenda
from tests.unit.services.conftest import House
from tests.unit.services.test_receive_inbound import Post
from tests.workshop import CUSTOMER

BUTTON = {"type": InboundType.BUTTON}
CONFIRM = {**BUTTON, "text": "Confirmar", "payload": "confirm_appointment"}
CHANGE = {**BUTTON, "text": "Necesito cambiarla", "payload": "change_appointment"}


@pytest.fixture
def house() -> House:
    return House(directory=FakePeople())


@pytest.fixture
def agenda(house: House) -> Agenda:
    return Agenda(house)


@pytest.fixture
def post(house: House) -> Post:
    return Post(house)


def reminded(house: House, agenda: Agenda) -> Notification:
    """A customer who got the reminder of the day before."""
    appointment = agenda.made()
    house.sweep(house.clock.advance(days=2, hours=2, minutes=1))
    house.work()
    house.clock.advance(minutes=5)
    reminder = agenda.reminders(appointment)[0]
    assert reminder.state is State.SENT
    return reminder


def stored(house: House) -> Appointment:
    found = house.appointments.appointment("andinos", Mode.LIVE, "a-1")
    assert found is not None
    return found


def test_a_pressed_button_confirms(house: House, agenda: Agenda, post: Post) -> None:
    reminder = reminded(house, agenda)

    received = post.send(**CONFIRM)

    appointment = stored(house)
    assert (appointment.status, appointment.answered_at) == (
        AppointmentStatus.CONFIRMED,
        received.at,
    )
    assert received.replies_to == reminder.notification_id
    assert house.state(reminder) is State.REPLIED
    assert post.take_in(post.message(**CONFIRM)) == set()
    assert stored(house).status is AppointmentStatus.CONFIRMED


@pytest.mark.parametrize(
    ("said", "status"),
    [
        # What Meta tells of a button of an approved template: its words, twice.
        (
            {**BUTTON, "text": "Confirmar", "payload": "Confirmar"},
            AppointmentStatus.CONFIRMED,
        ),
        ({"text": "confirmar "}, AppointmentStatus.CONFIRMED),
        (
            {**BUTTON, "text": "Necesito cambiarla", "payload": None},
            AppointmentStatus.CHANGE_REQUESTED,
        ),
        (CHANGE, AppointmentStatus.CHANGE_REQUESTED),
        # Where buttons are written out as numbered lines.
        ({"text": "2"}, AppointmentStatus.CHANGE_REQUESTED),
        ({"text": "3"}, AppointmentStatus.SCHEDULED),
        ({"text": "Sí, ahí estaré"}, AppointmentStatus.SCHEDULED),
        ({"text": "Cancelar"}, AppointmentStatus.SCHEDULED),
        ({**BUTTON, "text": "Otro", "payload": "book_now"}, AppointmentStatus.SCHEDULED),
        ({**CONFIRM, "type": InboundType.EDIT}, AppointmentStatus.SCHEDULED),
    ],
)
def test_a_button_is_known_by_what_it_tells_or_by_its_words(
    house: House,
    agenda: Agenda,
    post: Post,
    said: dict[str, object],
    status: AppointmentStatus,
) -> None:
    reminded(house, agenda)

    post.take_in(post.message(**said))

    assert stored(house).status is status


def test_no_button_under_a_reminder_opts_out(house: House, agenda: Agenda, post: Post) -> None:
    reminded(house, agenda)

    post.send(**CONFIRM)
    post.send(**CHANGE)

    assert house.directory.suppressed("andinos", CUSTOMER.addresses) == set()


def test_an_answer_to_the_reminder_of_an_old_time_says_nothing_to_the_new_one(
    house: House, agenda: Agenda, post: Post
) -> None:
    reminded(house, agenda)
    agenda.made(starts_at="2026-03-09T09:00:00-05:00")

    post.send(**CONFIRM)

    assert stored(house).status is AppointmentStatus.SCHEDULED


def test_an_answer_to_a_cancelled_appointment_is_only_an_answer(
    house: House, agenda: Agenda, post: Post
) -> None:
    reminder = reminded(house, agenda)
    house.appointments.delete_appointment(stored(house))

    post.send(**CONFIRM)

    assert house.state(reminder) is State.REPLIED


def test_a_lost_race_brings_the_message_again(house: House, agenda: Agenda, post: Post) -> None:
    reminded(house, agenda)
    house.appointments.saves_to_lose = 1
    message = post.message(**CONFIRM)

    post.take_in(message)
    assert post.take_in(message) == set()

    assert stored(house).status is AppointmentStatus.CONFIRMED
